"""Candles: open, high, low, close and volume of one closed interval.

A strategy sees a window (`Candles`) of float arrays, oldest first, all closed. Prices that
become money are taken from the source's own decimals, never from the floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tradefleet.domain.column import floats
from tradefleet.domain.errors import DataError, InputError

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Names and lengths as Binance spells them; the month is the only one without a fixed length.
INTERVALS: dict[str, int] = {
    "1s": SECOND,
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": 7 * DAY,
}

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

_OPEN_TIME, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = range(6)


def interval_ms(name: str) -> int:
    """Return the length of an interval in milliseconds.

    Raises:
        InputError: the name is not one of `INTERVALS` (case matters: `1m` is a minute).
    """
    try:
        return INTERVALS[name]
    except KeyError:
        known = ", ".join(INTERVALS)
        raise InputError(
            f"expected an interval ({known}), was {name!r}", field="interval", code="bad_interval"
        ) from None


def duration_ms(text: str) -> int:
    """Return the length of a text like `15m`, `45s`, `1h` or `2d` in milliseconds.

    Raises:
        InputError: the text is not a positive whole number and a unit of s, m, h or d.
    """
    units = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not (number.isascii() and number.isdigit()) or int(number) == 0:
        raise InputError(
            f"expected a duration such as 45s, 15m, 1h or 2d, was {text!r}", code="bad_duration"
        )
    return int(number) * units[unit]


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed candle with exact prices.

    Attributes:
        open_time: UTC milliseconds.
        interval: its length in milliseconds.
        volume: base asset traded.
    """

    open_time: int
    interval: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """Refuse a candle that cannot have happened."""
        body_low, body_high = min(self.open, self.close), max(self.open, self.close)
        if not (0 < self.low <= body_low and body_high <= self.high and self.volume >= 0):
            raise DataError(
                f"candle {self.open_time}: expected 0 < low <= open, close <= high and volume >= 0,"
                f" was open {self.open} high {self.high} low {self.low} close {self.close}"
                f" volume {self.volume}"
            )

    @property
    def close_time(self) -> int:
        """The last millisecond the candle covers."""
        return self.open_time + self.interval - 1


class Candles:
    """A read-only window of closed candles of one interval, oldest first.

    The columns `open_time` (int64 ms) and `open, high, low, close, volume` (float64) are numpy
    arrays of one length; a column is converted when first looked at, because most
    strategies need only the closes.
    """

    def __init__(self, interval: int, rows: Sequence[Sequence[Any]]) -> None:
        """Make a window over kline rows.

        Args:
            interval: length of a candle, in milliseconds.
            rows: `[open_time, open, high, low, close, volume, ...]`, oldest first, numbers or
                decimal texts, as Binance's klines are.
        """
        self.interval = interval
        self._rows = rows

    @classmethod
    def from_arrays(
        cls,
        interval: int,
        open_time: Times,
        open: Floats,
        high: Floats,
        low: Floats,
        close: Floats,
        volume: Floats,
    ) -> Self:
        """Make a window over existing arrays, without copying them."""
        window = cls(interval, ())
        columns = {"open": open, "high": high, "low": low, "close": close, "volume": volume}
        vars(window)["open_time"] = open_time
        vars(window).update(columns)
        return window

    def __len__(self) -> int:
        """Return how many candles the window holds."""
        return len(self._rows) or len(self.open_time)

    @cached_property
    def open_time(self) -> Times:
        """Opening times, UTC milliseconds."""
        cells = map(itemgetter(_OPEN_TIME), self._rows)
        column = np.fromiter(cells, np.int64, len(self._rows))
        column.flags.writeable = False
        return column

    @cached_property
    def open(self) -> Floats:
        """Opening prices, quote per base."""
        return self._column(_OPEN)

    @cached_property
    def high(self) -> Floats:
        """Highest prices."""
        return self._column(_HIGH)

    @cached_property
    def low(self) -> Floats:
        """Lowest prices."""
        return self._column(_LOW)

    @cached_property
    def close(self) -> Floats:
        """Closing prices."""
        return self._column(_CLOSE)

    @cached_property
    def volume(self) -> Floats:
        """Traded base asset."""
        return self._column(_VOLUME)

    @property
    def last_close_time(self) -> int:
        """The last millisecond of the newest candle."""
        opened = self._rows[-1][_OPEN_TIME] if self._rows else self.open_time[-1]
        return int(opened) + self.interval - 1

    @property
    def last_close(self) -> Decimal:
        """The newest closing price, exact."""
        if self._rows:
            return Decimal(str(self._rows[-1][_CLOSE]))
        return Decimal(repr(float(self.close[-1])))

    def tail(self, count: int) -> "Candles":
        """Return the newest `count` candles (all, if there are fewer)."""
        if self._rows:
            return Candles(self.interval, self._rows[-count:])
        start = max(0, len(self) - count)
        return self.between(start, len(self))

    def between(self, start: int, end: int) -> "Candles":
        """Return the candles with index `start <= i < end`; arrays are views, not copies."""
        if self._rows:
            return Candles(self.interval, self._rows[start:end])
        part = slice(start, end)
        return Candles.from_arrays(
            self.interval,
            self.open_time[part],
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            self.volume[part],
        )

    def klines(self) -> list[list[Any]]:
        """Return Binance kline lists (12 fields, prices as texts), for seed-style strategies."""
        return [self._kline(index) for index in range(len(self))]

    def longest_gap(self) -> int:
        """Return the longest missing stretch inside the window, in milliseconds; 0 if none."""
        if len(self) < 2:
            return 0
        return int(np.diff(self.open_time).max()) - self.interval

    def _column(self, field: int) -> Floats:
        return floats(list(map(itemgetter(field), self._rows)))

    def _kline(self, index: int) -> list[Any]:
        if self._rows and len(self._rows[index]) >= 12:
            return list(self._rows[index])
        opened = int(self.open_time[index])
        columns = (self.open, self.high, self.low, self.close, self.volume)
        prices = [str(Decimal(repr(float(column[index])))) for column in columns]
        return [opened, *prices, opened + self.interval - 1, "0", 0, "0", "0", "0"]
