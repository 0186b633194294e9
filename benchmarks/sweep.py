"""Sweeps over a year of 5-minute candles (105,120): RSI, MACD, bands, stop, target, fees."""

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from benchmarks import Figure
from benchmarks.backtest import spent, year
from tradefleet.adapters.cores import Cores
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.sweep import Outcome, Sweep
from tradefleet.domain.strategy import MAX_WARMUP
from tradefleet.strategies.volatile import Volatile

JOBS = 2
GRID = {
    "rsi_length": (10, 12, 14, 16, 18),
    "rsi_buy": (25.0, 28.0, 31.0, 34.0, 37.0),
    "rsi_sell": (63.0, 66.0, 69.0, 72.0, 75.0),
    "macd_fast": (10, 12),
    "band_width": (1.8, 2.0, 2.2, 2.4),
}
PARAMETERS = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
USUAL = [(Decimal(2), Decimal(5))]
TERMS = [(Decimal(stop), Decimal(target)) for stop in (1, 2, 3, 4) for target in (3, 5, 7, 9, 11)]
CHECKED = 97  # every so many runs are held to the engine

Run = tuple[int, tuple[Decimal, Decimal]]  # place in PARAMETERS; stop and target


def measure() -> Iterator[Figure]:
    """Time sweeps on two cores; from CPU time, so that other work does not count."""
    for every in ("15m", "5m"):
        goal = ">= 1,000 a second" if every == "15m" else ""
        yield from _swept(every, f"1,000 parameters, every {every}", _runs(USUAL, 1), goal)
    yield from _swept("15m", "and 20 pairs of stop and target", _runs(TERMS, 20), "")


def _runs(terms: list[tuple[Decimal, Decimal]], step: int) -> list[Run]:
    return list(itertools.product(range(0, len(PARAMETERS), step), terms))


def _swept(every: str, what: str, runs: list[Run], goal: str) -> Iterator[Figure]:
    setup = year("volatile", every, MAX_WARMUP)
    sweep = Sweep(setup, Volatile)
    before, began = spent(), time.monotonic()
    found = dict(Cores(JOBS).each(lambda run: _outcome(sweep, run), runs))
    wall, cpu = time.monotonic() - began, spent() - before
    for run in runs[::CHECKED]:
        _compare(setup, run, found[run])
    rate = f"{JOBS * len(runs) / cpu:,.0f} a second on {JOBS} cores"
    yield Figure(what, f"{rate}, {cpu / len(runs) * 1e3:.2f} ms each", goal)
    yield Figure("the same, on the clock of a busy machine", f"{len(runs) / wall:,.0f} a second")


def _outcome(sweep: Sweep, run: Run) -> Outcome:
    place, terms = run
    return sweep.outcome(PARAMETERS[place], *terms)


def _compare(setup: Setup, run: Run, outcome: Outcome) -> None:
    place, (stop, target) = run
    terms = replace(setup.settings, stop_loss=stop, take_profit=target)
    parameters = PARAMETERS[place]
    result = jump(replace(setup, settings=terms), Volatile(**parameters))
    assert result is not None
    worth = float(result.equity()[-1] / float(terms.trade_amount) - 1)
    same_money = abs(worth - outcome.total_return) < 1e-9
    if not same_money or len(result.trades) != outcome.trades:
        sys.exit(f"a run of the sweep is not that of the engine: {parameters}")
