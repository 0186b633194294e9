"""Signed endpoints of smart order routing, which no symbol here has."""

from typing import Any

from tradefleet.domain.order import OrderType
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import BOOLEAN, INTEGER, TIME, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint, check_span
from tradefleet.exchange.rest.order_choice import SYMBOL_PARAMETER
from tradefleet.exchange.rest.orders import test_weight
from tradefleet.exchange.tickets import ORDER_PARAMETERS, order_ticket

View = dict[str, Any]
_NOT_ROUTED = ("quoteOrderQty", "stopPrice", "trailingDelta")
_PARAMETERS = tuple(one for one in ORDER_PARAMETERS if one.name not in _NOT_ROUTED)


def route(call: Call) -> View:
    """Refuse an order that is well formed: it cannot be routed (-1013)."""
    ticket = order_ticket(call.values)
    call.venue.engine.instrument(ticket.symbol)
    if ticket.type not in (OrderType.LIMIT, OrderType.MARKET):
        raise ApiError(-1116, "Invalid orderType.")
    raise ApiError(-1013, "This symbol has no SOR.")


def allocations(call: Call) -> list[View]:
    """Return what routed orders were given: nothing."""
    call.venue.engine.instrument(call.values["symbol"])
    call.limit(500, 1000)
    check_span(call.values.get("startTime"), call.values.get("endTime"))
    return []


ENDPOINTS = (
    Endpoint(
        "POST /sor/order", route, *_PARAMETERS, signed=True, places=True, method="sor.order.place"
    ),
    Endpoint(
        "POST /sor/order/test",
        route,
        *_PARAMETERS,
        Parameter("computeCommissionRates", BOOLEAN),
        weight=test_weight,
        signed=True,
        method="sor.order.test",
    ),
    Endpoint(
        "GET /myAllocations",
        allocations,
        SYMBOL_PARAMETER,
        Parameter("startTime", TIME),
        Parameter("endTime", TIME),
        Parameter("fromAllocationId", INTEGER),
        Parameter("limit", INTEGER),
        Parameter("orderId", INTEGER),
        weight=20,
        signed=True,
        method="myAllocations",
    ),
)
