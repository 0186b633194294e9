"""The tape: the newest trades of each symbol, the market's and our own, numbered as they come.

Trades in a row of one taker, at one time and one price, make up one aggregate; aggregates have
numbers of their own. What the market trades within a millisecond at one price counts as one
taker's.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from tradefleet.exchange.protocols import MarketTrade

KEPT = 1_000  # trades of a symbol that can be asked for: the most one request may want


@dataclass(frozen=True, slots=True)
class Printed:
    """A trade with its number and that of the aggregate it belongs to.

    Attributes:
        taker: number of the order of ours that took; 0 = it was not one of ours.
    """

    id: int
    trade: MarketTrade
    taker: int = 0
    aggregate: int = 0

    def belongs_to(self, trade: MarketTrade, taker: int) -> bool:
        """Whether a next trade is a part of the same aggregate."""
        mine = self.trade
        return (self.taker, mine.time, mine.price, mine.buyer_is_maker) == (
            taker,
            trade.time,
            trade.price,
            trade.buyer_is_maker,
        )


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What one taker did at one price.

    Attributes:
        first, last: numbers of its trades.
        time: UTC milliseconds.
    """

    id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    first: int
    last: int
    time: int
    buyer_is_maker: bool

    @classmethod
    def of(cls, parts: Iterable[Printed]) -> "Aggregate":
        """Return the aggregate of trades that belong together."""
        first, *others = parts
        trade = first.trade
        return cls(
            id=first.aggregate,
            symbol=trade.symbol,
            price=trade.price,
            quantity=sum((part.trade.quantity for part in others), trade.quantity),
            first=first.id,
            last=others[-1].id if others else first.id,
            time=trade.time,
            buyer_is_maker=trade.buyer_is_maker,
        )


class Tape:
    """The newest trades by symbol."""

    def __init__(self) -> None:
        self._newest: dict[str, deque[Printed]] = {}
        self._last_id: dict[str, int] = {}
        self._last_aggregate: dict[str, int] = {}

    def print(self, trade: MarketTrade, taker: int = 0) -> Printed:
        """Number a trade and keep it; `taker` as `Printed` has it."""
        symbol = trade.symbol
        number = self._last_id[symbol] = self._last_id.get(symbol, 0) + 1
        newest = self._newest.get(symbol)
        if newest is None:
            newest = self._newest[symbol] = deque(maxlen=KEPT)
        aggregate = self._last_aggregate.get(symbol, 0)
        if not (newest and newest[-1].belongs_to(trade, taker)):
            aggregate = self._last_aggregate[symbol] = aggregate + 1
        printed = Printed(number, trade, taker, aggregate)
        newest.append(printed)
        return printed

    def newest(self, symbol: str) -> Iterable[Printed]:
        """Return the kept trades of a symbol, oldest first."""
        return self._newest.get(symbol, ())

    def last(self, symbol: str) -> Printed | None:
        """Return the last trade of a symbol, if one is kept."""
        newest = self._newest.get(symbol)
        return newest[-1] if newest else None

    def aggregates(self, symbol: str) -> Iterator[Aggregate]:
        """Return the aggregates of the kept trades, oldest first; the first may lack its begin."""
        for _, parts in groupby(self.newest(symbol), key=lambda printed: printed.aggregate):
            yield Aggregate.of(parts)

    def last_id(self, symbol: str) -> int:
        """Return the number of the last trade; 0 = none yet."""
        return self._last_id.get(symbol, 0)

    def last_ids(self) -> dict[str, int]:
        """Return the number of the last trade of each symbol."""
        return dict(self._last_id)

    def skip_to(self, symbol: str, number: int) -> None:
        """Never use a number up to this one again, not for an aggregate either."""
        self._last_id[symbol] = max(number, self._last_id.get(symbol, 0))
        self._last_aggregate[symbol] = self._last_id[symbol]
