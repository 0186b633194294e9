"""Recorded candles for whoever plays them: of a file, or of the data folder's catalogue."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.files import read_recording
from tradefleet.adapters.candles.importing import refuse_future
from tradefleet.adapters.clock import SystemClock
from tradefleet.domain.candle import INTERVALS, interval_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.recording import Recording
from tradefleet.domain.resampling import can_be_made, resample


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of what is kept is wanted.

    Attributes:
        start, end: UTC milliseconds, `start <= open time < end`; None = all there is.
        before: candles wanted before `start`, to warm up.
    """

    start: int | None = None
    end: int | None = None
    before: int = 0


def from_file(path: Path, symbol: str = "", interval: str = "") -> Recording:
    """Return a file's candles; empty words are taken from the file.

    Raises:
        InputError: there is no such file, or it does not say what it holds.
        DataError: its candles cannot be true, or are of the future.
    """
    recording = read_recording(path, symbol, interval)
    refuse_future(path.name, recording, SystemClock().now())
    return recording


def from_catalogue(
    symbol: str, interval: str, part: Part = Part(), *, field: str = "data"
) -> tuple[Recording, str]:
    """Return candles that are kept, and the interval they were made of if not their own.

    Args:
        symbol: such as `BTCUSDT`.
        interval: one of `INTERVALS`; where it is not kept, it is made of the longest that divides
            it, and a candle that lacks a part is left out.
        part: what is wanted at least.
        field: what would name a file instead.

    Raises:
        InputError: nothing is kept of it; the text says how to get it.
        DataError: a file of the catalogue is damaged.
    """
    catalogue = _catalogue(os.environ.get("TRADEFLEET_HOME", ""), os.getcwd())
    for source in _sources(catalogue, symbol, interval):
        if (found := _read(catalogue, symbol, interval, source, part)) is not None:
            return found, "" if source == interval else source
    raise InputError(
        f"there are no {interval} candles of {symbol} in {catalogue.folder}: "
        f"tradefleet data download {symbol} --interval {interval} --from 2024-01-01, "
        "tradefleet data import FILE, or name a file",
        field=field,
        code="no_candles",
    )


@cache
def _catalogue(_home: str, _working_folder: str) -> Catalogue:
    """Return the catalogue the settings name; they cost 5 ms, and 50 symbols may be wanted."""
    from tradefleet.adapters.data_folder import DataFolder
    from tradefleet.settings import load_settings

    return Catalogue(DataFolder(load_settings().home).candles)


def _sources(catalogue: Catalogue, symbol: str, interval: str) -> Iterator[str]:
    """Yield the interval itself, then those it can be made of, the longest first."""
    yield interval
    length = interval_ms(interval)
    for name in reversed(catalogue.intervals(symbol)):
        if can_be_made(length, INTERVALS[name]):
            yield name


def _read(
    catalogue: Catalogue, symbol: str, interval: str, source: str, part: Part
) -> Recording | None:
    """Read no more than needed; gaps before the start may need one more look."""
    # One more than wanted at each end: the outer ones may lack parts that lie beyond.
    length = interval_ms(interval)
    until = None if part.end is None else part.end + length
    if part.start is None:
        return _made(catalogue.read(symbol, source, 0, until), interval)
    since = max(0, part.start - (part.before + 1) * length)
    found = _made(catalogue.read(symbol, source, since, until), interval)
    if found is None or np.searchsorted(found.candles.open_time, part.start) < part.before:
        return _made(catalogue.read(symbol, source, 0, until), interval)
    return found


def _made(recording: Recording | None, interval: str) -> Recording | None:
    """Return a recording in the interval wanted, None where there is no whole candle."""
    if recording is None or recording.interval == interval:
        return recording
    made = resample(recording.candles, interval_ms(interval))
    return Recording(recording.symbol, interval, made) if len(made) else None
