"""What may veto an entry, and how far it is: on the bot's page and in the strip of every page."""

from dataclasses import replace

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import World
from tradefleet.domain.bot import Bot
from tradefleet.domain.order import Side

pytestmark = pytest.mark.browser


@pytest.fixture
def limited(world: World) -> Bot:
    """A fleet that may lose 6 USDT a day, whose bot with four rules has lost 3.19."""
    world.settings["daily_loss_limit"] = "6"
    bot = world.bot()
    rules = {"daily_loss": {}, "loss_streak": {"losses": 1}, "spread": {}, "open_bots": {}}
    world.bots.update(bot.id, replace(bot.settings, rules=rules), bot.version)
    lease = world.run(bot)
    world.trade(lease, Side.BUY, "0.002", "50000", 1)
    world.trade(lease, Side.SELL, "0.001998", "48500", 2)
    return bot


def test_a_bots_page_tells_how_far_each_rule_is(limited: Bot, visit: Visit) -> None:
    page = visit.open(f"/bot/{limited.id}")

    card = page.locator("#rules-card")
    expect(card).to_contain_text("1 in the way")
    expect(card).to_contain_text("lost 3.19 of 5 USDT today")
    expect(card).to_contain_text("1 of 1 losses in a row")
    expect(card).to_contain_text("looked at when it wants to buy")
    expect(page.locator("#strip-limit")).to_have_text("2.81 left")


@pytest.mark.parametrize("visit", [390], indirect=True)
def test_the_strip_has_room_for_the_limit_on_a_phone(limited: Bot, visit: Visit) -> None:
    page = visit.open(f"/bot/{limited.id}")

    expect(page.locator("#strip-limit")).to_be_visible()
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0


def test_a_reached_limit_is_counted_anew_by_hand(limited: Bot, visit: Visit, world: World) -> None:
    lease = world.leases.all()[limited.id].lease
    world.trade(lease, Side.BUY, "0.002", "48000", 3)
    world.trade(lease, Side.SELL, "0.001998", "46500", 4)
    page = visit.open("/")
    expect(page.locator("#strip-limit")).to_have_text("reached")

    page.click("#loss-limit")
    page.click("text=Count anew, let bots buy")

    expect(page.locator("#strip-limit")).to_have_text("6.00 left")
    assert world.activities.newest(1)[0].action == "reset_loss_limit"


def test_without_a_limit_the_strip_says_nothing_of_it(visit: Visit) -> None:
    expect(visit.open("/").locator("#loss-limit")).to_be_hidden()
