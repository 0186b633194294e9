"""The life of an order, and its name."""

import re
from decimal import Decimal
from itertools import product

import pytest

from tradefleet.domain.errors import RuleBrokenError
from tradefleet.domain.order import (
    LEGAL_NEXT,
    Order,
    OrderList,
    OrderStatus,
    OrderType,
    Purpose,
    Side,
    advance,
    client_order_id,
    order_prefix,
)

S = OrderStatus
ENDS = {S.FILLED, S.CANCELED, S.EXPIRED, S.EXPIRED_IN_MATCH, S.REJECTED}


def an_order(status: OrderStatus, executed: str = "0", quote: str = "0") -> Order:
    amount, paid = Decimal(executed), Decimal(quote)
    return Order(
        "BTCUSDT", 1, "x", Side.BUY, OrderType.MARKET, status, Decimal(1), amount, paid, 0, 0
    )


def test_every_status_has_its_ways() -> None:
    assert set(LEGAL_NEXT) == set(OrderStatus)
    assert {status for status in OrderStatus if status.is_final} == ENDS


@pytest.mark.parametrize(("before", "after"), list(product(OrderStatus, OrderStatus)))
def test_N15_an_order_goes_only_forward(before: OrderStatus, after: OrderStatus) -> None:
    """PENDING_NEW, then NEW, then PARTIALLY_FILLED (again and again), then one end."""
    rank = {S.PENDING_NEW: 0, S.NEW: 1, S.PARTIALLY_FILLED: 2}
    forward = before not in ENDS and rank.get(after, 3) > rank[before]
    from_a_part = (before, after) == (S.PARTIALLY_FILLED, S.REJECTED)

    if before is after or (forward and not from_a_part):
        assert advance(before, after) is after
    else:
        with pytest.raises(RuleBrokenError, match=f"from {before} to {after}"):
            advance(before, after)


def test_the_average_price_is_what_was_paid_for_what_was_got() -> None:
    assert an_order(S.FILLED, "0.002", "100").average_price == 50_000
    assert an_order(S.NEW).average_price == 0


def test_a_list_is_over_when_both_legs_are() -> None:
    done, open_ = an_order(S.FILLED), an_order(S.NEW)

    assert OrderList(1, "l", "BTCUSDT", (done, an_order(S.EXPIRED))).is_final
    assert not OrderList(1, "l", "BTCUSDT", (done, open_)).is_final


def test_an_order_is_named_after_who_asks_and_why() -> None:
    name = client_order_id("k7x2", "paper", 12, 3, 45, Purpose.ENTRY)

    assert name == "tfp-k7x2-12-3-45-B"
    assert name.startswith(order_prefix("k7x2", "paper", 12))
    assert not name.startswith(order_prefix("k7x2", "paper", 1))


def test_no_two_names_are_alike_and_the_exchange_takes_them_all() -> None:
    modes = ("paper", "testnet", "binance-demo", "live")
    names = [
        client_order_id("k7x2", mode, bot, epoch, number, purpose)
        for mode in modes
        for bot in (1, 11, 99_999)
        for epoch in (1, 11, 9_999)
        for number in (1, 11, 9_999_999)
        for purpose in Purpose
    ]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,36}", name) for name in names)
