"""The law of sweeps: the trades of the quick engine, and its money to nine digits."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.application.backtest.test_jumps import QUICK, RECORDED, ToldAtOnce
from tests.application.backtest.test_reference import (
    assumptions,
    caps,
    markets,
    minutes_of,
    opinions,
    percents,
)
from tests.application.backtest.told import STEP, bot, market, still
from tests.fakes.exchange import BTCUSDT
from tests.markets import random_market, recorded_market
from tradefleet.adapters.cores import Cores
from tradefleet.application.backtest.ends import REASONS
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.backtest.sweep import Outcome, Sweep
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import DAY, Candles
from tradefleet.domain.errors import InputError
from tradefleet.domain.performance import daily_returns
from tradefleet.domain.signal import Signal, hold
from tradefleet.domain.strategy import Parameter, Strategy
from tradefleet.strategies import BUILT_IN
from tradefleet.strategies.volatile import Volatile

EXACT = {"rtol": 1e-12, "atol": 0.0}
RANKED = {"rtol": 0.0, "atol": 1e-9}


def told(said: Mapping[int, Signal]) -> type[Strategy]:
    class One(ToldAtOnce):
        def __init__(self) -> None:
            super().__init__(said)

    return One


def assert_the_law(
    sweep: Sweep,
    setup: Setup,
    strategy: type[Strategy],
    parameters: Mapping[str, Any] | None = None,
) -> Outcome:
    terms, candles = setup.settings, setup.candles
    engine = run(setup, strategy(**(parameters or {})))
    wanted = (parameters or {}, terms.stop_loss, terms.take_profit)
    trips, outcome = sweep.trips(*wanted), sweep.outcome(*wanted)

    assert trips is not None
    times = candles.open_time
    assert times[trips.entry].tolist() == [trade.entry_time for trade in engine.trades]
    assert times[trips.exit].tolist() == [trade.exit_time for trade in engine.trades]
    assert [REASONS[r] for r in trips.reason] == [trade.exit_reason for trade in engine.trades]
    prices = [(float(t.entry_price), float(t.exit_price)) for t in engine.trades]
    found = np.stack((trips.entry_price, trips.exit_price), axis=1)
    assert np.allclose(found, np.reshape(prices, (-1, 2)), **EXACT)
    assert_same_money(outcome, setup, strategy, parameters)
    return outcome


def assert_same_money(
    outcome: Outcome, setup: Setup, strategy: type[Strategy], parameters: Any = None
) -> None:
    engine = run(setup, strategy(**(parameters or {})))
    budget, equity = float(setup.settings.trade_amount), engine.equity()
    times = engine.candles.open_time
    assert outcome.trades == len(engine.trades)
    assert np.allclose(outcome.total_return, equity[-1] / budget - 1, **RANKED)
    assert np.allclose(outcome.daily, daily_returns(budget, times, equity), **RANKED)
    assert outcome.first_day == int(times[0]) // DAY * DAY


@settings(max_examples=300, deadline=None)
@given(
    markets(),
    opinions,
    assumptions,
    st.lists(st.tuples(percents, percents), min_size=1, max_size=4),
    st.sampled_from(Sizing),
    st.booleans(),
    caps,
)
def test_on_any_candles_and_opinions(  # fmt: skip
    candles, said, assumed, terms, sizing, has_detail, cap
):
    detail = minutes_of(candles) if has_detail else None
    assumed = replace(assumed, slippage=Decimal(0)) if cap else assumed
    setup = Setup(bot(sizing=sizing, price_cap=cap), candles, 0, assumed, None, detail)
    sweep = Sweep(setup, told(said))

    for stop, target in [*terms, *terms, *terms]:  # new, known, and found before
        wanted = replace(setup.settings, stop_loss=stop, take_profit=target)
        assert_the_law(sweep, replace(setup, settings=wanted), told(said))


def some_parameters(strategy: type[Strategy], count: int = 6) -> list[dict[str, Any]]:
    """The defaults, and others near them."""
    rng = np.random.default_rng(5)
    found: list[dict[str, Any]] = [{}]
    for _ in range(count):
        values = {}
        for name, parameter in strategy.parameters().items():
            low, high = parameter.minimum, parameter.maximum
            value = parameter.default * rng.uniform(0.8, 1.25)
            values[name] = type(parameter.default)(min(max(value, low), high))
        found.append(values)
    return found


ASSUMED = Assumptions(slippage=Decimal("0.0005"))
TERMS = [(Decimal(2), Decimal(5)), (Decimal("0.7"), Decimal("1.1")), (Decimal(0), Decimal(3))]


def assert_the_law_for_many(setup: Setup, strategy: type[Strategy]) -> None:
    sweep, trades = Sweep(setup, strategy), 0
    for place, parameters in enumerate(some_parameters(strategy)):
        stop, target = TERMS[place % len(TERMS)]
        wanted = replace(setup.settings, stop_loss=stop, take_profit=target)
        outcome = assert_the_law(sweep, replace(setup, settings=wanted), strategy, parameters)
        trades += outcome.trades
    assert trades


@pytest.mark.parametrize("every", ["5m", "15m"])
@pytest.mark.parametrize("key", QUICK)
def test_on_random_markets(key: str, every: str):
    setup = Setup(bot(every=every), random_market(4, 3_000), 40, ASSUMED)

    assert_the_law_for_many(setup, BUILT_IN[key])


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("key", QUICK)
def test_on_recorded_markets(key: str, name: str):
    terms = replace(bot(every="15m"), interval=name[:2])

    assert_the_law_for_many(Setup(terms, recorded_market(name), 900, ASSUMED), BUILT_IN[key])


@pytest.mark.parametrize("cap", ["0.3", "1.05"])
def test_with_a_price_cap(cap: str):
    terms = bot(every="15m", price_cap=Decimal(cap))
    setup = Setup(terms, random_market(4, 3_000), 40, Assumptions())

    assert_the_law_for_many(setup, Volatile)


def test_with_a_gap_in_the_window():
    whole = random_market(3, 2_400)
    columns = [getattr(whole, name) for name in ("open", "high", "low", "close", "volume")]
    times = whole.open_time + np.where(np.arange(2_400) >= 1_300, 40 * STEP, 0)

    assert_the_law_for_many(
        Setup(bot(), Candles.from_arrays(whole.interval, times, *columns)), Volatile
    )


def test_where_nothing_is_ever_bought():
    outcome = assert_the_law(
        Sweep(Setup(bot(), market(*still(400))), told({})),
        Setup(bot(), market(*still(400))),
        told({}),
    )

    assert (outcome.trades, outcome.total_return) == (0, 0.0)
    assert outcome.daily.tolist() == [0.0, 0.0]


class Rising(Strategy):
    """Buys when the price rises; can only decide candle by candle."""

    key = "rising"
    warmup = 2
    least = Parameter(1e-4, minimum=0.0, maximum=1.0, help="Least rise, as a fraction.")

    def decide(self, candles: Candles, news: Any = None) -> Signal:
        before, now = candles.close[-2:].tolist()
        return Signal("BUY") if now > before * (1 + self.least) else hold("waits")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "rules", "strategy"),
    [
        ({}, BTCUSDT, Volatile),
        ({"trailing_stop": Decimal(1)}, None, Volatile),
        ({"price_cap": Decimal("0.3")}, None, Volatile),  # with slippage
        ({}, None, Rising),
        ({}, None, BUILT_IN["ticker_news"]),
    ],
    ids=["symbol rules", "a stop that follows", "a cap", "decide alone", "news"],
)
def test_what_only_the_engines_can_tell_they_tell(settings: Any, rules: Any, strategy: Any):
    setup = Setup(bot(**settings), random_market(2, 1_200), 0, ASSUMED, rules)
    sweep = Sweep(setup, strategy)

    assert sweep.trips({}) is None
    assert_same_money(sweep.outcome({}), setup, strategy)


def test_an_unknown_parameter_is_refused_with_the_nearest_name():
    sweep = Sweep(Setup(bot(), random_market(2, 800)), Volatile)

    with pytest.raises(InputError, match="did you mean 'rsi_buy'"):
        sweep.outcome({"rsi_by": 30.0})


def test_all_cores_come_to_the_same_outcomes():
    setup = Setup(bot(), random_market(2, 2_000))
    sweep = Sweep(setup, Volatile)

    found = dict(Cores(2).each(lambda limit: sweep.outcome({"rsi_buy": limit}), [30.0, 35.0, 40.0]))

    for limit, outcome in found.items():
        assert_same_money(outcome, setup, Volatile, {"rsi_buy": limit})
