"""The pages of backtests: a form from the strategy's parameters, results, runs side by side."""

from typing import Any

import pytest

from tests.browser.conftest import PATIENCE_MS, Visit, expect
from tests.interfaces.dashboard.played_result import played, played_together
from tests.interfaces.dashboard.world import World
from tradefleet.adapters.candles.catalogue import Holding
from tradefleet.domain.recording import Gaps
from tradefleet.ports.runs import Kind, State

pytestmark = pytest.mark.browser

YEAR = (1_672_531_200_000, 1_704_066_900_000)
ASKED = {
    "strategy": "volatile", "symbol": "BTCUSDT", "interval": "5m", "every": "15m",
    "trade_amount": "100", "stop_loss": "3", "take_profit": "5", "price_cap": "0.5",
    "fee_percent": "0.075", "parameters": {"votes": 3}, "start": "2023-02-01",
}  # fmt: skip


@pytest.fixture
def world(world: World) -> World:
    gaps = Gaps(count=1, candles=16)
    world.kept_candles = (
        Holding("", "BTCUSDT", "1m", rows=525_600, first=YEAR[0], last=YEAR[1]),
        Holding("", "BTCUSDT", "5m", rows=105_104, first=YEAR[0], last=YEAR[1], gaps=gaps),
    )
    return world


def ended(world: World, stop_loss: str = "2") -> str:
    run = world.runs.start(Kind.BACKTEST, [], {**ASKED, "stop_loss": stop_loss}).id
    world.runs.end(run, played(stop_loss))
    return str(run)


def test_without_candles_the_page_says_how_to_get_some(visit: Visit, world: World):
    world.kept_candles = ()
    page = visit.open("/backtest")

    expect(page.get_by_text("tradefleet data import")).to_be_visible()
    expect(page.get_by_role("button", name="Start the backtest")).to_be_hidden()


def test_the_form_starts_what_it_shows(visit: Visit, world: World):
    page = visit.open("/backtest")
    page.get_by_label("Candles", exact=True).select_option(
        label="BTCUSDT 5m, 2023-01-01 to 2023-12-31"
    )
    expect(page.get_by_text("105,104 candles, 16 candles missing")).to_be_visible()
    page.get_by_label("From").fill("2023-03-01")
    page.get_by_text("Parameters", exact=False).first.click()
    page.get_by_label("votes").fill("3")
    page.get_by_role("button", name="Start the backtest").click()
    page.wait_for_url("**/backtest/0*")

    (words,) = world.runs.words
    wanted = {"--symbol=BTCUSDT", "--interval=5m", "--start=2023-03-01", "--param=votes=3"}
    wanted |= {"--price-cap=0.3"}  # as a new bot has it
    assert wanted <= set(words)


@pytest.mark.parametrize("visit", [390, 1440], indirect=True, ids=["phone", "desk"])
def test_several_coins_share_a_wallet(visit: Visit, world: World):
    sol = Holding("", "SOLUSDT", "15m", rows=9, first=YEAR[0], last=YEAR[1])
    eth = Holding("", "ETHUSDT", "5m", rows=9, first=YEAR[0], last=YEAR[1])
    world.kept_candles = (*world.kept_candles, eth, sol)
    page = visit.open("/backtest")
    page.get_by_label("Candles", exact=True).select_option(
        label="BTCUSDT 5m, 2023-01-01 to 2023-12-31"
    )
    page.get_by_text("More coins with the same wallet").click()
    choice = page.get_by_role("group", name="More coins")
    expect(choice.get_by_label("SOLUSDT")).to_be_hidden()  # its candles are longer
    choice.get_by_label("ETHUSDT").check()
    expect(page.get_by_text("2 coins together")).to_be_visible()
    expect(page.get_by_text("The wallet begins with 2 × 100.00 = 200.00.")).to_be_visible()
    page.get_by_label("Positions at once").select_option("1")
    expect(page.get_by_text("The wallet begins with 1 × 100.00 = 100.00.")).to_be_visible()
    page.get_by_text("Rhythm, fees, sizing").click()
    expect(page.get_by_label("Finer candles").locator("option")).to_have_count(1)  # BTC's alone
    page.get_by_label("Length of a candle").select_option("15m")
    expect(choice.get_by_label("SOLUSDT")).to_be_visible()
    expect(choice.get_by_label("ETHUSDT")).to_be_checked()
    expect(page.get_by_label("Finer candles").locator("option")).to_have_count(2)  # both have 5m
    page.get_by_role("button", name="Start the backtest").click()
    page.wait_for_url("**/backtest/0*")

    (words,) = world.runs.words
    assert [w for w in words if w.startswith(("--symbol", "--max-open"))] == [
        "--symbol=BTCUSDT", "--symbol=ETHUSDT", "--max-open=1",
    ]  # fmt: skip


