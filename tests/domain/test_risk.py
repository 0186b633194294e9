"""How much to buy, and where it ends by itself."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.candle import DAY, HOUR
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import Levels, entry_budget, levels
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
