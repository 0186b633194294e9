"""The report of a run of several symbols with one wallet; that of one symbol is `report`."""

from collections.abc import Mapping
from typing import Any

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
from tradefleet.domain.candle import Floats
from tradefleet.domain.performance import CurveMeasures, curve_measures


def wallet_document(
    together: Together, settings: Mapping[str, Any], *, with_decisions: bool
) -> dict[str, Any]:
    """Return everything about a run as JSON values: money as decimal texts, times in UTC ms.

    Args:
        together: the run.
        settings: what was asked for, as JSON values.
        with_decisions: whether to list every evaluation.
    """
    equity = together.equity()
    worth = [f"{value:.8f}" for value in equity.tolist()]
    named = {result.setup.settings.symbol: result for result in together.results}
    found = {
        "settings": dict(settings),
        "complete": together.is_complete,
        "candles": {symbol: candle_figures(result) for symbol, result in named.items()},
        "metrics": wallet_metrics(together, equity),
        "chance": chance_together(together),
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


def wallet_metrics(together: Together, equity: Floats) -> dict[str, Any]:
    """Return the measures of the wallet, and under `symbols` those of each symbol's trades."""
    curve = _measured(together, equity)
    held = together.held()
    return {
        **money_figures(together.amount, together.trades, curve_figures(curve)),
        "exposure": float(held.mean()) if len(held) else 0.0,
        "evaluations": sum(len(result.evaluated) for result in together.results),
        "denied_entries": sum(sum(result.denied.values()) for result in together.results),
        "buy_and_hold": curve_figures(_measured(together, _split_and_held(together))),
        "symbols": {
            result.setup.settings.symbol: _of_symbol(together, result)
            for result in together.results
        },
    }


def _warnings(named: Mapping[str, Result]) -> list[str]:
    """Return what is to be said of each symbol, once for all of whom it is true."""
    about: dict[str, list[str]] = {}
    for symbol, result in named.items():
        for warning in warnings(result):
            about.setdefault(warning, []).append(symbol)
    return [f"{', '.join(symbols)}: {warning}" for warning, symbols in about.items()]


def _of_symbol(together: Together, result: Result) -> dict[str, Any]:
    """Return what one symbol added to the wallet."""
    figures = money_figures(together.amount, result.trades, {})
    del figures["final_equity"]
    _, base = result.cash_and_base()
    bought = worth_if_held(result, 1.0)
    return {
        "contribution": float(sum(trade.profit for trade in result.trades) / together.amount),
        **figures,
        "exposure": float((base > 0).mean()) if len(base) else 0.0,
        "evaluations": len(result.evaluated),
        "denied_entries": sum(result.denied.values()),
        "buy_and_hold": float(bought[-1]) - 1 if len(bought) else 0.0,
    }


def _split_and_held(together: Together) -> Floats:
    """Return the worth of an equal part for each symbol, bought at its first open and held."""
    part = float(together.amount) / len(together.results)
    parts = [
        together.at_moments(result, worth_if_held(result, part), part)
        for result in together.results
    ]
    return sum(parts[1:], start=parts[0])


def _measured(together: Together, worth: Floats) -> CurveMeasures:
    return curve_measures(float(together.amount), _closes(together), worth)


def _closes(together: Together) -> Any:
    return together.moments + (together.results[0].candles.interval - 1)
