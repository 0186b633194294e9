"""Files on their way from the browser, in the data folder.

incoming/ID/told.json   name and size
incoming/ID/NAME        what has come of it
"""

import re
import secrets
import shutil
import threading
from pathlib import Path

from tradefleet.adapters.data_folder import DataFolder
from tradefleet.domain.errors import InputError, StoreError
from tradefleet.ports.clock import Clock
from tradefleet.ports.uploads import LARGEST_FILE

SUFFIXES = (".parquet", ".csv", ".zip", ".feather")
LONGEST_NAME = 120
KEPT_MS = 3_600_000  # what nobody goes on with for so long is swept away
MIB = 1024 * 1024

_NAME = re.compile(r"[0-9a-f]{12}-[0-9a-f]{16}")


class FolderUploads:
    """Keeps `Uploads` in a data folder."""

    def __init__(self, folder: DataFolder, clock: Clock) -> None:
        self._folder = folder
        self._rooms = folder.root / "incoming"
        self._clock = clock
        self._writing = threading.Lock()

    def begin(self, name: str, size: int) -> str:
        """Expect a file."""
        _check(name, size)
        self._sweep()
        upload = f"{self._clock.now():012x}-{secrets.token_hex(8)}"
        try:
            (self._rooms / upload).mkdir(mode=0o700, parents=True)
            (self._rooms / upload / name).touch(mode=0o600)
            told = {"name": name, "size": size}
            self._folder.write(self._rooms / upload / "told.json", told)
        except OSError as error:
            raise StoreError(f"{name} cannot be written: {error.strerror}") from error
        return upload

    def append(self, upload: str, at: int, piece: bytes) -> int:
        """Take the next piece."""
        with self._writing:
            file, size = self._find(upload)
            come = file.stat().st_size
            if at != come or come + len(piece) > size:
                raise InputError(
                    f"expected the piece of {file.name} that begins at byte {come:,} of {size:,},"
                    f" was one of {len(piece):,} bytes at {at:,}",
                    field="at",
                    code="out_of_step",
                )
            try:
                with file.open("ab") as target:
                    target.write(piece)
            except OSError as error:
                raise StoreError(f"{file.name} cannot be written: {error.strerror}") from error
        return come + len(piece)

    def complete(self, upload: str) -> Path:
        """Return where the whole file lies."""
        file, size = self._find(upload)
        if (come := file.stat().st_size) != size:
            raise InputError(
                f"expected {size:,} bytes of {file.name}, {come:,} have come",
                field="file",
                code="out_of_step",
            )
        return file

    def _find(self, upload: str) -> tuple[Path, int]:
        told = None
        if _NAME.fullmatch(upload):
            told = self._folder.read(self._rooms / upload / "told.json")
        if told is None or not (file := self._rooms / upload / told["name"]).exists():
            raise InputError(
                f"there is no upload {upload[:40]!r}; it may have been left lying for too long",
                field="file",
                code="unknown_upload",
            )
        return file, int(told["size"])

    def _sweep(self) -> None:
        """Take away what was begun long ago, and rooms whose file has gone where it was wanted."""
        if not self._rooms.is_dir():
            return
        for room in self._rooms.iterdir():
            began = int(room.name[:12], 16) if _NAME.fullmatch(room.name) else 0
            if self._clock.now() - began > KEPT_MS:
                shutil.rmtree(room, ignore_errors=True)


def _check(name: str, size: int) -> None:
    if Path(name).name != name or name.startswith(".") or not name.isprintable():
        raise InputError(f"expected the name of a file, was {name[:40]!r}", field="file")
    if len(name.encode()) > LONGEST_NAME:
        raise InputError(f"expected a name of at most {LONGEST_NAME} bytes", field="file")
    if Path(name).suffix not in SUFFIXES:
        raise InputError(f"expected a file {', '.join(SUFFIXES)}, was {name!r}", field="file")
    if not size:
        raise InputError(f"expected a file with candles, {name} is empty", field="file")
    if size > LARGEST_FILE:
        raise InputError(
            f"expected at most {LARGEST_FILE // MIB} MiB, {name} has {size // MIB:,}; larger ones"
            " are taken in by the terminal: tradefleet data import FILE",
            field="file",
        )
