"""Kline rows by the rules of GET /klines, from candles held as whole numbers.

Prices are counted in ticks, quantities in lots and quote volumes in units of their own, so that
candles add up exactly; `Decimals` says how many decimals each count has.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import DAY, INTERVALS
from tradefleet.domain.errors import InputError

Integers = npt.NDArray[np.int64]

MONTH = "1M"
KLINE_INTERVALS = (*INTERVALS, MONTH)
DEFAULT_LIMIT = 500
MAX_LIMIT = 1_000

_WEEK_OFFSET = 4 * DAY  # the epoch was a Thursday, weeks open on Monday
_WRITTEN_DECIMALS = 8


class Row(list[Any]):
    """A row of GET /klines, which remembers how it is written."""

    __slots__ = ("_text",)
    _text: str

    @property
    def text(self) -> str:
        """The row in JSON."""
        try:
            return self._text
        except AttributeError:
            self._text = _write(self)
            return self._text


_write = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Decimals:
    """How many decimals the counts of a symbol stand for."""

    price: int
    quantity: int
    quote: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Candles as columns of one length, oldest first.

    Attributes:
        open_time: UTC milliseconds.
        open, high, low, close: ticks.
        volume, taker: lots traded, and those bought by takers.
        quote, taker_quote: the same in quote.
        count: trades.
    """

    open_time: Integers
    open: Integers
    high: Integers
    low: Integers
    close: Integers
    volume: Integers
    quote: Integers
    count: Integers
    taker: Integers
    taker_quote: Integers

    def __len__(self) -> int:
        """Return how many candles there are."""
        return len(self.open_time)


_NAMES = Columns.__slots__


def opens_of(interval: str, times: Integers, zone: int = 0) -> Integers:
    """Return when the candle of each time opened, UTC milliseconds.

    Args:
        interval: of the candles.
        times: UTC milliseconds.
        zone: milliseconds that the clocks are ahead of UTC where days, weeks and months begin.
    """
    if interval == MONTH:
        months = (times + zone).astype("datetime64[ms]").astype("datetime64[M]")
        return months.astype("datetime64[ms]").astype(np.int64) - zone
    length, offset = _grid(interval, zone)
    return (times - offset) // length * length + offset


def _grid(interval: str, zone: int) -> tuple[int, int]:
    """Return length and offset of the candles of an interval, which is not that of months."""
    return INTERVALS[interval], (_WEEK_OFFSET if interval == "1w" else 0) - zone


def open_of(interval: str, time: int, zone: int = 0) -> int:
    """Return when the candle that covers `time` opened."""
    if interval == MONTH:
        return int(opens_of(interval, np.array([time], np.int64), zone)[0])
    length, offset = _grid(interval, zone)
    return (time - offset) // length * length + offset


def next_open(interval: str, opened: int, zone: int = 0) -> int:
    """Return when the candle after the one opened at `opened` opens."""
    if interval != MONTH:
        return opened + INTERVALS[interval]
    return open_of(MONTH, opened + 31 * DAY, zone)


def grain(interval: str, zone: int, length: int) -> int:
    """Return the length of the largest pieces that candles of `length` share with a grid."""
    if interval == MONTH:
        return math.gcd(DAY, zone, length)
    offset = _WEEK_OFFSET if interval == "1w" else 0
    return math.gcd(INTERVALS[interval], offset - zone, length)


def check_interval(interval: str) -> None:
    """Refuse an interval the exchange does not know (-1120).

    Raises:
        InputError: with the code `bad_interval`.
    """
    if interval not in KLINE_INTERVALS:
        known = ", ".join(KLINE_INTERVALS)
        raise InputError(
            f"expected an interval ({known}), was {interval!r}",
            field="interval",
            code="bad_interval",
        )


