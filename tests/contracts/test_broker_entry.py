"""An entry with its exits in one request, as the built-in exchange takes it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contracts.desk import BuiltIn, Desk
from tradefleet.domain.errors import OrderRefusedError
from tradefleet.domain.order import (
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Purpose,
    Side,
)

ENTRY = OrderRequest(
    "tfp-test-1-1-1-B",
    "BTCUSDT",
    Side.BUY,
    OrderType.LIMIT,
    Purpose.ENTRY,
    quantity=Decimal("0.01"),
    price=Decimal(50150),
)
EXITS = ProtectionRequest(
    list_client_order_id="tfp-test-1-1-2-L",
    stop_client_order_id="tfp-test-1-1-2-K",
    target_client_order_id="tfp-test-1-1-2-T",
    symbol="BTCUSDT",
    quantity=Decimal("0.00999"),
    stop_price=Decimal(49000),
    stop_limit_price=None,
    target_price=Decimal(52500),
    entry_client_order_id=ENTRY.client_order_id,
)


@pytest.fixture
def desk(built_in: BuiltIn) -> Desk:
    return built_in.desk()


def test_an_entry_that_fills_at_once_has_its_exits_resting(desk: Desk) -> None:
    order, _ = desk.broker.enter(ENTRY, EXITS)
    exits = desk.broker.find_protection(EXITS)

    assert order.status is OrderStatus.FILLED
    assert order.executed_quantity == sum(fill.quantity for fill in order.fills) == ENTRY.quantity
    assert exits is not None
    assert [leg.status for leg in exits.orders] == [OrderStatus.NEW, OrderStatus.NEW]
    assert {leg.quantity for leg in exits.orders} == {EXITS.quantity}


def test_an_entry_below_the_market_keeps_its_exits_waiting(desk: Desk) -> None:
    desk.moves_to("50400")

    order, exits = desk.broker.enter(ENTRY, EXITS)

    assert order.status is OrderStatus.NEW
    assert {leg.status for leg in exits.orders} == {OrderStatus.PENDING_NEW}
    assert {leg.client_order_id for leg in exits.orders} == {
        EXITS.stop_client_order_id,
        EXITS.target_client_order_id,
    }


def test_cancelling_the_exits_ends_the_entry_with_them(desk: Desk) -> None:
    desk.moves_to("50400")
    desk.broker.enter(ENTRY, EXITS)

    ended = desk.broker.cancel_protection(EXITS)

    entry = desk.broker.find("BTCUSDT", ENTRY.client_order_id)
    assert ended.is_final
    assert entry is not None
    assert entry.status.is_final
    assert not desk.broker.open_orders("BTCUSDT")


def test_a_stop_that_came_with_its_entry_sells_what_it_covers(desk: Desk) -> None:
    desk.broker.enter(ENTRY, EXITS)
    desk.moves_to("48900")

    exits = desk.broker.find_protection(EXITS)

    assert exits is not None
    assert exits.is_final
    assert sum(leg.executed_quantity for leg in exits.orders) == EXITS.quantity


STOP_ALONE = replace(EXITS, target_price=None)
TARGET_ALONE = replace(EXITS, stop_price=None)
STOP_LIMIT_ALONE = replace(STOP_ALONE, stop_limit_price=Decimal(48000))


@pytest.mark.parametrize(
    ("exits", "name", "kind"),
    [
        (STOP_ALONE, EXITS.stop_client_order_id, OrderType.STOP_LOSS),
        (STOP_LIMIT_ALONE, EXITS.stop_client_order_id, OrderType.STOP_LOSS_LIMIT),
        (TARGET_ALONE, EXITS.target_client_order_id, OrderType.LIMIT),
    ],
)
def test_an_entry_may_bring_one_of_its_exits_alone(
    desk: Desk, exits: ProtectionRequest, name: str, kind: OrderType
) -> None:
    order, brought = desk.broker.enter(ENTRY, exits)

    assert order.status is OrderStatus.FILLED
    assert [leg.client_order_id for leg in brought.orders] == [name]
    found = desk.broker.find_protection(exits)
    assert found is not None
    [leg] = found.orders
    assert (leg.type, leg.status, leg.quantity) == (kind, OrderStatus.NEW, EXITS.quantity)

    assert desk.broker.cancel_protection(exits).is_final
    assert not desk.broker.open_orders("BTCUSDT")


def test_a_lone_exit_ends_with_the_entry_it_waits_for(desk: Desk) -> None:
    desk.moves_to("50400")
    _, exits = desk.broker.enter(ENTRY, STOP_ALONE)
    assert [leg.status for leg in exits.orders] == [OrderStatus.PENDING_NEW]

    assert desk.broker.cancel_protection(STOP_ALONE).is_final

    entry = desk.broker.find("BTCUSDT", ENTRY.client_order_id)
    assert entry is not None
    assert entry.status.is_final


TIGHTER = ProtectionRequest(
    list_client_order_id="tfp-test-1-1-3-L",
    stop_client_order_id="tfp-test-1-1-3-K",
    target_client_order_id="tfp-test-1-1-3-T",
    symbol="BTCUSDT",
    quantity=EXITS.quantity,
    stop_price=Decimal(49500),
    stop_limit_price=None,
    target_price=None,
)
TIGHTEST = replace(
    TIGHTER,
    list_client_order_id="tfp-test-1-1-4-L",
    stop_client_order_id="tfp-test-1-1-4-K",
    target_client_order_id="tfp-test-1-1-4-T",
    stop_price=Decimal(49700),
)


def resting(desk: Desk) -> list[tuple[str, Decimal]]:
    return [(o.client_order_id, o.stop_price) for o in desk.broker.open_orders("BTCUSDT")]


def test_a_lone_stop_is_replaced_in_one_request_again_and_again(desk: Desk) -> None:
    desk.broker.enter(ENTRY, STOP_ALONE)

    ended, placed = desk.broker.replace_stop(STOP_ALONE, TIGHTER)
    assert (ended.is_final, placed.is_final) == (True, False)
    assert resting(desk) == [(TIGHTER.list_client_order_id, Decimal(49500))]

    desk.broker.replace_stop(TIGHTER, TIGHTEST)
    assert resting(desk) == [(TIGHTEST.list_client_order_id, Decimal(49700))]


def test_N20_a_replacement_done_by_half_is_a_refusal_of_the_new_stop(desk: Desk) -> None:
    desk.broker.enter(ENTRY, STOP_ALONE)

    with pytest.raises(OrderRefusedError, match="trigger immediately") as refusal:
        desk.broker.replace_stop(STOP_ALONE, replace(TIGHTER, stop_price=Decimal(50500)))

    assert refusal.value.code == -2010
    old = desk.broker.find_protection(STOP_ALONE)
    assert old is not None
    assert old.is_final
    assert desk.broker.find_protection(TIGHTER) is None


def test_N20_a_stop_that_is_gone_is_not_replaced(desk: Desk) -> None:
    desk.broker.enter(ENTRY, STOP_ALONE)
    desk.broker.cancel_protection(STOP_ALONE)

    with pytest.raises(OrderRefusedError):
        desk.broker.replace_stop(STOP_ALONE, TIGHTER)

    assert not desk.broker.open_orders("BTCUSDT")


def test_an_entry_beyond_the_wallet_is_refused_as_a_whole(desk: Desk) -> None:

    with pytest.raises(OrderRefusedError):
        desk.broker.enter(replace(ENTRY, quantity=Decimal(1)), EXITS)

    assert desk.broker.find_protection(EXITS) is None


def test_the_commission_is_the_accounts_own(desk: Desk) -> None:
    assert desk.broker.commission("BTCUSDT") == Decimal("0.001")
