"""The statement, and what a person says about coins that are missing."""

from decimal import Decimal

import pytest

from tests.interfaces.dashboard.world import Browser, World
from tradefleet.domain.bot import Bot, Wish
from tradefleet.domain.order import Side
from tradefleet.ports.notices import Finding, Severity


def lines(browser: Browser) -> dict[str, tuple[str, str, str]]:
    told = browser.get("/api/statement").json["assets"]
    for row in told:
        assert Decimal(row["bots"]) + Decimal(row["unallocated"]) == Decimal(row["wallet"])
        assert sum(Decimal(holder["amount"]) for holder in row["holders"]) == Decimal(row["bots"])
    return {row["asset"]: (row["bots"], row["unallocated"], row["wallet"]) for row in told}


@pytest.fixture
def holding(world: World) -> Bot:
    """A bot that holds 0.001998 bitcoin, and a wallet in which all of it is."""
    bot = world.bot()
    lease = world.run(bot)
    world.trade(lease, Side.BUY, "0.002", "50000", 1)
    world.leases.release(lease)
    world.clock.at += 1
    world.wallet("9900", BTC="0.001998")
    return bot


def settle(browser: Browser, bot: Bot, choice: str) -> tuple[int, str]:
    answer = browser.post(f"/api/bot/{bot.id}/settle", {"choice": choice})
    return answer.status_code, answer.json.get("sentence") or answer.json["code"]


def test_bots_and_rest_are_the_wallet_to_the_last_digit(
    world: World, browser: Browser, holding: Bot
):
    world.wallet("9900.00000001", BTC="0.00199801", BNB="0.3")

    assert lines(browser) == {
        "BNB": ("0", "0.3", "0.3"),
        "BTC": ("0.001998", "0.00000001", "0.00199801"),
        "USDT": ("0", "9900.00000001", "9900.00000001"),
    }


def test_A3_coins_sold_by_hand_are_adopted_at_the_market_price(
    world: World, browser: Browser, holding: Bot
):
    world.wallet("9999.9")
    world.findings.open(Finding("shortfall_BTC", Severity.ACT, "gone", 1, holding.id))

    assert settle(browser, holding, "adopt")[0] == 200

    books = world.records.totals()[holding.id]
    assert (books.quantity, books.cash, books.profit) == (0, Decimal("99.9"), Decimal("-0.1"))
    assert world.records.trades()[0][1].exit_reason == "outside"
    assert lines(browser)["USDT"] == ("99.9", "9900", "9999.9")
    assert not world.findings.all()
    assert world.activities.newest()[0].action == "adopt"
    assert settle(browser, holding, "adopt") == (422, "nothing_missing")


def test_proceeds_that_are_not_in_the_wallet_are_never_invented(
    world: World, browser: Browser, holding: Bot
):
    world.wallet("99")

    assert settle(browser, holding, "adopt") == (422, "no_proceeds")
    assert world.records.totals()[holding.id].quantity == Decimal("0.001998")


def test_a_part_that_is_missing_is_all_that_is_written_off(
    world: World, browser: Browser, holding: Bot
):
    world.wallet("9900", BTC="0.001")

    code, sentence = settle(browser, holding, "write-off")

    assert (code, sentence) == (200, "BTC Bot wrote off 0.000998 BTC")
    books = world.records.totals()[holding.id]
    assert (books.quantity, books.cash) == (Decimal("0.001"), 0)
    assert lines(browser)["BTC"] == ("0.001", "0", "0.001")


def test_resuming_needs_the_coins_to_be_back(world: World, browser: Browser, holding: Bot):
    world.wallet("9900", BTC="0.001")
    assert settle(browser, holding, "resume") == (422, "still_missing")

    world.wallet("9900", BTC="0.002")
    assert settle(browser, holding, "resume")[0] == 200


def test_A2_money_that_was_withdrawn_makes_the_amount_smaller(world: World, browser: Browser):
    bot = world.bot(amount="100")
    world.wallet("60")

    assert settle(browser, bot, "adopt") == (422, "no_coins_missing")
    assert settle(browser, bot, "write-off") == (
        200,
        "BTC Bot wrote off 40 USDT of its cash",
    )
    assert world.bots.get(bot.id).settings.trade_amount == 60


def test_a_bot_that_should_run_goes_on_after_it_was_settled(
    world: World, browser: Browser, holding: Bot
):
    world.bots.wish(holding.id, Wish.RUN)
    world.wallet("9999.9")

    assert settle(browser, holding, "adopt")[0] == 200
    assert world.bots.get(holding.id).wish is Wish.RUN


def test_a_bot_that_does_not_stop_is_left_as_it_is(world: World, browser: Browser, holding: Bot):
    world.run(holding)
    world.bots.wish(holding.id, Wish.RUN)
    world.wallet("9999.9")

    assert settle(browser, holding, "adopt") == (422, "still_running")
    assert world.bots.get(holding.id).wish is Wish.RUN
    assert world.records.totals()[holding.id].quantity == Decimal("0.001998")


def test_an_old_wallet_settles_nothing(world: World, browser: Browser, holding: Bot):
    lease = world.run(holding)
    world.clock.at += 1_000
    world.trade(lease, Side.SELL, "0.00199", "50000", 2)

    assert settle(browser, holding, "write-off") == (422, "not_known_yet")


@pytest.mark.parametrize("code", ["protection_lost", "entry_cancelled"])
def test_A4_what_somebody_did_to_a_bot_s_orders_is_over_once_it_was_seen(
    world: World, browser: Browser, holding: Bot, code: str
):
    world.findings.open(Finding(code, Severity.ACT, "cancelled", 1, holding.id))

    assert settle(browser, holding, "write-off") == (422, "nothing_missing")
    assert world.findings.all()
    assert settle(browser, holding, "resume")[0] == 200
    assert not world.findings.all()
    assert world.activities.newest()[0].action == "resume"
