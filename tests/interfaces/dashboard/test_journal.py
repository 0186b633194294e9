"""What a bot did and why, over HTTP."""

import os
from decimal import Decimal

import pytest

from tests.interfaces.dashboard.test_bots import hold
from tests.interfaces.dashboard.world import NOW, Browser, World
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.domain.bot import Wish
from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.domain.order import OrderRequest, OrderType, ProtectionRequest, Purpose, Side
from tradefleet.domain.signal import Reason
from tradefleet.ports.fleet import Lease
from tradefleet.ports.journal import Decision, Intent
from tradefleet.ports.records import EquityPoint


def journal(world: World, lease: Lease) -> SqlJournal:
    return SqlJournal(world.store, world.bots.get(lease.bot_id), lease)


def decision(minute: int, outcome: str = "held") -> Decision:
    close = NOW + minute * MINUTE
    reasons = (Reason("RSI below 30 (now 41.2)", met=False, value=41.2, needed=30.0),)
    values = {"rsi": 41.2, "lower_band": 49_000.0}
    return Decision(close, close + 400, "HOLD", outcome, "waits", Decimal(50_000), reasons, values)


def test_decisions_come_newest_first_with_their_reasons(world: World, browser: Browser):
    lease = hold(world)
    for minute in range(5):
        journal(world, lease).record_decision(decision(minute))

    page = browser.get("/api/bot/1/decisions?limit=2").json
    older = browser.get(f"/api/bot/1/decisions?before={page['decisions'][-1]['close_time']}").json

    assert [d["close_time"] for d in page["decisions"]] == [NOW + 4 * MINUTE, NOW + 3 * MINUTE]
    assert len(older["decisions"]) == 3
    assert page["decisions"][0]["reasons"][0] == {
        "text": "RSI below 30 (now 41.2)",
        "met": False,
        "value": 41.2,
        "needed": 30.0,
    }
    assert page["decisions"][0]["values"]["rsi"] == 41.2
    assert page["counted_before"] == 0


def test_trades_and_fills_carry_every_digit(world: World, browser: Browser):
    lease = hold(world)
    world.clock.at += HOUR
    world.trade(lease, Side.SELL, "0.0017982", "51000", 2)

    trade = browser.get("/api/bot/1/trades").json["trades"][0]
    fills = browser.get("/api/bot/1/fills").json["fills"]

    assert (trade["entry_price"], trade["exit_price"]) == ("50000", "51000")
    assert (trade["quantity"], trade["exit_reason"]) == ("0.0017982", "signal")
    assert trade["exit_time"] - trade["entry_time"] == HOUR
    assert [fill["side"] for fill in fills] == ["SELL", "BUY"]
    assert (fills[1]["fee"], fills[1]["fee_asset"]) == ("0.0000018", "BTC")


def test_a_chart_shows_candles_fills_levels_and_indicators(world: World, browser: Browser):
    lease = hold(world)
    journal(world, lease).record_decision(decision(0))

    chart = browser.get("/api/bot/1/candles?limit=10").json

    assert chart["interval"] == "5m"
    assert len(chart["candles"]) == 10
    assert [mark["side"] for mark in chart["marks"]] == ["BUY"]
    assert chart["lines"]["entry"] == "50000"
    panes = {overlay["name"]: overlay["pane"] for overlay in chart["overlays"]}
    assert panes == {"rsi": "own", "lower_band": "price"}


def test_a_chart_says_so_when_the_hub_is_silent(world: World, browser: Browser):
    world.bot()
    world.chart.silent = True

    answer = browser.get("/api/bot/1/candles")

    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")


@pytest.mark.parametrize("query", ["interval=7m", "limit=0", "limit=1001", "limit=x"])
def test_a_chart_of_nonsense_is_refused(world: World, browser: Browser, query: str):
    world.bot()

    assert browser.get(f"/api/bot/1/candles?{query}").status_code == 422


def test_details_list_orders_and_the_ledger(world: World, browser: Browser):
    lease = hold(world)
    written = journal(world, lease)
    buy = OrderRequest(
        "tfp-x-1-1-1-B", "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY, Decimal("0.0018")
    )
    pair = ProtectionRequest(
        "L", "K", "T", "BTCUSDT", Decimal("0.0017"), Decimal(49_000), None, Decimal(52_500)
    )
    written.record_intent(Intent(1, Purpose.ENTRY, buy, NOW))
    written.record_intent(Intent(2, Purpose.PROTECTION, pair, NOW))

    said = browser.get("/api/bot/1/details").json

    protection, entry = said["orders"]
    assert (entry["purpose"], entry["type"], entry["state"]) == ("entry", "MARKET", "open")
    assert (protection["type"], protection["target_price"]) == ("OCO", "52500")
    assert said["ledger"]["cash"] == "10"
    assert said["ledger"]["base"] == "0.0017982"
    assert said["strategy_schema"]["key"] == "volatile"


