"""The strategy page: whether a backtest of a strategy can be believed, asked from its card."""

import pytest

from tests.browser.conftest import Visit, expect
from tests.browser.test_backtest import ASKED
from tests.interfaces.dashboard.world import World
from tradefleet.adapters.candles.catalogue import Holding
from tradefleet.ports.runs import Kind, State

pytestmark = pytest.mark.browser

BROKEN = {
    "honest": False,
    "checks": [
        {"law": "determinism", "held": True, "sentence": "a fresh instance says the same"},
        {"law": "look-ahead", "held": False, "sentence": "at the candle that closed 2023-01-02"},
        {"law": "warm-up", "held": None, "sentence": "cannot be told"},
    ],
    "remarks": ["it <i>never</i> said BUY"],
}


@pytest.fixture
def world(world: World) -> World:
    world.kept_candles = (
        Holding("", "BTCUSDT", "5m", rows=9, first=1, last=2),
        Holding("", "ETHUSDT", "1h", rows=9, first=1, last=2),
    )
    return world


def test_the_verdict_names_the_law_and_the_candle(visit: Visit, world: World):
    card = visit.open("/strategies").locator("#volatile")
    card.get_by_label("Candles to test on").select_option(label="ETHUSDT 1h")
    card.get_by_role("button", name="Test its honesty").click()
    expect(card.get_by_text("under way")).to_be_visible()
    (run,) = world.runs.runs
    assert world.runs.words[0][-4:] == ["--symbol=ETHUSDT", "--interval=1h", "--", "volatile"]
    world.runs.end(run, BROKEN)

    expect(card.get_by_text("Do not believe a backtest of it.")).to_be_visible()
    expect(card.locator("li", has_text="Does not look ahead")).to_contain_text("broken")
    expect(card.get_by_text("at the candle that closed 2023-01-02")).to_be_visible()
    expect(card.get_by_text("it <i>never</i> said BUY")).to_be_visible()
    expect(visit.open("/strategies").locator("#volatile").get_by_text("broken")).to_be_visible()


@pytest.mark.parametrize("visit", [390, 1440], indirect=True, ids=["phone", "desk"])
def test_other_parameters_are_tested_and_told(visit: Visit, world: World):
    page = visit.open("/strategies")
    card = page.locator("#volatile")
    card.get_by_text("With other parameters").click()
    card.get_by_label("rsi length").fill("none")
    card.get_by_role("button", name="Test its honesty").click()
    expect(card.get_by_label("rsi length")).to_be_focused()
    expect(card.get_by_text("a value of type int")).to_be_visible()
    visit.forgive("422")
    card.get_by_label("rsi length").fill("21")
    card.get_by_role("button", name="Test its honesty").click()
    expect(card.get_by_text("under way")).to_be_visible()
    (run,) = world.runs.runs
    assert "--param=rsi_length=21" in world.runs.words[0]
    world.runs.end(run, BROKEN)

    expect(card.get_by_text("on BTCUSDT 5m with rsi length 21")).to_be_visible()
    expect(card.get_by_label("rsi length")).to_have_value("21")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_settings_of_a_backtest_can_be_tested(visit: Visit, world: World):
    asked = {**ASKED, "symbol": "ETHUSDT", "interval": "1h"}
    run = world.runs.start(Kind.BACKTEST, [], asked).id
    card = visit.open(f"/strategies?run={run}").locator("#volatile")

    expect(card.get_by_label("votes")).to_be_visible()
    expect(card.get_by_label("votes")).to_have_value("3")
    expect(card.get_by_label("Candles to test on")).to_have_value("1")


def test_the_settings_of_a_bot_can_be_tested(visit: Visit, world: World):
    bot = world.bot()
    page = visit.open(f"/bot/{bot.id}#settings")
    page.get_by_role("link", name="Can a backtest of these parameters be believed?").click()

    expect(page.locator("#volatile").get_by_label("votes")).to_be_visible()


def test_a_test_that_came_to_nothing_says_why(visit: Visit, world: World):
    card = visit.open("/strategies").locator("#volatile")
    card.get_by_role("button", name="Test its honesty").click()
    expect(card.get_by_text("under way")).to_be_visible()
    (run,) = world.runs.runs
    world.runs.change(run, state=State.FAILED, problem="there are too few candles")

    expect(card.get_by_text("too few candles")).to_be_visible()


def test_without_candles_the_button_says_why_it_is_off(visit: Visit, world: World):
    world.kept_candles = ()
    button = visit.open("/strategies").locator("#volatile [data-check]")

    expect(button).to_be_disabled()
    expect(button).to_have_attribute(
        "title", "There are no candles to test on; see the page Backtest."
    )
