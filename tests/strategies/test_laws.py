"""What every built-in strategy promises: the window law, no look-ahead, the same answer twice."""

import json
from decimal import Decimal

import pytest

from tests.markets import random_market, recorded_market
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.strategy import MAX_WARMUP, Strategy
from tradefleet.strategies import BUILT_IN

RECORDED = (
    "5m/BTCUSDT-5m-20220801-20231230",
    "5m/SHIBUSDT-5m-20240101-20240907",
    "1m/DOGEUSDT-1m-20210426-20210520",
)


@pytest.fixture(params=BUILT_IN)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return BUILT_IN[request.param]()


def essence(signal: Signal) -> tuple[object, ...]:
    """What of a signal moves money or is shown, numbers in the strength of the window law."""
    return (
        signal.action,
        signal.fraction,
        signal.stop_loss,
        signal.take_profit,
        [rule.met for rule in signal.reasons],
        {name: pytest.approx(value, rel=1e-8, abs=1e-9) for name, value in signal.values.items()},
    )


def assert_window_law(strategy: Strategy, market: Candles, step: int) -> None:
    for end in range(strategy.warmup, len(market), step):
        whole = market.between(0, end)
        assert essence(strategy.decide(whole.tail(strategy.warmup))) == essence(
            strategy.decide(whole)
        ), end


def test_the_warm_up_keeps_within_the_limit_for_every_legal_parameter(strategy: Strategy) -> None:
    extremes = {
        name: parameter.maximum
        for name, parameter in strategy.parameters().items()
        if parameter.kind == "int"
    }

    assert 1 < strategy.warmup <= MAX_WARMUP
    assert type(strategy)(**extremes).warmup <= MAX_WARMUP


@pytest.mark.parametrize("seed", [1, 2])
def test_the_window_law_on_random_markets(strategy: Strategy, seed: int) -> None:
    assert_window_law(strategy, random_market(seed, 3_000), step=7)


@pytest.mark.parametrize("name", RECORDED)
def test_the_window_law_on_recorded_markets(strategy: Strategy, name: str) -> None:
    assert_window_law(strategy, recorded_market(name), step=11)


def test_Y9_what_comes_later_does_not_change_a_decision(strategy: Strategy) -> None:
    market, other = random_market(5, 1_500), random_market(6, 1_500)
    spliced = Candles(
        market.interval, market.between(0, 1_200).klines() + other.between(1_200, 1_500).klines()
    )

    for end in range(1_100, 1_200, 9):
        first, second = (strategy.decide(m.between(0, end)) for m in (market, spliced))
        assert essence(first) == essence(second)


def test_Y7_the_same_candles_give_the_same_signal(strategy: Strategy) -> None:
    window = random_market(4, 1_000)

    assert strategy.decide(window) == type(strategy)().decide(
        Candles(window.interval, window.klines())
    )


def test_every_signal_says_why_in_words_numbers_and_wishes(strategy: Strategy) -> None:
    market = random_market(7, 1_400)
    signals = [strategy.decide(market.between(0, end)) for end in range(1_050, 1_400, 5)]

    for signal in signals:
        assert signal.reasons
        assert all(rule.text and rule.text[0].isprintable() for rule in signal.reasons)
        assert signal.sentence
        assert (signal.action is Action.HOLD) == bool(signal.waiting_for)
        assert signal.fraction is None or 0 < signal.fraction <= 1
        assert json.dumps(dict(signal.values), allow_nan=False)


@pytest.mark.parametrize("price", ["30000.00", "0.1", "0.00001237", "3.3333"])
def test_D5_a_flat_market_is_no_reason_to_trade(strategy: Strategy, price: str) -> None:
    row = [price] * 4
    flat = Candles(60_000, [[minute * 60_000, *row, "1.00000"] for minute in range(1_000)])

    assert strategy.decide(flat).action is Action.HOLD


def test_D5_a_market_that_fell_asleep_is_no_reason_to_trade(strategy: Strategy) -> None:
    awake = random_market(3, 1_000)
    start, last = awake.last_close_time + 1, str(awake.last_close)
    asleep = [[start + i * awake.interval, last, last, last, last, "0.0"] for i in range(1_000)]
    market = Candles(awake.interval, awake.klines() + asleep)

    assert_window_law(strategy, market, step=17)
    assert strategy.decide(market).action is Action.HOLD


def test_prices_of_a_hundred_millionth_are_prices_too(strategy: Strategy) -> None:
    market = random_market(9, 1_100)
    small = Candles(
        market.interval,
        [
            [row[0], *(str(Decimal(cell) / 10**6) for cell in row[1:5]), row[5]]
            for row in market.klines()
        ],
    )

    assert strategy.decide(small).action is strategy.decide(market).action
