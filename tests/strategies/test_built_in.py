"""Each built-in strategy in the situations it was made for."""

from decimal import Decimal

import numpy as np
import pytest

from tests.markets import random_market
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Action, above, below, waiting_for
from tradefleet.strategies import BUILT_IN
from tradefleet.strategies.enhanced import Enhanced
from tradefleet.strategies.simple_profitable import SimpleProfitable
from tradefleet.strategies.volatile import Volatile


def market(close: list[float] | np.ndarray, volume: float = 5.0) -> Candles:
    prices = np.asarray(close, dtype=float)
    times = np.arange(len(prices), dtype=np.int64) * 300_000
    columns = (prices, prices * 1.0005, prices * 0.9995, prices)
    return Candles.from_arrays(300_000, times, *columns, np.full(len(prices), volume))


def swing(count: int, slope: float = 0.0, size: float = 0.5) -> np.ndarray:
    steps = np.arange(count)
    return 100 * (1 + slope * steps) + size * np.sin(steps / 3)


def test_the_keys_are_the_promised_ones() -> None:
    assert list(BUILT_IN) == ["volatile", "ticker_news", "simple_profitable", "enhanced"]
    assert BUILT_IN["simple_profitable"].title == "Conservative"
    assert [key for key, strategy in BUILT_IN.items() if strategy.needs_news] == ["ticker_news"]


@pytest.mark.parametrize("key", BUILT_IN)
def test_the_docstring_names_idea_rules_and_when_it_fails(key: str) -> None:
    text = BUILT_IN[key].__doc__ or ""

    begins = [line.strip().partition(" ")[0] for line in text.splitlines()]
    assert [word for word in begins if word in ("Idea:", "Rules:", "Fails:")] == [
        "Idea:",
        "Rules:",
        "Fails:",
    ]


@pytest.mark.parametrize("key", BUILT_IN)
def test_every_parameter_explains_itself_and_has_a_legal_default(key: str) -> None:
    for parameter in BUILT_IN[key].parameters().values():
        assert parameter.help.endswith(".")
        assert parameter.check(parameter.default) == parameter.default
        assert parameter.minimum is not None
        assert parameter.maximum is not None


def test_a_rule_is_written_with_its_value() -> None:
    assert below("RSI", 41.23, 30.0).text == "RSI below 30 (now 41.2)"
    assert above("close", 30123.5, 30200.25, ".8g").text == "close above 30200.25 (now 30123.5)"
    assert waiting_for([below("RSI", 41.2, 30.0), above("MFI", 60.0, 50.0)]) == (
        "waiting for RSI below 30 (now 41.2)"
    )


def test_volatile_buys_an_exaggerated_fall_and_sells_an_exaggerated_rise() -> None:
    calm = swing(600)
    fall = market([*calm, *(calm[-1] - np.arange(1, 6))])
    rise = market([*calm, *(calm[-1] + np.arange(1, 6))])

    assert Volatile().decide(fall).action is Action.BUY
    assert Volatile().decide(rise).action is Action.SELL


def test_volatile_says_how_many_more_votes_it_needs() -> None:
    signal = Volatile(votes=3).decide(market(swing(600, slope=0.0001)))

    assert signal.waiting_for.startswith("waiting for RSI below 35 (now ")
    assert "of these" not in signal.waiting_for
    assert Volatile().decide(market(swing(600))).waiting_for.endswith("(1 of these 2)")


def test_volatile_does_nothing_where_the_rules_disagree() -> None:
    signals = [
        Volatile(votes=1, rsi_buy=60.0, rsi_sell=40.0).decide(random_market(seed, 600))
        for seed in range(20)
    ]

    assert any(s.waiting_for == "waiting until the rules agree" for s in signals)


def test_conservative_buys_a_pull_back_that_is_over() -> None:
    rise = swing(600, slope=0.0008, size=0.6)
    pulled_back = market([*rise, rise[-1] * 0.99, rise[-1] * 0.985, rise[-1] * 0.987])

    signal = SimpleProfitable().decide(pulled_back)

    assert signal.action is Action.BUY, signal.sentence


def test_conservative_sells_where_the_rise_breaks() -> None:
    rise = swing(600, slope=0.0008)

    assert SimpleProfitable().decide(market([*rise, rise[-1] * 0.9])).action is Action.SELL


def test_conservative_leaves_a_market_alone_that_cannot_pay_the_fees() -> None:
    sleepy = market(swing(600, slope=1e-6, size=0.001))

    signal = SimpleProfitable().decide(sleepy)

    assert any(rule.text.startswith("typical move") and not rule.met for rule in signal.reasons)


@pytest.mark.parametrize(
    ("slope", "size", "regime"),
    [(0.002, 0.1, "rising"), (-0.0008, 0.1, "falling"), (0, 0.5, "ranging")],
)
def test_enhanced_names_the_regime(slope: float, size: float, regime: str) -> None:
    strategy = Enhanced(trend_strength=40.0)

    assert f"market is {regime}" in strategy.decide(market(swing(600, slope, size))).reasons[0].text


def test_enhanced_buys_a_breakout_with_its_own_size_and_levels() -> None:
    signal = Enhanced().decide(market(swing(600, slope=0.002, size=0.1)))

    assert signal.action is Action.BUY
    assert signal.fraction is not None
    assert signal.stop_loss is not None
    assert signal.take_profit == signal.stop_loss * 2
    assert signal.fraction * signal.stop_loss <= Decimal("1.01")


def test_enhanced_buys_less_the_wilder_the_market() -> None:
    calm, wild = (
        Enhanced(trend_strength=5.0).decide(market([*closes, closes.max() * 1.002]))
        for closes in (swing(600, slope=0.002, size=0.2), swing(600, slope=0.01, size=3.0))
    )

    assert calm.action is Action.BUY
    assert wild.action is Action.BUY
    assert calm.fraction is not None
    assert wild.fraction is not None
    assert calm.fraction > wild.fraction


def test_enhanced_never_buys_a_falling_market() -> None:
    falling = 100 * np.exp(-0.001 * np.arange(600)) + 0.1 * np.sin(np.arange(600))

    for end in range(400, 600, 3):
        assert Enhanced().decide(market(falling[:end])).action is not Action.BUY
