"""Others on the account, and what the exchange leaves half done, row by row of the catalogue."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.exchange import Answer, FakeExchange
from tradefleet.domain.order import Order, OrderStatus, OrderType, ProtectionRequest
from tradefleet.domain.position import ExitReason


def a_stop_of(exchange: FakeExchange, name: str, quantity: str = "1") -> ProtectionRequest:
    """Let somebody rest a stop far away."""
    exchange.wallet["BTC"] = exchange.wallet.get("BTC", Decimal(0)) + Decimal(quantity)
    request = ProtectionRequest(
        name, f"{name}-S", f"{name}-T", "BTCUSDT", Decimal(quantity), Decimal(100), None, None
    )
    exchange.protect(request)
    return request


@pytest.mark.parametrize(
    "name", ["web_a1b2c3", "ios_42", "x-R4BD3S82-1"], ids=["page", "telephone", "another bot"]
)
def test_A5_orders_by_hand_are_left_alone(stage: Stage, name: str) -> None:
    a_stop_of(stage.exchange, name)

    stage.cycle(BUY)
    stage.cycle(SELL)

    assert [order.client_order_id for order in stage.exchange.resting] == [name]
    assert stage.exchange.base == 1 + stage.ledger.dust
    assert not stage.findings.codes


def test_A6_a_deposit_is_never_traded(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.exchange.wallet["BTC"] += 5
    stage.exchange.wallet["USDT"] += 5_000
    stage.cycle(SELL)
    stage.cycle(BUY)

    assert stage.exchange.base > 5
    assert stage.exchange.bought()[-1].executed_quote < 100


def test_A14_orders_of_another_installation_are_said_and_left_alone(stage: Stage) -> None:
    theirs = a_stop_of(stage.exchange, "tfp-zzzz-1-1-2-K")

    stage.trader.compare()
    assert "another_fleet" in stage.findings.codes

    assert stage.cycle(BUY) == "bought"  # a word to the person, no reason to stand still
    stage.cycle(SELL)
    assert [o.client_order_id for o in stage.exchange.resting] == [theirs.list_client_order_id]

    stage.exchange.cancel(theirs.list_client_order_id)
    stage.trader.compare()
    assert "another_fleet" not in stage.findings.codes


@pytest.mark.parametrize("share", ["0", "0.5"], ids=["nothing filled", "half filled"])
def test_A15_a_buy_that_self_trade_prevention_ended_is_booked_as_far_as_it_came(
    stage: Stage, share: str
) -> None:
    stage.exchange.fill_share = Decimal(share)
    place = stage.exchange.place

    def ended_in_match(request: object, since: float | None = None) -> Order:
        order = place(request, since)  # type: ignore[arg-type]
        ended = replace(order, status=OrderStatus.EXPIRED_IN_MATCH)
        stage.exchange.orders[order.client_order_id] = ended
        return ended

    stage.exchange.place = ended_in_match  # type: ignore[method-assign]
    outcome = stage.cycle(BUY)

    assert outcome == ("bought" if Decimal(share) else "refused")
    assert stage.ledger.position.bought == Decimal("0.002") * Decimal(share)
    assert stage.is_protected
    assert not stage.trader.has_unknown


def test_A11_what_a_target_left_over_when_the_price_turned_gets_a_stop_of_its_own(
    stage: Stage,
) -> None:
    stage.cycle(BUY)
    stop, target = stage.exchange.resting
    assert target.type is OrderType.LIMIT_MAKER
    stage.exchange.fill_part(target.client_order_id, Decimal("0.0005"))
    stage.exchange.expire(stop.client_order_id)  # as an OCO does with the target's first fill
    stage.exchange.last = Decimal(50_500)  # and the price turns
    stage.trader.keep()

    assert stage.is_protected
    assert any(order.stop_price == stop.stop_price for order in stage.exchange.resting)

    stage.exchange.move("48900")
    stage.trader.keep()
    assert not stage.ledger.position.is_open
    assert stage.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS


def test_N4_what_the_engine_executes_ten_seconds_late_is_adopted(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.exchange.hidden = True
    stage.cycle(BUY)

    stage.clock.advance(seconds=10)
    stage.trader.keep()
    assert stage.trader.has_unknown
    stage.exchange.hidden = False
    stage.trader.keep()

    assert stage.ledger.position.is_open
    assert stage.is_protected
    assert len(stage.exchange.bought()) == 1


def test_A18_books_are_made_of_trades_never_of_what_an_order_says_of_itself(
    stage: Stage,
) -> None:
    place = stage.exchange.place

    def worthless(request: object, since: float | None = None) -> Order:
        return replace(place(request, since), executed_quote=Decimal(0))  # type: ignore[arg-type]

    stage.exchange.place = worthless  # type: ignore[method-assign]
    stage.cycle(BUY)

    assert stage.ledger.cash == 0
