"""Whether an order found under our name is the one we sent.

A name alone does not prove it: the exchange takes the name of a filled order again, and books that
were restored from a copy give out names a second time.
"""

from collections.abc import Sequence

from tradefleet.domain.errors import RuleBrokenError
from tradefleet.domain.order import Order, OrderRequest, ProtectionRequest, Side

# How far two clocks may be apart without an order seeming to be older than its intent.
CLOCKS_APART_MS = 60_000


def recognise(
    request: OrderRequest | ProtectionRequest, orders: Sequence[Order], intended_at: int
) -> None:
    """Check that these orders are what was asked for.

    Args:
        request: as it was sent.
        orders: found under its name.
        intended_at: when it was written down, by the exchange's clock.

    Raises:
        RuleBrokenError: they are not; a person looks, because neither taking them for ours nor
            asking again is safe.
    """
    for order in orders:
        if why := _difference(request, order, intended_at):
            raise RuleBrokenError(
                f"the exchange has an order named {order.client_order_id} that is not the one we "
                f"sent: {why}. Were the books restored from a copy, or does another installation "
                "trade under the same name?"
            )


def _difference(request: OrderRequest | ProtectionRequest, order: Order, intended_at: int) -> str:
    wanted: list[tuple[str, object, object]] = [("symbol", request.symbol, order.symbol)]
    if isinstance(request, OrderRequest):
        wanted += [("side", request.side, order.side), ("type", request.type, order.type)]
        if request.quantity is not None:
            wanted.append(("quantity", request.quantity, order.quantity))
        elif order.quote_quantity:
            wanted.append(("amount to spend", request.quote_quantity, order.quote_quantity))
    else:
        wanted += [
            ("side", Side.SELL, order.side),
            ("quantity", request.quantity, order.quantity),
        ]
    for name, ours, theirs in wanted:
        if ours != theirs:
            return f"its {name} is {theirs}, ours was {ours}"
    if order.time and order.time < intended_at - CLOCKS_APART_MS:
        return f"it is {(intended_at - order.time) // 1_000} s older than our decision to send it"
    return ""
