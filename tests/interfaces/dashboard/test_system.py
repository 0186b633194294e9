"""Readiness, settings, activity, messages, coins, strategies, pages, and the demonstration."""

import pytest

from tests.interfaces.dashboard.world import (
    EXCHANGE_INFO,
    NOW,
    PASSWORD,
    Browser,
    World,
    symbol_info,
)
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.domain.bot import Wish
from tradefleet.domain.rules import RULES
from tradefleet.domain.strategy import Headline
from tradefleet.strategies import BUILT_IN


@pytest.mark.parametrize("name", ["exchange", "hub", "host", "guardian"])
def test_ready_means_that_every_process_is(world: World, name: str):
    client = world.app().test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").json) == (
        200,
        {"status": "ok"},
    )

    world.snapshots.put(name, {"ok": False, "detail": "no answer"}, NOW)

    assert client.get("/healthz").status_code == 503
    assert client.get("/healthz").json["waiting_for"] == [name]


def test_an_alert_goes_into_the_outbox_once(world: World):
    world.providers = ("sms",)
    browser = Browser(world.app().test_client())
    browser.log_in()

    answer = browser.post("/api/send_alert", {"message": "Look at BTC"})

    assert answer.status_code == 202
    (message,) = world.outbox.due(NOW)
    assert (message.kind, message.text, message.key) == ("manual", "Look at BTC", answer.json["id"])


def test_without_a_provider_an_alert_is_refused_with_the_mend(world: World, browser: Browser):
    answer = browser.post("/api/send_alert", {"message": "hello"})

    assert (answer.status_code, answer.json["code"]) == (503, "no_provider")
    assert ".env" in answer.json["detail"]


@pytest.mark.parametrize("message", ["", "x" * 501, "\x1b[31m", 5, None])
def test_an_alert_is_a_short_visible_text(world: World, message: object):
    world.providers = ("sms",)
    browser = Browser(world.app().test_client())
    browser.log_in()

    assert browser.post("/api/send_alert", {"message": message}).status_code == 422


def test_L3_alerts_are_counted(world: World):
    world.providers = ("sms",)
    browser = Browser(world.app().test_client())
    browser.log_in()

    statuses = [browser.post("/api/send_alert", {"message": "x"}).status_code for _ in range(22)]

    assert statuses == [202] * 20 + [429] * 2


def test_settings_say_where_they_come_from_and_hide_secrets(world: World):
    world.settings = {"tradefleet_password": PASSWORD, "stop_loss": "3"}
    world.providers = ("sms",)
    browser = Browser(world.app().test_client())
    browser.log_in()

    said = browser.get("/api/settings").json

    by_key = {row["key"]: row for row in said["settings"]}
    assert by_key["TRADEFLEET_PASSWORD"]["value"] == "••••"
    assert by_key["BINANCE_API_SECRET"]["value"] == ""
    assert (by_key["STOP_LOSS"]["value"], by_key["STOP_LOSS"]["source"]) == ("3", "yours")
    assert by_key["TAKE_PROFIT"]["source"] == "default"
    assert said["notify"] == {"sms": True}
    assert said["disk_free"] > 0


def test_what_people_did_is_kept(world: World, browser: Browser):
    bot = world.bot()
    browser.post(f"/api/bot/{bot.id}/start")

    assert browser.get("/api/activity").json["activities"] == [
        {"at": NOW, "actor": "owner", "action": "start", "detail": "BTC Bot: run", "bot_id": 1},
        {"at": NOW, "actor": "owner", "action": "log_in", "detail": "", "bot_id": 0},
    ]


def test_coins_come_tradeable_first_then_by_volume(browser: Browser):
    def found(query: str) -> list[str]:
        return [coin["symbol"] for coin in browser.get(f"/api/search-coins?{query}").json["coins"]]

    assert found("") == ["BTCUSDT", "ETHUSDT", "DOGEUSDT"]
    assert found("q=eth") == ["ETHUSDT"]
    assert found("q=eth&quote=") == ["ETHUSDT", "ETHBTC"]
    assert found("q=btc&quote=") == ["BTCUSDT", "ETHBTC"]
    assert found("limit=1") == ["BTCUSDT"]
    assert found("q=%27%3B--") == []


def test_a_coin_says_why_it_cannot_be_traded(browser: Browser):
    coins = browser.get("/api/search-coins?quote=").json["coins"]
    why = {coin["symbol"]: coin["why_not"] for coin in coins}

    assert why["BTCUSDT"] == ""
    assert "BREAK" in why["DOGEUSDT"]
    assert "USDT" in why["ETHBTC"]


def test_strategies_rules_and_defaults_make_the_form(browser: Browser):
    strategies = browser.get("/api/strategies").json
    assert [strategy["key"] for strategy in strategies["strategies"]] == ["volatile", "mine"]
    assert strategies["faulty"] == [{"file": "broken.py", "error": "SyntaxError: line 1"}]
    assert strategies["strategies"][0]["parameters"][0]["help"]

    rules = browser.get("/api/rules").json["rules"]
    assert {rule["key"] for rule in rules} == set(RULES)

    defaults = browser.get("/api/defaults").json
    assert (defaults["interval"], defaults["every"]) == ("5m", "15m")
    assert (defaults["trade_amount"], defaults["unallocated"]) == ("100", "10000")


