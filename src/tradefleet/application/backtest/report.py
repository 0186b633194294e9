"""The report of a backtest: its measures, and the one document that programs read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from tradefleet.application.backtest.opinions import Evaluated
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import exact_money
from tradefleet.application.backtest.yardsticks import chance
from tradefleet.domain.candle import HOUR, MINUTE, Floats
from tradefleet.domain.instrument import plain, round_money
from tradefleet.domain.performance import CurveMeasures, curve_measures, trade_measures
from tradefleet.domain.position import Trade


def document(
    result: Result, settings: Mapping[str, Any], *, with_decisions: bool
) -> dict[str, Any]:
    """Return everything about a run as JSON values: money as decimal texts, times in UTC ms.

    Args:
        result: of the run.
        settings: what was asked for, as JSON values.
        with_decisions: whether to list every evaluation.
    """
    candles = result.candles
    closes = candles.open_time + (candles.interval - 1)
    equity = result.equity()
    worth = [f"{value:.8f}" for value in equity.tolist()]
    found = {
        "settings": dict(settings),
        "complete": result.is_complete,
        "candles": candle_figures(result),
        "metrics": metrics(result, equity),
        "chance": chance(result),
        "trades": [trade_row(trade) for trade in result.trades],
        "equity": list(zip(closes.tolist(), worth, strict=True)),
        "warnings": warnings(result),
    }
    if with_decisions:
        found["decisions"] = [decision_row(evaluated) for evaluated in result.evaluated]
    return found


def metrics(result: Result, equity: Floats | None = None) -> dict[str, Any]:
    """Return the measures of a run; fractions are numbers, money is decimal texts."""
    setup, candles = result.setup, result.candles
    closes = candles.open_time + (candles.interval - 1)
    amount = setup.settings.trade_amount
    curve = curve_measures(float(amount), closes, result.equity() if equity is None else equity)
    _, base = result.cash_and_base()
    bought = curve_measures(float(amount), closes, worth_if_held(result, float(amount)))
    return {
        **money_figures(amount, result.trades, curve_figures(curve)),
        "exposure": float(np.mean(base > 0)) if len(base) else 0.0,
        "evaluations": len(result.evaluated),
        "denied_entries": sum(result.denied.values()),
        "buy_and_hold": curve_figures(bought),
    }


def money_figures(
    amount: Decimal, trades: Sequence[Trade], curve: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the measures of trades, with those of a curve at their place.

    Args:
        amount: what there was before the first trade, in quote.
        trades: closed round trips.
        curve: measures of the equity, as JSON values.
    """
    with exact_money():
        measured = trade_measures(trades)
        final = amount + measured.net_profit
    return {
        "final_equity": plain(final),
        "net_profit": plain(measured.net_profit),
        **curve,
        "trades": measured.closed,
        "open_at_end": measured.open_at_end,
        "wins": measured.wins,
        "win_rate": measured.win_rate,
        "profit_factor": measured.profit_factor,
        "expectancy": _money(measured.expectancy),
        "best_trade": _money(measured.best),
        "worst_trade": _money(measured.worst),
        "fees": plain(measured.fees),
    }


def warnings(result: Result) -> list[str]:
    """Return what a reader must know before believing the figures."""
    said = []
    if not result.is_complete:
        done = len(result.candles)
        everything = len(result.setup.candles) - result.setup.first
        said.append(f"interrupted after {done:,} of {everything:,} candles")
    if not result.evaluated:
        said.append("no evaluation was due: no candle closes at a whole multiple of --every")
    gaps = result.gaps
    if gaps.count:
        first = datetime.fromtimestamp((gaps.first_at or 0) / 1000, UTC)
        said.append(
            f"{gaps.candles:,} candles are missing in {gaps.count} gaps, the longest of "
            f"{length(gaps.longest)}, the first at {first:%Y-%m-%dT%H:%MZ}"
        )
    said += [f"{count} entries were not made: {why}" for why, count in result.denied.items()]
    if result.failures:
        said.append(f"the strategy failed {result.failures} times: {result.failure}")
    if sum(trade.exit_reason == "end" for trade in result.trades):
        said.append("the last trade ended with the data, not by a rule")
    return said


def length(milliseconds: int) -> str:
    """Return a span of time for people, as `1h 20m`."""
    hours, minutes = divmod(milliseconds // MINUTE, HOUR // MINUTE)
    parts = [f"{hours}h"] * (hours > 0) + [f"{minutes}m"] * (minutes > 0)
    return " ".join(parts) or f"{milliseconds / 1000:g}s"


def curve_figures(curve: CurveMeasures) -> dict[str, Any]:
    """Return the measures of an equity curve as JSON values."""
    fall = curve.drawdown
    return {
        "total_return": curve.total_return,
        "cagr": curve.cagr,
        "max_drawdown": fall.depth,
        "max_drawdown_length": fall.length,
        "longest_under_water": fall.longest_under_water,
        "time_under_water": fall.time_under_water,
        "sharpe": curve.sharpe,
        "sortino": curve.sortino,
        "calmar": curve.calmar,
    }


def worth_if_held(result: Result, budget: float) -> Floats:
    """Return the worth at each close of buying all at the first open, sold at the last close."""
    candles, kept = result.candles, 1 - float(result.setup.assumptions.fee)
    slip = float(result.setup.assumptions.slippage)
    if not len(candles):
        return candles.close
    coins = budget / (float(candles.open[0]) * (1 + slip)) * kept
    worth: Floats = coins * candles.close
    worth[-1] *= kept * (1 - slip)
    return worth


def candle_figures(result: Result) -> dict[str, Any]:
    """Return which candles were played, and what is missing in them, as JSON values."""
    candles, gaps = result.candles, result.gaps
    return {
        "played": len(candles),
        "warm_up": result.setup.first,
        "first": int(candles.open_time[0]) if len(candles) else None,
        "last": int(candles.open_time[-1]) if len(candles) else None,
        "gaps": {
            "count": gaps.count,
            "candles": gaps.candles,
            "longest": gaps.longest,
            "first": gaps.first_at,
        },
    }


def trade_row(trade: Trade) -> dict[str, Any]:
    """Return a trade as JSON values."""
    return {
        "entry_time": trade.entry_time,
        "entry_price": plain(trade.entry_price),
        "exit_time": trade.exit_time,
        "exit_price": plain(trade.exit_price),
        "quantity": plain(trade.quantity),
        "fees": plain(trade.fees),
        "profit": plain(trade.profit),
        "exit_reason": str(trade.exit_reason),
    }


def decision_row(evaluated: Evaluated) -> list[Any]:
    """Return an evaluation as JSON values: close time, what was said, and what it carried."""
    carried = {
        name: plain(value)
        for name in ("fraction", "stop_loss", "take_profit")
        if (value := getattr(evaluated, name)) is not None
    }
    said: list[Any] = [evaluated.close_time, str(evaluated.action)]
    return [*said, carried] if carried else said


def _money(value: Decimal | None) -> str | None:
    return None if value is None else plain(round_money(value))
