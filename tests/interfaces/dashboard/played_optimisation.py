"""The document of an optimisation that was really walked, on candles made up."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.interfaces.dashboard.played_result import QUICK
from tests.markets import random_market
from tradefleet.interfaces.cli import main

DAYS = 30
ASKED = ("optimise", "--strategy", "volatile", "--symbol", "BTCUSDT", "--method", "random")
SPACE = ("--space", "rsi_buy=20:40:5", "--space", "stop_loss=1:3:1", "--trials", "8", "--jobs", "1")


@cache
def walked() -> dict[str, Any]:
    """Return it, in two folds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "BTCUSDT-5m.csv"
        lines = [",".join(map(str, row[:6])) for row in random_market(3, DAYS * 288).klines()]
        path.write_text("open_time,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
        params = [word for item in QUICK.items() for word in ("--param", "{}={}".format(*item))]
        words = [*ASKED, "--data", str(path), *params, *SPACE, "--folds", "2", "--json"]
        told = CliRunner().invoke(main, words)
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)  # type: ignore[no-any-return]
