"""Creating, changing, starting, stopping and deleting bots over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete

from tests.interfaces.dashboard.world import NOW, TOKEN, Browser, World
from tradefleet.adapters.store.tables import snapshots
from tradefleet.domain.bot import Halt, Wish
from tradefleet.domain.order import Side
from tradefleet.ports.fleet import Lease
from tradefleet.ports.halts import BotReceipt, Sold

GOOD: dict[str, Any] = {
    "name": "BTC Bot",
    "symbol": "BTCUSDT",
    "strategy": "volatile",
    "trade_amount": 100,
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def hold(world: World, name: str = "BTC Bot") -> Lease:
    """Return the lease of a running bot that holds 0.0018 BTC less commission."""
    bot = world.bot(name)
    world.bots.wish(bot.id, Wish.RUN)
    lease = world.run(bot, protection="exchange")
    world.trade(lease, Side.BUY, "0.0018", "50000", 1)
    world.wallet("9910", BTC="0.0018")
    return lease


def test_a_bot_is_created_stopped_with_the_sketch_s_fields(world: World, browser: Browser):
    answer = browser.post("/api/create-bot", GOOD)

    assert answer.status_code == 201
    said = answer.json
    assert said["id"] == 1
    assert (said["name"], said["symbol"], said["strategy"]) == ("BTC Bot", "BTCUSDT", "volatile")
    assert (said["trade_amount"], said["status"]) == ("100", "stopped")
    assert (said["profit"], said["trades"], said["position"]) == ("0", 0, None)
    assert [bot["id"] for bot in browser.get("/api/overview").json["bots"]] == [1]
    assert world.activities.newest()[0].action == "create"


def test_everything_about_a_bot_can_be_said_at_once(world: World, browser: Browser):
    answer = browser.post(
        "/api/create-bot",
        GOOD
        | {
            "interval": "1m",
            "every": "5m",
            "stop_loss": "1.5",
            "take_profit": 0,
            "price_cap": "0.1",
            "trailing_stop": "1",
            "break_even": 2,
            "bot_side_stop": True,
            "sizing": "fixed",
            "parameters": {"rsi_period": 7, "rsi_oversold": 25},
            "rules": {"cooldown": {"minutes": 10}},
            "mode": "paper",
            "start": True,
        },
    )

    assert answer.status_code == 201, answer.json
    bot = world.bots.get(1)
    assert bot.wish is Wish.RUN
    assert bot.settings.parameters == {"rsi_period": 7, "rsi_oversold": 25}
    details = browser.get("/api/bot/1/details").json
    assert (details["stop_loss"], details["take_profit"]) == ("1.5", "0")
    moving = ("price_cap", "trailing_stop", "break_even", "bot_side_stop")
    assert [details[name] for name in moving] == ["0.1", "1", "2", True]
    assert details["rules"] == {"cooldown": {"minutes": 10}}
    assert details["status"] == "starting"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "bad_name"),
        ("name", "   ", "bad_name"),
        ("name", "x" * 65, "bad_name"),
        ("name", "line\nbreak", "bad_name"),
        ("name", "bell\x07", "bad_name"),
        ("name", "right\u202eto left", "bad_name"),
        ("name", "nothing\u200bseen", "bad_name"),
        ("name", "\ud800", "invalid"),
        ("name", 7, "invalid"),
        ("name", None, "invalid"),
        ("trade_amount", True, "invalid"),
        ("trade_amount", "1e3", "invalid"),
        ("trade_amount", "１００", "invalid"),
        ("trade_amount", "100 ", "invalid"),
        ("trade_amount", "+100", "invalid"),
        ("trade_amount", "-100", "invalid"),
        ("trade_amount", -100, "invalid"),
        ("trade_amount", "NaN", "invalid"),
        ("trade_amount", "Infinity", "invalid"),
        ("trade_amount", "", "invalid"),
        ("trade_amount", None, "invalid"),
        ("trade_amount", [100], "invalid"),
        ("trade_amount", {}, "invalid"),
        ("trade_amount", 10**400, "invalid"),
        ("trade_amount", "0.000000001", "invalid"),
        ("trade_amount", 0, "bad_amount"),
        ("trade_amount", "0.00000001", "amount_too_small"),
        ("trade_amount", 5, "amount_too_small"),
        ("trade_amount", 10_001, "beyond_wallet"),
        ("symbol", "NOPEUSDT", "unknown_symbol"),
        ("symbol", "btcusdt", "unknown_symbol"),
        ("symbol", "BTCUSDT'; --", "unknown_symbol"),
        ("symbol", "DOGEUSDT", "not_tradeable"),
        ("symbol", "ETHBTC", "not_tradeable"),
        ("symbol", 1, "invalid"),
        ("strategy", "volatil", "unknown_strategy"),
        ("strategy", "../../etc/passwd", "unknown_strategy"),
        ("interval", "7m", "bad_interval"),
        ("interval", "1M", "bad_interval"),
        ("every", "7m", "bad_every"),
        ("every", "1m", "bad_every"),
        ("every", "often", "bad_every"),
        ("every", "9d", "bad_every"),
        ("stop_loss", 100, "bad_percent"),
        ("stop_loss", "2%", "invalid"),
        ("take_profit", 1_001, "bad_percent"),
        ("price_cap", 5, "bad_percent"),
        ("trailing_stop", 100, "bad_percent"),
        ("break_even", 1_001, "bad_percent"),
        ("bot_side_stop", "true", "invalid"),
        ("sizing", "all", "invalid"),
        ("parameters", {"rsi_perod": 7}, "unknown_parameter"),
        ("parameters", {"rsi_period": 1}, "bad_parameter"),
        ("parameters", {"rsi_period": "7"}, "bad_parameter"),
        ("parameters", {"rsi_period": True}, "bad_parameter"),
        ("parameters", [], "invalid"),
        ("rules", {"luck": {}}, "unknown_rule"),
        ("rules", {"cooldown": {"minutes": 0}}, "bad_rule"),
        ("mode", "live", "other_mode"),
        ("start", "true", "invalid"),
        ("id", 7, "invalid"),
        ("status", "running", "invalid"),
        ("profit", 1_000, "invalid"),
        ("__class__", "x", "invalid"),
    ],
)
def test_C7_what_cannot_be_a_bot_is_refused_with_its_field(
    world: World, browser: Browser, field: str, value: Any, code: str
):
    answer = browser.post("/api/create-bot", GOOD | {field: value})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["field"].startswith(field)
    assert world.bots.all() == ()


@pytest.mark.parametrize("amount", [100, 100.5, "100", "100.50", "7"])
def test_amounts_are_numbers_or_plain_digits(browser: Browser, amount: Any):
    assert browser.post("/api/create-bot", GOOD | {"trade_amount": amount}).status_code == 201


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "'; DROP TABLE bots; --", "$(reboot)", "日本 🤖", "x" * 64],
)
def test_a_name_is_only_a_name(browser: Browser, name: str):
    assert browser.post("/api/create-bot", GOOD | {"name": name}).json["name"] == name
    assert browser.get("/api/overview").json["bots"][0]["name"] == name


@pytest.mark.parametrize("missing", list(GOOD))
def test_what_is_missing_is_named(browser: Browser, missing: str):
    body = {key: value for key, value in GOOD.items() if key != missing}

    answer = browser.post("/api/create-bot", body)

    assert (answer.status_code, answer.json["field"]) == (422, missing)


def test_a_typo_is_answered_with_what_was_meant(browser: Browser):
    symbol = browser.post("/api/create-bot", GOOD | {"symbol": "BTCUSD"}).json["detail"]
    strategy = browser.post("/api/create-bot", GOOD | {"strategy": "volatil"}).json["detail"]

    assert "did you mean BTCUSDT" in symbol
    assert "did you mean 'volatile'" in strategy


def test_the_fleet_never_owns_more_than_the_wallet(world: World, browser: Browser):
    world.wallet("250")
    for _ in range(2):
        assert browser.post("/api/create-bot", GOOD).status_code == 201

    third = browser.post("/api/create-bot", GOOD)

    assert (third.status_code, third.json["code"]) == (422, "beyond_wallet")
    assert "50 USDT" in third.json["detail"]
    assert len(world.bots.all()) == 2


def test_parallel_creations_cannot_share_the_last_money(world: World):
    world.wallet("150")
    client = world.app().test_client

    def create(_: int) -> int:
        answer = client().post("/api/create-bot", json=GOOD, headers=BEARER)
        return int(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))

    assert statuses == [201] + [422] * 7


def test_before_the_exchange_was_reached_nothing_is_created(world: World, browser: Browser):
    world.snapshots.put("exchange_info", {"symbols": []}, 0)
    unknown = browser.post("/api/create-bot", GOOD)
    assert unknown.json["code"] == "unknown_symbol"


@pytest.mark.parametrize("path", ["/api/search-coins?q=BTC", "/api/create-bot"])
def test_an_exchange_never_reached_is_said_so(world: World, path: str):
    with world.store.write() as connection:
        connection.execute(delete(snapshots))
    client = world.app().test_client()

    method = "POST" if "create" in path else "GET"
    answer = client.open(path, method=method, json=GOOD, headers=BEARER)

    assert answer.status_code == 503
    assert answer.json["code"] == "not_ready"
    assert "exchange" in answer.json["detail"]


def test_a_repeated_request_makes_one_bot(world: World, browser: Browser):
    world.wallet("150")
    key = {"Idempotency-Key": "form-7"}

    answers = [browser.post("/api/create-bot", GOOD, **key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert {answer.json["id"] for answer in answers} == {1}
    assert (
        browser.post("/api/create-bot", GOOD, **{"Idempotency-Key": "x" * 201}).status_code == 422
    )


def test_fifty_starts_at_once_are_one_wish(world: World):
    bot = world.bot()
    app = world.app()

    def start(_: int) -> Any:
        return app.test_client().post(f"/api/bot/{bot.id}/start", json={}, headers=BEARER)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(start, range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json["status"] for answer in answers} == {"starting"}
    assert [one.action for one in world.activities.newest()] == ["start"]
    assert world.bots.get(bot.id).version == bot.version + 1


def test_starting_a_failed_bot_clears_its_failure(world: World, browser: Browser):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)
    world.bots.fail(bot.id, "its strategy file is gone")
    assert browser.get("/api/overview").json["bots"][0]["status"] == "failed"

    assert browser.post(f"/api/bot/{bot.id}/start").json["status"] == "starting"
    assert world.bots.get(bot.id).failure == ""


def test_a_stop_answers_with_a_receipt(world: World, browser: Browser):
    lease = hold(world)

    kept = browser.post(f"/api/bot/{lease.bot_id}/stop").json
    sold = browser.post(f"/api/bot/{lease.bot_id}/stop", {"how": "sell"}).json

    assert kept["status"] == "stopping"
    assert kept["receipt"]["quantity"] == "0.0017982"
    assert kept["receipt"]["protection"] == "exchange"
    assert "keeps 0.0017982 BTC" in kept["receipt"]["sentence"]
    assert "sells 0.0017982 BTC" in sold["receipt"]["sentence"]
    assert world.bots.get(lease.bot_id).wish is Wish.STOP_SELL


def test_only_a_running_bot_can_be_paused(world: World, browser: Browser):
    bot = world.bot()
    refused = browser.post(f"/api/bot/{bot.id}/pause")
    assert (refused.status_code, refused.json["code"]) == (409, "not_running")

    browser.post(f"/api/bot/{bot.id}/start")
    assert browser.post(f"/api/bot/{bot.id}/pause").json["wish"] == "pause"


def test_a_bot_can_be_changed(world: World, browser: Browser):
    bot = world.bot()

    answer = browser.post(
        f"/api/bot/{bot.id}/update", {"name": "Other", "trade_amount": "200", "version": 1}
    )

    assert (answer.json["name"], answer.json["trade_amount"]) == ("Other", "200")
    assert answer.json["version"] == 2


def test_W8_a_change_of_an_older_version_is_refused(world: World, browser: Browser):
    bot = world.bot()
    browser.post(f"/api/bot/{bot.id}/update", {"name": "First"})

    late = browser.post(f"/api/bot/{bot.id}/update", {"name": "Second", "version": 1})

    assert (late.status_code, late.json["code"]) == (409, "stale_version")
    assert world.bots.get(bot.id).settings.name == "First"


@pytest.mark.parametrize("change", [{"symbol": "ETHUSDT"}, {"strategy": "mine"}])
def test_W6_what_holds_keeps_symbol_and_strategy(
    world: World, browser: Browser, change: dict[str, str]
):
    lease = hold(world)

    answer = browser.post(f"/api/bot/{lease.bot_id}/update", change)

    assert (answer.status_code, answer.json["code"]) == (409, "holding")
    assert answer.json["field"] == next(iter(change))


def test_a_bot_that_never_traded_can_take_another_symbol(world: World, browser: Browser):
    bot = world.bot()

    answer = browser.post(f"/api/bot/{bot.id}/update", {"symbol": "ETHUSDT"})

    assert (answer.json["symbol"], answer.json["base"]) == ("ETHUSDT", "ETH")


@pytest.mark.parametrize(
    ("amount", "code"),
    [("10001", "beyond_wallet"), ("50", "amount_in_use"), ("2", "amount_too_small")],
)
def test_W6_an_amount_changes_within_what_is_there(
    world: World, browser: Browser, amount: str, code: str
):
    lease = hold(world)

    answer = browser.post(f"/api/bot/{lease.bot_id}/update", {"trade_amount": amount})

    assert answer.json["code"] == code
    assert answer.json["field"] == "trade_amount"


@pytest.mark.parametrize("field", ["id", "status", "profit", "trades", "position", "wish", "start"])
def test_what_the_server_owns_cannot_be_changed(world: World, browser: Browser, field: str):
    bot = world.bot()

    answer = browser.post(f"/api/bot/{bot.id}/update", {field: 1})

    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_W4_a_bot_that_holds_is_not_deleted_by_accident(world: World, browser: Browser):
    lease = hold(world)

    answer = browser.delete(f"/api/bot/{lease.bot_id}")

    assert (answer.status_code, answer.json["code"]) == (409, "holding")
    assert world.bots.get(lease.bot_id).wish is Wish.RUN


def test_a_flat_bot_is_stopped_and_deleted(world: World, browser: Browser):
    bot = world.bot()
    browser.post(f"/api/bot/{bot.id}/start")

    assert browser.delete(f"/api/bot/{bot.id}").json["deleted"] is True
    assert browser.get(f"/api/bot/{bot.id}/details").status_code == 404
    assert browser.post("/api/create-bot", GOOD).json["id"] == bot.id + 1


def test_a_bot_that_still_sells_is_deleted_later(world: World, browser: Browser):
    lease = hold(world)

    answer = browser.delete(f"/api/bot/{lease.bot_id}", {"disposition": "sell"})

    assert (answer.status_code, answer.json["deleted"]) == (202, False)
    assert world.bots.get(lease.bot_id).wish is Wish.STOP_SELL

    world.trade(lease, Side.SELL, "0.0017982", "50000", 2)
    world.leases.release(lease)
    assert browser.delete(f"/api/bot/{lease.bot_id}").json["deleted"] is True


def test_released_coins_belong_to_nobody(world: World, browser: Browser):
    lease = hold(world)
    world.leases.release(lease)

    answer = browser.delete(f"/api/bot/{lease.bot_id}", {"disposition": "release"})

    assert answer.json["deleted"] is True
    assert "0.0017982 BTC" in answer.json["sentence"]
    assert world.bots.all() == ()


def test_panic_stops_everything_and_says_so(world: World, browser: Browser):
    lease = hold(world)
    flat = world.bot("Flat")
    world.bots.wish(flat.id, Wish.RUN)

    answer = browser.post("/api/panic", {"how": "sell", "confirm": "STOP"})

    assert answer.status_code == 200
    assert [receipt["bot_id"] for receipt in answer.json["bots"]] == [lease.bot_id, flat.id]
    assert {bot.wish for bot in world.bots.all()} == {Wish.STOP_SELL}
    assert world.halts.standing().how is Halt.SELL
    assert [a.action for a in world.activities.newest()][:1] == ["panic"]


def test_a_halt_is_one_write_that_outlives_everything_until_it_is_reset(
    world: World, browser: Browser
):
    bot = world.bot()
    browser.post(f"/api/bot/{bot.id}/start")
    browser.post("/api/panic", {"how": "pause", "confirm": "STOP"})
    assert world.bots.get(bot.id).wish is Wish.PAUSE
    browser.post("/api/panic", {"how": "keep", "confirm": "STOP"})

    refused = browser.post(f"/api/bot/{bot.id}/start")
    assert refused.status_code == 409
    assert "`tradefleet panic --reset`" in refused.json["detail"]
    assert browser.get("/api/overview").json["halt"]["how"] == "keep"

    assert browser.post("/api/halt/reset", {"resume": True}).json["reset"] is True
    assert world.bots.get(bot.id).wish is Wish.RUN
    assert world.lifted == [True]
    assert browser.get("/api/overview").json["halt"] is None


def test_after_a_reset_bots_that_ran_stay_stopped_unless_they_are_to_go_on(
    world: World, browser: Browser
):
    bot = world.bot()
    browser.post(f"/api/bot/{bot.id}/start")
    browser.post("/api/panic", {"how": "pause", "confirm": "STOP"})
    browser.post("/api/halt/reset")
    assert world.bots.get(bot.id).wish is Wish.STOP_KEEP
    assert browser.post(f"/api/bot/{bot.id}/start").status_code == 200


def test_the_receipts_of_a_halt_are_those_that_answer_it(world: World, browser: Browser):
    bot = world.bot()
    world.halts.leave(BotReceipt(bot.id, 1, Halt.KEEP, NOW, halt="an older one"))
    browser.post("/api/panic", {"how": "sell", "confirm": "STOP"})
    assert browser.get("/api/halt").json["bots"][0]["receipt"] is None

    halt = world.halts.standing()
    sold = Sold(7, Decimal("0.1"), Decimal(5_000))
    told = BotReceipt(bot.id, 2, Halt.SELL, NOW, halt.id, sold=(sold,), sentence="sold")
    world.halts.leave(told)

    receipt = browser.get("/api/halt").json["bots"][0]["receipt"]
    assert receipt["sold"] == [{"order_id": 7, "quantity": "0.1", "quote": "5000"}]
    assert world.activities.newest()[0].detail == "sold"
    assert browser.get(f"/api/bot/{bot.id}/details").json["receipt"]["sentence"] == "sold"


@pytest.mark.parametrize(
    "body",
    [{}, {"how": "sell"}, {"how": "sell", "confirm": "yes"}, {"how": "x", "confirm": "STOP"}],
)
def test_panic_needs_its_word(world: World, browser: Browser, body: dict[str, str]):
    bot = world.bot()
    world.bots.wish(bot.id, Wish.RUN)

    assert browser.post("/api/panic", body).status_code == 422
    assert world.bots.get(bot.id).wish is Wish.RUN


@pytest.mark.parametrize("bot_id", ["0", "99", "2147483648", "9" * 40])
def test_a_bot_that_is_not_there_is_not_found(browser: Browser, bot_id: str):
    for path in ("details", "candles", "decisions", "trades", "fills", "log", "diagnosis"):
        assert browser.get(f"/api/bot/{bot_id}/{path}").status_code == 404
    for path in ("start", "stop", "pause", "update"):
        assert browser.post(f"/api/bot/{bot_id}/{path}", {"unknown": 1}).status_code == 404
    assert browser.delete(f"/api/bot/{bot_id}").status_code == 404
    assert browser.get(f"/bot/{bot_id}").status_code == 404


def test_W2_fifty_clicks_on_start_are_one_start(world: World):
    bot = world.bot()
    client = world.app().test_client

    def click(_: int) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return client().post(f"/api/bot/{bot.id}/start", json={}, headers=headers).status_code

    with ThreadPoolExecutor(50) as people:
        assert set(people.map(click, range(50))) == {200}

    assert world.bots.get(bot.id).wish is Wish.RUN
    assert sum(one.action == "start" for one in world.activities.newest()) == 1
