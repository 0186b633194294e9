"""What a taker would get from a book, found out before anything is taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.order import Side
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.protocols import Level, Market

NEAR, FAR = 20, 5_000  # levels looked at first, and if they do not suffice


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a taker would come.

    Attributes:
        quantity: base; less than wanted if the book is too thin.
        quote: its worth.
        is_enough: everything wanted is there.
    """

    quantity: Decimal
    quote: Decimal
    is_enough: bool


def reach(
    market: Market,
    symbol: str,
    side: Side,
    *,
    quantity: Decimal | None = None,
    quote: Decimal | None = None,
    limit: Decimal | None = None,
) -> Reach:
    """Return what a taker of `side` would get.

    Args:
        market: where.
        symbol: which book.
        side: of the taker.
        quantity: base wanted; or `quote`: quote to spend or receive.
        limit: worst acceptable price.
    """
    for count in (NEAR, FAR):
        depth = market.depth(symbol, count)
        levels = depth.asks if side is Side.BUY else depth.bids
        found = _walk(_acceptable(levels, side, limit), quantity, quote)
        if found.is_enough or len(levels) < count:
            break
    return found


def _acceptable(levels: Iterable[Level], side: Side, limit: Decimal | None) -> Iterable[Level]:
    for level in levels:
        if limit is not None and is_worse(side, level.price, limit):
            return
        yield level


def is_worse(side: Side, price: Decimal, limit: Decimal) -> bool:
    """Whether a price is beyond the limit of an order of this side."""
    return price > limit if side is Side.BUY else price < limit


def _walk(levels: Iterable[Level], quantity: Decimal | None, quote: Decimal | None) -> Reach:
    got, worth = ZERO, ZERO
    for level in levels:
        if quantity is not None:
            part = min(level.quantity, quantity - got)
        else:
            assert quote is not None
            part = min(level.quantity, (quote - worth) / level.price)
        got += part
        worth += part * level.price
        if part < level.quantity or got == quantity:
            return Reach(got, worth, is_enough=True)
    return Reach(got, worth, is_enough=False)
