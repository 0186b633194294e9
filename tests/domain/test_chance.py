"""Chance: trades drawn anew, and the same positions at other times."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradefleet.domain.chance import RUNS, Draws, Placed, Spread, placed_at_random, redrawn, spread


def placed(lengths: list[int], kept: float = 1.0) -> Placed:
    return Placed(np.array(lengths, np.intp), np.ones(len(lengths)), kept)


class TestTradesDrawnAnew:
    def test_what_compounds_multiplies(self):
        found = redrawn(100, np.array([0.1, -0.1]), compounds=True)

        # 121, 99 twice, 81: a quarter, a half, a quarter of all runs
        assert found is not None
        assert astuple(found.final_equity) == pytest.approx((81, 99, 121))

    def test_fixed_sums_add_up(self):
        found = redrawn(100, np.array([10.0, -10.0]), compounds=False)

        assert found is not None
        assert found.final_equity == Spread(80, 100, 120)

    def test_the_budget_is_the_first_peak(self):
        found = redrawn(100, np.array([-0.1, -0.1]), compounds=True)

        assert found is not None
        assert found.max_drawdown.middle == pytest.approx(-0.19)

    def test_who_only_wins_never_falls(self):
        found = redrawn(100, np.array([0.1, 0.2, 0.3]), compounds=True)

        assert found is not None
        assert found.max_drawdown == Spread(0, 0, 0)
        assert found.final_equity.low > 100 * 1.1**3 - 1e-9

    def test_it_is_the_same_each_time(self):
        gains = np.linspace(-0.1, 0.12, 50)

        assert redrawn(100, gains, compounds=True) == redrawn(100, gains, compounds=True)

    @pytest.mark.parametrize("gains", [[], [0.1]])
    def test_one_trade_tells_nothing(self, gains: list[float]):
        assert redrawn(100, np.array(gains), compounds=True) is None


class TestPositionsAtOtherTimes:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 20))
    def test_each_is_held_as_long_as_before_and_inside_the_market(self, lengths, free):
        prices = 1.01 ** np.arange(sum(lengths) + free + 1)

        returns = placed_at_random(100, prices, placed(lengths), compounds=True)

        assert returns is not None
        assert len(returns) == RUNS
        assert returns == pytest.approx(1.01 ** sum(lengths) - 1)

    def test_every_place_is_as_likely(self):
        doubles_in_the_third = np.array([1.0, 1, 1, 2, 2])

        returns = placed_at_random(100, doubles_in_the_third, placed([1]), compounds=True)

        assert returns is not None
        assert np.mean(returns == 1) == pytest.approx(1 / 4, abs=0.05)

    def test_they_do_not_overlap(self):
        doubles_at_once = np.array([1.0, 2, 2, 2, 2])

        returns = placed_at_random(100, doubles_at_once, placed([1, 1]), compounds=True)

        assert returns is not None
        assert set(returns.tolist()) == {0.0, 1.0}
        assert np.mean(returns == 1) == pytest.approx(1 / 2, abs=0.06)

    def test_a_stake_stays_with_its_position_and_costs_are_taken(self):
        positions = Placed(np.array([1, 2]), np.array([10.0, 50.0]), 0.99)

        returns = placed_at_random(100, np.array([1.0, 1, 1, 1]), positions, compounds=False)

        assert returns == pytest.approx(-0.006)  # 1 % of 60

    def test_they_are_drawn_as_often_as_wanted_and_anew_from_another_seed(self):
        prices, positions = np.cumsum(np.ones(99)), placed([3, 2])

        one, other = (
            placed_at_random(100, prices, positions, compounds=True, draws=Draws(7, seed))
            for seed in (1, 2)
        )

        assert one is not None
        assert other is not None
        assert len(one) == 7
        assert one.tolist() != other.tolist()

    def test_nothing_held_is_nothing_to_place(self):
        assert placed_at_random(100, np.ones(5), placed([]), compounds=True) is None


def test_a_spread_is_the_5th_50th_and_95th_percentile():
    assert spread(np.arange(101.0)) == Spread(5, 50, 95)
