"""The books as clients see them: numbered, so that snapshots and differences fit together.

Numbers grow by one for each level that changed and begin with the time, so that they also grow
from one run of the exchange to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.merged_book import MergedBook
from tradefleet.exchange.protocols import Depth, Level

WATCHED = 1_000  # levels on each side whose changes are told
_CHANGES_A_MS = 100  # more than there ever are: all levels watched, every 100 ms

_Side = dict[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two states of a book; a quantity of 0 removes a level.

    Attributes:
        first, last: numbers of the changes it holds.
    """

    first: int
    last: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(slots=True)
class _Seen:
    number: int
    bids: _Side = field(default_factory=dict)
    asks: _Side = field(default_factory=dict)


class OrderBooks:
    """Numbers the states of each symbol's book as they are looked at."""

    def __init__(self, book: MergedBook, now: Callable[[], int]) -> None:
        """Number the states of books.

        Args:
            book: what is looked at.
            now: tells the time, UTC milliseconds.
        """
        self._book = book
        self._now = now
        self._seen: dict[str, _Seen] = {}
        self._waiting: dict[str, list[Difference]] = {}
        self._symbols: dict[str, str] = {}

    def watch(self, streams: dict[str, str]) -> None:
        """Keep differences for these streams (symbol by name) from now on, and for no others."""
        for name, symbol in streams.items():
            if name not in self._symbols:
                self._look(symbol)
                self._waiting[name] = []
        self._symbols = streams
        self._waiting = {name: self._waiting[name] for name in streams}

    def snapshot(self, symbol: str, limit: int) -> tuple[int, Depth]:
        """Return a book and the number of its state."""
        if symbol in self._symbols.values():
            self._look(symbol)
        else:
            self._of(symbol).number += 1
        return self._of(symbol).number, self._book.depth(symbol, limit)

    def differences(self, stream: str) -> list[Difference]:
        """Return what changed in the book of a watched stream since its last call."""
        self._look(self._symbols[stream])
        waiting, self._waiting[stream] = self._waiting[stream], []
        return waiting

    def _of(self, symbol: str) -> _Seen:
        seen = self._seen.get(symbol)
        if seen is None:
            seen = self._seen[symbol] = _Seen(self._now() * _CHANGES_A_MS)
        return seen

    def _look(self, symbol: str) -> None:
        seen = self._of(symbol)
        depth = self._book.depth(symbol, WATCHED)
        bids, asks = _side(depth.bids), _side(depth.asks)
        changed_bids, changed_asks = _changes(seen.bids, bids), _changes(seen.asks, asks)
        if not changed_bids and not changed_asks:
            return
        first = seen.number + 1
        seen.number += len(changed_bids) + len(changed_asks)
        seen.bids, seen.asks = bids, asks
        difference = Difference(first, seen.number, changed_bids, changed_asks)
        for name, watched in self._symbols.items():
            if watched == symbol:
                self._waiting[name].append(difference)


def _side(levels: tuple[Level, ...]) -> _Side:
    return {level.price: level.quantity for level in levels}


def _changes(before: _Side, after: _Side) -> tuple[Level, ...]:
    gone = [Level(price, ZERO) for price in before if price not in after]
    new = [
        Level(price, quantity) for price, quantity in after.items() if before.get(price) != quantity
    ]
    return (*gone, *new)
