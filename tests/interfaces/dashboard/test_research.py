"""Backtests and honesty tests over HTTP: what is refused, what is started, what comes home."""

from typing import Any

import pytest

from tests.interfaces.dashboard.played_result import played, played_together
from tests.interfaces.dashboard.world import Browser, World
from tradefleet.interfaces.cli.backtest import backtest_command
from tradefleet.interfaces.cli.optimise import optimise_command
from tradefleet.interfaces.cli.strategy import check_strategy
from tradefleet.ports.runs import State

ASKED = {
    "strategy": "volatile",
    "symbol": "BTCUSDT",
    "interval": "5m",
    "every": "15m",
    "trade_amount": "100",
}


def start(browser: Browser, **more: Any) -> Any:
    return browser.post("/api/backtests", {**ASKED, **more})


def test_a_backtest_is_started_as_the_command_that_a_person_would_type(
    browser: Browser, world: World
):
    answer = start(
        browser, fee_percent="0.075", start="2023-01-01", trailing_stop=1.5, price_cap="0.3"
    )

    assert answer.status_code == 202
    assert answer.json["state"] == "running"
    (words,) = world.runs.words
    assert words[:4] == ["backtest", "--json", "--drawn", "--progress=0.5"]
    assert {"--fee=0.00075", "--amount=100", "--start=2023-01-01"} <= set(words)
    assert {"--trailing-stop=1.5", "--price-cap=0.3"} <= set(words)
    made = backtest_command.make_context("backtest", words[1:])
    assert made.params["symbol"] == ("BTCUSDT",)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"strategy": "volatil"}, "strategy"),
        ({"strategy": "--help"}, "strategy"),
        ({"symbol": "--data=/etc/passwd"}, "symbol"),
        ({"interval": "7m"}, "interval"),
        ({"every": "7m"}, "every"),
        ({"stop_loss": 100}, "stop_loss"),
        ({"price_cap": 100}, "price_cap"),
        ({"trade_amount": 0}, "trade_amount"),
        ({"fee_percent": 51}, "fee_percent"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2023-02-30"}, "start"),
        ({"start": "2023-02-02", "end": "2023-02-01"}, "end"),
        ({"start": "2023-02-02", "end": "2023-02-02T00:00"}, "end"),
        ({"detail": "7m"}, "interval"),
        ({"parameters": {"no_such": 1}}, "parameters.no_such"),
        ({"more_symbols": ["BTCUSDT"]}, "symbol"),
        ({"more_symbols": ["ETHUSDT", "ETHUSDT"]}, "symbol"),
        ({"more_symbols": ["ETHUSDT"], "max_open": 3}, "max_open"),
        ({"max_open": 0}, "max_open"),
        ({"more": 1}, "more"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_at_its_field_and_starts_nothing(
    browser: Browser, world: World, wrong: dict[str, Any], field: str
):
    answer = start(browser, **wrong)

    assert answer.status_code == 422
    assert answer.json["field"] == field
    assert world.runs.words == []


def test_several_symbols_are_started_with_one_wallet(browser: Browser, world: World):
    answer = start(browser, more_symbols=["ETHUSDT", "SOLUSDT"], max_open=2)

    assert answer.status_code == 202
    made = backtest_command.make_context("backtest", world.runs.words[0][1:])
    assert made.params["symbol"] == ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    assert made.params["max_open"] == 2


def test_what_a_wallet_made_can_be_read_and_taken_home(browser: Browser, world: World):
    run = start(browser, more_symbols=["ETHUSDT", "SOLUSDT"]).json["id"]
    world.runs.end(run, played_together())
    page = browser.get(f"/backtest/{run}").get_data(as_text=True)

    assert "volatile on BTCUSDT, ETHUSDT, SOLUSDT" in page
    assert "What each symbol brought" in page
    assert f'href="/bots/new?run={run}&amp;symbol=ETHUSDT"' in page
    assert "What each symbol brought" in browser.get(f"/api/run/{run}/report").get_data(
        as_text=True
    )
    assert "ETHUSDT" in browser.get(f"/api/run/{run}/trades").get_data(as_text=True)


def test_a_check_is_started_on_kept_candles(browser: Browser, world: World):
    asked = {"strategy": "volatile", "symbol": "BTCUSDT", "interval": "5m"}
    given = {"rsi_period": 20, "rsi_oversold": 25.0}

    assert browser.post("/api/strategy-checks", {**asked, "parameters": given}).status_code == 202
    assert world.runs.words[0][-2:] == ["--", "volatile"]
    made = check_strategy.make_context("check", world.runs.words[0][2:])
    assert made.params["params"] == ("rsi_period=20", "rsi_oversold=25.0")
    wrong = browser.post("/api/strategy-checks", {**asked, "parameters": {"rsi_period": 1}})
    assert (wrong.status_code, wrong.json["field"]) == (422, "parameters.rsi_period")
    assert len(browser.get("/api/runs?kind=check").json["runs"]) == 1
    assert browser.get("/api/runs?kind=backtest").json["runs"] == []


def test_a_run_can_be_followed_cancelled_and_forgotten(browser: Browser, world: World):
    run = start(browser).json["id"]
    world.runs.change(run, share=0.5, progress="1 of 2 candles, about 1 s to go")

    assert browser.get(f"/api/run/{run}").json["share"] == 0.5
    assert browser.post(f"/api/run/{run}/cancel").json["state"] == State.CANCELLED
    assert browser.delete(f"/api/run/{run}").json == {"id": run, "forgotten": True}
    gone = browser.get(f"/api/run/{run}")
    assert (gone.status_code, gone.json["code"]) == (404, "unknown_run")


def test_a_result_can_be_taken_home_in_three_forms(browser: Browser, world: World):
    run = start(browser).json["id"]
    early = browser.get(f"/api/run/{run}/report")
    assert (early.status_code, early.json["code"]) == (409, "no_result")
    world.runs.end(run, played())

    for form, kind in (("report", "text/html"), ("trades", "text/csv"), ("document", "json")):
        answer = browser.get(f"/api/run/{run}/{form}")
        assert answer.status_code == 200
        assert kind in answer.content_type
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_only_a_backtest_has_a_report(browser: Browser, world: World):
    asked = {"strategy": "volatile", "symbol": "BTCUSDT", "interval": "5m"}
    run = browser.post("/api/strategy-checks", asked).json["id"]
    world.runs.end(run, {"honest": True})

    assert browser.get(f"/api/run/{run}/report").status_code == 409


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_learns_nothing(world: World, method: str):
    stranger = Browser(world.app().test_client())
    path = "/api/runs?kind=backtest" if method == "get" else "/api/backtests"

    assert getattr(stranger, method)(path).status_code == 401


def test_an_optimisation_plays_one_symbol(browser: Browser, world: World):
    run = start(browser, more_symbols=["ETHUSDT"]).json["id"]
    answer = browser.post("/api/optimisations", {"run": run, "space": {"stop_loss": "1:2"}})

    assert (answer.status_code, answer.json["field"]) == (422, "run")
    assert "expected a backtest of one symbol" in answer.json["detail"]


def test_an_optimisation_begins_with_a_backtest(browser: Browser, world: World):
    run = start(browser, parameters={"rsi_period": 20, "rsi_oversold": 25.0}).json["id"]
    body = {"run": run, "space": {"rsi_period": "5:20:1", "stop_loss": "1:4:0.5"}, "trials": 50}
    answer = browser.post("/api/optimisations", body)

    assert answer.status_code == 202
    words = world.runs.words[-1]
    assert words[0] == "optimise"
    assert {"--space=rsi_period=5:20:1", "--space=stop_loss=1:4:0.5", "--trials=50"} <= set(words)
    assert "--param=rsi_oversold=25.0" in words
    assert not any(word.startswith("--param=rsi_period") or word == "--drawn" for word in words)
    optimise_command.make_context("optimise", words[1:])


def test_the_walk_forward_is_asked_for_in_the_words_of_the_terminal(browser: Browser, world: World):
    run = start(browser).json["id"]
    body = {"run": run, "space": {"stop_loss": "1:4"}, "folds": 3, "train": 90, "test": 30}
    answer = browser.post("/api/optimisations", {**body, "anchored": True, "seed": 7})

    assert answer.status_code == 202
    made = optimise_command.make_context("optimise", world.runs.words[-1][1:]).params
    assert (made["folds"], made["train"], made["test"]) == (3, "90d", "30d")
    assert (made["anchored"], made["seed"]) == (True, 7)


def test_what_is_not_said_of_the_walk_forward_is_left_to_the_terminal(
    browser: Browser, world: World
):
    run = start(browser).json["id"]
    browser.post("/api/optimisations", {"run": run, "space": {"stop_loss": "1:4"}})

    made = optimise_command.make_context("optimise", world.runs.words[-1][1:]).params
    assert (made["folds"], made["train"], made["test"]) == (None, None, None)
    assert not made["anchored"]


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"run": "0" * 12}, 404, "run"),
        ({"space": {}}, 422, "space"),
        ({"space": {"no_such": "1:2"}}, 422, "space"),
        ({"space": {"stop_loss": "4:1"}}, 422, "space"),
        ({"trials": 1}, 422, "trials"),
        ({"method": "luck"}, 422, "method"),
        ({"folds": 0}, 422, "folds"),
        ({"folds": "some"}, 422, "folds"),
        ({"train": 13}, 422, "train"),
        ({"test": 4}, 422, "test"),
        ({"seed": -1}, 422, "seed"),
    ],
    ids=str,
)
def test_an_optimisation_that_cannot_be_is_refused(
    browser: Browser, world: World, wrong: dict[str, Any], status: int, field: str
):
    run = start(browser).json["id"]
    answer = browser.post(
        "/api/optimisations", {"run": run, "space": {"stop_loss": "1:2"}, **wrong}
    )

    assert (answer.status_code, answer.json["field"]) == (status, field)
    assert len(world.runs.words) == 1
