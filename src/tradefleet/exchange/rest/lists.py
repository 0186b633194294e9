"""Signed endpoints of order lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.lists import ListBook, OrderList
from tradefleet.exchange.parameters import (
    CLIENT_ID,
    DECIMAL,
    INTEGER,
    SYMBOL,
    TEXT,
    TIME,
    Parameter,
)
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.tickets import (
    OcoTicket,
    OrderTicket,
    order_ticket,
    read_response,
    read_side,
)
from tradefleet.exchange.venue import Venue
from tradefleet.exchange.views import cancelled, list_view, placed

View = dict[str, Any]

_LEG = (
    ("Type", "type", TEXT),
    ("ClientOrderId", "newClientOrderId", CLIENT_ID),
    ("Price", "price", DECIMAL),
    ("StopPrice", "stopPrice", DECIMAL),
    ("TimeInForce", "timeInForce", TEXT),
    ("TrailingDelta", "trailingDelta", INTEGER),
    ("IcebergQty", "icebergQty", DECIMAL),
    ("StrategyId", "strategyId", INTEGER),
    ("StrategyType", "strategyType", INTEGER),
)


def _leg_parameters(prefix: str) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(prefix + suffix, kind, required=suffix == "Type") for suffix, _, kind in _LEG
    )


_COMMON = (
    Parameter("symbol", SYMBOL, required=True),
    Parameter("side", TEXT, required=True),
    Parameter("quantity", DECIMAL, required=True),
    Parameter("listClientOrderId", CLIENT_ID),
    Parameter("newOrderRespType", TEXT),
    Parameter("selfTradePreventionMode", TEXT),
)
_OLD_OCO = (
    *_COMMON,
    Parameter("price", DECIMAL, required=True),
    Parameter("stopPrice", DECIMAL, required=True),
    Parameter("stopLimitPrice", DECIMAL),
    Parameter("stopLimitTimeInForce", TEXT),
    Parameter("limitClientOrderId", CLIENT_ID),
    Parameter("stopClientOrderId", CLIENT_ID),
)


def place_oco(call: Call) -> View:
    """Take an OCO list."""
    values = call.values
    ticket = OcoTicket(
        client_id=values.get("listClientOrderId", ""),
        above=_leg_ticket(values, "above"),
        below=_leg_ticket(values, "below"),
    )
    return _place(call, ticket)


def place_old_oco(call: Call) -> View:
    """Take an OCO list in its deprecated form: a limit maker and a stop."""
    values = call.values
    side = read_side(values["side"])
    limit = _limit_leg(values)
    stop = _stop_leg(values)
    above, below = (limit, stop) if side is Side.SELL else (stop, limit)
    return _place(call, OcoTicket(values.get("listClientOrderId", ""), above, below))


def _place(call: Call, ticket: OcoTicket) -> View:
    response = read_response(call.values)
    call.venue.catch_up()
    engine = call.venue.engine
    order_list = engine.place_oco(call.account, ticket)
    orders = engine.orders_of(order_list)
    view = list_view(order_list, orders)
    return view | {"orderReports": [placed(order, _report(response)) for order in orders]}


def _report(response: str) -> str:
    """An OCO is answered with full reports unless less was asked for."""
    return response if response == "RESULT" else "FULL"


def _leg_ticket(values: Mapping[str, Any], prefix: str) -> OrderTicket:
    leg = {name: values[name] for name in ("symbol", "side", "quantity")}
    for suffix, name, _ in _LEG:
        if prefix + suffix in values:
            leg[name] = values[prefix + suffix]
    if "selfTradePreventionMode" in values:
        leg["selfTradePreventionMode"] = values["selfTradePreventionMode"]
    return order_ticket(leg)


def _limit_leg(values: Mapping[str, Any]) -> OrderTicket:
    leg = {name: values[name] for name in ("symbol", "side", "quantity", "price")}
    ticket = order_ticket(leg | {"type": OrderType.LIMIT_MAKER})
    return replace(ticket, client_id=values.get("limitClientOrderId", ""))


def _stop_leg(values: Mapping[str, Any]) -> OrderTicket:
    leg = {name: values[name] for name in ("symbol", "side", "quantity", "stopPrice")}
    leg["type"] = OrderType.STOP_LOSS
    if "stopLimitPrice" in values:
        if "stopLimitTimeInForce" not in values:
            raise errors.missing("stopLimitTimeInForce")
        leg["type"] = OrderType.STOP_LOSS_LIMIT
        leg["price"] = values["stopLimitPrice"]
        leg["timeInForce"] = values["stopLimitTimeInForce"]
    ticket = order_ticket(leg)
    return replace(ticket, client_id=values.get("stopClientOrderId", ""))


def query_list(call: Call) -> View:
    """Return a list by its number or name."""
    values, lists = call.values, call.venue.books.lists(call.account.uid)
    found = _find(lists, values, "origClientOrderId")
    if found is None:
        raise errors.unknown_order()
    return _view(call.venue, found)


def open_lists(call: Call) -> list[View]:
    """Return the lists that are not done."""
    return [_view(call.venue, known) for known in call.venue.books.lists(call.account.uid).open()]


def all_lists(call: Call) -> list[View]:
    """Return lists, oldest first."""
    values, limit = call.values, call.limit(500, 1000)
    first = values.get("fromId", 0)
    start, end = values.get("startTime"), values.get("endTime")
    fitting = [
        known
        for known in call.venue.books.lists(call.account.uid).all()
        if known.id >= first
        and (start is None or known.time >= start)
        and (end is None or known.time <= end)
    ]
    from_the_start = first or start is not None
    chosen = fitting[:limit] if from_the_start else fitting[-limit:]
    return [_view(call.venue, known) for known in chosen]


def cancel_list(call: Call) -> View:
    """Cancel a list and its orders."""
    venue, values = call.venue, call.values
    venue.catch_up()
    symbol = venue.engine.instrument(values["symbol"]).symbol
    lists = venue.books.lists(call.account.uid)
    found = _find(lists, values, "listClientOrderId")
    if found is None or not found.is_open or found.symbol != symbol:
        raise errors.cancel_refused("Unknown order list sent.")
    cancel_id = venue.engine.cancel_id(values.get("newClientOrderId", ""))
    leg = next(order for order in venue.engine.orders_of(found) if order.is_open)
    venue.engine.cancel(call.account, leg, cancel_id)
    return cancelled_list(venue, found, cancel_id)


def _find(lists: ListBook, values: Mapping[str, Any], name: str) -> OrderList | None:
    if "orderListId" in values:
        return lists.get(values["orderListId"])
    if name not in values:
        raise errors.missing_both("orderListId", name)
    return lists.named(values[name])


def cancelled_list(venue: Venue, order_list: OrderList, cancel_id: str) -> View:
    """Return the answer to a cancelled list."""
    orders = venue.engine.orders_of(order_list)
    view = list_view(order_list, orders, venue.now())
    return view | {"orderReports": [cancelled(order, cancel_id) for order in orders]}


def _view(venue: Venue, order_list: OrderList) -> View:
    return list_view(order_list, venue.engine.orders_of(order_list))


_RANGE = (
    Parameter("fromId", INTEGER),
    Parameter("startTime", TIME),
    Parameter("endTime", TIME),
    Parameter("limit", INTEGER),
)

ENDPOINTS = (
    Endpoint(
        "POST /orderList/oco",
        place_oco,
        *_COMMON,
        *_leg_parameters("above"),
        *_leg_parameters("below"),
        signed=True,
        places=True,
        method="orderList.place.oco",
    ),
    Endpoint("POST /order/oco", place_old_oco, *_OLD_OCO, signed=True, places=True),
    Endpoint(
        "DELETE /orderList",
        cancel_list,
        Parameter("symbol", SYMBOL, required=True),
        Parameter("orderListId", INTEGER),
        Parameter("listClientOrderId", CLIENT_ID),
        Parameter("newClientOrderId", CLIENT_ID),
        signed=True,
        places=True,
        method="orderList.cancel",
    ),
    Endpoint(
        "GET /orderList",
        query_list,
        Parameter("orderListId", INTEGER),
        Parameter("origClientOrderId", CLIENT_ID),
        weight=4,
        signed=True,
        method="orderList.status",
    ),
    Endpoint(
        "GET /openOrderList", open_lists, weight=6, signed=True, method="openOrderLists.status"
    ),
    Endpoint(
        "GET /allOrderList", all_lists, *_RANGE, weight=20, signed=True, method="allOrderLists"
    ),
)
