"""Cancel one order and place another: one request, two outcomes.

The new order is held to filters and counts while the old one still rests, so an account at a
limit cannot replace. Whatever else the engine has against it is found out after the cancel, with
the money that the cancel set free.
Source: Binance spot docs, rest-api.md, `POST /api/v3/order/cancelReplace`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.engine.engine import Engine
from tradefleet.exchange.errors import ORDER_REFUSED, ApiError
from tradefleet.exchange.tickets import OrderTicket


@dataclass(frozen=True, slots=True)
class ReplaceTicket:
    """A replacement as asked for.

    Attributes:
        order: the new one.
        needs_cancel: the new order is not tried if the cancel is refused.
        cancels_anyway: beyond the limit of new orders the old one is still cancelled.
    """

    order: OrderTicket
    needs_cancel: bool
    cancels_anyway: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """What became of it.

    Attributes:
        cancelled: the old order, or why it still stands.
        placed: the new order, or why there is none; None = it was not tried.
        limit: the refusal of a new order beyond the limit of such, if that stood in the way.
    """

    cancelled: Order | ApiError
    placed: Order | ApiError | None
    limit: ApiError | None = None


def replace(
    engine: Engine,
    account: Account,
    ticket: ReplaceTicket,
    cancel: Callable[[], Order],
    now: int,
) -> Replacement:
    """Cancel an order and place another one.

    Args:
        engine: where.
        account: whose orders they are.
        ticket: what is asked for.
        cancel: cancels the old order and returns it, or is refused.
        now: UTC milliseconds.

    Raises:
        ApiError: the request as a whole was refused; nothing was changed.
    """
    _check(engine, account, ticket.order)
    limit: ApiError | None = None
    try:
        engine.counts.check(account.uid, 1, now)
    except ApiError as refusal:
        if not ticket.cancels_anyway:
            raise
        limit = refusal
    cancelled = _attempt(cancel)
    if ticket.needs_cancel and isinstance(cancelled, ApiError):
        engine.counts.add(account.uid, 1, now)  # it costs as much as one that was tried
        return Replacement(cancelled, None, limit)
    if limit is not None:
        return Replacement(cancelled, limit, limit)
    return Replacement(cancelled, _attempt(lambda: engine.place(account, ticket.order)))


def _check(engine: Engine, account: Account, ticket: OrderTicket) -> None:
    """Hold the new order to the filters; what the engine itself refuses is found out later."""
    if not engine.rulebook.of(ticket.symbol).allows("cancelReplaceAllowed"):
        raise errors.order_refused("Order cancel-replace is not supported for this symbol.")
    try:
        engine.test(account, ticket)
    except ApiError as refusal:
        if refusal.code != ORDER_REFUSED:
            raise


def _attempt(act: Callable[[], Order]) -> Order | ApiError:
    try:
        return act()
    except ApiError as refusal:
        return refusal
