"""The legs of a protection among the orders that an answer tells of."""

from collections.abc import Sequence

from tradefleet.domain.order import Order, OrderList, ProtectionRequest


def ended_unfilled(request: ProtectionRequest, told: Sequence[Order]) -> OrderList | None:
    """Return protection that a cancel has ended as a whole, before any of it was filled."""
    legs = without_entry(told, request)
    wanted = [price for price in (request.stop_price, request.target_price) if price is not None]
    if len(legs) != len(wanted) or any(
        leg.executed_quantity or not leg.status.is_final for leg in legs
    ):
        return None
    name = request.list_client_order_id
    return OrderList(legs[0].order_list_id, name, request.symbol, legs)


def without_entry(orders: Sequence[Order], request: ProtectionRequest) -> tuple[Order, ...]:
    """Return the legs without the entry that came in the same list."""
    return tuple(o for o in orders if o.client_order_id != request.entry_client_order_id)
