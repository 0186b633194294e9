"""Signed endpoints of single orders: place, test, query, cancel."""

from typing import Any

from tradefleet.domain.candle import DAY
from tradefleet.exchange import errors
from tradefleet.exchange.account_views import order_commission_view
from tradefleet.exchange.books.orders import Order, OrderBook
from tradefleet.exchange.parameters import (
    BOOLEAN,
    CLIENT_ID,
    INTEGER,
    SYMBOL,
    TIME,
    Parameter,
)
from tradefleet.exchange.rest.endpoint import Call, Endpoint, check_span
from tradefleet.exchange.rest.lists import cancelled_list
from tradefleet.exchange.rest.order_choice import (
    RESTRICTIONS_PARAMETER,
    SYMBOL_PARAMETER,
    WHICH,
    cancellable,
    check_restrictions,
    chosen,
)
from tradefleet.exchange.tickets import ORDER_PARAMETERS, order_ticket
from tradefleet.exchange.views import cancelled, placed, queried

View = dict[str, Any]

_ARCHIVED_AFTER = 90 * DAY  # from its end, if nothing of an order was executed


def place(call: Call) -> View:
    """Take an order."""
    ticket = order_ticket(call.values)
    call.venue.catch_up()
    return placed_view(call, call.venue.engine.place(call.account, ticket), ticket.response)


def placed_view(call: Call, order: Order, response: str) -> View:
    """Return the answer to a new order, as long as was asked for."""
    books = call.venue.books
    trades = books.orders(order.uid).trades_of(order.id)
    return placed(order, response, trades, books.prevented_by(order))


def test(call: Call) -> View:
    """Check an order without placing it."""
    ticket = order_ticket(call.values)
    engine = call.venue.engine
    engine.test(call.account, ticket)
    if not call.values.get("computeCommissionRates", False):
        return {}
    may_be_bnb = engine.fees.may_be_bnb(engine.instrument(ticket.symbol))
    return order_commission_view(ticket.side, call.account.fees, may_be_bnb=may_be_bnb)


def query(call: Call) -> View:
    """Return an order as it stands."""
    order = chosen(call)
    if order is None:
        both = "orderId" in call.values and "origClientOrderId" in call.values
        raise errors.ids_disagree() if both else errors.unknown_order()
    ended_unfilled = not order.is_open and not order.executed
    if ended_unfilled and call.venue.now() - order.updated_at > _ARCHIVED_AFTER:
        raise errors.archived_order()
    return queried(order)


def cancel(call: Call) -> View:
    """Cancel an order; a leg takes its list with it."""
    only = check_restrictions(call.values)
    call.venue.catch_up()
    order = cancellable(chosen(call), only)
    cancel_id = call.venue.engine.cancel_id(call.values.get("newClientOrderId", ""))
    order_list = call.venue.engine.cancel(call.account, order, cancel_id)
    if order_list is not None:
        return cancelled_list(call.venue, order_list, cancel_id)
    return cancelled(order, cancel_id)


def open_orders(call: Call) -> list[View]:
    """Return what rests, in one symbol or all."""
    symbol = call.values.get("symbol")
    if symbol is not None:
        call.venue.engine.instrument(symbol)
    return [queried(order) for order in _orders(call).open(symbol)]


def cancel_all(call: Call) -> list[View]:
    """Cancel everything that rests in a symbol."""
    venue = call.venue
    venue.catch_up()
    symbol = venue.engine.instrument(call.values["symbol"]).symbol
    resting = _orders(call).open(symbol)
    if not resting:
        raise errors.cancel_refused()
    cancel_id = venue.engine.cancel_id("")
    views: list[View] = []
    for order in resting:
        if order.is_open:
            order_list = venue.engine.cancel(call.account, order, cancel_id)
            views.append(
                cancelled(order, cancel_id)
                if order_list is None
                else cancelled_list(venue, order_list, cancel_id)
            )
    return views


def all_orders(call: Call) -> list[View]:
    """Return orders of a symbol, oldest first."""
    values, limit = call.values, call.limit(500, 1000)
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    start, end = values.get("startTime"), values.get("endTime")
    check_span(start, end)
    first = values.get("orderId", 0)
    fitting: list[Order] = []
    for order in _orders(call).history(symbol):
        if order.id < first or (start is not None and order.time < start):
            break
        if end is None or order.time <= end:
            fitting.append(order)
        if len(fitting) == limit and not first and start is None:
            break
    fitting.reverse()
    return [queried(order) for order in fitting[:limit]]


def _orders(call: Call) -> OrderBook:
    return call.venue.books.orders(call.account.uid)


def _open_weight(sent: dict[str, str]) -> int:
    return 6 if "symbol" in sent else 80


def test_weight(sent: dict[str, str]) -> int:
    """Return what a test order costs: to compute its fees costs more."""
    return 20 if sent.get("computeCommissionRates", "").lower() == "true" else 1


ENDPOINTS = (
    Endpoint(
        "POST /order", place, *ORDER_PARAMETERS, signed=True, places=True, method="order.place"
    ),
    Endpoint(
        "POST /order/test",
        test,
        *ORDER_PARAMETERS,
        Parameter("computeCommissionRates", BOOLEAN),
        weight=test_weight,
        signed=True,
        method="order.test",
    ),
    Endpoint("GET /order", query, *WHICH, weight=4, signed=True, method="order.status"),
    Endpoint(
        "DELETE /order",
        cancel,
        *WHICH,
        Parameter("newClientOrderId", CLIENT_ID),
        RESTRICTIONS_PARAMETER,
        signed=True,
        places=True,
        method="order.cancel",
    ),
    Endpoint(
        "GET /openOrders",
        open_orders,
        Parameter("symbol", SYMBOL),
        weight=_open_weight,
        signed=True,
        method="openOrders.status",
    ),
    Endpoint(
        "DELETE /openOrders",
        cancel_all,
        SYMBOL_PARAMETER,
        signed=True,
        places=True,
        method="openOrders.cancelAll",
    ),
    Endpoint(
        "GET /allOrders",
        all_orders,
        SYMBOL_PARAMETER,
        Parameter("orderId", INTEGER),
        Parameter("startTime", TIME),
        Parameter("endTime", TIME),
        Parameter("limit", INTEGER),
        weight=20,
        signed=True,
        method="allOrders",
    ),
)
