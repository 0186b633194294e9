"""From research to a bot: what is handed out, and that the server itself keeps the lock."""

from typing import Any

import pytest

from tests.interfaces.dashboard.world import Browser, World
from tradefleet.domain.verdict import Word
from tradefleet.ports.runs import Kind, State

ASKED = {
    "strategy": "volatile",
    "symbol": "BTCUSDT",
    "interval": "5m",
    "every": "30m",
    "trade_amount": "150",
    "stop_loss": "2",
    "take_profit": "5",
    "fee_percent": "0.1",
    "parameters": {"rsi_period": 20, "rsi_oversold": 25.0},
}
CHOSEN = {"rsi_oversold": 31.5, "stop_loss": 3.5}
BOT = {"name": "B", "symbol": "BTCUSDT", "strategy": "volatile", "trade_amount": "150"}
LOCKED = [Word.CHANCE, Word.WEAK, Word.UNTOLD]


def searched(world: World, word: str) -> str:
    """Return a search that ended with a verdict."""
    asked = {**ASKED, "run": "000000000001-000000", "space": {"stop_loss": "1:4"}}
    run = world.runs.start(Kind.OPTIMISE, [], asked).id
    world.runs.end(run, {"verdict": {"word": str(word), "reasons": []}, "parameters": CHOSEN})
    return str(run)


def handed_out(browser: Browser, run: str, symbol: str = "") -> Any:
    return browser.get(f"/api/run/{run}/bot-settings?symbol={symbol}")


def test_a_backtest_hands_out_what_was_asked_of_it(browser: Browser, world: World):
    run = world.runs.start(Kind.BACKTEST, [], {**ASKED, "price_cap": "0.3"}).id
    said = handed_out(browser, run).json

    assert said == {name: value for name, value in ASKED.items() if name != "fee_percent"} | {
        "price_cap": "0.3"
    }


def test_a_backtest_from_before_there_was_a_cap_bought_at_market(browser: Browser, world: World):
    run = world.runs.start(Kind.BACKTEST, [], ASKED).id

    assert handed_out(browser, run).json["price_cap"] == "0"


def test_one_of_several_symbols_is_chosen(browser: Browser, world: World):
    run = world.runs.start(Kind.BACKTEST, [], {**ASKED, "more_symbols": ["ETHUSDT"]}).id

    assert handed_out(browser, run).json["symbol"] == "BTCUSDT"
    assert handed_out(browser, run, "ETHUSDT").json["symbol"] == "ETHUSDT"
    assert handed_out(browser, run, "SOLUSDT").json["field"] == "symbol"


def test_what_held_is_handed_out_in_the_place_of_what_was_asked(browser: Browser, world: World):
    said = handed_out(browser, searched(world, Word.HOLDS)).json

    assert said["parameters"] == {"rsi_period": 20, "rsi_oversold": 31.5}
    assert (said["stop_loss"], said["take_profit"]) == (3.5, "5")


@pytest.mark.parametrize("word", LOCKED)
def test_what_does_not_hold_is_not_handed_out(browser: Browser, world: World, word: Word):
    answer = handed_out(browser, searched(world, word))

    assert (answer.status_code, answer.json["code"]) == (409, "locked")
    assert word in answer.json["detail"]


@pytest.mark.parametrize("word", LOCKED)
def test_what_does_not_hold_makes_no_bot(browser: Browser, world: World, word: Word):
    answer = browser.post("/api/create-bot", {**BOT, "from_run": searched(world, word)})

    assert (answer.status_code, answer.json["field"]) == (409, "from_run")
    assert not world.bots.all()


def test_what_held_makes_a_bot_on_paper(browser: Browser, world: World):
    body = {**BOT, "from_run": searched(world, Word.HOLDS)}

    assert browser.post("/api/create-bot", body).status_code == 201


@pytest.mark.parametrize("mode", ["live", "testnet"])
def test_what_held_is_for_paper_alone(world: World, mode: str):
    world.settings = {"trading_mode": mode}
    browser = Browser(world.app().test_client())
    browser.log_in()
    run = searched(world, Word.HOLDS)

    assert handed_out(browser, run).json["code"] == "locked"
    assert browser.post("/api/create-bot", {**BOT, "from_run": run}).json["code"] == "locked"
    assert "on paper first" in handed_out(browser, run).json["detail"]


def test_a_search_under_way_and_a_test_hand_out_nothing(browser: Browser, world: World):
    begun = world.runs.start(Kind.OPTIMISE, [], {**ASKED, "space": {}}).id
    check = world.runs.start(Kind.CHECK, [], {"strategy": "volatile", "symbol": "BTCUSDT"}).id
    world.runs.change(check, state=State.DONE)

    assert handed_out(browser, begun).json["code"] == "locked"
    assert handed_out(browser, check).json["code"] == "locked"


def test_a_run_that_nobody_knows_makes_no_bot(browser: Browser, world: World):
    answer = browser.post("/api/create-bot", {**BOT, "from_run": "0" * 12})

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_run")
    assert not world.bots.all()
