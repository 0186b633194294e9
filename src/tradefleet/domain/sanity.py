"""What is odd about recorded candles: what cannot be true, and what a person should look at."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import DAY, Floats, Times

SIGMAS = 30.0
_ROBUST = 1.4826  # median distance to standard deviation, where values are normally distributed

Where = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Oddity:
    """One kind of oddity in a recording.

    Attributes:
        kind: a stable word for programs.
        says: what it is, for people.
        wrong: the candles cannot be true; else it is a hint.
        count: candles, or runs of candles.
        first_row: from 1.
        first_at: open time of that row, UTC milliseconds.
        most: length of the longest run in candles, or size of the largest jump as a part of the
            price; 0 where neither is meant.
    """

    kind: str
    says: str
    wrong: bool
    count: int
    first_row: int
    first_at: int
    most: float = 0.0


def examine(
    interval: int, times: Times, prices: tuple[Floats, ...], sigmas: float = SIGMAS
) -> tuple[Oddity, ...]:
    """Return everything odd about candles, worst first.

    Args:
        interval: length of a candle, milliseconds.
        times: open times, UTC milliseconds, in the order of the file.
        prices: the columns open, high, low, close, volume.
        sigmas: a close so many standard deviations (told from the median of all moves, so that
            outliers do not hide themselves) from the one before is a jump.
    """
    found = [
        Oddity(kind, says, True, int(at.sum()), int(at.argmax()) + 1, int(times[at.argmax()]))
        for kind, says, at in _impossible(interval, times, prices)
        if at.any()
    ]
    if idle := _idle(times, prices[4]):
        found.append(idle)
    if jumps := _jumps(interval, times, prices[3], sigmas):
        found.append(jumps)
    return tuple(found)


def _impossible(
    interval: int, times: Times, prices: tuple[Floats, ...]
) -> Iterator[tuple[str, str, Where]]:
    opened, high, low, close, volume = prices
    distance: Times = np.diff(times, prepend=times[:1] - interval)
    yield "twice", "open time of the candle before", distance == 0
    yield "backwards", "earlier than the candle before", distance < 0
    if interval <= DAY:
        yield "off_grid", "not at a whole multiple of the interval", times % interval != 0
    numbers, least = np.isfinite(prices).sum(axis=0), np.minimum.reduce(prices[:4])
    yield "not_a_number", "a figure that is no number", numbers < len(prices)
    yield "not_above_zero", "a price not above zero", least <= 0
    yield "volume_below_zero", "a volume below zero", volume < 0
    yield "high_too_low", "high below open, low or close", np.less(high, np.maximum(opened, close))
    yield "low_too_high", "low above open or close", np.greater(low, np.minimum(opened, close))


def _idle(times: Times, volume: Floats) -> Oddity | None:
    """Return the runs of two and more candles in which nothing was traded."""
    idle = np.concatenate(([0], (volume == 0).astype(np.int8), [0]))
    begins, ends = np.flatnonzero(np.diff(idle) == 1), np.flatnonzero(np.diff(idle) == -1)
    runs = ends - begins
    if not (long := runs > 1).any():
        return None
    first = int(begins[long][0])
    return Oddity(
        "no_volume", "runs of candles without volume", False,
        int(long.sum()), first + 1, int(times[first]), float(runs.max()),
    )  # fmt: skip


def _jumps(interval: int, times: Times, close: Floats, sigmas: float) -> Oddity | None:
    """Return the moves far beyond the usual ones; those over a gap do not count."""
    if len(close) < 3 or not (np.isfinite(close) & (close > 0)).all():
        return None
    moves = np.diff(np.log(close))
    usual = np.abs(moves[moves != 0])
    if not len(usual):
        return None
    sigma = _ROBUST * float(np.median(usual))
    far = (np.abs(moves) > sigmas * sigma) & (np.diff(times) == interval)
    if not far.any():
        return None
    first = int(far.argmax()) + 1
    return Oddity(
        "jump", f"moves beyond {sigmas:g} standard deviations", False,
        int(far.sum()), first + 1, int(times[first]), float(np.expm1(np.abs(moves[far]).max())),
    )  # fmt: skip
