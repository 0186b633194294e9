"""The books of the live market: as the source has them, as far as they were heard.

Of a symbol whose book nobody heard yet the best levels are known, and behind them some are
assumed, 0.01 % apart. What our takers took is missing until the source is heard again.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, floor_to
from tradefleet.domain.order import Side
from tradefleet.exchange.protocols import Level

_ASSUMED_LEVELS = 20
_LEVEL_GAP = Decimal("0.0001")
_LEVEL_QUOTE = Decimal(5_000)  # what we assume behind the best level, a level
_NONE = Level(Decimal(0), Decimal(0))

Rows = Sequence[Sequence[str]]


class LiveBooks:
    """What takers meet in each symbol."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, Side], tuple[Level, ...]] = {}
        self._taken: dict[tuple[str, Decimal], Decimal] = {}

    def hear_best(self, symbol: str, bid: Level, ask: Level) -> None:
        """Take over the best levels; those known before remain where they are behind."""
        for taker, best in ((Side.SELL, bid), (Side.BUY, ask)):
            sign = 1 if taker is Side.BUY else -1
            behind = [
                level
                for level in self._levels.get((symbol, taker), ())
                if (level.price - best.price) * sign > 0
            ]
            self._levels[symbol, taker] = (best, *behind) if best.price else ()
        self._forget_taken(symbol)

    def hear(self, symbol: str, bids: Rows, asks: Rows) -> None:
        """Take over a book, best levels first."""
        for taker, rows in ((Side.SELL, bids), (Side.BUY, asks)):
            self._levels[symbol, taker] = tuple(
                Level(Decimal(price), Decimal(quantity)) for price, quantity in rows
            )
        self._forget_taken(symbol)

    def _forget_taken(self, symbol: str) -> None:
        self._taken = {place: part for place, part in self._taken.items() if place[0] != symbol}

    def best(self, symbol: str, taker: Side) -> Level | None:
        """Return the best level that a taker of a side was heard to meet."""
        levels = self._levels.get((symbol, taker), ())
        return levels[0] if levels else None

    def take(self, symbol: str, level: Level) -> None:
        """Note what a taker got of a level."""
        place = symbol, level.price
        self._taken[place] = self._taken.get(place, Decimal(0)) + level.quantity

    def offers(self, rules: Instrument, taker: Side, last: Decimal) -> Iterator[Level]:
        """Yield what a taker of a side meets, best first.

        Args:
            rules: of the symbol.
            taker: whose side.
            last: the last price, for a symbol of which nothing else was heard; 0 = not that either.
        """
        levels: Iterator[Level] | tuple[Level, ...]
        levels = self._levels.get((rules.symbol, taker), ())
        if len(levels) < 2:
            best = levels[0] if levels else Level(last, Decimal(1)) if last else _NONE
            levels = _assumed(rules, best, 1 if taker is Side.BUY else -1) if best.price else ()
        for level in levels:
            left = level.quantity - self._taken.get((rules.symbol, level.price), Decimal(0))
            if left > 0:
                yield Level(level.price, left)


def _assumed(rules: Instrument, best: Level, sign: int) -> Iterator[Level]:
    yield best
    gap = max(best.price * _LEVEL_GAP, rules.tick_size)
    for number in range(1, _ASSUMED_LEVELS):
        price = best.price + sign * number * gap
        price = rules.price_up(price) if sign > 0 else rules.price_down(price)
        if price <= 0:
            return
        yield Level(price, floor_to(_LEVEL_QUOTE / price, rules.lot_step))
