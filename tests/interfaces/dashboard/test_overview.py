"""The overview: every figure of the fleet, out of the store alone."""

import json
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from tests.interfaces.dashboard.test_bots import hold
from tests.interfaces.dashboard.world import NOW, TOKEN, Browser, World
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.tables import snapshots
from tradefleet.application.overview import thin
from tradefleet.domain.bot import Status, Wish
from tradefleet.domain.candle import DAY, HOUR
from tradefleet.domain.order import ProtectionRequest, Purpose, Side
from tradefleet.ports.fleet import Heartbeat
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import EquityPoint


def test_an_empty_fleet_has_zeroes_where_they_are_measured(browser: Browser):
    said = browser.get("/api/overview").json

    assert (said["mode"], said["market"], said["quote"]) == ("paper", "synthetic", "USDT")
    assert said["bots"] == said["recent_trades"] == said["findings"] == []
    assert said["totals"]["profit"] == "0"
    assert said["totals"]["profit_percent"] is None
    assert said["balance"]["unallocated"] == said["balance"]["equity"] == "10000"
    assert said["health"]["state"] == "ok"
    assert said["launcher"] == {"name": "host", "sentence": "Bots run in the host."}


def test_what_was_never_measured_is_null_and_not_zero(world: World):
    with world.store.write() as connection:
        connection.execute(delete(snapshots))
    bot = world.bot()
    client = world.app().test_client()

    said = client.get("/api/overview", headers={"Authorization": f"Bearer {TOKEN}"}).json

    balance = said["balance"]
    assert {balance[key] for key in ("free", "locked", "unallocated", "equity", "difference")} == {
        None
    }
    assert said["bots"][0]["price"] is None
    assert said["bots"][0]["equity"] == str(bot.settings.trade_amount)
    assert said["health"]["state"] == "act"
    assert {process["age_ms"] for process in said["health"]["processes"]} == {None}


def test_a_running_bot_shows_what_it_does(world: World, browser: Browser):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    world.run(bot, waiting_for="RSI below 30 (now 41.2)", next_evaluation_at=NOW + 60_000)

    card = browser.get("/api/overview").json["bots"][0]

    assert (card["status"], card["waiting_for"]) == ("running", "RSI below 30 (now 41.2)")
    assert card["next_evaluation_at"] == NOW + 60_000
    assert card["heartbeat_at"] == NOW
    assert card["strategy_title"] == "Volatile coins"


@pytest.mark.parametrize("then", ["stopped", "killed", "starting"])
def test_what_rests_at_the_exchange_is_shown_when_no_bot_tells_it(
    world: World, browser: Browser, then: str
):
    lease = hold(world)
    bot = world.bots.get(lease.bot_id)
    journal, levels = SqlJournal(world.store, bot, lease), (Decimal(49_000), None, Decimal(52_500))
    request = ProtectionRequest("L", "S", "T", "BTCUSDT", Decimal("0.0017"), *levels)
    journal.record_intent(Intent(1, Purpose.PROTECTION, request, NOW))
    journal.settle_intent(1, IntentState.ACCEPTED)

    if then == "killed":
        world.clock.at += 60_000
    else:
        world.leases.release(lease)
    if then == "starting":
        world.run(bot, status=Status.STARTING)
    position = browser.get("/api/overview").json["bots"][0]["position"]

    assert position["protection"] == "exchange"
    assert (position["stop_price"], position["target_price"]) == ("49000", "52500")


def test_a_dead_bot_protects_nothing_by_itself(world: World, browser: Browser):
    lease = hold(world)
    beat = Heartbeat(at=NOW, status=Status.RUNNING, protection="bot", stop_price=Decimal(49_000))
    world.leases.beat(lease, beat)
    alive = browser.get("/api/overview").json["bots"][0]["position"]["protection"]

    world.clock.at += 60_000
    dead = browser.get("/api/overview").json["bots"][0]["position"]["protection"]

    assert (alive, dead) == ("bot", "none")


