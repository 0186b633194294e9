"""Which order a request means, and whether it may be cancelled as it stands."""

from collections.abc import Mapping
from typing import Any

from tradefleet.domain.order import OrderStatus
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import CLIENT_ID, INTEGER, SYMBOL, WORD, Parameter
from tradefleet.exchange.rest.endpoint import Call

SYMBOL_PARAMETER = Parameter("symbol", SYMBOL, required=True)
WHICH = (
    SYMBOL_PARAMETER,
    Parameter("orderId", INTEGER),
    Parameter("origClientOrderId", CLIENT_ID),
)
RESTRICTIONS_PARAMETER = Parameter("cancelRestrictions", WORD)
_RESTRICTIONS = {
    "ONLY_NEW": OrderStatus.NEW,
    "ONLY_PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
}


def chosen(call: Call, number: str = "orderId", name: str = "origClientOrderId") -> Order | None:
    """Return the order that a request names; if it gives both ids, both must name it.

    Args:
        call: the request.
        number, name: the parameters that carry the ids.

    Raises:
        ApiError: -1102, neither was given; -1121, no such symbol.
    """
    values = call.values
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    check_named(values, number, name)
    orders = call.venue.books.orders(call.account.uid)
    if number not in values:
        return orders.named(symbol, values[name])
    order = orders.get(symbol, values[number])
    fits = order is not None and values.get(name, order.client_id) == order.client_id
    return order if fits else None


def check_named(values: Mapping[str, Any], number: str, name: str) -> None:
    """Refuse a request that names no order (-1102)."""
    if number not in values and name not in values:
        raise errors.missing_both(name, number)


def check_restrictions(values: Mapping[str, Any]) -> OrderStatus | None:
    """Return the only status in which an order shall be cancelled, if one was asked for."""
    word = values.get("cancelRestrictions")
    if word is None:
        return None
    if word not in _RESTRICTIONS:
        raise ApiError(-1145, "Invalid cancelRestrictions")
    return _RESTRICTIONS[word]


def cancellable(order: Order | None, only: OrderStatus | None) -> Order:
    """Return an order that may be cancelled; -2011 for another."""
    if order is None or not order.is_open:
        raise errors.cancel_refused()
    if only is not None and order.status is not only:
        raise errors.cancel_refused("Order was not canceled due to cancel restrictions.")
    return order
