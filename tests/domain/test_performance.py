"""The measures of a run against values computed by hand."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.candle import DAY, HOUR
from tradefleet.domain.performance import (
    curve_measures,
    daily_returns,
    drawdown,
    sharpe,
    sortino,
    trade_measures,
)
from tradefleet.domain.position import ExitReason, Trade

D = Decimal


def days(count: int) -> np.ndarray:
    """The closes of so many days."""
    return np.arange(1, count + 1, dtype=np.int64) * DAY - 1


def closed(profit: str, reason: ExitReason = ExitReason.SIGNAL) -> Trade:
    one = D(1)
    return Trade("BTCUSDT", 0, one, 1, one, one, D(100), D("0.2"), D(profit), reason)


class TestTheCurve:
    def test_total_and_yearly_return(self):
        measures = curve_measures(100, days(731), np.linspace(100, 144, 731))

        assert measures.total_return == pytest.approx(0.44)
        assert measures.cagr == pytest.approx(0.2)  # 1.2 * 1.2 = 1.44 in 730 days

    def test_daily_returns_are_those_of_the_last_close_of_each_day_and_begin_with_the_budget(self):
        hours = np.arange(1, 49, dtype=np.int64) * HOUR - 1
        equity = np.array([500.0] * 23 + [110.0] + [1.0] * 23 + [99.0])

        assert daily_returns(100, hours, equity) == pytest.approx([0.1, -0.1])

    def test_sharpe_is_mean_over_deviation_by_the_year(self):
        # mean 0.01; deviations -0.02, 0, 0.02 over a sample: sqrt(0.0008 / 2) = 0.02
        assert sharpe(np.array([-0.01, 0.01, 0.03])) == pytest.approx(0.5 * 365**0.5)

    def test_sortino_divides_by_what_fell_below_zero_alone(self):
        # mean 0.01; sqrt((0.03 ** 2 + 0 + 0) / 3)
        expected = 0.01 / (0.0009 / 3) ** 0.5 * 365**0.5
        assert sortino(np.array([-0.03, 0.01, 0.05])) == pytest.approx(expected)

    def test_calmar_is_the_yearly_return_over_the_deepest_fall(self):
        equity = np.concatenate((np.linspace(100, 80, 100), np.linspace(80, 150, 266)))

        measures = curve_measures(100, days(366), equity)

        assert measures.calmar == pytest.approx(0.5 / 0.2)

    def test_the_deepest_fall_lasts_until_its_peak_is_reached_again(self):
        equity = np.array([120.0, 90, 110, 120, 119, 118, 117, 116, 130])

        fall = drawdown(100, days(9), equity)

        assert fall.depth == pytest.approx(-0.25)  # from 120 to 90
        assert fall.length == 3 * DAY  # day 1 to day 4
        assert fall.longest_under_water == 5 * DAY  # day 4 to day 9
        assert fall.time_under_water == pytest.approx(6 / 9)

    def test_a_fall_that_never_ends_lasts_to_the_end(self):
        fall = drawdown(100, days(3), np.array([100.0, 90, 95]))

        assert (fall.length, fall.time_under_water) == (2 * DAY, pytest.approx(2 / 3))

    def test_the_budget_is_the_first_peak(self):
        assert drawdown(100, days(2), np.array([90.0, 95])).depth == pytest.approx(-0.1)

    @pytest.mark.parametrize("equity", [[], [100.0], [100.0, 100.0]])
    def test_what_cannot_be_told_is_none_and_never_infinite(self, equity: list[float]):
        measures = curve_measures(100, days(len(equity)), np.array(equity))

        assert (measures.sharpe, measures.sortino, measures.calmar) == (None, None, None)
        assert measures.total_return == measures.drawdown.depth == 0

    @given(st.lists(st.floats(1, 1_000), min_size=1, max_size=50))
    def test_the_deepest_fall_is_that_of_the_definition(self, equity: list[float]):
        peak, depth, under = 100.0, 0.0, 0
        for worth in equity:
            peak = max(peak, worth)
            depth = min(depth, worth / peak - 1)
            under += worth < peak

        fall = drawdown(100, days(len(equity)), np.array(equity))

        assert fall.depth == pytest.approx(depth)
        assert fall.time_under_water == pytest.approx(under / len(equity))
        assert 0 <= fall.length <= fall.longest_under_water <= len(equity) * DAY


class TestTheTrades:
    def test_they_are_counted_and_weighed(self):
        measures = trade_measures([closed("3"), closed("-1"), closed("1"), closed("0")])

        assert (measures.closed, measures.wins, measures.win_rate) == (4, 2, 0.5)
        assert measures.profit_factor == 4
        assert measures.expectancy == D("0.75")
        assert (measures.best, measures.worst) == (D(3), D(-1))
        assert (measures.net_profit, measures.fees) == (D(3), D("0.8"))

    def test_what_only_the_end_of_the_data_closed_is_counted_apart(self):
        measures = trade_measures([closed("3"), closed("-50", ExitReason.END)])

        assert (measures.closed, measures.open_at_end, measures.win_rate) == (1, 1, 1.0)
        assert measures.profit_factor is None  # it has not lost yet
        assert measures.net_profit == D(-47)

    def test_without_trades_nothing_is_said(self):
        measures = trade_measures([])

        assert (measures.closed, measures.win_rate, measures.expectancy) == (0, None, None)
        assert (measures.net_profit, measures.fees) == (0, 0)