def test_equity_is_thinned_and_ends_with_the_newest(world: World, browser: Browser):
    for minute in range(1_300):
        point = EquityPoint(NOW - (1_300 - minute) * 1_000, Decimal(minute), Decimal(100))
        world.records.record_equity({0: point})

    points = browser.get("/api/equity?range=hour").json["points"]

    assert len(points) <= 600
    assert points[-1] == [NOW - 1_000, "1299", "100"]
    assert browser.get("/api/equity?bot=7").status_code == 404
    assert browser.get("/api/equity?range=year").status_code == 422


def test_a_log_shows_its_end(world: World, browser: Browser):
    world.bot()
    lines = [
        f"2026-01-01 00:00:{n:02} - {'ERROR' if n % 10 == 0 else 'INFO'} - line {n}"
        for n in range(60)
    ]
    (world.folder / "bot_1.log").write_text("\n".join(lines) + "\n")

    def ask(query: str) -> list[str]:
        shown: list[str] = browser.get(f"/api/bot/1/log?{query}").json["lines"]
        return shown

    assert ask("lines=2") == lines[-2:]
    assert ask("level=ERROR") == lines[::10]
    assert ask("q=LINE 59") == lines[59:]
    assert browser.get("/api/bot/1/log?lines=2").json["truncated"] is True
    assert browser.get("/api/bot/1/log?level=LOUD").status_code == 422


def test_S11_a_huge_log_is_read_from_its_end(world: World, browser: Browser):
    world.bot()
    path = world.folder / "bot_1.log"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
        file.seek(0, os.SEEK_END)
        file.write(b"\n2026-01-01 00:00:00 - INFO - the end\n")

    said = browser.get("/api/bot/1/log?lines=1").json

    assert said["lines"] == ["2026-01-01 00:00:00 - INFO - the end"]
    assert said["size"] > 200 * 1024 * 1024


def test_a_log_cannot_act_on_its_reader(world: World, browser: Browser):
    world.bot()
    hostile = "\x1b[31m red \x07 bell \u202e turned \x00 nul \xff\r\n"
    (world.folder / "bot_1.log").write_bytes(hostile.encode("latin-1", "ignore") + b"\xff\xfe\n")

    for line in browser.get("/api/bot/1/log").json["lines"]:
        assert line.isprintable()


def test_S12_a_log_that_is_a_link_is_not_followed(world: World, browser: Browser):
    world.bot()
    secret = world.folder / "secret"
    secret.write_text("the key\n")
    (world.folder / "bot_1.log").symlink_to(secret)

    assert browser.get("/api/bot/1/log").json["lines"] == []


def codes(browser: Browser) -> dict[str, object]:
    return {
        check["code"]: check["ok"] for check in browser.get("/api/bot/1/diagnosis").json["checks"]
    }


def test_a_stopped_bot_does_not_trade_because_it_is_stopped(world: World, browser: Browser):
    world.bot()

    said = browser.get("/api/bot/1/diagnosis").json

    assert said["headline"] == "It is stopped."
    assert said["checks"][0]["mend"] == "Start it."


def test_strict_settings_are_a_valid_answer(world: World, browser: Browser):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot, waiting_for="RSI below 30 (now 41.2)")
    journal(world, lease).record_decision(decision(0))

    said = browser.get("/api/bot/1/diagnosis").json

    assert "just strict: RSI below 30 (now 41.2)" in said["headline"]
    assert False not in codes(browser).values()
    assert codes(browser)["rule"] is None


def test_the_first_thing_that_is_wrong_owns_the_headline(world: World, browser: Browser):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot)
    journal(world, lease).record_decision(decision(0, "denied"))
    assert codes(browser)["denied"] is False

    world.wallet("10")
    world.snapshots.put("prices", {"BTCUSDT": "50000"}, NOW - 2 * MINUTE)
    said = browser.get("/api/bot/1/diagnosis").json
    assert said["headline"].startswith("The price of BTCUSDT is 120 s old")

    world.bots.fail(bot.id, "its strategy is gone")
    assert "its strategy is gone" in browser.get("/api/bot/1/diagnosis").json["headline"]


def test_an_unknown_order_explains_the_silence(world: World, browser: Browser):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot)
    buy = OrderRequest("B", "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY, Decimal(1))
    journal(world, lease).record_intent(Intent(1, Purpose.ENTRY, buy, NOW - 2 * MINUTE))

    assert codes(browser)["unknown_order"] is False
