"""An opinion and a ledger become at most one order, or a reason why not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.order import OrderType
from tradefleet.domain.plan import (
    FLAT_ALREADY,
    HOLDS_ALREADY,
    Enter,
    Exit,
    Plan,
    Stay,
    plan,
    protect,
    protection_type,
    sellable,
)
from tradefleet.domain.position import ExitReason, Position
from tradefleet.domain.risk import Levels
from tradefleet.domain.rules import Circumstances, Cooldown, Rule
from tradefleet.domain.signal import Action, Reason, Signal, hold

BTCUSDT = Instrument(
    "BTCUSDT",
    "BTC",
    "USDT",
    tick_size=Decimal("0.01"),
    lot_step=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    min_notional=Decimal(5),
)
SETTINGS = BotSettings("Bot", "BTCUSDT", "volatile", Decimal(100))
PRICE = Decimal(50_000)
FLAT = Ledger(BTCUSDT, Decimal(100))


class Never(Rule):
    key, title = "never", "Never"

    def veto(self, circumstances: Circumstances) -> str:
        return "not today"


def holding(quantity: str) -> Ledger:
    return replace(FLAT, position=Position(quantity=Decimal(quantity)))


def planned(action: Action, ledger: Ledger, *rules: Rule) -> Plan:
    return plan(SETTINGS, Signal(action), ledger, Circumstances(ledger, 0, PRICE), rules)


def test_a_buy_when_flat_spends_the_budget() -> None:
    assert planned(Action.BUY, FLAT) == Enter(Decimal(100))


def test_a_buy_while_holding_does_nothing() -> None:
    assert planned(Action.BUY, holding("0.002")) == Stay(HOLDS_ALREADY)


def test_a_sell_while_holding_sells_whole_lots() -> None:
    assert planned(Action.SELL, holding("0.001998")) == Exit(Decimal("0.00199"), ExitReason.SIGNAL)


def test_a_sell_when_flat_does_nothing() -> None:
    assert planned(Action.SELL, FLAT) == Stay(FLAT_ALREADY)


def test_a_hold_says_what_it_waits_for() -> None:
    circumstances = Circumstances(FLAT, 0, PRICE)

    assert plan(SETTINGS, hold("waiting for rain"), FLAT, circumstances) == Stay("waiting for rain")
    assert planned(Action.HOLD, FLAT) == Stay("no rule spoke for a trade")


def test_a_hold_while_holding_says_nothing_of_buying_but_always_what_is_wrong() -> None:
    held = holding("0.002")
    circumstances = Circumstances(held, 0, PRICE)
    rules = hold("waiting for RSI below 30", reasons=(Reason("RSI below 30", met=False),))

    assert plan(SETTINGS, rules, held, circumstances) == Stay(HOLDS_ALREADY)
    assert plan(SETTINGS, hold("the data is stale"), held, circumstances).why == "the data is stale"


def test_a_veto_stops_an_entry_and_never_an_exit() -> None:
    assert planned(Action.BUY, FLAT, Cooldown(), Never()) == Stay("Never: not today")
    assert planned(Action.SELL, holding("0.002"), Never()) == Exit(
        Decimal("0.002"), ExitReason.SIGNAL
    )


def test_a_symbol_that_does_not_trade_is_not_entered() -> None:
    halted = replace(FLAT, instrument=replace(BTCUSDT, status="BREAK"))

    assert "status at the exchange is BREAK" in planned(Action.BUY, halted).why  # type: ignore[union-attr]


def test_too_little_money_waits_for_funds_with_the_numbers() -> None:
    poor = replace(FLAT, flow=Decimal(-96))

    assert planned(Action.BUY, poor) == Stay(
        "waiting for funds: has 4 USDT, but the smallest order is worth 5 USDT, was 4"
    )


def test_dust_cannot_be_sold() -> None:
    assert sellable(holding("0.00009"), PRICE) == 0
    assert planned(Action.SELL, holding("0.00009")) == Stay("what is held is too small to sell")


def limited(quantity: str, **limits: Decimal) -> Ledger:
    return replace(holding(quantity), instrument=replace(BTCUSDT, **limits))


def test_one_sale_is_at_most_the_largest_market_order() -> None:
    ledger = limited("25", max_quantity=Decimal(100), max_market_quantity=Decimal(10))

    assert sellable(ledger, PRICE) == 10


def test_a_buy_is_capped_at_the_largest_market_order_and_says_so() -> None:
    ledger = replace(limited("0", max_market_quantity=Decimal("0.001")), flow=Decimal(900))

    wanted = planned(Action.BUY, ledger)

    assert wanted == Enter(Decimal("49.5"), "0.001 BTC is the most one order may buy")


@pytest.mark.parametrize(
    ("quantity", "limits"),
    [
        ("0.0001", {}),  # 4.80 USDT at the stop's limit, below the smallest order of 5
        ("25", {"max_quantity": Decimal(10)}),
    ],
)
def test_what_the_filters_would_refuse_is_not_asked_for(
    quantity: str, limits: dict[str, Decimal]
) -> None:
    assert asked(limited(quantity, **limits), "49000", "52500") is None


@given(st.decimals(-100, 1_000, places=12), st.decimals("0.01", 90_000, places=2))
def test_an_entry_never_spends_more_than_the_cash(flow: Decimal, price: Decimal) -> None:
    ledger = replace(FLAT, flow=flow)
    wanted = plan(SETTINGS, Signal(Action.BUY), ledger, Circumstances(ledger, 0, price))

    if isinstance(wanted, Enter):
        assert 5 <= wanted.spend <= ledger.cash
        assert -wanted.spend.as_tuple().exponent <= 8  # type: ignore[operator]


@given(st.decimals(0, 10, places=12))
def test_an_exit_never_sells_more_than_is_held(quantity: Decimal) -> None:
    lot = sellable(holding(str(quantity)), PRICE)

    assert 0 <= lot <= quantity
    assert lot % BTCUSDT.lot_step == 0


def asked(ledger: Ledger, stop: str | None, target: str | None) -> tuple[object, ...] | None:
    wanted = Levels(Decimal(stop) if stop else None, Decimal(target) if target else None)
    request = protect(ledger, wanted, "list", "stop", "target")
    return request and (
        request.quantity,
        request.stop_price,
        request.stop_limit_price,
        request.target_price,
        protection_type(request),
    )


def test_protection_rests_as_a_stop_limit_two_percent_below_the_stop() -> None:
    assert asked(holding("0.001998"), "49000", "52500") == (
        Decimal("0.00199"),
        Decimal(49_000),
        Decimal(48_020),
        Decimal(52_500),
        OrderType.STOP_LOSS_LIMIT,
    )


def test_protection_sells_at_market_where_the_symbol_allows_it() -> None:
    types = frozenset({"MARKET", "STOP_LOSS"})
    ledger = replace(holding("0.002"), instrument=replace(BTCUSDT, order_types=types))

    found = asked(ledger, "49000", "52500")

    assert found is not None
    assert found[2] is None
    assert found[4] is OrderType.STOP_LOSS


@pytest.mark.parametrize(
    ("quantity", "stop", "target"), [("0.002", None, None), ("0.000001", "49000", "52500")]
)
def test_nothing_rests_without_a_level_or_a_lot(
    quantity: str, stop: str | None, target: str | None
) -> None:
    assert asked(holding(quantity), stop, target) is None


def test_one_level_alone_is_protection_too() -> None:
    found = asked(holding("0.002"), None, "52500")

    assert found is not None
    assert found[1:4] == (None, None, Decimal(52_500))
