"""Signed endpoints that make an order smaller and tell how it became so."""

from typing import Any

from tradefleet.exchange.parameters import CLIENT_ID, DECIMAL, INTEGER, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rest.order_choice import SYMBOL_PARAMETER, WHICH, chosen
from tradefleet.exchange.views import amended, amendment_view, list_view

View = dict[str, Any]
_NOT_TOLD_HERE = ("listStatusType", "transactionTime")  # of the list of an amended order


def amend(call: Call) -> View:
    """Make an order smaller without losing its place in the queue."""
    call.venue.catch_up()
    engine, order, values = call.venue.engine, chosen(call), call.values
    name = values.get("newClientOrderId", "")
    amendment = engine.amending.amend(call.account, order, values["newQty"], name)
    assert order is not None
    view = amended(order, amendment)
    order_list = engine.list_of(order)
    if order_list is not None:
        told = list_view(order_list, engine.orders_of(order_list))
        view["listStatus"] = {name: told[name] for name in told if name not in _NOT_TOLD_HERE}
    return view


def amendments(call: Call) -> list[View]:
    """Return how an order was made smaller, oldest first."""
    values, limit = call.values, call.limit(500, 1000)
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    first = values.get("fromExecutionId", 0)
    known = call.venue.books.orders(call.account.uid).amendments_of(values["orderId"])
    fitting = [one for one in known if one.execution_id >= first and one.symbol == symbol]
    return [amendment_view(one) for one in fitting[:limit]]


ENDPOINTS = (
    Endpoint(
        "PUT /order/amend/keepPriority",
        amend,
        *WHICH,
        Parameter("newClientOrderId", CLIENT_ID),
        Parameter("newQty", DECIMAL, required=True),
        weight=4,
        signed=True,
        changes=True,
        method="order.amend.keepPriority",
    ),
    Endpoint(
        "GET /order/amendments",
        amendments,
        SYMBOL_PARAMETER,
        Parameter("orderId", INTEGER, required=True),
        Parameter("fromExecutionId", INTEGER),
        Parameter("limit", INTEGER),
        weight=4,
        signed=True,
        method="order.amendments",
    ),
)
