"""The signed endpoint that cancels an order and places another one."""

from dataclasses import dataclass
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.engine.replacing import ReplaceTicket, replace
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import CLIENT_ID, INTEGER, WORD, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rest.order_choice import (
    RESTRICTIONS_PARAMETER,
    cancellable,
    check_named,
    check_restrictions,
    chosen,
)
from tradefleet.exchange.rest.orders import placed_view
from tradefleet.exchange.tickets import ORDER_PARAMETERS, order_ticket
from tradefleet.exchange.views import cancelled

View = dict[str, Any]

_MODE, _LIMIT_MODE = "cancelReplaceMode", "orderRateLimitExceededMode"
_MODES = {"STOP_ON_FAILURE": True, "ALLOW_FAILURE": False}  # whether the new order needs the cancel
_LIMIT_MODES = {"DO_NOTHING": False, "CANCEL_ONLY": True}  # whether the old one is cancelled anyway
_NUMBER, _NAME = "cancelOrderId", "cancelOrigClientOrderId"


@dataclass(frozen=True, slots=True)
class _Half:
    """One of the two results as the answer tells it."""

    result: str
    response: View | None

    @property
    def is_done(self) -> bool:
        return self.result == "SUCCESS"


def cancel_replace(call: Call) -> View:
    """Cancel an order and place another one."""
    values = call.values
    ticket = ReplaceTicket(
        order=order_ticket(values),
        needs_cancel=_word(values, _MODE, _MODES, values[_MODE]),
        cancels_anyway=_word(values, _LIMIT_MODE, _LIMIT_MODES, "DO_NOTHING"),
    )
    check_named(values, _NUMBER, _NAME)
    only = check_restrictions(values)
    call.venue.catch_up()
    engine = call.venue.engine
    cancel_id = engine.cancel_id(values.get("cancelNewClientOrderId", ""))

    def cancel() -> Order:
        order = cancellable(chosen(call, _NUMBER, _NAME), only)
        engine.cancel(call.account, order, cancel_id)
        return order

    done = replace(engine, call.account, ticket, cancel, call.venue.now())
    old = _half(done.cancelled, lambda order: cancelled(order, cancel_id))
    new = _half(done.placed, lambda order: placed_view(call, order, ticket.order.response))
    return _answer(old, new, done.limit if ticket.needs_cancel else None)


def _answer(old: _Half, new: _Half, limit: ApiError | None) -> View:
    view = {
        "cancelResult": old.result,
        "newOrderResult": new.result,
        "cancelResponse": old.response,
        "newOrderResponse": new.response,
    }
    if old.is_done and new.is_done:
        return view
    if old.is_done or new.is_done:
        refusal = ApiError(-2021, "Order cancel-replace partially failed.", status=409, data=view)
    else:
        refusal = ApiError(-2022, "Order cancel-replace failed.", data=view)
    if limit is not None:
        refusal.status, refusal.retry_after = limit.status, limit.retry_after
        refusal.retry_at = limit.retry_at
    raise refusal


def _half(outcome: Order | ApiError | None, write: Any) -> _Half:
    if outcome is None:
        return _Half("NOT_ATTEMPTED", None)
    if isinstance(outcome, ApiError):
        return _Half("FAILURE", outcome.body)
    return _Half("SUCCESS", write(outcome))


def _word(values: View, name: str, meanings: dict[str, bool], usual: str) -> bool:
    word = values.get(name, usual)
    if word not in meanings:
        raise errors.invalid_data(name)
    return meanings[word]


ENDPOINTS = (
    Endpoint(
        "POST /order/cancelReplace",
        cancel_replace,
        *ORDER_PARAMETERS,
        Parameter(_MODE, WORD, required=True),
        Parameter(_NUMBER, INTEGER),
        Parameter(_NAME, CLIENT_ID),
        Parameter("cancelNewClientOrderId", CLIENT_ID),
        RESTRICTIONS_PARAMETER,
        Parameter(_LIMIT_MODE, WORD),
        signed=True,
        places=True,
        method="order.cancelReplace",
    ),
)
