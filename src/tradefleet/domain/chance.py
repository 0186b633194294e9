"""How much of a run may be chance: its trades drawn anew, and entries at random in their place.

Statistics, so floats. Both are seeded: the same run has the same figures. `docs/backtests.md` says
what they mean, with their sources.
"""

from dataclasses import dataclass

import numpy as np

from tradefleet.domain.candle import Floats
from tradefleet.domain.signals import Places

RUNS = 1_000
SEED = 1
PERCENTILES = (5, 50, 95)


@dataclass(frozen=True, slots=True)
class Draws:
    """How often and from which seed it is drawn; what is to be independent has another seed."""

    runs: int = RUNS
    seed: int = SEED


USUAL = Draws()


@dataclass(frozen=True, slots=True)
class Spread:
    """The values that 5, 50 and 95 % of the runs do not exceed."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Chances:
    """What the same trades might have come to.

    Attributes:
        final_equity: in quote.
        max_drawdown: from trade to trade, as a fraction of the peak; 0 or negative.
    """

    final_equity: Spread
    max_drawdown: Spread


@dataclass(frozen=True, slots=True)
class Placed:
    """The positions of a run, to be placed elsewhere.

    Attributes:
        lengths: candles each is held, at least 1; together no more than there are prices but one.
        stakes: what went into each: quote where sums are fixed, else a share of the money.
        kept: part of a position's worth that fees and slippage of both sides leave.
    """

    lengths: Places
    stakes: Floats
    kept: float


def redrawn(
    budget: float, gains: Floats, *, compounds: bool, draws: Draws = USUAL
) -> Chances | None:
    """Return what as many trades come to, drawn with replacement from those there were.

    Args:
        budget: what it began with, in quote.
        gains: of each trade: a fraction of the money before it where that compounds, else quote.
        compounds: whether gains multiply; otherwise they add up.
        draws: how often, and from which seed.

    Returns:
        None for fewer than two trades.
    """
    if len(gains) < 2:
        return None
    random = np.random.default_rng(draws.seed)
    finals, depths = np.empty(draws.runs), np.empty(draws.runs)
    for run in range(draws.runs):
        curve = _curve(budget, random.choice(gains, len(gains)), compounds=compounds)
        peaks = np.maximum(np.maximum.accumulate(curve), budget)
        finals[run], depths[run] = curve[-1], (curve / peaks).min() - 1
    return Chances(spread(finals), spread(depths))


def placed_at_random(
    budget: float, prices: Floats, positions: Placed, *, compounds: bool, draws: Draws = USUAL
) -> Floats | None:
    """Return the total returns of runs that hold the same positions at other times.

    Length and stake of the positions stay together, their order and the time between them are
    drawn: each placing without overlap is as likely as any other.

    Args:
        budget: what it began with, in quote.
        prices: at which a position may begin or end, one a candle, and the last close.
        positions: what to place.
        compounds: whether gains multiply; otherwise they add up.
        draws: how often, and from which seed.

    Returns:
        None where nothing was held.
    """
    count = len(positions.lengths)
    if not count:
        return None
    random = np.random.default_rng(draws.seed)
    free = len(prices) - 1 - int(positions.lengths.sum())

    def draw() -> Floats:
        order = random.permutation(count)
        lengths = positions.lengths[order]
        waits = np.sort(
            random.choice(free + count, count, replace=False, shuffle=False)
        ) - np.arange(count)
        begins = waits + np.cumsum(lengths) - lengths
        grown: Floats = prices[begins + lengths] / prices[begins] * positions.kept - 1
        return positions.stakes[order] * grown

    finals = [_curve(budget, draw(), compounds=compounds)[-1] for _ in range(draws.runs)]
    return np.array(finals) / budget - 1


def _curve(budget: float, gains: Floats, *, compounds: bool) -> Floats:
    return (
        budget * np.cumprod(1 + gains, dtype=np.float64) if compounds else budget + np.cumsum(gains)
    )


def spread(values: Floats) -> Spread:
    """Return the 5th, 50th and 95th percentile."""
    return Spread(*np.percentile(values, PERCENTILES).tolist())
