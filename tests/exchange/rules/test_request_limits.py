"""Weight, requests and bans of an address, and what every answer says of them."""

import json

from tests.exchange.desk import LIMIT, Desk
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.candle import DAY, MINUTE, SECOND
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.info.rate_limits import RateLimits
from tradefleet.exchange.rules.request_limits import FIRST_BAN, LONGEST_BAN, PATIENCE

MOST = {"symbol": "BTCUSDT", "limit": "5000"}  # weighs 250


def exhausted() -> Desk:
    """An exchange whose visitor has used all weight of the minute."""
    desk = Desk()
    desk.market.time = desk.market.time // MINUTE * MINUTE + 20 * SECOND
    for _ in range(24):
        assert desk.get("/depth", **MOST).status_code == 200
    return desk


def banned() -> Desk:
    """An exchange whose visitor went on after refusals, until the ban."""
    desk = exhausted()
    for _ in range(PATIENCE):
        assert desk.get("/ping").status_code == 429
    return desk


def test_every_answer_tells_the_weight_used_refused_or_not():
    desk = Desk()

    fine = desk.get("/depth", symbol="BTCUSDT")
    refused = desk.get("/klines", symbol="BTCUSDT")
    nowhere = desk.get("/nowhere")

    names = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
    assert [[answer.headers[name] for name in names] for answer in (fine, refused, nowhere)] == [
        ["5", "5"],
        ["7", "7"],
        ["8", "8"],
    ]


def test_order_calls_cost_nothing_when_they_succeed_and_their_weight_when_they_fail():
    desk = Desk()

    placed = desk.send("POST", "/order", **LIMIT)
    failed = desk.send("POST", "/order", **(LIMIT | {"price": "0.001"}))
    cancelled = desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=placed.json()["orderId"])

    used = [answer.headers["X-MBX-USED-WEIGHT-1M"] for answer in (placed, failed, cancelled)]
    assert used == ["0", "1", "1"]
    assert "X-MBX-ORDER-COUNT-1D" in placed.headers
    assert "X-MBX-ORDER-COUNT-1D" not in failed.headers


def test_too_much_weight_is_refused_until_the_minute_ends():
    desk = exhausted()

    answer = desk.get("/ping")

    assert answer.status_code == 429
    assert answer.json() == {
        "code": -1003,
        "msg": "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."
        " Please use WebSocket Streams for live updates to avoid polling the API.",
    }
    assert answer.headers["Retry-After"] == "40"
    desk.market.time += 40 * SECOND
    assert desk.get("/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_who_goes_on_after_a_429_is_banned_for_two_minutes():
    desk = banned()
    end = desk.market.time + FIRST_BAN

    answer = desk.get("/ping")

    assert answer.status_code == 418
    assert answer.json() == {
        "code": -1003,
        "msg": f"Way too much request weight used; IP banned until {end}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
    }
    assert answer.headers["Retry-After"] == "120"
    desk.market.time = end - 1
    assert desk.send("GET", "/account").status_code == 418
    assert desk.get("/ping").headers["Retry-After"] == "1"
    desk.market.time = end
    assert desk.get("/ping").status_code == 200


def test_who_heeds_a_429_is_not_banned_however_often_it_happens():
    desk = Desk()
    desk.market.time = desk.market.time // MINUTE * MINUTE
    for _ in range(3 * PATIENCE):
        while desk.get("/depth", **MOST).status_code == 200:
            pass
        desk.market.time += MINUTE
        assert desk.get("/ping").status_code == 200


def test_bans_grow_up_to_three_days_and_are_forgiven_after_a_quiet_day():
    limits = Desk().venue.limits
    now, lengths = 0, []
    for _ in range(14):
        start = now = (now // MINUTE + 1) * MINUTE
        status = 0
        while status != 418:
            status, end = refusal(limits, now)
        lengths.append(end - start)
        now = end

    assert lengths[:3] == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert lengths[-2:] == [LONGEST_BAN, LONGEST_BAN]
    now += 2 * DAY
    status = 0
    while status != 418:
        status, end = refusal(limits, now)
    assert end - now == FIRST_BAN


def refusal(limits, now: int) -> tuple[int, int]:
    try:
        limits.use("one", 3_000, now)
    except ApiError as error:
        return error.status, error.retry_at
    return 200, 0


def test_requests_are_counted_without_their_weight_too():
    market = FixedMarket()
    few = {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 3}
    entries = [known.entry for known in market.rules().symbols.values()]
    market.take_over(type(market.rules()).read({"symbols": entries, "rateLimits": [few]}))
    desk = Desk(market)

    statuses = [desk.get("/ping").status_code for _ in range(4)]
    answer = desk.get("/ping")

    assert statuses == [200, 200, 200, 429]
    assert answer.json()["msg"].startswith(
        "Too many requests; current limit is 3 requests per 5 MINUTE."
    )
    window = RateLimits.read([few]).of("RAW_REQUESTS")[0]
    wait = window.ends(market.time) - market.time
    assert int(answer.headers["Retry-After"]) == -(-wait // SECOND)


def test_too_many_unfilled_orders_wait_for_the_end_of_their_window():
    desk = Desk()
    desk.market.time = desk.market.time // MINUTE * MINUTE + 3 * SECOND
    for _ in range(100):
        desk.send("POST", "/order", **(LIMIT | {"quantity": "0.06"}))

    answer = desk.send("POST", "/order", **(LIMIT | {"quantity": "0.06"}))

    assert answer.status_code == 429
    assert answer.json() == {
        "code": -1015,
        "msg": "Too many new orders; current limit is 100 orders per 10 SECOND.",
    }
    assert answer.headers["Retry-After"] == "7"


def test_the_websocket_api_says_when_to_come_back_as_a_time():
    desk = banned()
    end = desk.market.time + FIRST_BAN
    desk.get("/ping")

    with desk.client.websocket_connect("/ws-api/v3") as socket:
        socket.send_text(json.dumps({"id": 1, "method": "ping"}))
        answer = socket.receive_json()

    assert answer["status"] == 418
    assert answer["error"]["code"] == -1003
    assert answer["error"]["data"] == {"serverTime": desk.market.time, "retryAfter": end}
    assert answer["rateLimits"][0]["limit"] == 6000
