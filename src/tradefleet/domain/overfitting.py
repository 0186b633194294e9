"""How much of a good backtest is the search for it: statistics against fooling oneself.

Whoever tries enough parameters finds some that fit the past. These measures take the number of
trials, the length of the record and the shape of its returns into account. Ratios are those of one
period (a day), not of a year; kurtosis is that of a normal distribution where it is 3.

Sources:
    [1] D. Bailey, M. López de Prado, *The Sharpe ratio efficient frontier*, Journal of Risk 15
        (2012): probabilistic Sharpe ratio, minimum track record length.
    [2] D. Bailey, M. López de Prado, *The deflated Sharpe ratio*, Journal of Portfolio Management
        40 (2014): deflated Sharpe ratio, expected maximum.
    [3] D. Bailey, J. Borwein, M. López de Prado, Q. Zhu, *Pseudo-mathematics and financial
        charlatanism*, Notices of the AMS 61 (2014): minimum backtest length.
    [4] D. Bailey, J. Borwein, M. López de Prado, Q. Zhu, *The probability of backtest overfitting*,
        Journal of Computational Finance (2015): combinatorially symmetric cross-validation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import e, sqrt
from statistics import NormalDist

import numpy as np

from tradefleet.domain.candle import Floats

NORMAL = NormalDist()
EULER = 0.5772156649015329  # Euler-Mascheroni
CONFIDENCE = 0.95
MOST_BLOCKS = 16  # as in [4]: 12,870 ways to halve them
LEAST_BLOCK = 5  # periods in one
TOGETHER = 256  # halvings that are looked at together


@dataclass(frozen=True, slots=True)
class Record:
    """What the measures need to know of a series of returns.

    Attributes:
        sharpe: mean over standard deviation of one period's returns.
        periods: how many returns there are.
        skewness: third standardised moment; 0 for a normal distribution.
        kurtosis: fourth standardised moment; 3 for a normal distribution.
    """

    sharpe: float
    periods: int
    skewness: float = 0.0
    kurtosis: float = 3.0

    @property
    def doubt(self) -> float:
        """Variance of the Sharpe ratio's estimate, times the periods."""
        shape = 1 - self.skewness * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2
        return max(shape, 1e-12)  # a sample's moments never make it negative, rounding may


def record(returns: Floats) -> Record | None:
    """Return what is known of a series; None if it has fewer than 3 returns or never changes."""
    if len(returns) < 3 or not (spread := float(np.std(returns))):
        return None
    centred = (returns - np.mean(returns)) / spread
    skewness, kurtosis = float(np.mean(centred**3)), float(np.mean(centred**4))
    sharpe = float(np.mean(returns) / np.std(returns, ddof=1))
    return Record(sharpe, len(returns), skewness, kurtosis)


def probabilistic_sharpe(found: Record, benchmark: float = 0.0) -> float:
    """Return how likely the true Sharpe ratio lies above a benchmark [1]."""
    distance = (found.sharpe - benchmark) * sqrt(found.periods - 1)
    return NORMAL.cdf(distance / sqrt(found.doubt))


def expected_maximum(trials: int) -> float:
    """Return the greatest of so many independent standard normal numbers, on average [2]."""
    if trials < 2:
        return 0.0
    return (1 - EULER) * NORMAL.inv_cdf(1 - 1 / trials) + EULER * NORMAL.inv_cdf(
        1 - 1 / (trials * e)
    )


def deflated_sharpe(found: Record, trials: int, variance: float) -> float:
    """Return how likely the best of many trials is better than luck alone would make it [2].

    Args:
        found: of the best trial.
        trials: how many were tried; correlated ones count in full, which is the careful side.
        variance: of the Sharpe ratios of all trials.
    """
    return probabilistic_sharpe(found, sqrt(variance) * expected_maximum(trials))


def minimum_track_record(
    found: Record, benchmark: float = 0.0, confidence: float = CONFIDENCE
) -> float | None:
    """Return the periods after which a ratio is believable; None if it is not above it [1]."""
    if found.sharpe <= benchmark:
        return None
    return 1 + found.doubt * (NORMAL.inv_cdf(confidence) / (found.sharpe - benchmark)) ** 2


def minimum_backtest_years(trials: int, sharpe: float = 1.0) -> float:
    """Return the years below which so many trials reach a yearly Sharpe ratio by luck alone [3]."""
    return (expected_maximum(trials) / sharpe) ** 2


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What halving the past in many ways told.

    Attributes:
        probability: how often the best of one half was below the middle of the other.
        loss: how often the best of one half lost money in the other.
        halvings: in how many ways it was halved.
        blocks: from how many pieces of time.
    """

    probability: float
    loss: float
    halvings: int
    blocks: int


def overfitting(returns: Floats) -> Overfitting | None:
    """Return the probability of backtest overfitting, by symmetric cross-validation [4].

    Time is cut into an even number of blocks. For every way to take half of them, the trial with
    the best Sharpe ratio there is looked up among all trials in the other half.

    Args:
        returns: one row a period, one column a trial.

    Returns:
        None for fewer than 2 trials that differ, or fewer than 20 periods.
    """
    returns = np.unique(returns, axis=1)
    periods, trials = returns.shape
    blocks = min(MOST_BLOCKS, periods // LEAST_BLOCK // 2 * 2)
    if trials < 2 or blocks < 4:
        return None
    size = periods // blocks
    pieces = returns[periods - blocks * size :].reshape(blocks, size, trials)
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    is_in = np.zeros((len(halves), blocks))
    np.put_along_axis(is_in, halves, 1.0, axis=1)
    below = lost = 0.0
    for rank, mean in _best_elsewhere(is_in, pieces.sum(axis=1), (pieces**2).sum(axis=1), size):
        below += float(np.sum(rank <= 0.5))  # a logit of at most 0
        lost += float(np.sum(mean < 0))
    return Overfitting(below / len(halves), lost / len(halves), len(halves), blocks)


def _best_elsewhere(
    is_in: Floats, sums: Floats, squares: Floats, size: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield relative rank (0 to 1) and mean, out of sample, of the best trial in sample.

    Args:
        is_in: one row a halving, 1 for each block that is in sample.
        sums, squares: of the returns and their squares, one row a block.
        size: periods of a block.
    """
    count = is_in.shape[1] // 2 * size
    rows, trials = np.arange(TOGETHER), sums.shape[1]
    for begin in range(0, len(is_in), TOGETHER):
        part = is_in[begin : begin + TOGETHER]
        inside = _ratios(part @ sums, part @ squares, count)
        totals = (1 - part) @ sums
        outside = _ratios(totals, (1 - part) @ squares, count)
        best, row = inside.argmax(axis=1), rows[: len(part)]
        its = outside[row, best][:, None]
        # Equal trials share the middle of their places.
        rank = (outside < its).sum(axis=1) + ((outside == its).sum(axis=1) + 1) / 2
        yield rank / (trials + 1), totals[row, best]


def _ratios(sums: Floats, squares: Floats, count: int) -> Floats:
    """Return Sharpe ratios; 0 where nothing ever changed."""
    means = sums / count
    spread = np.sqrt(np.maximum(squares / count - means**2, 0))
    ratios: Floats = np.divide(means, spread, out=np.zeros_like(means), where=spread > 1e-12)
    return ratios
