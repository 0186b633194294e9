"""The report of a run of several symbols with one wallet; that of one symbol is `report`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tradefleet.application.backtest.report import (
    candle_figures,
    curve_figures,
    decision_row,
    money_figures,
    trade_row,
    warnings,
    worth_if_held,
)
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.together import Together
from tradefleet.application.backtest.yardsticks import chance_together
from tradefleet.domain.candle import Floats, Times
from tradefleet.domain.performance import curve_measures
from tradefleet.ports.workers import Workers


def wallet_document(
    together: Together,
    settings: Mapping[str, Any],
    *,
    with_decisions: bool,
    workers: Workers | None = None,
) -> dict[str, Any]:
    """Return everything about a run as JSON values: money as decimal texts, times in UTC ms.

    Args:
        together: the run.
        settings: what was asked for, as JSON values.
        with_decisions: whether to list every evaluation.
        workers: who find out what chance can do; None = this process.
    """
    worth = [f"{value:.8f}" for value in together.owned.equity.tolist()]
    named = {result.setup.settings.symbol: result for result in together.results}
    found = {
        "settings": dict(settings),
        "complete": together.is_complete,
        "candles": {symbol: candle_figures(result) for symbol, result in named.items()},
        "metrics": wallet_metrics(together),
        "chance": chance_together(together, workers),
        "trades": [{"symbol": trade.symbol, **trade_row(trade)} for trade in together.trades],
        "equity": list(zip(_closes(together).tolist(), worth, strict=True)),
        "warnings": _warnings(named),
    }
    if with_decisions:
        found["decisions"] = {
            symbol: [decision_row(evaluated) for evaluated in result.evaluated]
            for symbol, result in named.items()
        }
    return found


def wallet_metrics(together: Together) -> dict[str, Any]:
    """Return the measures of the wallet, and under `symbols` those of each symbol's trades."""
    owned, results = together.owned, together.results
    grown = [worth_if_held(result, 1.0) for result in results]
    bought = _split_and_held(together, grown)
    return {
        **money_figures(together.amount, together.trades, _curve(together, owned.equity)),
        "exposure": float(owned.holds.mean()) if len(owned.holds) else 0.0,
        "evaluations": sum(len(result.evaluated) for result in results),
        "denied_entries": sum(sum(result.denied.values()) for result in results),
        "buy_and_hold": _curve(together, bought),
        "symbols": {
            result.setup.settings.symbol: {
                **_brought(together.amount, result),
                "exposure": exposure,
                "evaluations": len(result.evaluated),
                "denied_entries": sum(result.denied.values()),
                "buy_and_hold": float(grew[-1]) - 1 if len(grew) else 0.0,
            }
            for result, exposure, grew in zip(results, owned.exposures, grown, strict=True)
        },
    }


def _warnings(named: Mapping[str, Result]) -> list[str]:
    """Return what is to be said of each symbol, once for all of whom it is true."""
    about: dict[str, list[str]] = {}
    for symbol, result in named.items():
        for warning in warnings(result):
            about.setdefault(warning, []).append(symbol)
    return [f"{', '.join(symbols)}: {warning}" for warning, symbols in about.items()]


def _brought(amount: Decimal, result: Result) -> dict[str, Any]:
    """Return what the trades of one symbol brought to a wallet that began with an amount."""
    figures = money_figures(amount, result.trades, {})
    del figures["final_equity"]
    return {"contribution": float(Decimal(figures["net_profit"]) / amount), **figures}


def _split_and_held(together: Together, grown: Sequence[Floats]) -> Floats:
    """Return the worth of an equal part for each symbol, bought at its first open and held."""
    part = float(together.amount) / len(grown)
    worth: Floats = np.zeros(len(together.moments))
    for number, grew in enumerate(grown):
        worth += together.at_moments(number, grew, 1.0) * part
    return worth


def _curve(together: Together, worth: Floats) -> dict[str, Any]:
    return curve_figures(curve_measures(float(together.amount), _closes(together), worth))


def _closes(together: Together) -> Times:
    return together.moments + (together.results[0].candles.interval - 1)
