"""Parity: a bot's own processes on recorded 5-minute candles, evaluated every 15 minutes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from benchmarks import Figure
from benchmarks.backtest import STEP, year
from tradefleet.application.backtest.run import run
from tradefleet.application.parity.comparison import compare
from tradefleet.bootstrap.backtest import Ready
from tradefleet.bootstrap.parity import Terms, walk
from tradefleet.domain.candle import DAY
from tradefleet.strategies.volatile import Volatile

DAYS = 7
QUARTER_DAYS = 92


def measure() -> Iterator[Figure]:
    """Play a week, starting up included; a quarter is what that makes of it."""
    whole = year("volatile", "15m")
    candles = whole.candles.between(0, whole.first + DAYS * DAY // STEP)
    settings = replace(whole.settings, price_cap=Decimal(0))
    setup = replace(whole, candles=candles, settings=settings)
    made = Ready(setup, Volatile(), {}, ())
    began = time.perf_counter()
    first: list[float] = []

    def go_on(_done: int, _all: int) -> bool:
        first[:] = first or [time.perf_counter()]
        return True

    walked = walk(made, Terms(setup.assumptions.fee), go_on)
    ended = time.perf_counter()
    compared = compare(run(replace(setup, instrument=walked.instrument), Volatile()), walked.lived)
    per_day = (ended - first[0]) / DAYS
    yield Figure("to start exchange and bot", f"{first[0] - began:.1f} s")
    yield Figure("an evaluation", f"{1_000 * (ended - first[0]) / compared.decisions:.1f} ms")
    yield Figure("a month of 30 days", f"{30 * per_day:.0f} s")
    quarter = first[0] - began + QUARTER_DAYS * per_day
    yield Figure("three months", f"{quarter:.0f} s", "<= 300 s")
    yield Figure("differences", str(len(compared.differences)), "0")
