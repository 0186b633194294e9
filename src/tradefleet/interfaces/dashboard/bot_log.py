"""The end of a log file: however long it is and whatever stands in it."""

import os
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 256 * 1024
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class LogTail:
    """The newest lines that fit, oldest first.

    Attributes:
        size: of the file, in bytes.
        truncated: whether older lines were left out.
    """

    lines: tuple[str, ...]
    size: int
    truncated: bool


def read_log(path: Path, lines: int, text: str = "", level: str = "") -> LogTail:
    """Return the end of a log, filtered; an absent file is an empty log.

    Args:
        text: only lines that contain it, in any case.
        level: only lines at least this grave.
    """
    try:
        # A link would show whatever it points at.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return LogTail((), 0, truncated=False)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        start = max(0, size - MOST_BYTES)
        file.seek(start)
        raw = file.read(MOST_BYTES)
    whole = raw.split(b"\n")[1:] if start else raw.split(b"\n")
    found = [line for line in map(_visible, whole) if line and _matches(line, text, level)]
    return LogTail(tuple(found[-lines:]), size, truncated=bool(start) or len(found) > lines)


def _visible(line: bytes) -> str:
    """Return the line with what nobody can see spelled out, so that it cannot act."""
    decoded = line.decode("utf-8", "replace").rstrip("\r")
    if decoded.isprintable():
        return decoded
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in decoded
    )


def _matches(line: str, text: str, level: str) -> bool:
    if text and text.casefold() not in line.casefold():
        return False
    if not level:
        return True
    grave = LEVELS[LEVELS.index(level) :]
    return any(f" - {word} - " in line for word in grave)