@pytest.mark.parametrize("visit", [390, 1440], indirect=True, ids=["phone", "desk"])
def test_the_result_says_what_each_symbol_brought(visit: Visit, world: World):
    asked = {**ASKED, "parameters": {}, "more_symbols": ["ETHUSDT", "SOLUSDT"], "max_open": 2}
    run = world.runs.start(Kind.BACKTEST, [], asked).id
    world.runs.end(run, played_together())
    page = visit.open(f"/backtest/{run}")

    rows = page.get_by_label("Symbols").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Optimise")).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("link", name="SOLUSDT").click()
    expect(page.get_by_role("combobox", name="Coin")).to_have_value("SOLUSDT")
    page = visit.open(f"/backtest?run={run}")
    expect(page.get_by_label("From")).to_have_value("2023-02-01")
    expect(page.get_by_label("SOLUSDT")).to_have_count(0)  # no candles of it are kept any more
    expect(page.get_by_role("link", name="volatile on BTCUSDT and 2 more, 5m")).to_be_visible()


def test_a_wrong_field_keeps_everything_else(visit: Visit, world: World):
    page = visit.open("/backtest")
    page.get_by_label("Amount").fill("nothing")
    page.get_by_label("Take profit").fill("7")
    page.get_by_role("button", name="Start the backtest").click()

    expect(page.get_by_label("Amount")).to_be_focused()
    expect(page.get_by_label("Take profit")).to_have_value("7")
    assert not world.runs.words
    visit.forgive("422")


def test_progress_becomes_the_result_by_itself(visit: Visit, world: World):
    run = world.runs.start(Kind.BACKTEST, [], ASKED).id
    page = visit.open(f"/backtest/{run}")
    expect(page.get_by_text("Under way")).to_be_visible()
    world.runs.change(run, share=0.5, progress="1 of 2 candles, about 3 s to go")
    expect(page.get_by_text("about 3 s to go")).to_be_visible()
    world.runs.end(run, played())

    expect(page.get_by_role("heading", name="Equity")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="Report")).to_be_visible()


def test_cancelling_asks_the_run_to_end(visit: Visit, world: World):
    run = world.runs.start(Kind.BACKTEST, [], ASKED).id
    page = visit.open(f"/backtest/{run}")
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("You cancelled it before anything was played.")).to_be_visible()
    assert world.runs.get(run).state is State.CANCELLED


def test_a_failed_run_says_why_as_text(visit: Visit, world: World):
    run = world.runs.start(Kind.BACKTEST, [], ASKED).id
    world.runs.change(run, state=State.FAILED, problem="<img src=x onerror=alert(1)> is no file")
    page = visit.open(f"/backtest/{run}")

    expect(page.get_by_text("<img src=x onerror=alert(1)> is no file")).to_be_visible()


def test_the_settings_of_a_run_become_a_bots(visit: Visit, world: World):
    run = ended(world, "3")
    page = visit.open(f"/backtest/{run}")
    page.get_by_role("link", name="Use these settings for a bot").click()

    expect(page.get_by_role("combobox", name="Coin")).to_have_value("BTCUSDT")
    expect(page.locator("[name=price_cap]")).to_have_value("0.5")
    expect(page.get_by_role("textbox", name="Stop loss")).to_have_value("3")
    expect(page.locator('[name="parameters.votes"]')).to_have_value("3")


def test_a_run_can_be_changed_and_run_again(visit: Visit, world: World):
    page = visit.open(f"/backtest?run={ended(world)}")

    expect(page.get_by_label("From")).to_have_value("2023-02-01")
    expect(page.get_by_label("Fee")).to_have_value("0.075")
    expect(page.get_by_label("votes")).to_have_value("3")


def test_runs_are_compared_and_deleted(visit: Visit, world: World):
    first, second = ended(world, "2"), ended(world, "1")
    page = visit.open("/backtest")
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_disabled()
    boxes = page.locator("#runs").get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.check()
    compare.click()
    expect(page.get_by_role("heading", name="In what they differ")).to_be_visible()
    expect(page.get_by_role("cell", name="stop loss")).to_be_visible()
    page = visit.open("/backtest")
    page.get_by_role("button", name="Delete").first.click()

    expect(page.locator("#runs tr")).to_have_count(1)
    assert list(world.runs.runs) == [first]
    assert second != first


@pytest.mark.parametrize("visit", [375, 1440], indirect=True, ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_research_scrolls_sideways(visit: Visit, world: World, scheme: str):
    first, second = ended(world, "2"), ended(world, "1")
    visit.page.emulate_media(color_scheme=scheme)
    paths = ("/backtest", f"/backtest/{first}", f"/backtest/compare?run={first}&run={second}")
    too_wide: dict[str, Any] = {}
    for path in paths:
        page = visit.open(path)
        expect(page.locator(".skeleton:visible")).to_have_count(0)
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            too_wide[path] = width

    assert not too_wide
