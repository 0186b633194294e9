"""Candles: files looked at, and the data folder's catalogue of them."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tradefleet.adapters.candles.catalogue import Catalogue, Holding
from tradefleet.adapters.candles.files import SUFFIXES
from tradefleet.adapters.candles.importing import Imported, Importer
from tradefleet.adapters.candles.inspection import Report, check_file, check_recording
from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.domain.errors import DataError
from tradefleet.domain.sanity import SIGMAS

__all__ = [
    "SIGMAS",
    "Holding",
    "Imported",
    "Report",
    "check",
    "check_kept",
    "forget",
    "is_file",
    "keep",
    "kept",
]

check = check_file


def is_file(word: str) -> bool:
    """Return whether a word names a file or a folder, rather than a symbol."""
    path = Path(word)
    return path.exists() or path.suffix in SUFFIXES or path.name != word


def keep(
    folder: DataFolder, path: Path, symbol: str = "", interval: str = "", *, replace: bool = False
) -> Iterator[Imported]:
    """Take candles into the catalogue; what was wrong with a file stands in its report.

    Args:
        folder: whose catalogue.
        path: a file, or a folder of them.
        symbol, interval: what the candles are of, where the file name does not say it.
        replace: the file's figures win where they differ from those kept.
    """
    importer = Importer(Catalogue(folder.candles), SystemClock().now(), replace)
    return importer.take_all(path, symbol, interval)


def kept(folder: DataFolder) -> tuple[Holding, ...]:
    """Return what the catalogue has, and after it what the hub recorded."""
    tapes = sorted(folder.tape.iterdir()) if folder.tape.is_dir() else []
    recorded = [
        dataclasses.replace(holding, tape=tape.name)
        for tape in tapes
        for holding in Catalogue(tape).holdings()
    ]
    return (*Catalogue(folder.candles).holdings(), *recorded)


def forget(folder: DataFolder, symbol: str, interval: str) -> bool:
    """Take what the catalogue has of a symbol and interval away; say whether there was any."""
    return Catalogue(folder.candles).forget(symbol, interval)


def check_kept(
    folder: DataFolder, symbol: str = "", interval: str = "", sigmas: float = SIGMAS
) -> Iterator[Report]:
    """Look at what is kept of a symbol, or of all; nothing if there is nothing."""
    catalogue = Catalogue(folder.candles)
    for holding in catalogue.holdings():
        if symbol in ("", holding.symbol) and interval in ("", holding.interval):
            yield _check(catalogue, holding, sigmas)


def _check(catalogue: Catalogue, holding: Holding, sigmas: float) -> Report:
    try:
        recording = catalogue.read(holding.symbol, holding.interval)
    except DataError as error:
        return Report(holding.path, holding.symbol, holding.interval, problem=str(error))
    if recording is None:  # it was taken away this moment
        return Report(holding.path, holding.symbol, holding.interval, problem="it is gone")
    return check_recording(holding.path, recording, sigmas)
