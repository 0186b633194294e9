"""Candles of one length without a gap, the newest `capacity` of them, as whole numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradefleet.exchange.markets.klines import Columns, Integers

_MOST_LOTS = 2**32 - 1  # in one candle; what is more is left out of its volume


@dataclass(frozen=True, slots=True)
class _Cells:
    """The columns of a ring, number by number."""

    open: "memoryview[int]"
    high: "memoryview[int]"
    low: "memoryview[int]"
    close: "memoryview[int]"
    count: "memoryview[int]"
    volume: "memoryview[int]"
    quote: "memoryview[int]"
    taker: "memoryview[int]"


_NAMES = _Cells.__slots__


class Series:
    """A ring of candles; every slot from the first to the last one is there.

    A slot without a trade repeats the close before it, with no volume.
    """

    def __init__(self, length: int, capacity: int) -> None:
        """Make an empty ring.

        Args:
            length: of a candle, in milliseconds.
            capacity: candles kept; older ones are forgotten.
        """
        self.length = length
        self.first = 0
        self.after = 0
        self._capacity = capacity
        narrow = (np.zeros(capacity, np.int32) for _ in range(5))
        self._open, self._high, self._low, self._close, self._count = narrow
        self._volume = np.zeros(capacity, np.uint32)
        self._taker = np.zeros(capacity, np.uint32)
        self._quote = np.zeros(capacity, np.int64)
        # Single numbers are read and written much faster through views than through the arrays.
        self._cells = _Cells(*(memoryview(getattr(self, f"_{name}")) for name in _NAMES))

    def fill(self, candles: Columns) -> None:
        """Append candles; where they do not follow the last one, the ring begins with them."""
        if not len(candles):
            return
        slot = int(candles.open_time[0]) // self.length
        if slot != self.after:
            self.first = self.after = slot
        places = np.arange(slot, slot + len(candles)) % self._capacity
        for name in _NAMES:
            vars(self)[f"_{name}"][places] = getattr(candles, name)
        self._end(slot + len(candles))

    def roll(self, time: int) -> None:
        """Open the candle that covers `time`, with flat ones before it where nothing happened."""
        slot = time // self.length
        if slot < self.after or self.first == self.after:
            return
        places = np.arange(self.after, slot + 1) % self._capacity
        close = self._close[(self.after - 1) % self._capacity]
        for column in (self._open, self._high, self._low, self._close):
            column[places] = close
        self._count[places] = self._volume[places] = self._taker[places] = 0
        self._quote[places] = 0
        self._end(slot + 1)

    def add(self, time: int, ticks: int, lots: int, *, taker_buys: bool) -> None:
        """Enter a trade into the candle that covers its time; a forgotten one stays forgotten."""
        slot = time // self.length
        if self.first == self.after:
            self.first, self.after = slot, slot + 1
        if slot < self.first:
            return
        self.roll(time)
        place = slot % self._capacity
        cells = self._cells
        if not cells.count[place]:
            cells.open[place] = cells.high[place] = cells.low[place] = ticks
        elif ticks > cells.high[place]:
            cells.high[place] = ticks
        elif ticks < cells.low[place]:
            cells.low[place] = ticks
        cells.close[place] = ticks
        cells.count[place] += 1
        lots = min(lots, _MOST_LOTS - cells.volume[place])
        cells.volume[place] += lots
        cells.quote[place] += ticks * lots
        if taker_buys:
            cells.taker[place] += lots

    def read(self, first_time: int, last_time: int) -> Columns:
        """Return the candles that open between two times, both included."""
        first = max(self.first, -(-first_time // self.length))
        after = max(first, min(self.after, last_time // self.length + 1))
        slots = np.arange(first, after, dtype=np.int64)
        places = slots % self._capacity
        volume, taker = _wide(self._volume, places), _wide(self._taker, places)
        quote = self._quote[places]
        return Columns(
            slots * self.length,
            _wide(self._open, places),
            _wide(self._high, places),
            _wide(self._low, places),
            _wide(self._close, places),
            volume,
            quote,
            _wide(self._count, places),
            taker,
            quote // np.maximum(volume, 1) * taker,
        )

    def _end(self, after: int) -> None:
        self.after = after
        self.first = max(self.first, after - self._capacity)


def _wide(column: npt.NDArray[np.int32] | npt.NDArray[np.uint32], places: Integers) -> Integers:
    return column[places].astype(np.int64)
