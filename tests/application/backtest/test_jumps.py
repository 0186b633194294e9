"""The law of the quick engine: the plain one's trades, evaluations and money, to the digit."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.application.backtest.test_reference import (
    assumptions,
    caps,
    markets,
    minutes_of,
    opinions,
    percents,
)
from tests.application.backtest.told import BUY, SELL, STEP, Told, bot, market, still
from tests.fakes.clock import MIDNIGHT
from tests.fakes.exchange import BTCUSDT
from tests.markets import random_market, recorded_market
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.signals import SIGNS, Places, Signals
from tradefleet.domain.strategy import Strategy
from tradefleet.strategies import BUILT_IN


class ToldAtOnce(Strategy):
    """Says what it is told to, candle by candle or on all of them at once."""

    key = "told"
    warmup = 3

    def __init__(self, said: Mapping[int, Signal]) -> None:
        self._one = Told(said)

    def decide(self, candles: Candles, news: Any = None) -> Signal:
        return self._one.decide(candles)

    def signals(self, candles: Candles, at: Places) -> Signals:
        indices = ((candles.open_time[at] - MIDNIGHT) // STEP).tolist()
        said = [self._one.said.get(index, hold("waits")) for index in indices]
        own = {
            place: signal
            for place, signal in enumerate(said)
            if signal.fraction or signal.stop_loss is not None or signal.take_profit is not None
        }
        return Signals(np.array([SIGNS[s.action] for s in said], np.int8), own)


def assert_the_law(setup: Setup, strategy: Strategy) -> Result:
    quick, plain = jump(setup, strategy), play(setup, strategy)

    assert quick is not None
    assert quick.trades == plain.trades
    assert list(quick.evaluated) == list(plain.evaluated)
    assert quick.equity().tolist() == plain.equity().tolist()
    assert sum(quick.denied.values()) == sum(plain.denied.values())
    assert quick.stop_moves == plain.stop_moves or not setup.settings.moves_stop
    assert (quick.played, quick.is_complete) == (plain.played, plain.is_complete)
    return quick


LISTS = replace(BTCUSDT, oto_allowed=True, order_types=BTCUSDT.order_types | {"LIMIT_MAKER"})
COARSE = {"tick_size": Decimal("0.5"), "min_notional": Decimal(60)}
rules = st.sampled_from(
    [None, BTCUSDT, LISTS, replace(BTCUSDT, **COARSE), replace(LISTS, **COARSE)]
)


@settings(max_examples=300, deadline=None)
@given(
    markets(),
    opinions,
    assumptions,
    percents,
    percents,
    st.sampled_from(Sizing),
    st.booleans(),
    rules,
    caps,
)
def test_on_any_candles_and_opinions(  # fmt: skip
    candles, said, assumed, stop, target, sizing, has_detail, instrument, cap
):
    terms = bot(stop_loss=stop, take_profit=target, sizing=sizing, price_cap=cap)
    detail = minutes_of(candles) if has_detail else None

    assert_the_law(Setup(terms, candles, 0, assumed, instrument, detail), ToldAtOnce(said))


QUICK = [key for key in BUILT_IN if type(BUILT_IN[key]()).signals is not Strategy.signals]
RECORDED = (
    "5m/BTCUSDT-5m-20220801-20231230",
    "5m/SHIBUSDT-5m-20240101-20240907",
    "1m/DOGEUSDT-1m-20210426-20210520",
)
ASSUMED = Assumptions(slippage=Decimal("0.0005"))


@pytest.mark.parametrize("every", ["5m", "15m"])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("key", QUICK)
def test_on_random_markets(key: str, seed: int, every: str):
    setup = Setup(bot(every=every), random_market(seed, 3_000), 40, ASSUMED)

    assert_the_law(setup, BUILT_IN[key]())


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("key", QUICK)
def test_on_recorded_markets(key: str, name: str):
    terms = replace(bot(every="15m"), interval=name[:2])

    assert_the_law(Setup(terms, recorded_market(name), 0, ASSUMED), BUILT_IN[key]())


@pytest.mark.parametrize("key", QUICK)
def test_in_a_market_that_falls_asleep_wakes_and_has_gaps(key: str):
    awake = random_market(3, 1_600)
    asleep = slice(900, 1_100)
    columns = [np.array(getattr(awake, n)) for n in ("open", "high", "low", "close", "volume")]
    for column in columns[:4]:
        column[asleep] = columns[3][899]
    times = awake.open_time + np.where(np.arange(1_600) >= 1_300, 40 * STEP, 0)
    market = Candles.from_arrays(awake.interval, times, *columns)

    assert_the_law(Setup(bot(), market), BUILT_IN[key]())


@pytest.mark.parametrize("borne", [False, True])
def test_while_a_gap_is_in_the_window_and_no_longer(borne: bool):
    candles = market(*still(130), skip={10: 2})
    said = {index: BUY if index % 2 else SELL for index in range(200)}
    assumed = Assumptions(max_gap=10 * MINUTE if borne else 9 * MINUTE)

    result = assert_the_law(Setup(bot(), candles, 0, assumed), ToldAtOnce(said))

    held_back = [evaluated.action is Action.HOLD for evaluated in result.evaluated]
    assert held_back.count(True) == (2 if borne else 2 + 99)


def test_by_the_rules_of_a_symbol():
    setup = Setup(bot(), random_market(1, 2_000), instrument=BTCUSDT)

    assert assert_the_law(setup, BUILT_IN["volatile"]()).trades


def test_a_strategy_that_can_only_decide_is_played_plainly():
    assert jump(Setup(bot(), random_market(1, 800)), BUILT_IN["ticker_news"]()) is None


@settings(max_examples=300, deadline=None)
@given(
    markets(),
    opinions,
    assumptions,
    st.tuples(percents, percents, percents, percents, caps),
    st.booleans(),
    rules,
)
def test_with_stops_that_follow_the_price(  # fmt: skip
    candles, said, assumed, levels, has_detail, instrument
):
    names = ("stop_loss", "take_profit", "trailing_stop", "break_even", "price_cap")
    terms = bot(**dict(zip(names, levels, strict=True)))
    detail = minutes_of(candles) if has_detail else None

    assert_the_law(Setup(terms, candles, 0, assumed, instrument, detail), ToldAtOnce(said))


def test_a_lower_high_may_move_a_stop_that_a_higher_one_did_not():
    coarse = replace(BTCUSDT, tick_size=Decimal("0.5"))
    highs = (166.5, 166.8, 166.6, 166.9, 166.7)
    candles = market(*[(166.5, high, 166, 166.5) for high in highs for _ in range(3)])
    terms = bot(trailing_stop=Decimal(3), stop_loss=Decimal(0), take_profit=Decimal(0))

    assert_the_law(Setup(terms, candles, instrument=coarse), ToldAtOnce({0: BUY, 1: BUY}))


@pytest.mark.parametrize("key", QUICK)
@pytest.mark.parametrize("following", ["trailing_stop", "break_even"])
def test_with_stops_that_follow_the_price_in_longer_markets(following: str, key: str):
    setup = Setup(bot(**{following: Decimal("0.2")}), random_market(1, 2_000), 0, ASSUMED)

    played = assert_the_law(setup, BUILT_IN[key]())

    assert sum(played.stop_moves) or following == "break_even"


def test_the_quickest_way_that_can_tell_is_taken():
    setup = Setup(bot(), random_market(1, 800))

    for key in ("volatile", "ticker_news"):
        assert run(setup, BUILT_IN[key]()).trades == play(setup, BUILT_IN[key]()).trades
