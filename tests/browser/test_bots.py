"""What a person does with bots in a browser."""

import re
from decimal import Decimal
from typing import Any

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import World
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.domain.bot import Halt, Wish
from tradefleet.domain.order import ProtectionRequest, Purpose, Side
from tradefleet.ports.halts import BotReceipt, RestingOrder
from tradefleet.ports.journal import Intent, IntentState

pytestmark = pytest.mark.browser


def test_an_empty_fleet_leads_to_the_demonstration(visit: Visit):
    page = visit.open("/")
    expect(page.get_by_role("heading", name="No bots yet")).to_be_visible()
    page.get_by_role("button", name="Start a demo fleet of three").click()

    expect(page.locator(".bot-card")).to_have_count(3)
    assert [bot.wish for bot in visit.world.bots.all()] == [Wish.RUN] * 3


def test_a_wrong_amount_is_answered_at_its_field_and_nothing_is_lost(visit: Visit):
    page = visit.open("/bots/new")
    coin = page.get_by_role("combobox", name="Coin")
    coin.fill("eth")
    page.get_by_role("option", name="ETH / USDT").click()
    expect(coin).to_have_value("ETHUSDT")
    name, budget = page.get_by_label("Name", exact=True), page.get_by_label("Budget")
    name.fill("My <b>bot</b>")
    budget.fill("1e3")
    page.get_by_role("button", name="Create and start").click()
    expect(page.locator('[data-error="trade_amount"]')).to_contain_text("expected a number")
    expect(budget).to_be_focused()
    expect(name).to_have_value("My <b>bot</b>")
    expect(coin).to_have_value("ETHUSDT")
    visit.forgive("422")
    budget.fill("120")
    page.get_by_text("Parameters").click()
    page.get_by_label("rsi length").fill("21")
    page.get_by_role("button", name="Create and start").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("My <b>bot</b>")
    (bot,) = visit.world.bots.all()
    assert bot.wish is Wish.RUN
    assert bot.settings.parameters == {"rsi_length": 21}


def test_a_form_appears_only_when_filling_it_takes_nothing_from_who_types(visit: Visit):
    held: list[Any] = []
    visit.page.route("**/api/defaults", lambda route: held.append(route))
    page = visit.open("/bots/new")
    coin = page.get_by_role("combobox", name="Coin")
    expect(page.get_by_role("heading", name="New bot")).to_be_visible()
    expect(coin).to_be_hidden()
    held.pop().continue_()
    coin.fill("eth")

    expect(page.get_by_role("option", name="ETH / USDT")).to_be_visible()


def test_what_happens_appears_without_a_reload_and_leaves_the_focus(visit: Visit, world: World):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    page = visit.open("/")
    card = page.get_by_role("article", name="BTC Bot")
    link = card.get_by_role("link", name="Open BTC Bot")
    link.focus()
    lease = world.run(bot, waiting_for="waiting for RSI below 30 (now 41.2)", protection="exchange")
    expect(card).to_contain_text("waiting for RSI below 30 (now 41.2)")
    expect(card.locator(".status")).to_have_text("Running")
    world.trade(lease, Side.BUY, "0.001", "50000", 1)
    expect(card).to_contain_text("Protected at exchange")
    expect(link).to_be_focused()
    world.trade(lease, Side.SELL, "0.000999", "51000", 2)

    expect(card).to_contain_text("1 trade")
    closed = page.get_by_role("table").filter(has_text="Ended by")
    expect(closed).to_contain_text("Strategy")


def test_stopping_a_bot_that_holds_asks_how_and_hands_a_receipt(visit: Visit, world: World):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot, protection="exchange")
    world.trade(lease, Side.BUY, "0.001", "50000", 1)
    page = visit.open(f"/bot/{bot.id}")
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog", name="Stop BTC Bot?")
    expect(dialog.get_by_role("button", name="Sell 0.000999 BTC and stop")).to_be_visible()
    dialog.get_by_role("button", name="Keep as it is").click()
    assert world.bots.get(bot.id).wish is Wish.RUN
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog.get_by_role("button", name="Stop, keep it protected").click()

    expect(page.locator(".toast")).to_contain_text("BTC Bot")
    assert world.bots.get(bot.id).wish is Wish.STOP_KEEP


