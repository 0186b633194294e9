"""Candle files: looked at, and kept in the data folder's catalogue."""

from pathlib import Path

from tradefleet.adapters.candles.catalogue import Report, check, import_recording, recordings
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.domain.errors import DataError, InputError

__all__ = ["Report", "check", "keep", "kept"]


def keep(folder: DataFolder, path: Path, symbol: str = "", interval: str = "") -> Report:
    """Put a recording into the catalogue; what was wrong with it stands in the report.

    Args:
        folder: whose catalogue.
        path: a file, or a folder of one recording.
        symbol, interval: what the candles are of, where the file name does not say it.
    """
    try:
        return import_recording(path, folder.candles, symbol, interval)
    except (DataError, InputError) as error:
        return Report(str(path), symbol, interval, problem=str(error))


def kept(folder: DataFolder) -> tuple[Report, ...]:
    """Return every recording of the catalogue, each looked at anew."""
    return recordings(folder.candles)
