"""What a strategy says on many candles at once is what it says on each of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets import random_market, recorded_market
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Action
from tradefleet.domain.signals import WORDS
from tradefleet.domain.strategy import Strategy
from tradefleet.strategies import BUILT_IN

OFFERED = [key for key, kind in BUILT_IN.items() if kind.signals is not Strategy.signals]
RECORDED = ("5m/BTCUSDT-5m-20220801-20231230", "5m/SHIBUSDT-5m-20240101-20240907")


def assert_the_same(strategy: Strategy, market: Candles, step: int = 1) -> None:
    at = np.arange(strategy.warmup - 1, len(market), step)
    signals = strategy.signals(market, at)
    assert signals is not None
    for place, index in enumerate(at.tolist()):
        decided = strategy.decide(market.between(index + 1 - strategy.warmup, index + 1))
        assert WORDS[int(signals.actions[place])] is decided.action, index
        if decided.action is Action.BUY and decided.has_own_terms:
            own = signals.own[place]
            terms = (own.fraction, own.stop_loss, own.take_profit)
            assert terms == (decided.fraction, decided.stop_loss, decided.take_profit)
        else:
            assert place not in signals.own


def test_all_but_the_one_that_reads_news_offer_them():
    assert [key for key in BUILT_IN if not BUILT_IN[key].needs_news] == OFFERED


@pytest.mark.parametrize("key", OFFERED)
@pytest.mark.parametrize("seed", [1, 2])
def test_on_random_markets(key: str, seed: int):
    assert_the_same(BUILT_IN[key](), random_market(seed, 2_000))


@pytest.mark.parametrize("key", OFFERED)
@pytest.mark.parametrize("name", RECORDED)
def test_on_recorded_markets(key: str, name: str):
    assert_the_same(BUILT_IN[key](), recorded_market(name), step=3)


def stepped(changes: list[int], lengths: list[int], tick: float) -> Candles:
    """A market that stands still, jumps by whole ticks and stands still again."""
    ticks = np.abs(100 + np.repeat(np.cumsum(changes), lengths)) + 1
    close = np.round(ticks * tick, 8)
    opened = np.concatenate((close[:1], close[:-1]))
    times = np.arange(len(close), dtype=np.int64) * 300_000
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return Candles.from_arrays(300_000, times, opened, high, low, close, np.ones(len(close)))


SMALL: dict[str, Mapping[str, Any]] = {
    "volatile": {"rsi_length": 2, "macd_fast": 2, "macd_slow": 3, "macd_signal": 2,
                 "band_length": 5, "rsi_buy": 50.0, "rsi_sell": 50.0},
    "simple_profitable": {"trend_length": 10, "slope_length": 2, "rsi_length": 2, "patience": 2,
                          "pullback": 50.0, "least_move": 0.0, "break_percent": 0.0},
    "enhanced": {"adx_length": 5, "trend_length": 10, "channel_length": 4, "band_length": 5,
                 "oversold": 50.0},
}  # fmt: skip


@pytest.mark.parametrize("key", OFFERED)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_on_markets_where_prices_and_limits_meet_exactly(key: str, data: st.DataObject):
    count = data.draw(st.integers(20, 40))
    changes = data.draw(st.lists(st.integers(-3, 3), min_size=count, max_size=count))
    lengths = data.draw(st.lists(st.integers(1, 12), min_size=count, max_size=count))
    tick = data.draw(st.sampled_from([1.0, 0.1, 0.37, 0.00001]))
    votes = {"votes": data.draw(st.integers(1, 3))} if key == "volatile" else {}
    strategy = BUILT_IN[key](**SMALL[key], **votes)

    assert_the_same(strategy, stepped([1] * 180 + changes, [1] * 180 + lengths, tick))


def test_a_close_on_the_band_to_the_last_digit_is_told_by_the_strategy_itself():
    # Of four equal closes and another one, that one lies two deviations away: on the band.
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 400, 3_000) / 4_000 * rng.choice([-1, 1], 3_000)
    close = np.repeat(0.00012345 * np.cumprod(1 + sizes), 6)
    times = np.arange(len(close), dtype=np.int64) * 300_000
    market = Candles.from_arrays(300_000, times, close, close, close, close, np.ones(len(close)))
    strategy = BUILT_IN["volatile"](**SMALL["volatile"])

    jumps = np.arange(120, len(close), 6)
    signals = strategy.signals(market, jumps)

    assert signals is not None
    decided = [strategy.decide(market.between(at - 99, at + 1)).action for at in jumps.tolist()]
    assert [WORDS[action] for action in signals.actions.tolist()] == decided