def test_indicator_settings_are_defaults_of_new_bots(world: World):
    world.catalogue = StrategyCatalogue(BUILT_IN, world.folder)
    world.settings = {"rsi_period": 10, "rsi_oversold": 20.0, "bollinger_width": 3.0}
    browser = Browser(world.app().test_client())
    browser.log_in()
    body = {"name": "A", "symbol": "BTCUSDT", "strategy": "volatile", "trade_amount": "100"}
    given = {"rsi_length": 10, "rsi_buy": 20.0, "band_width": 3.0}

    assert browser.get("/api/defaults").json["parameters"]["volatile"] == given

    bot = browser.post("/api/create-bot", body).json["id"]
    own = browser.post("/api/create-bot", {**body, "parameters": {"votes": 3}}).json["id"]

    assert browser.get(f"/api/bot/{bot}/details").json["parameters"] == given
    assert browser.get(f"/api/bot/{own}/details").json["parameters"] == {"votes": 3}


def test_a_bot_is_tried_on_the_past_before_it_is_made(world: World):
    world.catalogue = StrategyCatalogue(BUILT_IN, world.folder)
    browser = Browser(world.app().test_client())
    browser.log_in()
    wanted = {"symbol": "BTCUSDT", "strategy": "volatile", "parameters": {"votes": 1}}

    tried = browser.post("/api/preview", wanted).json

    assert tried["until"] - tried["since"] == 30 * 24 * 3_600_000 - 1
    assert tried["evaluations"] == 30 * 24 * 4
    assert "In the last 30 days it would" in tried["sentence"]
    assert world.bots.all() == ()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"strategy": "ticker_news"}, "strategy"),
        ({"strategy": "nosuch"}, "strategy"),
        ({"symbol": "NOSUCH"}, "symbol"),
        ({"every": "7m"}, "every"),
        ({"interval": "7m"}, "interval"),
        ({"parameters": {"votes": 9}}, "parameters.votes"),
    ],
)
def test_what_cannot_be_tried_says_why(world: World, wanted: dict[str, object], field: str):
    world.catalogue = StrategyCatalogue(BUILT_IN, world.folder)
    browser = Browser(world.app().test_client())
    browser.log_in()

    answer = browser.post("/api/preview", {"symbol": "BTCUSDT", "strategy": "volatile", **wanted})

    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_news_say_who_brought_and_who_read_them(world: World, browser: Browser):
    assert browser.get("/api/news").json["feed"] == ""
    said = {"feed": "CryptoNews", "scorer": "OpenAI", "problem": "it answered 401"}
    world.snapshots.put("news", said, NOW)

    assert said.items() <= browser.get("/api/news").json.items()


def test_an_unscored_headline_has_no_score(world: World, browser: Browser):
    world.news.add(
        [
            Headline(NOW - 2_000, "Old", "a", ("BTC",), 0.5),
            Headline(NOW - 1_000, "<b>New</b>", "b"),
        ]
    )

    headlines = browser.get("/api/news").json["headlines"]

    assert [headline["title"] for headline in headlines] == ["<b>New</b>", "Old"]
    assert [headline["score"] for headline in headlines] == [None, 0.5]


def test_the_demonstration_starts_three_bots_once(world: World):
    world.catalogue = StrategyCatalogue(BUILT_IN, world.folder)
    symbols = [*EXCHANGE_INFO["symbols"], symbol_info("SOLUSDT", "SOL", "USDT")]
    world.snapshots.put("exchange_info", {"symbols": symbols}, NOW)
    browser = Browser(world.app().test_client())
    browser.log_in()

    first = browser.post("/api/demo")
    again = browser.post("/api/demo")

    assert (first.status_code, again.status_code) == (201, 201), first.json
    assert first.json == again.json == {"bots": [1, 2, 3]}
    bots = world.bots.all()
    assert {bot.wish for bot in bots} == {Wish.RUN}
    assert len({bot.settings.strategy for bot in bots}) == 3
    assert {bot.settings.interval for bot in bots} == {"1s"}


def test_the_demonstration_is_refused_outside_paper(world: World):
    world.settings = {"trading_mode": "testnet"}
    browser = Browser(world.app().test_client())
    browser.log_in()

    answer = browser.post("/api/demo")

    assert (answer.status_code, answer.json["code"]) == (422, "paper_only")


@pytest.mark.parametrize("path", ["/", "/bots/new", "/login", "/api/docs"])
def test_pages_load_nothing_from_elsewhere(browser: Browser, path: str):
    text = browser.get(path).get_data(as_text=True)

    assert "<title>" in text
    assert 'src="http' not in text
    assert 'href="http' not in text
    assert "onclick=" not in text


def test_a_page_that_is_not_there_says_so_as_a_page(browser: Browser):
    answer = browser.get("/nothing")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Not Found" in answer.get_data(as_text=True)
