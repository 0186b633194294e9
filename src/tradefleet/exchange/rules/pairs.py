"""Which two orders may form an OCO pair, by their types and their prices.

Codes and texts: Binance spot docs, errors.md; which price counts: rest-api.md (order lists).
"""

from collections.abc import Sequence
from decimal import Decimal

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import STOP_LOSSES
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.tickets import OrderTicket

_BY_LIMIT = frozenset({OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT_LIMIT})
_KINDS = {
    OrderType.LIMIT_MAKER: "limit",
    OrderType.STOP_LOSS: "stop loss",
    OrderType.STOP_LOSS_LIMIT: "stop loss",
    OrderType.TAKE_PROFIT: "take profit",
    OrderType.TAKE_PROFIT_LIMIT: "take profit",
}
_MISPLACED = {
    (Side.BUY, "limit"): -1165,
    (Side.SELL, "limit"): -1166,
    (Side.BUY, "stop loss"): -1196,
    (Side.SELL, "stop loss"): -1197,
    (Side.BUY, "take profit"): -1198,
    (Side.SELL, "take profit"): -1199,
}


def check_types(side: Side, above: OrderType, below: OrderType) -> None:
    """Refuse two types that are no stop and no target on the right sides of the market.

    Raises:
        ApiError: -1158, -1165, -1166, -1168 or -1196 to -1199.
    """
    if above not in _KINDS or below not in _KINDS:
        raise ApiError(-1158, "Order type not supported in OCO.")
    if above is below is OrderType.LIMIT_MAKER:
        raise ApiError(-1168, "At least one OCO order must be contingent.")
    for place, kind in (("above", _KINDS[above]), ("below", _KINDS[below])):
        right = "above" if (kind == "stop loss") == (side is Side.BUY) else "below"
        if place != right:
            text = f"A {kind} order in a {side.lower()} OCO must be {right}."
            raise ApiError(_MISPLACED[side, kind], text)


def check_prices(above: OrderTicket, below: OrderTicket, last: Decimal | None = None) -> None:
    """Refuse two prices that are the wrong way round or do not enclose the last price.

    Args:
        above, below: the legs.
        last: None = the market may be anywhere, because they will be placed later.

    Raises:
        ApiError: -2010.
    """
    prices = [_level(below), last, _level(above)]
    known = [price for price in prices if price is not None]
    if any(lower >= upper for lower, upper in zip(known, known[1:], strict=False)):
        raise errors.order_refused(errors.PRICES_WRONG)


def stop_first(legs: Sequence[OrderTicket]) -> list[OrderTicket]:
    """Return the legs in the order in which Binance numbers them."""
    return sorted(legs, key=lambda leg: leg.type not in STOP_LOSSES)


def above_and_below(stop: OrderTicket, target: OrderTicket) -> tuple[OrderTicket, OrderTicket]:
    """Return the legs of a pair by where they are."""
    return (target, stop) if stop.side is Side.SELL else (stop, target)


def _level(leg: OrderTicket) -> Decimal | None:
    """Return the price by which a leg is judged; a trailing stop may have none."""
    return leg.price if leg.type in _BY_LIMIT else leg.stop_price
