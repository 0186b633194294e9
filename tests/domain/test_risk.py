"""How much to buy, where it ends by itself, and what forbids an entry."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.candle import DAY, HOUR, MINUTE
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import (
    RULES,
    Circumstances,
    Levels,
    build_rules,
    entry_budget,
    first_veto,
    levels,
)
from tradefleet.domain.signal import Action, Signal

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", tick_size=Decimal("0.01"))
SETTINGS = BotSettings("Bot", "BTCUSDT", "volatile", Decimal(100))
BUY = Signal(Action.BUY)
NOW = 20_000 * DAY + 12 * HOUR


def ledger(flow: str = "0", *profits: str, ago_ms: int = HOUR) -> Ledger:
    trades = tuple(a_trade(profit, NOW - ago_ms) for profit in profits)
    return Ledger(BTCUSDT, Decimal(100), flow=Decimal(flow), trades=trades)


def a_trade(profit: str, exit_time: int) -> Trade:
    one = Decimal(1)
    return Trade(
        "BTCUSDT", 0, one, exit_time, one, one, one, one, Decimal(profit), ExitReason.SIGNAL
    )


@pytest.mark.parametrize(
    ("sizing", "flow", "fraction", "budget"),
    [
        (Sizing.COMPOUND, "0", None, "100"),
        (Sizing.COMPOUND, "5", None, "105"),
        (Sizing.COMPOUND, "-20", None, "80"),
        (Sizing.COMPOUND, "100", "0.25", "50"),
        (Sizing.FIXED, "5", None, "100"),
        (Sizing.FIXED, "-20", None, "80"),
        (Sizing.FIXED, "100", "0.25", "50"),
        (Sizing.COMPOUND, "-120", None, "0"),
    ],
)
def test_what_an_entry_may_spend(
    sizing: Sizing, flow: str, fraction: str | None, budget: str
) -> None:
    signal = replace(BUY, fraction=Decimal(fraction) if fraction else None)

    spent = entry_budget(replace(SETTINGS, sizing=sizing), ledger(flow), signal)

    assert spent == Decimal(budget)


@given(st.decimals(-200, 200, places=8), st.decimals("0.01", 1, places=2), st.sampled_from(Sizing))
def test_no_entry_spends_more_than_the_bot_owns(
    flow: Decimal, fraction: Decimal, sizing: Sizing
) -> None:
    books = ledger(str(flow))

    spent = entry_budget(replace(SETTINGS, sizing=sizing), books, replace(BUY, fraction=fraction))

    assert 0 <= spent <= max(books.cash, Decimal(0))


def test_the_default_levels_lie_two_percent_below_and_five_above() -> None:
    found = levels(BTCUSDT, Decimal(50_000), SETTINGS.stop_loss, SETTINGS.take_profit)

    assert found == Levels(Decimal(49_000), Decimal(52_500))


def test_a_level_of_zero_is_off() -> None:
    assert levels(BTCUSDT, Decimal(50_000), Decimal(0), Decimal(0)) == Levels(None, None)


@given(
    st.decimals("0.5", 90_000, places=8),
    st.decimals("0.1", 50, places=1),
    st.decimals("0.1", 500, places=1),
)
def test_levels_are_rounded_to_the_safe_side(
    price: Decimal, loss: Decimal, profit: Decimal
) -> None:
    found = levels(BTCUSDT, price, loss, profit)
    stop, target = price * (1 - loss / 100), price * (1 + profit / 100)

    assert found.stop is not None
    assert found.target is not None
    assert found.stop % BTCUSDT.tick_size == 0 == found.target % BTCUSDT.tick_size
    assert found.stop < price < found.target
    assert stop <= found.stop < stop + BTCUSDT.tick_size or found.stop + BTCUSDT.tick_size >= price
    assert (
        target - BTCUSDT.tick_size < found.target <= target
        or found.target - BTCUSDT.tick_size <= price
    )


def test_a_coarse_tick_does_not_put_a_level_on_the_entry_price() -> None:
    coarse = Instrument("PEPEUSDT", "PEPE", "USDT", tick_size=Decimal("0.00000001"))

    found = levels(coarse, Decimal("0.00000015"), Decimal(2), Decimal(5))

    assert found == Levels(Decimal("0.00000014"), Decimal("0.00000016"))


def veto(rules: dict[str, dict[str, object]], books: Ledger) -> str:
    return first_veto(build_rules(rules), Circumstances(books, NOW, Decimal(50_000)))


def test_no_rule_is_on_by_default() -> None:
    assert SETTINGS.rules == {}
    assert veto({}, ledger("0", "-50", "-50", "-50")) == ""


@pytest.mark.parametrize(
    ("minutes_ago", "why"),
    [
        (0, "Pause after a trade: cooling down for another 30 minutes"),
        (29, "Pause after a trade: cooling down for another 1 minutes"),
        (30, ""),
    ],
)
def test_cooldown_waits_after_a_trade(minutes_ago: int, why: str) -> None:
    assert veto({"cooldown": {}}, ledger("0", "1", ago_ms=minutes_ago * MINUTE)) == why


def test_cooldown_before_the_first_trade_waits_for_nothing() -> None:
    assert veto({"cooldown": {"minutes": 60}}, ledger()) == ""


@pytest.mark.parametrize(
    ("profits", "hours_ago", "blocked"),
    [
        (["-1", "-1", "-1"], 1, True),
        (["5", "-1", "-1", "-1"], 23, True),
        (["-1", "-1", "-1"], 24, False),
        (["-1", "-1"], 1, False),
        (["-1", "0", "-1"], 1, False),
        (["-1", "-1", "-1", "2"], 1, False),
    ],
)
def test_losses_in_a_row_pause_entries(profits: list[str], hours_ago: int, blocked: bool) -> None:
    said = veto({"loss_streak": {}}, ledger("0", *profits, ago_ms=hours_ago * HOUR))

    assert bool(said) is blocked


@pytest.mark.parametrize(
    ("profits", "hours_ago", "why"),
    [
        (["-3", "-2"], 1, "Loss limit per day: lost 5 USDT today, the limit is 5 USDT"),
        (["-3", "-1.99"], 1, ""),
        (["-9", "6"], 1, ""),
        (["-50"], 13, ""),
    ],
)
def test_a_day_may_cost_only_so_much(profits: list[str], hours_ago: int, why: str) -> None:
    assert veto({"daily_loss": {}}, ledger("0", *profits, ago_ms=hours_ago * HOUR)) == why


def test_the_first_rule_that_objects_is_heard() -> None:
    rules: dict[str, dict[str, object]] = {"daily_loss": {}, "cooldown": {"minutes": 600}}

    assert veto(rules, ledger("0", "-50")).startswith("Pause after a trade")


@pytest.mark.parametrize(
    ("rules", "field", "why"),
    [
        ({"cooldwn": {}}, "rules", "did you mean 'cooldown'"),
        ({"cooldown": {"minute": 3}}, "rules.cooldown.minute", "did you mean 'minutes'"),
        ({"cooldown": {"minutes": 0}}, "rules.cooldown.minutes", "at least 1"),
        ({"cooldown": {"minutes": "5"}}, "rules.cooldown.minutes", "type int"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_field(
    rules: dict[str, dict[str, object]], field: str, why: str
) -> None:
    with pytest.raises(InputError, match=why) as error:
        build_rules(rules)

    assert error.value.field == field


@pytest.mark.parametrize("key", RULES)
def test_every_rule_explains_itself(key: str) -> None:
    assert RULES[key].title
    assert RULES[key].__doc__
    assert all(p.help.endswith(".") for p in RULES[key].parameters().values())
