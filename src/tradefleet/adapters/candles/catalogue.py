"""The recordings kept in the data folder, one Parquet file a symbol and interval."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tradefleet.adapters.candles.files import SUFFIXES, read_recording
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Gaps, Recording


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of a candle file found.

    Attributes:
        first, last: open times, UTC milliseconds; None where the file cannot be used.
        problem: why it cannot be used, empty if it can.
    """

    path: str
    symbol: str = ""
    interval: str = ""
    rows: int = 0
    first: int | None = None
    last: int | None = None
    gaps: Gaps = Gaps()
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


def check(path: Path, symbol: str = "", interval: str = "") -> Report:
    """Read a file (or folder of one recording) and say what is in it; never raises for its sake."""
    try:
        recording = read_recording(path, symbol, interval)
    except (DataError, InputError) as error:
        return Report(str(path), symbol, interval, problem=str(error))
    times = recording.candles.open_time
    return Report(
        path=str(path),
        symbol=recording.symbol,
        interval=recording.interval,
        rows=len(times),
        first=int(times[0]),
        last=int(times[-1]),
        gaps=recording.gaps,
    )


def import_recording(path: Path, folder: Path, symbol: str = "", interval: str = "") -> Report:
    """Put a recording into the catalogue, replacing the one of the same symbol and interval.

    Args:
        path: what to read.
        folder: of the catalogue; made if need be.
        symbol, interval: as in `read_recording`.
    """
    recording = read_recording(path, symbol, interval)
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{recording.symbol}-{recording.interval}.parquet"
    unfinished = kept.with_suffix(".tmp")
    _write(recording, unfinished)
    os.replace(unfinished, kept)
    return check(kept)


def recordings(folder: Path) -> tuple[Report, ...]:
    """Check every recording of the catalogue, by name."""
    if not folder.is_dir():
        return ()
    return tuple(check(path) for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES)


def _write(recording: Recording, path: Path) -> None:
    import duckdb  # 69 MB: only who writes files pays for it

    candles = recording.candles
    names = ("open_time", "open", "high", "low", "close", "volume")
    table = {name: getattr(candles, name) for name in names}
    if recording.quote_volume is not None:
        table["quote_volume"] = recording.quote_volume
    if recording.trades is not None:
        table["trades"] = recording.trades
    with duckdb.connect() as connection:
        connection.register("candles", table)
        connection.table("candles").write_parquet(str(path), compression="zstd")