def test_a_position_shows_what_it_is_worth_and_who_protects_it(world: World, browser: Browser):
    hold(world)

    said = browser.get("/api/overview").json

    position = said["bots"][0]["position"]
    assert position["quantity"] == "0.0017982"
    assert (position["entry_price"], position["price"]) == ("50000", "50000")
    assert position["value"] == "89.91"
    assert position["profit"] == "-0.17991"  # both commissions
    assert position["protection"] == "exchange"
    assert said["totals"]["open_positions"] == 1


def test_the_balance_adds_up_to_the_wallet(world: World, browser: Browser):
    hold(world)  # 90 of its 100 USDT are spent
    world.bot("Second", "500")

    balance = browser.get("/api/overview").json["balance"]

    assert balance["free"] == "9910"
    assert balance["in_positions"] == "89.91"  # less the commission in BTC
    assert balance["allocated"] == "600"
    assert balance["unallocated"] == "9400"
    assert balance["equity"] == "9999.91"
    assert balance["difference"] == "0"


@pytest.mark.parametrize(
    ("free", "coins", "difference"), [("5", "0.0018", "-5"), ("9910", "0.0007982", "-50")]
)
def test_missing_money_shows_as_a_difference(
    world: World, browser: Browser, free: str, coins: str, difference: str
):
    hold(world)
    world.wallet(free, BTC=coins)

    assert browser.get("/api/overview").json["balance"]["difference"] == difference


def test_a_wallet_older_than_the_books_proves_nothing(world: World, browser: Browser):
    lease = hold(world)
    before = browser.get("/api/overview").json["balance"]
    world.clock.at += 1_000
    world.trade(lease, Side.SELL, "0.0017982", "50000", 2)

    after = browser.get("/api/overview").json["balance"]

    assert after["difference"] is None
    assert after["free"] == "9999.82009"  # what was sold for is counted in, less the commission
    assert Decimal(before["equity"]) - Decimal(after["equity"]) == Decimal("0.08991")


def test_totals_are_net_and_today_begins_at_midnight(world: World, browser: Browser):
    world.clock.at = NOW - NOW % DAY + HOUR
    lease = hold(world)
    world.trade(lease, Side.SELL, "0.0017982", "51000", 2)
    before = browser.get("/api/overview").json["totals"]
    world.clock.at += DAY
    browser.log_in()
    after = browser.get("/api/overview").json["totals"]

    profit = Decimal("0.0017982") * 51_000 * Decimal("0.999") - 90
    assert Decimal(before["profit"]) == profit
    assert (before["trades"], before["wins"]) == (1, 1)
    assert before["profit_today"] == before["profit"] == after["profit"]
    assert after["profit_today"] == "0"


def test_the_newest_trades_name_their_bot_even_if_it_is_gone(world: World, browser: Browser):
    lease = hold(world)
    world.trade(lease, Side.SELL, "0.0017982", "51000", 2)
    named = browser.get("/api/overview").json["recent_trades"][0]
    world.leases.release(lease)
    browser.delete(f"/api/bot/{lease.bot_id}")
    gone = browser.get("/api/overview").json["recent_trades"][0]

    assert (named["bot_name"], named["exit_price"]) == ("BTC Bot", "51000")
    assert gone["bot_name"] == "bot 1 (deleted)"


@pytest.mark.parametrize(
    ("wish", "age", "status"),
    [
        (Wish.RUN, None, "starting"),
        (Wish.RUN, 1_000, "running"),
        (Wish.PAUSE, 1_000, "running"),
        (Wish.RUN, 31_000, "starting"),
        (Wish.STOP_KEEP, 1_000, "stopping"),
        (Wish.STOP_SELL, 1_000, "stopping"),
        (Wish.STOP_KEEP, 31_000, "stopped"),
        (Wish.STOP_KEEP, None, "stopped"),
    ],
)
def test_W9_a_status_is_told_by_wish_and_heartbeat(
    world: World, browser: Browser, wish: Wish, age: int | None, status: str
):
    bot = world.bot()
    world.bots.wish(bot.id, wish)
    if age is not None:
        world.run(bot, at=NOW - age, status=Status.RUNNING)

    assert browser.get("/api/overview").json["bots"][0]["status"] == status


