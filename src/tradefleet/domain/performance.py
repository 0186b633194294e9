"""How good a run was: the field's measures, over an equity curve and its trades.

Statistics, so floats; fractions, not percent: 0.05 is 5 %. A measure that the data cannot give
(no losing trade, a curve of one day) is None, never infinite. `docs/backtests.md` has every
definition with its source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tradefleet.domain.candle import DAY, Floats, Times
from tradefleet.domain.position import ExitReason, Trade

DAYS_A_YEAR = 365  # coins trade every day


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of an equity curve.

    Attributes:
        depth: from the peak, as a fraction of it; 0 or negative.
        length: milliseconds from the peak until it was reached again, or until the end.
        longest_under_water: the longest stretch below a peak, milliseconds.
        time_under_water: share of the points that lie below an earlier peak.
    """

    depth: float
    length: int
    longest_under_water: int
    time_under_water: float


@dataclass(frozen=True, slots=True)
class CurveMeasures:
    """What an equity curve tells without its trades."""

    total_return: float
    cagr: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    drawdown: Drawdown


@dataclass(frozen=True, slots=True)
class TradeMeasures:
    """What the closed trades tell.

    Attributes:
        closed: trades that ended by stop, target or signal; all but `net_profit` and `fees` are
            about them.
        open_at_end: trades that ended only because the data did.
        net_profit, fees: of every trade, in quote.
        expectancy, best, worst: profit of a trade, in quote.
    """

    closed: int
    open_at_end: int
    wins: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    net_profit: Decimal
    fees: Decimal


def curve_measures(budget: float, times: Times, equity: Floats) -> CurveMeasures:
    """Return the measures of an equity curve.

    Args:
        budget: what it began with, in quote, > 0.
        times: close of each point, UTC milliseconds, ascending.
        equity: quote at each point.
    """
    if not len(equity):
        return CurveMeasures(0.0, None, None, None, None, Drawdown(0.0, 0, 0, 0.0))
    grown = float(equity[-1]) / budget
    fall = drawdown(budget, times, equity)
    yearly = _yearly(grown, int(times[-1] - times[0]))
    daily = daily_returns(budget, times, equity)
    calmar = yearly / -fall.depth if yearly is not None and fall.depth else None
    return CurveMeasures(grown - 1, yearly, sharpe(daily), sortino(daily), calmar, fall)


def daily_returns(budget: float, times: Times, equity: Floats) -> Floats:
    """Return the change of each day (UTC) as a fraction, the first one against the budget.

    A day without a point has no return; the next one's is the change since the last point.
    """
    days = times // DAY
    last_of_day = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
    closes = np.concatenate(([budget], equity[last_of_day]))
    changes: Floats = closes[1:] / closes[:-1] - 1
    return changes


def sharpe(returns: Floats) -> float | None:
    """Return mean over standard deviation (of a sample) of daily returns, by the year; no rate."""
    if len(returns) < 2 or not (deviation := float(np.std(returns, ddof=1))):
        return None
    return float(np.mean(returns) / deviation * DAYS_A_YEAR**0.5)


def sortino(returns: Floats) -> float | None:
    """Return mean over downside deviation (below 0, over all days) of daily returns, by the year.

    None without a losing day.
    """
    if len(returns) < 2:
        return None
    downside = np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2))
    return float(np.mean(returns) / downside * DAYS_A_YEAR**0.5) if downside else None


def drawdown(budget: float, times: Times, equity: Floats) -> Drawdown:
    """Return the deepest fall below an earlier peak; the budget is the first peak."""
    curve = np.concatenate(([budget], equity))
    moments = np.concatenate((times[:1], times))
    peaks = np.maximum.accumulate(curve)
    under = curve < peaks
    if not under.any():
        return Drawdown(0.0, 0, 0, 0.0)
    falls = curve / peaks - 1
    deepest = int(falls.argmin())
    # A stretch under water lies between the point of its peak and the first one back above it.
    edges = np.flatnonzero(np.diff(under.astype(np.int8)))
    begins = edges[::2]
    ends = np.append(edges[1::2] + 1, len(curve) - 1)[: len(begins)]
    lengths = moments[ends] - moments[begins]
    this = int(np.searchsorted(begins, deepest) - 1)
    return Drawdown(
        depth=float(falls[deepest]),
        length=int(lengths[this]),
        longest_under_water=int(lengths.max()),
        time_under_water=float(under[1:].mean()),
    )


def trade_measures(trades: Sequence[Trade]) -> TradeMeasures:
    """Return what the trades tell; a trade without profit is no win."""
    closed = [trade.profit for trade in trades if trade.exit_reason is not ExitReason.END]
    won = sum((profit for profit in closed if profit > 0), Decimal(0))
    lost = -sum((profit for profit in closed if profit < 0), Decimal(0))
    wins = sum(profit > 0 for profit in closed)
    return TradeMeasures(
        closed=len(closed),
        open_at_end=len(trades) - len(closed),
        wins=wins,
        win_rate=wins / len(closed) if closed else None,
        profit_factor=float(won / lost) if lost else None,
        expectancy=(won - lost) / len(closed) if closed else None,
        best=max(closed, default=None),
        worst=min(closed, default=None),
        net_profit=sum((trade.profit for trade in trades), Decimal(0)),
        fees=sum((trade.fees for trade in trades), Decimal(0)),
    )


def _yearly(grown: float, milliseconds: int) -> float | None:
    """Return the growth by the year; None for less than a day, from which nothing follows."""
    if milliseconds < DAY:
        return None
    if grown <= 0:
        return -1.0
    exponent = DAYS_A_YEAR * DAY / milliseconds
    try:
        return float(grown**exponent) - 1
    except OverflowError:
        return None
