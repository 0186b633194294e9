"""Missing coins are shown with their choices, and the statement adds up before the eye."""

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import World
from tradefleet.domain.bot import Wish
from tradefleet.domain.order import Side
from tradefleet.ports.notices import Finding, Severity

pytestmark = pytest.mark.browser


@pytest.fixture
def short(world: World) -> World:
    """A bot that holds bitcoin which somebody sold by hand."""
    bot = world.bot()
    lease = world.run(bot)
    world.trade(lease, Side.BUY, "0.002", "50000", 1)
    world.leases.release(lease)
    world.clock.at += 1
    world.wallet("9999.9", BNB="0.3")
    text = (
        "the bot owns 0.001998 BTC, the account holds 0: 0.001998 BTC were withdrawn or traded "
        "by hand"
    )
    world.findings.open(Finding("shortfall_BTC", Severity.ACT, text, world.clock.at, bot.id))
    return world


@pytest.mark.parametrize("visit", [1440, 390], indirect=True)
def test_coins_sold_by_hand_are_settled_on_the_page(short: World, visit: Visit):
    page = visit.open("/")
    statement = page.locator("#statement")
    expect(statement).to_contain_text("\u22120.001998")

    expect(statement.locator("tr", has_text="BTC")).to_contain_text("BTC Bot")

    page.get_by_role("button", name="Settle…").click()
    page.get_by_role("button", name="Sold by hand: book the market price").click()

    expect(page.locator("#findings")).not_to_be_visible()
    expect(statement).not_to_contain_text("\u22120.001998")
    expect(statement).to_contain_text("99.9")
    assert not short.findings.all()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def cancelled(world: World) -> World:
    """A bot whose stop somebody cancelled; it rests again."""
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot)
    world.trade(lease, Side.BUY, "0.002", "50000", 1)
    world.clock.at += 1
    world.wallet("9900", BTC="0.001998")
    text = "the stop and target of 0.001998 BTC ended at the exchange, as if cancelled by hand"
    world.findings.open(Finding("protection_lost", Severity.ACT, text, world.clock.at, bot.id))
    return world


@pytest.mark.parametrize("visit", [1440, 390], indirect=True)
def test_a_cancelled_stop_is_seen_and_stays_placed(cancelled: World, visit: Visit):
    page = visit.open("/")
    page.get_by_role("button", name="Settle…").click()
    expect(page.locator("dialog")).to_contain_text("Its stop was cancelled")
    expect(page.locator("dialog")).to_contain_text("BTC Bot: the stop and target of 0.001998 BTC")
    page.get_by_role("button", name="Keep it protected: resume").click()

    expect(page.locator("#findings")).not_to_be_visible()
    assert not cancelled.findings.all()


@pytest.mark.parametrize("visit", [1440], indirect=True)
def test_a_cancelled_stop_may_be_taken_as_a_wish_to_sell(cancelled: World, visit: Visit):
    page = visit.open("/")
    page.get_by_role("button", name="Settle…").click()
    page.get_by_role("button", name="Sell now").click()

    expect(page.locator(".toast")).to_be_visible()
    assert cancelled.bots.get(1).wish is Wish.STOP_SELL


@pytest.mark.parametrize("visit", [1440], indirect=True)
def test_a_cancelled_entry_may_pause_the_bot(cancelled: World, visit: Visit):
    cancelled.findings.close("protection_lost", 1)
    now = cancelled.clock.at
    cancelled.findings.open(Finding("entry_cancelled", Severity.ACT, "cancelled", now, 1))
    page = visit.open("/")
    expect(page.locator("#findings")).to_have_text("BTC Bot: cancelledSettle…")
    page.get_by_role("button", name="Settle…").click()
    page.get_by_role("button", name="Pause it").click()

    expect(page.locator("#findings")).not_to_be_visible()
    assert cancelled.bots.get(1).wish is Wish.PAUSE
