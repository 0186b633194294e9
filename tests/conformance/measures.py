"""A program of its own: the measures of given runs as quantstats and empyrical compute them.

Reads a file of `{name: {times, equity, budget, profits}}`, prints `{name: {measure: [values]}}`.
"""

import json
import sys
import types
import warnings
from pathlib import Path

# quantstats can fetch prices from the web; measuring needs none of that, and it is not installed.
sys.modules["yfinance"] = types.ModuleType("yfinance")

import empyrical
import pandas as pd
import quantstats.stats as quantstats

DAY = 86_400_000
A_YEAR = 365


def measured(run: dict) -> dict[str, list[float]]:
    """Return each measure as those have it who define it."""
    moments = pd.to_datetime(run["times"], unit="ms")
    equity = pd.Series(run["equity"], moments)
    daily = changes(equity.resample("D").last().dropna(), run["budget"])
    each = changes(equity, run["budget"])
    profits = pd.Series(run["profits"])
    # Both count days; we, the time from the first point to the last.
    per_year = len(daily) * A_YEAR * DAY / (run["times"][-1] - run["times"][0])
    falls = pd.Series(quantstats.to_drawdown_series(each).to_numpy(), moments)
    return {
        "total_return": [quantstats.comp(daily), empyrical.cum_returns_final(daily)],
        "cagr": [
            quantstats.cagr(daily, periods=per_year),
            empyrical.annual_return(daily, annualization=per_year),
        ],
        "max_drawdown": [empyrical.max_drawdown(each), falls.min()],
        "time_under_water": [float((falls < 0).mean())],
        "sharpe": [
            quantstats.sharpe(daily, periods=A_YEAR),
            empyrical.sharpe_ratio(daily, annualization=A_YEAR),
        ],
        "sortino": [
            quantstats.sortino(daily, periods=A_YEAR),
            empyrical.sortino_ratio(daily, annualization=A_YEAR),
        ],
        "calmar_of_days": [
            quantstats.calmar(daily, periods=per_year),
            empyrical.calmar_ratio(daily, annualization=per_year),
        ],
        "longest_in_days": [float(quantstats.drawdown_details(falls)["days"].max())],
        "profit_factor": [quantstats.profit_factor(profits, prepare_returns=False)],
        "win_rate": [quantstats.win_rate(profits, prepare_returns=False)],
    }


def changes(values: pd.Series, before: float) -> pd.Series:
    """Return the change at each point, the first one against what there was before."""
    return values / values.shift(1, fill_value=before) - 1


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    runs = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({name: measured(run) for name, run in runs.items()}, default=float))
