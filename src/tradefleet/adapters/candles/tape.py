"""The hub's tape on the disk: a catalogue of its own for each market."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.klines import recording_of_rows

SOURCE = "the hub"


class TapeFolder:
    """Keeps the hub's `Shelf`."""

    def __init__(self, folder: Callable[[], Path | None]) -> None:
        """Prepare; nothing is made before something is kept.

        Args:
            folder: returns where the tape of the running market lies; None = it is not kept.
        """
        self._folder = folder

    def keep(self, symbol: str, interval: str, rows: Sequence[Sequence[Any]]) -> None:
        """Keep closed candles, ascending; those that are there stay.

        Raises:
            DataError: they cannot be true, or a file of the tape is damaged.
        """
        if (folder := self._folder()) is not None:
            Catalogue(folder).add(recording_of_rows(symbol, interval, rows), SOURCE)

    def forget_before(self, symbol: str, interval: str, at: int) -> None:
        """Drop the months and years that ended before a moment, UTC milliseconds."""
        if (folder := self._folder()) is not None:
            Catalogue(folder).forget_before(symbol, interval, at)
