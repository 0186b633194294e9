"""The measures of a backtest are those that quantstats and empyrical compute from the same run.

What they define otherwise is left out here, and docs/backtests.md says why.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.application.backtest.told import bot
from tests.conformance.clients import run_program
from tests.markets import random_market
from tradefleet.application.backtest.report import metrics
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.domain.candle import DAY, Candles
from tradefleet.strategies import BUILT_IN

PROGRAM = Path(__file__).parent / "measures.py"
SAME = ("total_return", "cagr", "sharpe", "sortino", "max_drawdown", "time_under_water")
OF_TRADES = ("profit_factor", "win_rate")
FREE = Assumptions(fee=bot().stop_loss * 0)


@cache
def runs() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Our measures of some runs, and what the others need to compute theirs."""
    played = {
        f"{key} on a random market": run(
            Setup(bot(every="15m"), random_market(seed, 30_000), 0, FREE), BUILT_IN[key]()
        )
        for seed, key in enumerate(("volatile", "simple_profitable"), start=1)
    }
    days = random_market(5, 1_200)
    columns = (days.open, days.high, days.low, days.close, days.volume)
    times = days.open_time[0] // DAY * DAY + np.arange(1_200) * DAY
    daily = Candles.from_arrays(DAY, times, *columns)
    settings = bot(interval="1d", every="1d")
    played["volatile on daily candles"] = run(
        Setup(settings, daily, 0, FREE), BUILT_IN["volatile"]()
    )
    return {
        name: (
            metrics(result),
            {
                "times": (result.candles.open_time + result.candles.interval - 1).tolist(),
                "equity": result.equity().tolist(),
                "budget": 100.0,
                "profits": [
                    float(trade.profit) for trade in result.trades if trade.exit_reason != "end"
                ],
            },
        )
        for name, result in played.items()
    }


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[float]]]:
    file = tmp_path_factory.mktemp("measures") / "runs.json"
    file.write_text(json.dumps({name: asked for name, (_, asked) in runs().items()}))
    told = run_program(PROGRAM, file)
    assert told.returncode == 0, told.stderr
    found: dict[str, dict[str, list[float]]] = json.loads(told.stdout)
    return found


NAMES = [
    "volatile on a random market",
    "simple_profitable on a random market",
    "volatile on daily candles",
]


@pytest.mark.parametrize("measure", [*SAME, *OF_TRADES])
@pytest.mark.parametrize("name", NAMES)
def test_a_measure_is_what_the_others_compute(theirs: dict, name: str, measure: str):
    ours = runs()[name][0][measure]

    assert ours
    assert theirs[name][measure] == pytest.approx([ours] * len(theirs[name][measure]), rel=1e-9)


def test_calmar_is_theirs_where_there_is_one_candle_a_day(theirs: dict):
    found = theirs["volatile on daily candles"]["calmar_of_days"]

    assert found == pytest.approx([runs()["volatile on daily candles"][0]["calmar"]] * 2)


def test_a_fall_lasts_from_its_peak_and_not_from_the_first_day_below(theirs: dict):
    ours = runs()["volatile on daily candles"][0]["longest_under_water"] / DAY

    (found,) = theirs["volatile on daily candles"]["longest_in_days"]

    assert ours - found in (0, 1)  # one more where the peak was reached again
