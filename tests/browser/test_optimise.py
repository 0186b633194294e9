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
    page.get_by_text("How time is cut").click()
    page.get_by_label("Parts to test on").fill("three")
    page.get_by_label("All before a test").check()
    page.get_by_role("button", name="Start the search").click()
    expect(page.locator('[data-error="folds"]')).not_to_be_empty()
    visit.forgive("422")
    page.get_by_label("Parts to test on").fill("3")
    page.get_by_role("button", name="Start the search").click()
    page.wait_for_url("**/optimise/0*")

    words = world.runs.words[-1]
    assert {"--space=rsi_buy=20:40:5", "--space=stop_loss=1,2,3", "--trials=200"} <= set(words)
    assert {"--folds=3", "--anchored"} <= set(words)


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


@pytest.mark.parametrize("visit", [375, 1440], indirect=True, ids=["phone", "desk"])
def test_no_page_of_it_scrolls_sideways(visit: Visit, world: World):
    for path in ("/optimise", f"/optimise/{searched(world)}"):
        page = visit.open(path)
        expect(page.locator(".skeleton:visible")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
