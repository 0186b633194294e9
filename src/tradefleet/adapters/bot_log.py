"""A bot's log file in the sketch's format, UTC, rotated, readable by its owner only."""

import logging
import logging.handlers
import os
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
FORMAT = "%(asctime)s - %(levelname)s - %(message)s"


class _LogFile(logging.handlers.RotatingFileHandler):
    """A rotated file, begun anew where somebody took it away; what cannot be written is dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line into the file of that name."""
        if self.stream is not None and self._is_gone(self.stream.fileno()):
            with suppress(OSError):  # what was not written yet is lost with the file
                self.stream.close()
            self.stream = None  # writing opens it
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Let a full disk cost lines, and nothing else."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)

    def close(self) -> None:
        """Close the file, whatever still could not be written."""
        with suppress(OSError):
            super().close()

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(mode=0o600)
        return super()._open()

    def _is_gone(self, opened: int) -> bool:
        try:
            return not os.path.samestat(os.stat(self.baseFilename), os.fstat(opened))
        except OSError:
            return True


class FileBotLog:
    """Keeps `BotLog` in `bot_N.log`: `2025-10-24 10:30:00 - INFO - text`."""

    def __init__(self, path: Path, *, echo: bool = False) -> None:
        """Open the log for appending.

        Args:
            path: the file; it and its rotated copies are readable by the owner only.
            echo: also write to the terminal, for whoever attaches to the session.
        """
        self._logger = logging.Logger(path.stem)  # of its own: nothing else writes into it
        formatter = logging.Formatter(FORMAT, "%Y-%m-%d %H:%M:%S")
        formatter.converter = time.gmtime
        handlers: list[logging.Handler] = [
            _LogFile(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
        ]
        if echo:
            handlers.append(logging.StreamHandler(sys.stdout))
        for handler in handlers:
            handler.setFormatter(formatter)
            self._logger.addHandler(handler)

    def info(self, text: str) -> None:
        """Write a line of what happens."""
        self._logger.info("%s", escape(text))

    def warning(self, text: str) -> None:
        """Write a line of what a person should know."""
        self._logger.warning("%s", escape(text))

    def error(self, text: str) -> None:
        """Write a line of what went wrong."""
        self._logger.error("%s", escape(text))

    def close(self) -> None:
        """Close the file."""
        for handler in tuple(self._logger.handlers):
            self._logger.removeHandler(handler)
            handler.close()


def escape(text: str) -> str:
    r"""Return the text on one line, every control character spelled out (`\n`, `\x1b`)."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
