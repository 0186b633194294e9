"""What went wrong in the database, as a sentence that says what to do."""

import sqlite3

_SQLITE = {
    "SQLITE_BUSY": "is locked by another program for more than 30 seconds; end that program "
    "(a backup, a database browser) and try again",
    "SQLITE_FULL": "cannot be written: the disk is full; free some space, until then "
    "nothing is sent",
    "SQLITE_READONLY": "cannot be written: the file or its folder is read-only; mend the "
    "permissions or the mount",
    "SQLITE_CORRUPT": "is damaged; stop everything, keep a copy of the file, and run "
    "`tradefleet doctor`",
    "SQLITE_NOTADB": "is not a database; keep a copy of the file, move it away, and run "
    "`tradefleet doctor`",
    "SQLITE_CANTOPEN": "cannot be opened: there is no such file yet (`tradefleet up` creates "
    "it), or its folder may not be read",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error; look at the system's "
    "log",
}


def explain(error: BaseException | None, name: str) -> str:
    """Return one sentence for people about a driver's error on the store `name`."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorname", "")
        for prefix, sentence in _SQLITE.items():
            if code.startswith(prefix):
                return f"the store {name} {sentence} ({error})"
    text = str(error).strip()
    if "no such table" in text or "UndefinedTable" in type(error).__name__:
        return f"the store {name} has no tables yet; `tradefleet up` creates them ({text})"
    if "no such column" in text or "UndefinedColumn" in type(error).__name__:
        return f"the store {name} is of an older version; `tradefleet up` updates it ({text})"
    return f"the store {name} failed: {text}"
