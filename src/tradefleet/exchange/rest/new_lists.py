"""Signed endpoints that place order lists."""

from collections.abc import Callable, Sequence
from typing import Any

from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.list_tickets import (
    OCO_PARAMETERS,
    OLD_OCO_PARAMETERS,
    OPO_PARAMETERS,
    OPOCO_PARAMETERS,
    OTO_PARAMETERS,
    OTOCO_PARAMETERS,
    Values,
    oco_ticket,
    old_oco_ticket,
    opo_ticket,
    opoco_ticket,
    oto_ticket,
    otoco_ticket,
)
from tradefleet.exchange.parameters import Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.tickets import OcoTicket, OtoTicket, read_response
from tradefleet.exchange.views import list_view, placed

View = dict[str, Any]


def _place_oco(call: Call, read: Callable[[Values], OcoTicket]) -> View:
    ticket, response = read(call.values), _response(call)
    call.venue.catch_up()
    order_list = call.venue.engine.place_oco(call.account, ticket)
    return _answer(call, order_list, call.venue.engine.orders_of(order_list), response)


def _place_oto(call: Call, read: Callable[[Values], OtoTicket]) -> View:
    ticket, response = read(call.values), _response(call)
    call.venue.catch_up()
    taken = call.venue.engine.place_oto(call.account, ticket)
    return _answer(call, taken.order_list, taken.orders, response)


def _response(call: Call) -> str:
    """Return how much the answer should say of each order; by default all."""
    return read_response({"newOrderRespType": "FULL"} | call.values)


def _answer(call: Call, order_list: OrderList, orders: Sequence[Order], response: str) -> View:
    reports = [_report(call, order, response) for order in orders]
    return list_view(order_list, orders) | {"orderReports": reports}


def _report(call: Call, order: Order, response: str) -> View:
    if order.is_pending:
        return placed(order, response)
    books = call.venue.books
    trades = books.orders(order.uid).trades_of(order.id)
    return placed(order, response, trades, books.prevented_by(order))


def _endpoint(
    path: str, method: str, handle: Callable[[Call], View], parameters: tuple[Parameter, ...]
) -> Endpoint:
    return Endpoint(path, handle, *parameters, signed=True, places=True, method=method)


ENDPOINTS = (
    _endpoint(
        "POST /orderList/oco",
        "orderList.place.oco",
        lambda call: _place_oco(call, oco_ticket),
        OCO_PARAMETERS,
    ),
    _endpoint(  # deprecated, like its name on the WebSocket API
        "POST /order/oco",
        "orderList.place",
        lambda call: _place_oco(call, old_oco_ticket),
        OLD_OCO_PARAMETERS,
    ),
    _endpoint(
        "POST /orderList/oto",
        "orderList.place.oto",
        lambda call: _place_oto(call, oto_ticket),
        OTO_PARAMETERS,
    ),
    _endpoint(
        "POST /orderList/otoco",
        "orderList.place.otoco",
        lambda call: _place_oto(call, otoco_ticket),
        OTOCO_PARAMETERS,
    ),
    _endpoint(
        "POST /orderList/opo",
        "orderList.place.opo",
        lambda call: _place_oto(call, opo_ticket),
        OPO_PARAMETERS,
    ),
    _endpoint(
        "POST /orderList/opoco",
        "orderList.place.opoco",
        lambda call: _place_oto(call, opoco_ticket),
        OPOCO_PARAMETERS,
    ),
)
