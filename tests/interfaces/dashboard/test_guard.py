"""Who may ask what, and in which order requests are refused."""

import re
from typing import Any

import pytest

from tests.interfaces.dashboard.world import PASSWORD, TOKEN, Browser, World
from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.interfaces.dashboard.owner import LINK_LIFE_MS

BEARER = {"Authorization": f"Bearer {TOKEN}"}
OPEN = {("/login", "GET"), ("/login", "POST"), ("/open/1", "GET"), ("/healthz", "GET")}


def routes(app: Any) -> list[tuple[str, str]]:
    """Return every path and method the app has, with 1 for every variable."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        found += [(path, method) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return sorted(found)


def test_every_route_but_login_and_readiness_needs_the_owner(world: World):
    app = world.app()
    client = app.test_client()

    for path, method in routes(app):
        if (path, method) in OPEN:
            continue
        answer = client.open(path, method=method, json={})
        if path.startswith("/api/"):
            assert answer.status_code == 401, (path, method)
            assert answer.mimetype == "application/problem+json"
            assert answer.json["code"] == "login_required"
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login"), path


def test_a_page_that_was_asked_for_is_shown_after_the_login(world: World):
    client = world.app().test_client()

    sent_to = client.get("/bot/1").location

    assert sent_to == "/login?next=/bot/1"
    assert client.post(sent_to, data={"password": TOKEN}).location == "/bot/1"


@pytest.mark.parametrize("path", ["//evil.test", "/\\evil.test", "https://evil.test", "evil", ""])
def test_a_login_never_leads_to_another_site(world: World, path: str):
    client = world.app().test_client()

    answer = client.post("/login", query_string={"next": path}, data={"password": TOKEN})

    assert answer.location == "/"


FOREIGN_HOST = {"Host": "evil.test"}
FOREIGN_ORIGIN = {"Origin": "http://evil.test"}
TOO_LARGE = {"Too-Large": "yes"}  # told apart below: the test client counts by itself
NO_JSON = {"Content-Type": "text/plain"}


@pytest.mark.parametrize(
    ("status", "headers", "path", "body"),
    [
        (400, FOREIGN_HOST | FOREIGN_ORIGIN | TOO_LARGE | NO_JSON, "/api/nothing", b"{"),
        (401, FOREIGN_ORIGIN | TOO_LARGE | NO_JSON, "/api/nothing", b"{"),
        (403, BEARER | FOREIGN_ORIGIN | TOO_LARGE | NO_JSON, "/api/nothing", b"{"),
        (413, BEARER | TOO_LARGE | NO_JSON, "/api/nothing", b"{"),
        (415, BEARER | NO_JSON, "/api/nothing", b"{"),
        (404, BEARER, "/api/nothing", b"{"),
        (404, BEARER, "/api/bot/99/update", b"{"),
        (405, BEARER, "/api/overview", b"{"),
        (422, BEARER, "/api/create-bot", b"{"),
        (422, BEARER, "/api/create-bot", b'{"name": NaN}'),
        (422, BEARER, "/api/create-bot", b"[]"),
        (422, BEARER, "/api/create-bot", b'"{}"'),
        (422, BEARER, "/api/create-bot", b"[" * 100_000),
    ],
)
def test_refusals_come_in_one_order(
    world: World, status: int, headers: dict[str, str], path: str, body: bytes
):
    answer = (
        world.app()
        .test_client()
        .post(
            path,
            data=body,
            headers={"Content-Type": "application/json"} | headers,
            environ_overrides={"CONTENT_LENGTH": str(2**20 + 1)} if "Too-Large" in headers else {},
        )
    )

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["request_id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "0" * 64},
        {"Origin": "http://localhost:5002"},
        {"Origin": "null"},
        {"Referer": "http://evil.test/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_somebody_else_can_change_nothing(
    world: World, browser: Browser, headers: dict[str, str]
):
    bot = world.bot()

    assert browser.post(f"/api/bot/{bot.id}/start", **headers).status_code == 403
    assert not world.bots.get(bot.id).wish.wants_process


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Referer": "http://localhost/bot/1"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_page_can(world: World, browser: Browser, headers: dict[str, str]):
    assert browser.post(f"/api/bot/{world.bot().id}/start", **headers).status_code == 200


def test_a_bearer_needs_no_csrf_token(world: World):
    client = world.app().test_client()
    bot = world.bot()

    assert client.post(f"/api/bot/{bot.id}/start", headers=BEARER).status_code == 200
    assert world.activities.newest()[0].actor == "token"


def test_a_wrong_bearer_is_refused_although_the_session_is_good(browser: Browser):
    answer = browser.get("/api/overview", headers={"Authorization": "Bearer wrong"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("localhost:5001", True),
        ("127.0.0.1:9999", True),
        ("[::1]:5001", True),
        ("evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("localhost.evil.test:5001", False),
        ("localhost@evil.test", False),
        ("localhost:port", False),
        ("192.168.1.2:5001", False),
        ("[::1", False),
    ],
)
def test_only_our_own_names_are_answered(world: World, host: str, ours: bool):
    answer = world.app().test_client().get("/healthz", headers={"Host": host})

    assert answer.status_code == (200 if ours else 400)


def test_bare_addresses_are_ours_where_the_owner_opened_the_network(world: World):
    world.hosts = frozenset({"*", "box.lan"})
    client = world.app().test_client()

    assert client.get("/healthz", headers={"Host": "192.168.1.2:5001"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "box.lan"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.test"}).status_code == 400


def test_token_and_password_both_open(world: World):
    world.settings = {"tradefleet_password": PASSWORD}

    for secret in (TOKEN, PASSWORD):
        client = world.app().test_client()
        answer = client.post("/login", data={"password": secret, "user": "ignored"})
        assert answer.status_code == 303
        assert client.get("/api/overview").status_code == 200


def test_a_kept_password_opens_and_is_kept_as_a_hash(world: World):
    app = world.app()
    app.extensions["services"].owner.set_password(PASSWORD)

    assert PASSWORD not in world.sessions.secret("password")
    assert app.test_client().post("/login", data={"password": PASSWORD}).status_code == 303
    assert app.test_client().post("/login", data={"password": "x"}).status_code == 401


def test_failed_logins_are_throttled_from_the_tenth_on(world: World):
    world.settings = {"tradefleet_password": PASSWORD}
    client = world.app().test_client()

    statuses = [
        client.post(
            "/login", data={"password": f"guess {n}"}, headers={"X-Forwarded-For": f"10.0.0.{n}"}
        ).status_code
        for n in range(12)
    ]

    assert statuses == [401] * 9 + [429] * 3
    assert client.post("/login", data={"password": PASSWORD}).status_code == 429
    assert client.post("/login", data={"password": TOKEN}).status_code == 303  # never guessed


def test_good_logins_are_never_throttled(world: World):
    client = world.app().test_client()

    assert {client.post("/login", data={"password": TOKEN}).status_code for _ in range(15)} == {303}


def test_the_cookie_is_for_us_alone(world: World):
    client = world.app().test_client()

    cookie = client.post("/login", data={"password": TOKEN}).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie


def test_a_login_renews_the_session(world: World, browser: Browser):
    old = browser.client.get_cookie("tradefleet_80").value
    browser.log_in()
    new = browser.client.get_cookie("tradefleet_80").value

    browser.client.set_cookie("tradefleet_80", old)
    assert old != new
    assert browser.get("/api/overview").status_code == 401


def test_a_logout_ends_the_session_for_good(browser: Browser):
    cookie = browser.client.get_cookie("tradefleet_80").value

    assert browser.post("/logout").location == "/login"

    browser.client.set_cookie("tradefleet_80", cookie)
    assert browser.get("/api/overview").status_code == 401


def test_the_owner_sees_every_session_and_ends_another(world: World, browser: Browser):
    other = Browser(world.app().test_client())
    other.log_in()

    (own, foreign) = sorted(
        browser.get("/api/sessions").json["sessions"], key=lambda s: not s["current"]
    )
    assert (own["current"], foreign["current"]) == (True, False)
    assert {len(own["id"]), len(foreign["id"])} == {16}

    assert browser.delete(f"/api/session/{foreign['id']}").json == {
        "id": foreign["id"],
        "ended": True,
    }
    world.clock.wait(11)  # another process knows for ten seconds at most
    assert other.get("/api/overview").status_code == 401
    assert browser.get("/api/overview").status_code == 200
    assert browser.delete(f"/api/session/{foreign['id']}").status_code == 404


def test_a_logout_needs_the_csrf_token_of_the_form(browser: Browser):
    assert browser.client.post("/logout").status_code == 403
    assert browser.client.post("/logout", data={"csrf_token": browser.token}).status_code == 303


def test_a_session_dies_after_eight_idle_hours(world: World, browser: Browser):
    world.clock.at += 8 * HOUR - MINUTE
    assert browser.get("/api/overview").status_code == 200

    world.clock.at += 8 * HOUR - MINUTE
    assert browser.get("/api/overview").status_code == 200

    world.clock.at += 8 * HOUR + MINUTE
    assert browser.get("/api/overview").status_code == 401


@pytest.mark.parametrize("path", ["/login?link={}", "/open/{}"])
def test_a_login_link_works_once(world: World, path: str):
    app = world.app()
    link = app.extensions["services"].owner.make_link()

    first = app.test_client()
    assert first.get(path.format(link)).location == "/"
    assert first.get("/api/overview").status_code == 200
    assert app.test_client().get(path.format(link)).status_code == 401


def test_a_login_link_grows_old(world: World):
    app = world.app()
    link = app.extensions["services"].owner.make_link()
    world.clock.at += LINK_LIFE_MS + 1

    assert app.test_client().get(f"/open/{link}").status_code == 401


def test_every_answer_carries_the_headers(world: World, browser: Browser):
    app = world.app()
    style = f"{app.static_url_path}/css/base.css"
    paths = ["/login", "/", "/healthz", "/api/overview", "/nothing", style]
    clients = (app.test_client(), browser.client)
    answers = [client.get(path, buffered=True) for path in paths for client in clients]
    answers.append(app.test_client().get("/", headers=FOREIGN_HOST))

    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert browser.get("/api/overview").headers["Cache-Control"] == "no-store"


def test_a_stranger_gets_the_assets_of_the_login_page_only(world: World):
    app = world.app()
    client = app.test_client()

    assert client.get(f"{app.static_url_path}/css/base.css", buffered=True).status_code == 200
    assert client.get(f"{app.static_url_path}/js/overview.js").status_code == 302


def test_a_bug_shows_its_number_and_nothing_else(world: World):
    app = world.app()

    def broken() -> Any:
        raise ZeroDivisionError("secret words of the inside")

    app.extensions["services"].overviews.market.prices = broken
    app.testing = False
    answer = app.test_client().get("/api/overview", headers=BEARER)

    assert answer.status_code == 500
    assert answer.json["code"] == "failed"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.get_data(as_text=True)


def test_no_secret_is_ever_told(world: World, browser: Browser):
    secrets = {
        "binance_api_key": "KEY-OF-BINANCE",
        "binance_api_secret": "SECRET-OF-BINANCE",
        "openai_api_key": "KEY-OF-OPENAI",
        "twilio_auth_token": "TOKEN-OF-TWILIO",
        "tradefleet_password": PASSWORD,
        "apprise_urls": "mailto://me:SECRET-OF-MAIL@example.test",
        "database_url": "postgresql://me:SECRET-OF-STORE@localhost/x",
    }
    world.settings = secrets
    bot = world.bot()
    app = world.app()
    client = app.test_client()

    for path, method in routes(app):
        if method != "GET" or path in {"/api/events", "/open/1"} or path.startswith("/static"):
            continue
        text = client.get(path.replace("/1", f"/{bot.id}"), headers=BEARER).get_data(as_text=True)
        assert not [word for word in (*secrets.values(), TOKEN, "SECRET-OF") if word in text], path
