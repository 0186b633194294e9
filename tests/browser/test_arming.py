"""Arming a bot for real money, in a browser."""

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import TOKEN, World
from tradefleet.domain.bot import Wish

pytestmark = pytest.mark.browser


@pytest.fixture
def live_world(world: World) -> World:
    """A world that trades real money, with a key that may trade and nothing else."""
    world.settings = {"trading_mode": "live"}
    rights = {"trade": True, "withdraw": False, "fixed_address": True, "key": "abc"}
    world.snapshots.put("rights", rights, world.clock.at)
    return world


def test_a_bot_is_armed_with_its_symbol_and_the_token_typed_again(live_world: World, visit: Visit):
    bot = live_world.bot()
    page = visit.open(f"/bot/{bot.id}")
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    expect(start).to_have_attribute("title", "Arm it for real money first.")

    page.get_by_role("button", name="Arm for real money").click()
    dialog = page.get_by_role("dialog", name="Arm for real money")
    dialog.get_by_label("Type its symbol again").fill("ETHUSDT")
    dialog.get_by_label("Most one buy may spend").fill("50")
    dialog.get_by_label("Password or token").fill(TOKEN)
    dialog.get_by_role("button", name="Arm it").click()
    expect(dialog).to_contain_text("expected the bot's symbol typed again")
    dialog.get_by_label("Type its symbol again").fill("BTCUSDT")
    dialog.get_by_role("button", name="Arm it").click()

    expect(page.locator("#bot-actions")).to_contain_text("at most 50.00 USDT a buy")
    start.click()
    expect(page.locator(".toast").last).to_contain_text("starts")
    assert live_world.bots.get(bot.id).wish is Wish.RUN
    visit.forgive("422")
