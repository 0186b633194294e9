"""The demonstration's bots soon find something to do on a market nobody made for them."""

import pytest

from tradefleet.application.demo import FLEET, INTERVAL, LOOSER
from tradefleet.domain.candle import INTERVALS, Candles
from tradefleet.domain.signal import Action
from tradefleet.domain.strategy import MAX_WARMUP
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.strategies import BUILT_IN

SECONDS = 40


class FixedClock:
    def now(self) -> int:
        return 1_790_000_000_000

    def monotonic(self) -> float:
        return 0.0


def test_the_looser_parameters_are_legal() -> None:
    assert {strategy for _, _, strategy in FLEET} == set(LOOSER)
    for key, parameters in LOOSER.items():
        assert BUILT_IN[key](**parameters).warmup <= MAX_WARMUP


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_within_forty_seconds_at_least_one_of_them_buys(seed: int) -> None:
    market = SyntheticMarket(FixedClock(), seed)
    bought = set()
    for _, symbol, key in FLEET:
        rows = market.klines(symbol, INTERVAL, None, None, 1_000)[:-1]
        strategy = BUILT_IN[key](**LOOSER[key])
        for end in range(len(rows) - SECONDS, len(rows)):
            window = Candles(INTERVALS[INTERVAL], rows[end - strategy.warmup : end])
            if strategy.decide(window).action is Action.BUY:
                bought.add(key)

    assert bought