def test_many_bots_are_started_and_deleted_with_few_clicks(visit: Visit, world: World):
    for number in range(3):
        world.bot(f"Bot {number}")
    page = visit.open("/bots")
    page.get_by_role("checkbox", name="Choose all shown").check()
    expect(page.get_by_role("table")).to_contain_text("3 chosen bots")
    page.get_by_role("region", name="Chosen bots").get_by_role("button", name="Start").click()
    expect(page.locator(".toast")).to_contain_text("3 bots of 3")
    assert {bot.wish for bot in world.bots.all()} == {Wish.RUN}
    page.get_by_role("button", name="Cards").click()
    expect(page.locator(".bot-card")).to_have_count(3)
    page = visit.open("/bots")
    expect(page.locator(".bot-card")).to_have_count(3)
    page.get_by_role("link", name="Bot 1", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete the bot").click()

    expect(page).to_have_url(re.compile("/bots$"))
    assert len(world.bots.all()) == 2


def test_a_bot_is_changed_with_the_servers_words_at_the_field(visit: Visit, world: World):
    bot = world.bot()
    page = visit.open(f"/bot/{bot.id}#settings")
    stop = page.get_by_label("Stop loss", exact=True)
    expect(stop).to_have_value("2")
    stop.fill("100")
    expect(page.locator("#changes")).to_have_text("Changed: stop loss.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[data-error="stop_loss"]')).not_to_be_empty()
    visit.forgive("422")
    stop.fill("3.5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")

    settings = world.bots.get(bot.id).settings
    assert str(settings.stop_loss) == "3.5"
    assert settings.name == "BTC Bot"


def test_a_position_tells_how_long_it_had_no_stop(visit: Visit, world: World):
    lease = world.run(world.bot(), protection="exchange")
    world.trade(lease, Side.BUY, "0.001", "50000", 1)
    journal = SqlJournal(world.store, world.bots.get(1), lease)
    exits = ProtectionRequest(
        "L", "K", "T", "BTCUSDT", Decimal("0.00099"), Decimal(49000), None, Decimal(52500)
    )
    journal.record_intent(Intent(1, Purpose.PROTECTION, exits, world.clock.at))
    journal.settle_intent(1, IntentState.ACCEPTED, naked_ms=412)

    page = visit.open("/bot/1")

    expect(page.get_by_text("412 ms")).to_be_visible()


def test_the_chart_is_drawn_and_says_what_it_shows(visit: Visit, world: World):
    lease = world.run(world.bot(), protection="exchange")
    world.trade(lease, Side.BUY, "0.001", "50000", 1)
    page = visit.open("/bot/1")
    expect(page.locator("#price-chart canvas").first).to_be_visible()
    expect(page.locator("#legend")).to_contain_text("O ")
    page.get_by_role("button", name="1h", exact=True).click()

    expect(page.get_by_role("button", name="1h", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("#chart-symbol")).to_have_text("BTC/USDT")


def test_the_log_is_followed_searched_and_paused(visit: Visit, world: World):
    bot = world.bot()
    file = world.folder / f"bot_{bot.id}.log"
    file.write_text("2026-01-01 00:00:00,000 - INFO - started\n")
    page = visit.open(f"/bot/{bot.id}#log")
    log = page.get_by_role("log")
    expect(log).to_contain_text("started")
    with file.open("a") as end:
        end.write("2026-01-01 00:00:01,000 - ERROR - <b>refused</b>\n")
    expect(log).to_contain_text("<b>refused</b>")
    page.get_by_label("Search the log").fill("refused")
    expect(log).not_to_contain_text("started")
    page.get_by_label("Search the log").fill("")
    page.get_by_label("Least level shown").select_option("ERROR")
    expect(log.locator(".line")).to_have_count(1)
    page.get_by_role("button", name="Pause", exact=True).click()

    expect(page.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")


def test_tabs_are_addresses_and_follow_the_arrows(visit: Visit, world: World):
    bot = world.bot()
    page = visit.open(f"/bot/{bot.id}#orders")
    orders = page.get_by_role("tab", name="Orders")
    expect(orders).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("Nothing was sent to the exchange yet.")).to_be_visible()
    orders.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Trades")).to_be_focused()

    expect(page).to_have_url(re.compile("#trades$"))
    expect(page.get_by_role("tabpanel", name="Trades")).to_be_visible()


def test_the_question_why_is_answered_on_the_page(visit: Visit, world: World):
    bot = world.bot()
    page = visit.open(f"/bot/{bot.id}")
    page.get_by_role("button", name="Why isn't it trading?").click()

    why = page.get_by_role("region", name="Why is it not trading?")
    expect(why).to_contain_text("It is stopped.")
    expect(why).to_contain_text("Start it.")


def test_panic_needs_the_word(visit: Visit, world: World):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    page = visit.open("/")
    page.get_by_role("button", name="Stop all").click()
    dialog = page.get_by_role("dialog", name="Stop every bot now?")
    keep = dialog.get_by_role("button", name="Stop, keep positions protected")
    expect(keep).to_be_disabled()
    dialog.get_by_role("textbox").fill("STOP")
    keep.click()

    receipts = page.get_by_role("dialog", name="What the stop came to")
    expect(receipts).to_contain_text("not confirmed yet: it did not run")
    assert world.bots.get(bot.id).wish is Wish.STOP_KEEP
    halt = world.halts.standing()
    resting = RestingOrder(
        "tfp-1", "SELL", "STOP_LOSS", Decimal("0.002"), Decimal(0), Decimal(49_000)
    )
    told = BotReceipt(
        bot.id, 2, Halt.KEEP, world.clock.at, halt.id, Decimal(1), (resting,), checked=True
    )
    world.halts.leave(told)
    expect(receipts).to_contain_text("sell 0.002 stop 49,000")
    expect(receipts).to_contain_text("checked at the exchange")
    receipts.get_by_role("button", name="Close").click()

    banner = page.locator("#halt")
    expect(banner).to_contain_text("All bots are stopped, positions stay protected")
    expect(banner).to_contain_text("by you, in a browser")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    banner.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="End it, bots stay stopped").click()
    expect(banner).to_be_hidden()
    assert world.halts.standing() is None
    assert world.bots.get(bot.id).wish is Wish.STOP_KEEP


def test_a_new_bot_is_tried_on_the_past_from_its_form(visit: Visit):
    page = visit.open("/bots/new")
    page.get_by_role("combobox", name="Coin").fill("btc")
    page.get_by_role("option", name="BTC / USDT").click()
    page.get_by_role("button", name="How often would it have bought?").click()

    page.get_by_text("In the last 30 days it would").wait_for()
