"""An order found under our name is taken for ours only if it is what we sent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tradefleet.domain.errors import RuleBrokenError
from tradefleet.domain.order import (
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Purpose,
    Side,
)
from tradefleet.domain.recognition import CLOCKS_APART_MS, recognise

NOW = 1_700_000_000_000
SPEND = OrderRequest(
    "tfp-1", "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY, quote_quantity=Decimal(100)
)
SELL = OrderRequest(
    "tfp-2", "BTCUSDT", Side.SELL, OrderType.MARKET, Purpose.EXIT, quantity=Decimal("0.002")
)
PROTECTION = ProtectionRequest(
    "tfp-3", "tfp-4", "tfp-5", "BTCUSDT", Decimal("0.002"), Decimal(49_000), None, Decimal(52_000)
)
BOUGHT = Order(
    symbol="BTCUSDT",
    order_id=1,
    client_order_id="tfp-1",
    side=Side.BUY,
    type=OrderType.MARKET,
    status=OrderStatus.FILLED,
    quantity=Decimal("0.002"),
    executed_quantity=Decimal("0.002"),
    executed_quote=Decimal(100),
    time=NOW,
    updated_at=NOW,
    quote_quantity=Decimal(100),
)
SOLD = replace(BOUGHT, side=Side.SELL, quote_quantity=Decimal(0))


def test_what_was_sent_is_recognised_whatever_became_of_it() -> None:
    recognise(SPEND, [BOUGHT], NOW)
    recognise(SPEND, [replace(BOUGHT, quote_quantity=Decimal(0))], NOW)  # not told
    recognise(SELL, [SOLD], NOW)
    recognise(PROTECTION, [SOLD, replace(SOLD, type=OrderType.LIMIT_MAKER)], NOW)


@pytest.mark.parametrize(
    ("request_", "order", "why"),
    [
        (SPEND, replace(BOUGHT, symbol="ETHUSDT"), "its symbol is ETHUSDT, ours was BTCUSDT"),
        (SPEND, SOLD, "its side is SELL"),
        (SPEND, replace(BOUGHT, type=OrderType.LIMIT), "its type is LIMIT"),
        (SPEND, replace(BOUGHT, quote_quantity=Decimal(99)), "amount to spend is 99"),
        (SELL, replace(SOLD, quantity=Decimal("0.003")), "its quantity is 0.003"),
        (PROTECTION, BOUGHT, "its side is BUY"),
        (PROTECTION, replace(SOLD, quantity=Decimal(1)), "its quantity is 1"),
    ],
)
def test_another_order_under_our_name_is_neither_adopted_nor_overlooked(
    request_: OrderRequest | ProtectionRequest, order: Order, why: str
) -> None:
    with pytest.raises(RuleBrokenError, match=why):
        recognise(request_, [order], NOW)


def test_an_order_older_than_our_decision_is_not_ours() -> None:
    recognise(SPEND, [replace(BOUGHT, time=NOW - CLOCKS_APART_MS)], NOW)
    with pytest.raises(RuleBrokenError, match="older than our decision"):
        recognise(SPEND, [replace(BOUGHT, time=NOW - CLOCKS_APART_MS - 1)], NOW)
