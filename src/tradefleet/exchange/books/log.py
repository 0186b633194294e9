"""The exchange's memory on disk: a file of JSON lines that is only appended to.

A line is handed to the operating system before the change is answered, so kill -9 loses nothing
that was acknowledged. A line torn by a power cut can only be the last one; it was never answered
and is cut off at the start.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import InputError, StoreError

_LOG, _LOCK, _ARCHIVE = "exchange.log", "lock", "archive-"


_encode = json.JSONEncoder(separators=(",", ":")).encode


class FileLog:
    """A log in a folder of its own, which one process at a time may use."""

    def __init__(self, folder: Path) -> None:
        """Take the folder.

        Raises:
            InputError: another exchange works here.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._path = folder / _LOG
        self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._lock, 32, 0).decode(errors="replace").strip()
            os.close(self._lock)
            raise InputError(
                f"the folder {folder} is in use by another exchange (process {holder or '?'}); "
                "stop that one, or choose another folder with --state",
                code="state_in_use",
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)
        self._file = -1
        self.size = 0

    def append(self, record: dict[str, Any]) -> None:
        """Write a change; it is safe against kill -9 when this returns."""
        line = _line(record)
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            written = os.write(self._file, line)
        except OSError as error:
            raise StoreError(f"{self._path} could not be written: {error}") from error
        if written != len(line):
            os.ftruncate(self._file, self.size)
            raise StoreError(f"the disk is full: {self._path} could not be written")
        self.size += written

    def replay(self) -> Iterable[dict[str, Any]]:
        """Yield every change since the last compaction, oldest first.

        Raises:
            StoreError: a line that is not the last one cannot be read.
        """
        if not self._path.exists():
            return
        with self._path.open("rb+") as file:
            good = 0
            for number, line in enumerate(file, start=1):
                record = _parsed(line)
                if record is None:
                    if file.read(1):
                        raise StoreError(
                            f"line {number} of {self._path} cannot be read; put a copy of the file "
                            "back, or start anew with --fresh (the old state is archived)"
                        )
                    file.truncate(good)
                    break
                good += len(line)
                yield record
        self.size = good

    def compact(self, state: dict[str, Any]) -> None:
        """Replace all records by one of the whole state, atomically."""
        fresh = self._path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            self.size = file.write(_line(state))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)
        self._close_file()

    def archive(self, stamp: str) -> None:
        """Put the old log aside and start anew."""
        if self._path.exists():
            self._close_file()
            self._path.rename(self._folder / f"{_ARCHIVE}{stamp}.log")

    def close(self) -> None:
        """Give the folder back."""
        self._close_file()
        os.close(self._lock)

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class MemoryLog:
    """A log that forgets everything at the end of the process."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.size = 0

    def append(self, record: dict[str, Any]) -> None:
        """Keep a change."""
        self.records.append(json.loads(_line(record)))

    def replay(self) -> Iterable[dict[str, Any]]:
        """Yield every change, oldest first."""
        return list(self.records)

    def compact(self, state: dict[str, Any]) -> None:
        """Replace all records by one of the whole state."""
        self.records = [json.loads(_line(state))]


def _line(record: dict[str, Any]) -> bytes:
    return _encode(record).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return record
