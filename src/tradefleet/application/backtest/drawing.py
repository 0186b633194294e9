"""What charts of a run draw: as many points as a screen can show, however long the run was."""

from decimal import Decimal
from typing import Any

import numpy as np

from tradefleet.application.backtest.report import worth_if_held
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.together import Together
from tradefleet.domain.candle import Candles, Floats, Times

POINTS = 600
PRECISION = 10  # digits that are kept of a price


def drawn(result: Result) -> dict[str, Any]:
    """Return price, equity and the worth of what was held all the time, thinned.

    `price` has rows of open time, open, high, low, close; `equity` of close time, equity, and the
    deepest fall below an earlier peak since the row before; `held` of close time and worth.
    """
    candles, amount = result.candles, result.setup.settings.trade_amount
    closes = candles.open_time + (candles.interval - 1)
    held = worth_if_held(result, float(amount))
    last = _bounds(len(closes))[1:] - 1
    return {
        "price": _bars(candles),
        "equity": _curve(closes, result.equity(), amount),
        "held": _rows(closes[last], held[last]),
    }


def drawn_together(together: Together) -> dict[str, Any]:
    """Return the equity of a wallet, thinned as in `drawn`; there is no single price."""
    closes = together.moments + (together.results[0].candles.interval - 1)
    return {
        "price": [],
        "equity": _curve(closes, together.owned.equity, together.amount),
        "held": [],
    }


def _bounds(count: int) -> Times:
    """Return where each point begins, and the end of the last one."""
    return np.unique(np.linspace(0, count, min(count, POINTS) + 1).astype(np.int64))


def _bars(candles: Candles) -> list[list[Any]]:
    bounds = _bounds(len(candles))
    begins, last = bounds[:-1], bounds[1:] - 1
    if not len(begins):
        return []
    high = np.maximum.reduceat(candles.high, begins)
    low = np.minimum.reduceat(candles.low, begins)
    times = candles.open_time[begins]
    return _rows(times, candles.open[begins], high, low, candles.close[last])


def _curve(closes: Times, equity: Floats, amount: Decimal) -> list[list[Any]]:
    bounds = _bounds(len(closes))
    begins, last = bounds[:-1], bounds[1:] - 1
    if not len(begins):
        return []
    fall = equity / np.maximum.accumulate(np.maximum(equity, float(amount))) - 1
    return _rows(closes[last], equity[last], np.minimum.reduceat(fall, begins))


def _rows(times: Times, *columns: Floats) -> list[list[Any]]:
    values = [[float(f"{value:.{PRECISION}g}") for value in column] for column in columns]
    return [list(row) for row in zip(times.tolist(), *values, strict=True)]
