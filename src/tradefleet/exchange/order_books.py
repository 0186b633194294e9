"""The market's book as clients see it: numbered, so that snapshots and differences fit together."""

from dataclasses import dataclass, field
from decimal import Decimal

from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.protocols import Depth, Level, Market

WATCHED = 1_000  # levels on each side whose changes are told

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
    number: int = 1
    bids: _Side = field(default_factory=dict)
    asks: _Side = field(default_factory=dict)
    pending: list[Difference] = field(default_factory=list)


class OrderBooks:
    """Numbers the states of each symbol's book as they are looked at."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._seen: dict[str, _Seen] = {}
        self._watched: set[str] = set()

    def watch(self, symbols: set[str]) -> None:
        """Keep differences of these symbols from now on, and of no others."""
        for symbol in symbols - self._watched:
            self._look(symbol)
            self._of(symbol).pending.clear()
        self._watched = symbols

    def snapshot(self, symbol: str, limit: int) -> tuple[int, Depth]:
        """Return a book and the number of its state."""
        if symbol in self._watched:
            self._look(symbol)
            return self._of(symbol).number, self._market.depth(symbol, limit)
        seen = self._of(symbol)
        seen.number += 1
        return seen.number, self._market.depth(symbol, limit)

    def differences(self, symbol: str) -> list[Difference]:
        """Return what changed in a watched book since the last call."""
        self._look(symbol)
        seen = self._of(symbol)
        pending, seen.pending = seen.pending, []
        return pending

    def _of(self, symbol: str) -> _Seen:
        return self._seen.setdefault(symbol, _Seen())

    def _look(self, symbol: str) -> None:
        seen = self._of(symbol)
        depth = self._market.depth(symbol, WATCHED)
        bids, asks = _side(depth.bids), _side(depth.asks)
        changed_bids, changed_asks = _changes(seen.bids, bids), _changes(seen.asks, asks)
        if changed_bids or changed_asks:
            first = seen.number + 1
            seen.number += len(changed_bids) + len(changed_asks)
            seen.bids, seen.asks = bids, asks
            seen.pending.append(Difference(first, seen.number, changed_bids, changed_asks))


def _side(levels: tuple[Level, ...]) -> _Side:
    return {level.price: level.quantity for level in levels}


def _changes(before: _Side, after: _Side) -> tuple[Level, ...]:
    gone = [Level(price, ZERO) for price in before if price not in after]
    new = [
        Level(price, quantity) for price, quantity in after.items() if before.get(price) != quantity
    ]
    return (*gone, *new)
