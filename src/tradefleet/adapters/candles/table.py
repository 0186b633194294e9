"""One file of the catalogue: columns of candles that can be mapped into memory.

A file is an ordinary `.npy` (`numpy.load(path)[0]["close"]` reads it) of one record whose fields
are the whole columns, so that each lies in one piece and nothing is converted when it is read.
Prices are float64: the nearest float of a decimal with up to 15 digits gives that decimal back
(`repr`), and Binance's prices have fewer. Times and trades are int64.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import Candles, interval_ms
from tradefleet.domain.errors import DataError
from tradefleet.domain.recording import Recording

Table = Mapping[str, npt.NDArray[Any]]

PRICES = ("open", "high", "low", "close", "volume")
COLUMNS = {
    "open_time": "<i8",
    **dict.fromkeys((*PRICES, "quote_volume"), "<f8"),
    "trades": "<i8",
}
NO_TRADES = -1  # where it is not known how many there were; quote volume is NaN then


@dataclass(frozen=True, slots=True)
class Merge:
    """Two tables made one.

    Attributes:
        added: candles that were not there before.
        conflicts: candles that both tables have, with other figures.
        first_conflict: open time of the first of them, None without any.
    """

    table: Table
    added: int = 0
    conflicts: int = 0
    first_conflict: int | None = None


def table_of(recording: Recording) -> Table:
    """Return a recording's columns; what it does not know is marked as unknown."""
    candles, count = recording.candles, len(recording.candles)
    quote, trades = recording.quote_volume, recording.trades
    return {
        "open_time": candles.open_time,
        **{name: getattr(candles, name) for name in PRICES},
        "quote_volume": np.full(count, np.nan) if quote is None else quote,
        "trades": np.full(count, NO_TRADES, np.int64) if trades is None else trades,
    }


def recording_of(symbol: str, interval: str, table: Table) -> Recording:
    """Return the recording that columns make; quote volume and trades where all are known."""
    known = known_columns(table)
    prices = [known[name] for name in PRICES]
    candles = Candles.from_arrays(interval_ms(interval), known["open_time"], *prices)
    return Recording(symbol, interval, candles, known.get("quote_volume"), known.get("trades"))


def known_columns(table: Table) -> dict[str, npt.NDArray[Any]]:
    """Return the columns in which everything is known."""
    return {name: column for name, column in table.items() if not _unknown(name, column).any()}


def between(table: Table, since: int, until: int) -> Table:
    """Return the candles of `since <= open time < until`, without copying them."""
    first, after = np.searchsorted(table["open_time"], (since, until))
    return {name: column[first:after] for name, column in table.items()}


def joined(tables: Sequence[Table]) -> Table:
    """Return tables that follow one another as one; a single one is not copied."""
    if len(tables) == 1:
        return tables[0]
    return {name: np.concatenate([table[name] for table in tables]) for name in COLUMNS}


def merged(kept: Table, fresh: Table, *, replace: bool = False) -> Merge:
    """Return the candles of both tables, ascending.

    Args:
        kept: what is there; its figures stay where the tables differ. Unknown ones are filled in.
        fresh: what comes to it.
        replace: the figures of `fresh` win instead.
    """
    times = np.union1d(kept["open_time"], fresh["open_time"])
    ours = np.searchsorted(times, kept["open_time"])
    theirs = np.searchsorted(times, fresh["open_time"])
    winner, wins, loser, loses = (
        (fresh, theirs, kept, ours) if replace else (kept, ours, fresh, theirs)
    )
    in_both = np.bincount(ours, minlength=len(times)) & np.bincount(theirs, minlength=len(times))
    of_winner, of_loser = in_both[wins] > 0, in_both[loses] > 0
    differs = np.zeros(int(in_both.sum()), bool)
    table = {"open_time": times}
    for name in COLUMNS:
        if name == "open_time":
            continue
        known = ~_unknown(name, winner[name])
        mine, other = winner[name][of_winner], loser[name][of_loser]
        differs |= (mine != other) & known[of_winner] & ~_unknown(name, other)
        column = np.empty(len(times), COLUMNS[name])
        column[loses] = loser[name]
        taken = known | ~of_winner
        column[wins[taken]] = winner[name][taken]
        table[name] = column
    wrong = times[in_both > 0][differs]
    first = int(wrong[0]) if len(wrong) else None
    return Merge(table, len(times) - len(kept["open_time"]), len(wrong), first)


def read_table(path: Path) -> Table:
    """Return a file's columns, mapped into memory and read-only.

    Raises:
        DataError: the file is damaged, or none of ours.
    """
    try:
        record = np.load(path, mmap_mode="r", allow_pickle=False)[0]
        table = {name: np.asarray(record[name]) for name in COLUMNS}
    except (ValueError, IndexError, KeyError, TypeError, EOFError) as error:
        raise DataError(
            f"{path} is damaged or none of ours ({error}): take it away, and download or import "
            "its candles again"
        ) from None
    return table


def write_table(path: Path, table: Table) -> None:
    """Replace a file at once: a reader has the old candles or the new ones, never a part."""
    count = len(table["open_time"])
    record = np.zeros(1, [(name, kind, (count,)) for name, kind in COLUMNS.items()])
    for name in COLUMNS:
        record[name][0] = table[name]
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            np.save(file, record, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _unknown(name: str, column: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    unknown = np.zeros(len(column), np.bool_)
    if name == "quote_volume":
        unknown |= np.isnan(column)
    elif name == "trades":
        unknown |= column == NO_TRADES
    return unknown
