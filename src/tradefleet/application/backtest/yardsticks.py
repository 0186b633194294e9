"""What the same run might have come to by chance; the report's own block."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.together import Together, in_order
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import Floats
from tradefleet.domain.chance import (
    RUNS,
    USUAL,
    Chances,
    Draws,
    Placed,
    Spread,
    placed_at_random,
    redrawn,
    spread,
)
from tradefleet.domain.position import ExitReason
from tradefleet.ports.workers import Workers

MOST_DRAWN = 4_000_000  # trades in all runs together, and yet
FEWEST_RUNS = 200
NEAR = 1e-9  # returns that differ by less are the same one, computed in another order


def chance(result: Result) -> dict[str, Any]:
    """Return the run's trades drawn anew, and its positions at random times, as JSON values."""
    settings = result.setup.settings
    compounds = settings.sizing is Sizing.COMPOUND
    budget = float(settings.trade_amount)
    profits, money = _profits(result)
    drawn = redrawn(budget, profits / money if compounds else profits, compounds=compounds)
    returns = at_random(result)
    return _told(USUAL, drawn, returns, profits.sum() / budget)


def chance_together(together: Together, workers: Workers | None = None) -> dict[str, Any]:
    """Return the same of several symbols with one wallet: each position among its own candles.

    Args:
        together: the run.
        workers: who draw the places; None = this process.
    """
    compounds = together.results[0].setup.settings.sizing is Sizing.COMPOUND
    budget = float(together.amount)
    ended = sorted(together.trades, key=lambda trade: trade.exit_time)
    profits = np.array([trade.profit for trade in ended], np.float64)
    costs = np.array([trade.cost for trade in ended], np.float64)
    money = budget + np.cumsum(profits) - profits
    gains, stakes = (profits / money, costs / money) if compounds else (profits, costs)
    draws = Draws(max(FEWEST_RUNS, min(RUNS, MOST_DRAWN // max(1, len(ended)))))
    drawn = redrawn(budget, gains, compounds=compounds, draws=draws)
    symbols = np.array([trade.symbol for trade in ended])

    def place(number: int) -> Floats | None:
        result = together.results[number]
        own = stakes[symbols == result.setup.settings.symbol]
        return _placed(budget, result, own, replace(draws, seed=draws.seed + number))

    every = in_order(place, len(together.results), workers)
    parts = [returns for returns in every if returns is not None]
    returns = None
    if parts:
        returns = np.prod(1 + np.array(parts), axis=0) - 1 if compounds else np.sum(parts, axis=0)
    return _told(draws, drawn, returns, profits.sum() / budget)


def _placed(budget: float, result: Result, stakes: Floats, draws: Draws = USUAL) -> Floats | None:
    """Return the total returns of the same positions at other times."""
    compounds = result.setup.settings.sizing is Sizing.COMPOUND
    positions = _positions(result, stakes)
    return placed_at_random(budget, _prices(result), positions, compounds=compounds, draws=draws)


def _told(
    draws: Draws, drawn: Chances | None, returns: Floats | None, total_return: float
) -> dict[str, Any]:
    return {
        "runs": draws.runs,
        "seed": draws.seed,
        "redrawn_equity": None if drawn is None else _money(drawn.final_equity),
        "redrawn_drawdown": None if drawn is None else asdict(drawn.max_drawdown),
        "random_entries": None if returns is None else asdict(spread(returns)),
        "random_as_good": None
        if returns is None
        else float(np.mean(returns >= total_return - NEAR)),
    }


def at_random(result: Result, draws: Draws = USUAL) -> Floats | None:
    """Return total returns of the run's positions at random times; None where it held nothing."""
    settings = result.setup.settings
    _, money = _profits(result)
    stakes = np.array([trade.cost for trade in result.trades], np.float64)
    if settings.sizing is Sizing.COMPOUND:
        stakes /= money
    return _placed(float(settings.trade_amount), result, stakes, draws)


def _profits(result: Result) -> tuple[Floats, Floats]:
    """Return the profit of each trade, and the money before it."""
    profits = np.array([trade.profit for trade in result.trades], np.float64)
    return profits, float(result.setup.settings.trade_amount) + np.cumsum(profits) - profits


def _positions(result: Result, stakes: Floats) -> Placed:
    """Return how long each position was held, in candles; less than one counts as one."""
    opened = result.candles.open_time
    entries = np.searchsorted(opened, [trade.entry_time for trade in result.trades])
    exits = np.searchsorted(opened, [trade.exit_time for trade in result.trades])
    exits += np.array([trade.exit_reason is ExitReason.END for trade in result.trades], np.intp)
    assumed = result.setup.assumptions
    fee, slippage = float(assumed.fee), float(assumed.slippage)
    kept = (1 - fee) ** 2 * (1 - slippage) / (1 + slippage)
    return Placed(np.maximum(exits - entries, 1), stakes, kept)


def _prices(result: Result) -> Floats:
    """Return each open, and the last close: where a position may begin or end."""
    return np.append(result.candles.open, result.candles.close[-1:])


def _money(values: Spread) -> dict[str, str]:
    return {name: f"{value:.8f}" for name, value in asdict(values).items()}
