"""The optimisation page: the verdict first, and what was found is locked unless it holds."""

from copy import deepcopy

import pytest

from tests.browser.conftest import Visit, expect
from tests.browser.test_backtest import ASKED
from tests.interfaces.dashboard.played_optimisation import walked
from tests.interfaces.dashboard.world import World
from tradefleet.ports.runs import Kind

pytestmark = pytest.mark.browser


def searched(world: World, word: str = "") -> str:
    """Return the run of an optimisation, with a verdict of the test's choice."""
    asked = {**ASKED, "run": "000000000001-000000", "space": {"rsi_buy": "20:40:5"}}
    run = world.runs.start(Kind.OPTIMISE, [], asked).id
    found = deepcopy(walked())
    found["verdict"]["word"] = word or found["verdict"]["word"]
    world.runs.end(run, found)
    return str(run)


def test_without_a_backtest_the_page_leads_to_one(visit: Visit, world: World):
    page = visit.open("/optimise")

    expect(page.get_by_role("link", name="To the backtests")).to_be_visible()


def test_a_search_is_started_around_a_backtest(visit: Visit, world: World):
    run = world.runs.start(Kind.BACKTEST, [], {**ASKED, "parameters": {}}).id
    page = visit.open(f"/optimise?run={run}")
    page.get_by_label("rsi buy").fill("20:40:5")
    page.get_by_label("stop loss").fill("1,2,3")
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/optimise/0*")

    words = world.runs.words[-1]
    assert not any(word.startswith(("--folds", "--train", "--test", "--anch")) for word in words)
    assert {"--space=rsi_buy=20:40:5", "--space=stop_loss=1,2,3", "--trials=200"} <= set(words)


@pytest.mark.parametrize("visit", [390, 1440], indirect=True, ids=["phone", "desk"])
def test_the_walk_forward_is_cut_as_asked_and_kept_for_the_next_try(visit: Visit, world: World):
    run = world.runs.start(Kind.BACKTEST, [], {**ASKED, "parameters": {}}).id
    page = visit.open(f"/optimise?run={run}")
    page.get_by_text("Walk-forward").click()
    page.get_by_label("Folds").fill("three")
    page.get_by_label("Train", exact=True).fill("90")
    page.get_by_label("Test", exact=True).fill("30")
    page.get_by_label("Train from the first day").check()
    page.get_by_label("stop loss").fill("1,2,3")
    page.get_by_role("button", name="Start the search").click()
    expect(page.get_by_label("Folds")).to_be_focused()
    expect(page.get_by_text("valid integer")).to_be_visible()
    visit.forgive("422")
    page.get_by_label("Folds").fill("3")
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/optimise/0*")

    wanted = {"--folds=3", "--train=90d", "--test=30d", "--anchored", "--space=stop_loss=1,2,3"}
    assert wanted <= set(world.runs.words[-1])
    page = visit.open(f"/optimise?run={page.url.rsplit('/', 1)[1]}")
    expect(page.get_by_label("Train", exact=True)).to_have_value("90")
    expect(page.get_by_label("Train from the first day")).to_be_checked()
    expect(page.get_by_label("stop loss")).to_have_value("1,2,3")


def test_a_backtest_of_several_coins_is_not_offered(visit: Visit, world: World):
    world.runs.start(Kind.BACKTEST, [], {**ASKED, "more_symbols": ["ETHUSDT"]})
    page = visit.open("/optimise")

    expect(page.get_by_role("link", name="To the backtests")).to_be_visible()


def test_the_server_keeps_the_lock_when_the_page_is_gone_round(visit: Visit, world: World):
    page = visit.open(f"/bots/new?run={searched(world)}")

    expect(page.get_by_text("only what holds out of sample can be used for a bot")).to_be_visible()
    expect(page.get_by_role("button", name="Create and start")).to_be_disabled()
    visit.forgive("409")


def test_the_verdict_comes_first_and_locks_what_does_not_hold(visit: Visit, world: World):
    page = visit.open(f"/optimise/{searched(world)}")

    first = page.get_by_role("heading", level=2).first
    expect(first).to_have_text("Verdict")
    expect(page.get_by_text("no better than chance")).to_be_visible()
    expect(page.get_by_role("button", name="Use these settings on paper")).to_be_disabled()
    expect(page.locator(".folds tbody tr")).to_have_count(2)
    expect(page.locator(".heat")).to_be_visible()
    expect(page.get_by_label("Trials").locator("tbody tr")).to_have_count(len(walked()["trials"]))


def test_what_holds_may_be_tried_on_paper(visit: Visit, world: World):
    page = visit.open(f"/optimise/{searched(world, 'holds out of sample')}")
    page.get_by_role("link", name="Use these settings on paper").click()

    chosen = str(walked()["parameters"]["rsi_buy"])
    expect(page.locator('[name="parameters.rsi_buy"]')).to_have_value(chosen.removesuffix(".0"))
    stop = str(walked()["parameters"]["stop_loss"])
    expect(page.get_by_role("textbox", name="Stop loss")).to_have_value(stop.removesuffix(".0"))
    page.get_by_role("textbox", name="Name").fill("Tried")
    page.get_by_role("button", name="Create and start").click()
    page.wait_for_url("**/bot/*")

    (bot,) = world.bots.all()
    assert bot.settings.parameters["rsi_buy"] == walked()["parameters"]["rsi_buy"]


@pytest.mark.parametrize("visit", [375, 1440], indirect=True, ids=["phone", "desk"])
def test_no_page_of_it_scrolls_sideways(visit: Visit, world: World):
    for path in ("/optimise", f"/optimise/{searched(world)}"):
        page = visit.open(path)
        expect(page.locator(".skeleton:visible")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
