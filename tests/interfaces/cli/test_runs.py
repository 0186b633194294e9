"""What the dashboard starts, played in earnest: the real command, on candles that are kept."""

import os
import time
from typing import Any

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_backtest import write
from tests.interfaces.dashboard.test_research import ASKED
from tests.markets import random_market
from tradefleet.bootstrap.installation import installation
from tradefleet.interfaces.dashboard.research import words_of, words_of_search
from tradefleet.interfaces.dashboard.shapes import StartBacktest, StartCheck, StartOptimisation
from tradefleet.ports.runs import Kind, Run, Runs, State

PATIENCE_S = 120


def ended(runs: Runs, run: Run) -> Run:
    deadline = time.monotonic() + PATIENCE_S
    while (found := runs.get(run.id)).state is State.RUNNING:
        assert time.monotonic() < deadline, found
        os.sched_yield()
    return found


def test_backtests_and_checks_of_the_dashboard(terminal: Terminal):
    lines = [list(row[:6]) for row in random_market(3, 1_300).klines()]
    terminal.run("data", "import", write(terminal, lines, "BTCUSDT-5m.csv"))
    runs = installation(secrets=False).runs
    body = StartBacktest(**ASKED, parameters={"rsi_length": 7})
    backtest = ended(runs, runs.start(Kind.BACKTEST, words_of(body), {}))

    assert (backtest.state, backtest.problem) == (State.DONE, "")
    assert runs.document(backtest.id)["drawn"]["price"]
    assert backtest.brief["settings"]["parameters"]["rsi_length"] == 7

    asked = StartCheck(strategy="volatile", symbol="BTCUSDT", interval="5m")
    check = ended(runs, runs.start(Kind.CHECK, words_of(asked), {}))
    assert (check.state, check.problem) == (State.DONE, "")
    assert {found["law"] for found in runs.document(check.id)["checks"]} >= {"look-ahead"}

    other = StartBacktest(**{**ASKED, "symbol": "ETHUSDT"})
    failed = ended(runs, runs.start(Kind.BACKTEST, words_of(other), {}))
    assert failed.state is State.FAILED
    assert "ETHUSDT" in failed.problem


def test_a_file_from_the_browser_is_taken_in_or_refused_as_in_the_terminal(terminal: Terminal):
    made = installation(secrets=False)
    lines = [list(row[:6]) for row in random_market(3, 300).klines()]

    def taken(lines: list[list[object]]) -> dict[str, Any]:
        content = (terminal.here / write(terminal, lines)).read_bytes()
        upload = made.uploads.begin("BTCUSDT-5m.csv", len(content))
        made.uploads.append(upload, 0, content)
        words = ["data", "import", "--json"]
        file = made.uploads.complete(upload)
        run = ended(made.runs, made.runs.start(Kind.CANDLES, words, {}, file))
        (part,) = made.runs.document(run.id)["parts"]
        return part  # type: ignore[no-any-return]

    assert (taken(lines)["added"], taken(lines)["added"]) == (300, 0)
    lines[7][2] = 0
    assert "high" in taken(lines)["problem"]
    lines[7][2] = 10**9
    assert taken(lines)["conflicts"] == 1
    assert terminal.json("data", "list")[0]["rows"] == 300
    assert not list(terminal.home.rglob("*.csv"))


def test_an_optimisation_of_the_dashboard(terminal: Terminal):
    lines = [list(row[:6]) for row in random_market(3, 80 * 288).klines()]
    terminal.run("data", "import", write(terminal, lines, "BTCUSDT-5m.csv"))
    runs = installation(secrets=False).runs
    space = {"stop_loss": "2,3", "rsi_buy": "25:35:5"}
    body = StartOptimisation(run="", space=space, trials=4)
    words = words_of_search(body, StartBacktest(**ASKED, parameters={"rsi_buy": 40.0}))
    run = ended(runs, runs.start(Kind.OPTIMISE, words, {}))

    assert (run.state, run.problem) == (State.DONE, "")
    assert run.brief["verdict"]["word"]
    assert set(run.brief["parameters"]) == {"stop_loss", "rsi_buy"}