def span(
    interval: str, start: int | None, end: int | None, limit: int, last: int, zone: int = 0
) -> tuple[int, int]:
    """Return the times (first, last, both included) a dense series is read between.

    A start counts from there on, an end alone counts back from it, neither counts back from the
    newest candle at `last`. Candles belong to a range by their open time.
    """
    longest = INTERVALS.get(interval, 31 * DAY)
    until = last if end is None else min(last, end)
    if start is None:
        return open_of(interval, until, zone) - (limit - 1) * longest, until
    first = open_of(interval, start, zone)
    if first < start:
        first = next_open(interval, first, zone)
    return first, until


def select(columns: Columns, start: int | None, end: int | None, limit: int) -> Columns:
    """Return the candles a request asks for: from a start the oldest, otherwise the newest."""
    times = columns.open_time
    first = 0 if start is None else int(np.searchsorted(times, start, "left"))
    after = len(times) if end is None else int(np.searchsorted(times, end, "right"))
    after = max(first, after)
    if start is not None:
        after = min(after, first + limit)
    else:
        first = max(first, after - limit)
    return part(columns, first, after)


def part(columns: Columns, first: int, after: int) -> Columns:
    """Return the candles with index `first <= i < after`, without copying."""
    return Columns(*(getattr(columns, name)[first:after] for name in _NAMES))


def between(columns: Columns, first: int, last: int) -> Columns:
    """Return the candles that open from `first` to `last`, both included."""
    start, after = np.searchsorted(columns.open_time, (first, last + 1))
    return part(columns, int(start), int(max(start, after)))


def joined(parts: Sequence[Columns]) -> Columns:
    """Return candles in a row; no part gives none."""
    none = np.zeros(0, np.int64)
    return Columns(
        *(np.concatenate([none, *(getattr(one, name) for one in parts)]) for name in _NAMES)
    )


def aggregate(columns: Columns, interval: str, zone: int = 0) -> Columns:
    """Return larger candles made of smaller ones; what is missing leaves no trace.

    A smaller one without volume only repeats the price before it: it counts where all are so.
    """
    if not len(columns):
        return columns
    opens = opens_of(interval, columns.open_time, zone)
    traded = columns.volume > 0
    if not traded.all():
        counts = traded | ~np.isin(opens, opens[traded])
        columns, opens = Columns(*(getattr(columns, n)[counts] for n in _NAMES)), opens[counts]
    starts = np.flatnonzero(np.r_[True, opens[1:] != opens[:-1]])
    ends = np.r_[starts[1:], len(opens)] - 1
    add = np.add.reduceat
    return Columns(
        open_time=opens[starts],
        open=columns.open[starts],
        high=np.maximum.reduceat(columns.high, starts),
        low=np.minimum.reduceat(columns.low, starts),
        close=columns.close[ends],
        volume=add(columns.volume, starts),
        quote=add(columns.quote, starts),
        count=add(columns.count, starts),
        taker=add(columns.taker, starts),
        taker_quote=add(columns.taker_quote, starts),
    )


def rows(columns: Columns, interval: str, decimals: Decimals, zone: int = 0) -> list[Row]:
    """Return Binance kline rows: whole numbers for times and counts, texts for the rest."""
    price, quantity, quote = decimals.price, decimals.quantity, decimals.quote
    table = zip(*(getattr(columns, name).tolist() for name in _NAMES), strict=True)
    return [
        Row((
            opened,
            written(open_, price),
            written(high, price),
            written(low, price),
            written(close, price),
            written(volume, quantity),
            next_open(interval, opened, zone) - 1,
            written(quote_volume, quote),
            count,
            written(taker, quantity),
            written(taker_quote, quote),
            "0",
        ))
        for (
            opened, open_, high, low, close, volume, quote_volume, count, taker, taker_quote
        ) in table
    ]  # fmt: skip


def written(count: int, decimals: int) -> str:
    """Return a count as a decimal text with eight decimals, as the exchange writes amounts."""
    if decimals > _WRITTEN_DECIMALS:
        count //= 10 ** (decimals - _WRITTEN_DECIMALS)
        decimals = _WRITTEN_DECIMALS
    whole, rest = divmod(count, 10**decimals)
    tail = f"{rest:0{decimals}d}" if decimals else ""
    return f"{whole}.{tail:0<{_WRITTEN_DECIMALS}}"