def test_health_names_the_worst_first(world: World, browser: Browser):
    world.findings.open(Finding("note", Severity.INFO, "by the way", NOW))
    assert browser.get("/api/overview").json["health"]["state"] == "ok"

    world.findings.open(Finding("disk", Severity.LOOK, "the disk is nearly full", NOW))
    assert browser.get("/api/overview").json["health"]["state"] == "look"

    world.findings.open(Finding("lost", Severity.ACT, "a position has no stop", NOW, 1))
    health = browser.get("/api/overview").json["health"]
    assert (health["state"], health["sentence"]) == ("act", "a position has no stop")


def test_W9_a_silent_process_turns_the_page_red(world: World, browser: Browser):
    world.clock.at += 16_000

    said = browser.get("/api/overview").json

    assert said["health"]["state"] == "act"
    assert said["health"]["sentence"].startswith("The hub is silent")
    assert browser.get("/healthz").status_code == 503


def test_W9_the_overview_is_read_while_somebody_holds_the_store(world: World, browser: Browser):
    world.bot()
    with closing(sqlite3.connect(world.store.file)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")

        said = browser.get("/api/overview")

    assert said.status_code == 200
    assert [bot["name"] for bot in said.json["bots"]] == ["BTC Bot"]


def test_a_dead_system_is_told_although_its_guardian_is_dead_too(world: World, browser: Browser):
    world.findings.open(Finding("crash_loop", Severity.ACT, "bot 2 was stopped", NOW, 2))
    world.clock.at += 16_000

    said = browser.get("/api/overview").json

    assert [found["code"] for found in said["findings"]] == [
        "hub_silent",
        "host_silent",
        "crash_loop",
    ]
    assert "the host is silent" in said["health"]["sentence"]


def test_an_exchange_that_does_not_answer_is_told_at_once_and_once(world: World, browser: Browser):
    world.snapshots.put("exchange", {"ok": False, "detail": "refused"}, NOW)
    told = browser.get("/api/overview").json["findings"]

    world.findings.open(Finding("exchange_silent", Severity.ACT, "no answer", NOW))
    told_by_the_guardian = browser.get("/api/overview").json["findings"]

    assert [found["text"] for found in told] == [
        "The exchange does not answer: nothing new is bought or sold."
    ]
    assert [found["text"] for found in told_by_the_guardian] == ["no answer"]


def test_the_time_is_the_exchange_s(world: World, browser: Browser):
    behind = NOW - DAY
    base = behind - world.clock.monotonic() * 1000
    world.snapshots.put("hub", {"ok": True, "clock_base_ms": base}, behind)
    world.clock.at += 6_000

    said = browser.get("/api/overview").json

    assert said["now"] == behind + 6_000
    ages = {process["name"]: process["age_ms"] for process in said["health"]["processes"]}
    assert ages["hub"] == ages["host"] == 6_000


def test_what_the_hub_said_before_a_reboot_is_not_the_time(world: World, browser: Browser):
    long_up = world.clock.monotonic() + 1_000
    world.snapshots.put("hub", {"ok": True, "clock_base_ms": NOW - long_up * 1000}, NOW)
    world.clock.at += 6_000

    assert browser.get("/api/overview").json["now"] == world.clock.now()


def test_the_spark_is_the_worth_of_the_last_day(world: World, browser: Browser):
    bot = world.bot()
    for hour in range(30):
        point = EquityPoint(NOW - (30 - hour) * HOUR, Decimal(100 + hour), Decimal(100))
        world.records.record_equity({bot.id: point})

    spark = browser.get("/api/overview").json["bots"][0]["spark"]

    assert spark[-1] == "129"
    assert len(spark) == 24


@given(st.lists(st.integers(), max_size=300), st.integers(2, 50))
def test_thinning_keeps_the_ends(values: list[int], count: int):
    money = [Decimal(value) for value in values]
    kept = thin(money, count)

    assert len(kept) == min(len(values), count)
    if values:
        assert (kept[0], kept[-1]) == (money[0], money[-1])


def test_money_is_text_and_plain(world: World, browser: Browser):
    hold(world)
    text = browser.get("/api/overview").get_data(as_text=True)

    assert "E-" not in text
    assert not [value for value in json.loads(text)["balance"].values() if isinstance(value, float)]
