"""Signed endpoints that look at order lists and cancel them."""

from collections.abc import Mapping
from typing import Any

from tradefleet.domain.order import OrderStatus
from tradefleet.exchange import errors
from tradefleet.exchange.books.lists import ListBook, OrderList
from tradefleet.exchange.parameters import (
    CLIENT_ID,
    INTEGER,
    SYMBOL,
    TIME,
    Parameter,
)
from tradefleet.exchange.rest.endpoint import Call, Endpoint, check_span
from tradefleet.exchange.venue import Venue
from tradefleet.exchange.views import cancelled, list_view

View = dict[str, Any]


def query_list(call: Call) -> View:
    """Return a list by its number or name."""
    values, lists = call.values, call.venue.books.lists(call.account.uid)
    found = _find(lists, values, "origClientOrderId")
    if found is None:
        raise errors.unknown_list()
    return _view(call.venue, found)


def open_lists(call: Call) -> list[View]:
    """Return the lists that are not done."""
    return [_view(call.venue, known) for known in call.venue.books.lists(call.account.uid).open()]


def all_lists(call: Call) -> list[View]:
    """Return lists, oldest first; the times are those at which their status last changed."""
    values = call.values
    if "fromId" in values and ("startTime" in values or "endTime" in values):
        raise errors.bad_combination()
    return _chosen_lists(call, values.get("fromId"))


def all_lists_by_time(call: Call) -> list[View]:
    """Return lists as `all_lists` does, where times are stronger than a number."""
    timed = "startTime" in call.values or "endTime" in call.values
    return _chosen_lists(call, None if timed else call.values.get("fromId"))


def _chosen_lists(call: Call, first: int | None) -> list[View]:
    values, limit = call.values, call.limit(500, 1000)
    start, end = values.get("startTime"), values.get("endTime")
    check_span(start, end)
    fitting = [
        known
        for known in call.venue.books.lists(call.account.uid).all()
        if (first is None or known.id >= first)
        and (start is None or known.updated_at >= start)
        and (end is None or known.updated_at <= end)
    ]
    newest = first is None and start is None
    return [_view(call.venue, known) for known in (fitting[-limit:] if newest else fitting[:limit])]


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
    """Return the list that a number or name says; one with another name than was said is none."""
    if "orderListId" in values:
        found = lists.get(values["orderListId"])
        right = found is not None and values.get(name, found.client_id) == found.client_id
        return found if right else None
    if name not in values:
        raise errors.missing_both("orderListId", name)
    return lists.named(values[name])


def cancelled_list(venue: Venue, order_list: OrderList, cancel_id: str) -> View:
    """Return the answer to a cancelled list; what had ended before has no report."""
    orders = venue.engine.orders_of(order_list)
    reports = [
        cancelled(order, cancel_id) for order in orders if order.status is OrderStatus.CANCELED
    ]
    return list_view(order_list, orders) | {"orderReports": reports}


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
    Endpoint("GET /allOrderList", all_lists, *_RANGE, weight=20, signed=True),
    Endpoint(  # only on the WebSocket API
        "allOrderLists",
        all_lists_by_time,
        *_RANGE,
        weight=20,
        signed=True,
        method="allOrderLists",
    ),
)
