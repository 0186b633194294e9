"""The report of a backtest: its measures, and the one document that programs read."""

from collections.abc import Mapping
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
        "candles": _candles(result),
        "metrics": metrics(result, equity),
        "chance": chance(result),
        "trades": [_trade(trade) for trade in result.trades],
        "equity": list(zip(closes.tolist(), worth, strict=True)),
        "warnings": warnings(result),
    }
    if with_decisions:
        found["decisions"] = [_decision(evaluated) for evaluated in result.evaluated]
    return found


def metrics(result: Result, equity: Floats | None = None) -> dict[str, Any]:
    """Return the measures of a run; fractions are numbers, money is decimal texts."""
    setup, candles = result.setup, result.candles
    closes = candles.open_time + (candles.interval - 1)
    budget = float(setup.settings.trade_amount)
    curve = curve_measures(budget, closes, result.equity() if equity is None else equity)
    with exact_money():
        trades = trade_measures(result.trades)
        final = setup.settings.trade_amount + trades.net_profit
    _, base = result.cash_and_base()
    return {
        "final_equity": plain(final),
        "net_profit": plain(trades.net_profit),
        **_curve(curve),
        "trades": trades.closed,
        "open_at_end": trades.open_at_end,
        "wins": trades.wins,
        "win_rate": trades.win_rate,
        "profit_factor": trades.profit_factor,
        "expectancy": _money(trades.expectancy),
        "best_trade": _money(trades.best),
        "worst_trade": _money(trades.worst),
        "fees": plain(trades.fees),
        "exposure": float(np.mean(base > 0)) if len(base) else 0.0,
        "evaluations": len(result.evaluated),
        "denied_entries": sum(result.denied.values()),
        "buy_and_hold": _curve(_held(result)),
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


def _curve(curve: CurveMeasures) -> dict[str, Any]:
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


def _held(result: Result) -> CurveMeasures:
    """Return the measures of buying all at the first open and selling at the last close."""
    setup, candles = result.setup, result.candles
    budget, kept = float(setup.settings.trade_amount), 1 - float(setup.assumptions.fee)
    slip = float(setup.assumptions.slippage)
    if not len(candles):
        return curve_measures(budget, candles.open_time, candles.close)
    coins = budget / (float(candles.open[0]) * (1 + slip)) * kept
    worth = coins * candles.close
    worth[-1] *= kept * (1 - slip)
    return curve_measures(budget, candles.open_time + (candles.interval - 1), worth)


def _candles(result: Result) -> dict[str, Any]:
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


def _trade(trade: Trade) -> dict[str, Any]:
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


def _decision(evaluated: Evaluated) -> list[Any]:
    carried = {
        name: plain(value)
        for name in ("fraction", "stop_loss", "take_profit")
        if (value := getattr(evaluated, name)) is not None
    }
    said: list[Any] = [evaluated.close_time, str(evaluated.action)]
    return [*said, carried] if carried else said


def _money(value: Decimal | None) -> str | None:
    return None if value is None else plain(round_money(value))
