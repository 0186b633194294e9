"""Promises about files that a person sends from the browser, piece by piece."""

from pathlib import Path
from typing import Protocol

PIECE = 512 * 1024  # bytes of a file in one request
LARGEST_FILE = 256 * 1024 * 1024


class Uploads(Protocol):
    """Keeps what has come of a file, until all of it is there; what is left lying is swept away."""

    def begin(self, name: str, size: int) -> str:
        """Expect a file; return what to call it by.

        Args:
            name: of the file, without folders.
            size: its bytes.

        Raises:
            InputError: it is no candle file by its name, empty, or too large.
            StoreError: nothing can be written.
        """

    def append(self, upload: str, at: int, piece: bytes) -> int:
        """Take the next piece; return how many bytes have come.

        Args:
            upload: as `begin` called it.
            at: how many bytes come before it.
            piece: some bytes.

        Raises:
            InputError: there is no such upload, or the piece does not follow what has come.
            StoreError: nothing can be written.
        """

    def complete(self, upload: str) -> Path:
        """Return where the whole file lies, under its own name; `InputError` if some is missing."""
