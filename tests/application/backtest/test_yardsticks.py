"""The yardsticks of chance beside a run."""

from decimal import Decimal

import numpy as np
import pytest

from tests.application.backtest.told import BUY, FREE, SELL, bot, market, played, still
from tradefleet.application.backtest.setup import Assumptions
from tradefleet.application.backtest.yardsticks import chance
from tradefleet.domain.bot import Sizing

D = Decimal
HELD = {"stop_loss": D(0), "take_profit": D(0)}


@pytest.mark.parametrize("sizing", Sizing)
def test_the_same_positions_at_other_times_cost_the_same(sizing: Sizing):
    candles = market(*still(2), (110, 120, 110, 120))
    costs = Assumptions(D("0.001"), D("0.0005"))

    found = chance(played(candles, {0: BUY}, costs, bot(**HELD, sizing=sizing)))

    # It holds two candles of three, to the last close; there is one other place for that.
    kept = 0.999**2 * 0.9995 / 1.0005
    entries = found["random_entries"]
    assert (entries["low"], entries["high"]) == pytest.approx((1.1 * kept - 1, 1.2 * kept - 1))
    assert found["random_as_good"] == pytest.approx(1 / 2, abs=0.06)


@pytest.mark.parametrize("sizing", Sizing)
def test_who_knows_the_rises_is_beaten_by_no_random_entry(sizing: Sizing):
    rises = [(100, 100, 100, 100), (100, 100, 100, 100), (110, 110, 110, 110)]
    falls = [(110, 110, 110, 110), (100, 100, 100, 100)]
    candles = market(*(rises + falls) * 20)
    said = {5 * n + place: told for n in range(20) for place, told in ((0, BUY), (1, SELL))}

    found = chance(played(candles, said, FREE, bot(**HELD, sizing=sizing)))

    assert found["random_as_good"] == 0
    assert found["redrawn_drawdown"] == {"low": 0, "middle": 0, "high": 0}
    sum_of_all = {"compound": 1.1**20, "fixed": 1 + 20 * 0.1}[sizing]
    assert float(found["redrawn_equity"]["low"]) == pytest.approx(100 * sum_of_all, rel=1e-6)


def test_who_trades_at_random_is_somewhere_in_between():
    said = {index: BUY if index % 50 == 0 else SELL for index in range(0, 3_000, 10)}

    walk = 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.002, 3_000)))
    candles = market(*((price,) * 4 for price in walk.tolist()))

    found = chance(played(candles, said, FREE, bot(**HELD)))

    assert 0.02 < found["random_as_good"] < 0.98


def test_without_trades_there_is_nothing_to_say():
    found = chance(played(market(*still(4)), {}))

    assert [value for name, value in found.items() if name not in ("runs", "seed")] == [None] * 4
