"""Statistics against fooling oneself, held to the figures of the papers they come from."""

from itertools import combinations
from math import log, sqrt

import numpy as np
import pytest

from tradefleet.domain.overfitting import (
    Record,
    deflated_sharpe,
    expected_maximum,
    minimum_backtest_years,
    minimum_track_record,
    overfitting,
    probabilistic_sharpe,
    record,
)

DAYS = 250  # a year, in the papers


def yearly(sharpe: float, periods_a_year: int = DAYS) -> float:
    return sharpe / sqrt(periods_a_year)


class TestProbabilisticSharpe:
    """Bailey and López de Prado (2012), *The Sharpe ratio efficient frontier*."""

    @pytest.mark.parametrize(
        ("periods_a_year", "years"), [(250, 2.73), (52, 2.83), (12, 3.24)], ids=str
    )
    def test_years_until_a_ratio_of_two_is_above_one(self, periods_a_year: int, years: float):
        found = Record(yearly(2, periods_a_year), periods=100)

        needed = minimum_track_record(found, yearly(1, periods_a_year))

        assert needed is not None
        assert needed / periods_a_year == pytest.approx(years, abs=0.005)

    def test_hedge_funds_need_longer(self):
        found = Record(yearly(2, 12), 100, skewness=-0.72, kurtosis=5.78)

        needed = minimum_track_record(found, yearly(1, 12))

        assert needed is not None
        assert needed / 12 == pytest.approx(4.99, abs=0.005)

    def test_a_record_of_the_minimum_length_is_as_sure_as_wanted(self):
        found = Record(0.1, 100, skewness=-1, kurtosis=6)
        needed = minimum_track_record(found, confidence=0.9)

        assert needed is not None
        long_enough = Record(0.1, round(needed), skewness=-1, kurtosis=6)
        assert probabilistic_sharpe(long_enough) == pytest.approx(0.9, abs=1e-3)

    def test_no_record_is_long_enough_for_what_is_not_above_the_benchmark(self):
        assert minimum_track_record(Record(-0.1, 100)) is None

    def test_a_ratio_at_the_benchmark_is_a_coin_toss(self):
        assert probabilistic_sharpe(Record(0.1, 500), 0.1) == pytest.approx(0.5)


class TestDeflatedSharpe:
    """Bailey and López de Prado (2014), *The deflated Sharpe ratio*: the numerical example."""

    FOUND = Record(yearly(2.5), 5 * DAYS, skewness=-3, kurtosis=10)
    VARIANCE = 0.5 / DAYS

    def test_the_hurdle_after_a_hundred_trials(self):
        assert sqrt(self.VARIANCE) * expected_maximum(100) == pytest.approx(0.1132, abs=1e-4)

    def test_after_a_hundred_trials_it_is_not_enough(self):
        assert deflated_sharpe(self.FOUND, 100, self.VARIANCE) == pytest.approx(0.9004, abs=1e-4)

    def test_after_46_trials_it_would_have_been(self):
        assert deflated_sharpe(self.FOUND, 46, self.VARIANCE) == pytest.approx(0.9505, abs=1e-4)

    def test_normal_returns_would_have_borne_88_trials(self):
        normal = Record(yearly(2.5), 5 * DAYS)

        assert deflated_sharpe(normal, 88, self.VARIANCE) == pytest.approx(0.9505, abs=1e-4)

    def test_one_trial_is_not_deflated(self):
        assert deflated_sharpe(self.FOUND, 1, 0.0) == probabilistic_sharpe(self.FOUND)


class TestExpectedMaximum:
    """Bailey and others (2014), *Pseudo-mathematics and financial charlatanism*."""

    def test_ten_trials_of_a_year_reach_1_57(self):
        assert expected_maximum(10) == pytest.approx(1.57, abs=0.01)

    def test_five_years_bear_no_more_than_45_trials(self):
        assert minimum_backtest_years(45) < 5 < minimum_backtest_years(46)

    def test_it_is_what_draws_come_to(self):
        draws = np.random.default_rng(1).normal(size=(20_000, 50)).max(axis=1)

        assert expected_maximum(50) == pytest.approx(
            draws.mean(), abs=0.05
        )  # it is a little too high


def test_a_record_has_the_moments_of_its_returns():
    returns = np.random.default_rng(2).exponential(size=100_000)

    found = record(returns)

    assert found is not None
    assert found.sharpe == pytest.approx(1, abs=0.02)
    assert found.skewness == pytest.approx(2, abs=0.1)
    assert found.kurtosis == pytest.approx(9, abs=1)


@pytest.mark.parametrize("returns", [[0.1, 0.2], [0.0] * 50], ids=["too short", "still"])
def test_some_returns_tell_nothing(returns: list[float]):
    assert record(np.array(returns)) is None


class TestOverfitting:
    """Bailey and others (2015), *The probability of backtest overfitting*."""

    def test_choosing_among_noise_is_overfitting(self):
        found = [
            overfitting(np.random.default_rng(seed).normal(size=(320, 100))) for seed in range(8)
        ]

        # Where nothing is better than the rest, the best of one half is anywhere in the other.
        assert 0.35 < np.mean([each.probability for each in found if each]) < 0.75

    def test_a_trial_that_is_truly_better_is_not(self):
        returns = np.random.default_rng(3).normal(size=(320, 100))
        returns[:, 7] += 0.5

        found = overfitting(returns)

        assert found is not None
        assert found.probability < 0.01
        assert found.loss < 0.01
        assert (found.halvings, found.blocks) == (12_870, 16)

    def test_it_is_what_the_definition_says(self):
        returns = np.random.default_rng(4).normal(size=(30, 7))

        found = overfitting(returns)

        assert found is not None
        assert found.probability == pytest.approx(by_definition(returns, blocks=6))

    def test_trials_that_are_the_same_count_once(self):
        returns = np.random.default_rng(5).normal(size=(40, 5))

        assert overfitting(np.hstack([returns, returns])) == overfitting(returns)

    @pytest.mark.parametrize("shape", [(100, 1), (19, 10)], ids=["one trial", "too short"])
    def test_it_cannot_always_be_told(self, shape: tuple[int, int]):
        assert overfitting(np.random.default_rng(6).normal(size=shape)) is None


def by_definition(returns: np.ndarray, blocks: int) -> float:
    """The steps of the paper, one after the other."""
    pieces, logits = np.split(returns, blocks), []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.vstack([pieces[i] for i in chosen])
        outside = np.vstack([pieces[i] for i in range(blocks) if i not in chosen])
        best = np.argmax(inside.mean(axis=0) / inside.std(axis=0))
        ratios = outside.mean(axis=0) / outside.std(axis=0)
        rank = (ratios <= ratios[best]).sum() / (len(ratios) + 1)
        logits.append(log(rank / (1 - rank)))
    return float(np.mean(np.array(logits) <= 0))
