"""The WebSocket API, without a socket."""

import json

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.fixed_market import START
from tests.exchange.peer import connected


def test_user_data_tell_of_an_order_in_the_order_it_happened():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        followed = peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        desk.send("POST", "/order", **BUY, newClientOrderId="mine")
        events = [peer.next() for _ in range(3)]

    assert followed["result"] == {"subscriptionId": 0}
    assert [event["subscriptionId"] for event in events] == [0, 0, 0]
    new, trade, position = (event["event"] for event in events)
    assert (new["x"], new["X"], new["c"]) == ("NEW", "NEW", "mine")
    assert (trade["x"], trade["X"], trade["n"], trade["N"]) == (
        "TRADE",
        "FILLED",
        "0.00100000",
        "BTC",
    )
    assert set("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQVW") == set("".join(trade))
    assert position["B"] == [
        {"a": "USDT", "f": "9899.50000000", "l": "0.00000000"},
        {"a": "BTC", "f": "10.99900000", "l": "0.00000000"},
    ]


def test_a_stop_that_fires_is_told_to_its_owner():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        desk.send("POST", "/orderList/oco", **OCO)
        desk.client.post("/sim/price?symbol=BTCUSDT&price=97")
        events = [peer.next()["event"] for _ in range(9)]

    assert [e.get("x") or e.get("L") or e["e"] for e in events] == [
        "EXECUTING",
        "NEW",
        "NEW",
        "outboundAccountPosition",
        "EXPIRED",
        "ALL_DONE",
        "NEW",
        "TRADE",
        "outboundAccountPosition",
    ]


def test_orders_by_websocket_are_those_by_rest():
    desk = Desk()
    with connected(desk, "/ws-api/v3?returnRateLimits=false") as peer:
        placed = peer.ask("order.place", desk.ws_params(**LIMIT))
        cancelled = peer.ask("order.cancel", desk.ws_params(symbol="BTCUSDT", orderId=1))
        gone = peer.ask("v3/order.cancel", desk.ws_params(symbol="BTCUSDT", orderId=1))

    assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
    assert cancelled["result"]["status"] == "CANCELED"
    assert (gone["status"], gone["error"]["code"]) == (400, -2011)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("{", 400, -1135),
        ('{"id": 1, "method": 5}', 400, -1135),
        ('{"id": 1, "method": "order.dance"}', 400, -1020),
        ('{"id": 1, "method": "account.status"}', 400, -1102),
        ('{"id": 1, "method": "account.status", "params": {"apiKey": "x"}}', 401, -2015),
        ('{"id": 1, "method": "depth", "params": {"symbol": "BTCUSDT", "limit": 0}}', 400, -1130),
        ('{"id": 1, "method": "depth", "params": {"symbol": null}}', 400, -1102),
        ('{"id": 1, "method": "userDataStream.subscribe"}', 401, -2015),
        (
            '{"id": 1, "method": "userDataStream.unsubscribe", "params": {"subscriptionId": 4}}',
            400,
            -2036,
        ),
    ],
)
def test_wrong_messages_are_answered(text, status, code):
    with connected(Desk(), "/ws-api/v3") as peer:
        peer.socket.send_text(text)
        answer = peer.next()

    assert (answer["status"], answer["error"]["code"]) == (status, code)


def test_a_message_nested_beyond_reason_is_refused_and_ends_nothing():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.socket.send_text("[" * 100_000)
        refused = peer.next()
    with connected(desk, "/stream") as peer:
        peer.socket.send_text("[" * 100_000)
        also_refused = peer.next()

    assert refused["error"]["code"] == -1135
    assert also_refused["error"]["code"] == 3
    assert desk.venue.failure is None


def test_public_methods_answer_with_the_weight_used():
    with connected(Desk(), "/ws-api/v3") as peer:
        answer = peer.ask("time")

    assert answer["result"] == {"serverTime": 1_700_000_000_000}
    assert answer["rateLimits"][0]["count"] == 3


# ---------------------------------------------------------------- every public method

PUBLIC = {
    "ping": ("/ping", {}),
    "time": ("/time", {}),
    "exchangeInfo": ("/exchangeInfo", {"symbols": ["BTCUSDT"]}),
    "depth": ("/depth", {"symbol": "BTCUSDT", "limit": 5}),
    "trades.recent": ("/trades", {"symbol": "BTCUSDT"}),
    "trades.historical": ("/historicalTrades", {"symbol": "BTCUSDT", "fromId": 1}),
    "trades.aggregate": ("/aggTrades", {"symbol": "BTCUSDT", "fromId": 1}),
    "klines": ("/klines", {"symbol": "BTCUSDT", "interval": "1m", "timeZone": "8"}),
    "uiKlines": ("/uiKlines", {"symbol": "BTCUSDT", "interval": "1m", "limit": 3}),
    "avgPrice": ("/avgPrice", {"symbol": "BTCUSDT"}),
    "ticker.24hr": ("/ticker/24hr", {"symbols": ["BTCUSDT"], "type": "MINI"}),
    "ticker.tradingDay": ("/ticker/tradingDay", {"symbol": "BTCUSDT", "timeZone": "-1:00"}),
    "ticker": ("/ticker", {"symbol": "BTCUSDT", "windowSize": "7d"}),
    "ticker.price": ("/ticker/price", {"symbol": "BTCUSDT"}),
    "ticker.book": ("/ticker/bookTicker", {}),
}


@pytest.mark.parametrize("method", PUBLIC)
def test_public_methods_are_those_of_rest(method):
    path, params = PUBLIC[method]
    desk = Desk()
    desk.send("POST", "/order", **BUY)
    with connected(desk, "/ws-api/v3") as peer:
        answer = peer.ask(f"v3/{method}", params)
        rest = desk.get(path, **{name: in_query(value) for name, value in params.items()}).json()

    if method == "depth":
        rest["lastUpdateId"] -= 1  # a book that nobody follows is numbered by who looks at it
    assert (answer["status"], answer["result"]) == (200, rest)


def in_query(value):
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value


# ---------------------------------------------------------------- the form of messages


@pytest.mark.parametrize("number", [7, -7, 2**63 - 1, "7", "x" * 36, "a-b_C", None])
def test_ids_are_echoed_as_they_came(number):
    with connected(Desk(), "/ws-api/v3") as peer:
        peer.say(json.dumps({"id": number, "method": "ping"}))

        assert peer.next()["id"] == number


BAD_ID = (
    "Invalid 'id' in JSON request; expected an integer, a string matching"
    " '^[a-zA-Z0-9-_]{1,36}$', or null."
)


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("{", None, "Invalid JSON Request"),
        ("[]", None, "Invalid JSON Request"),
        ('{"id": 1.5, "method": "ping"}', None, BAD_ID),
        ('{"id": true, "method": "ping"}', None, BAD_ID),
        ('{"id": "a b", "method": "ping"}', None, BAD_ID),
        ('{"id": "", "method": "ping"}', None, BAD_ID),
        ('{"id": {}, "method": "ping"}', None, BAD_ID),
        ('{"id": 1}', 1, "Invalid 'method' in JSON request; expected a string."),
        (
            '{"id": 1, "method": "ping", "params": []}',
            1,
            "Invalid 'params' in JSON request; expected an object.",
        ),
    ],
)
def test_a_message_of_another_form_is_refused(text, number, words):
    with connected(Desk(), "/ws-api/v3?returnRateLimits=false") as peer:
        peer.say(text)

        assert peer.next() == {
            "id": number,
            "status": 400,
            "error": {"code": -1135, "msg": words},
        }


def test_numbers_are_signed_as_they_are_written():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        params = desk.ws_params(**LIMIT | {"quantity": "0.10", "price": "90.00"})
        text = json.dumps({"id": 1, "method": "order.place", "params": params})
        peer.say(text.replace('"0.10"', "0.10").replace('"90.00"', "90.00"))
        placed = peer.next()

    assert placed["result"]["origQty"] == "0.10000000"


# ---------------------------------------------------------------- limits

WEIGHT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6_000}


def orders(count):
    def one(interval, number, limit):
        return {
            "rateLimitType": "ORDERS",
            "interval": interval,
            "intervalNum": number,
            "limit": limit,
            "count": count,
        }

    return [one("SECOND", 10, 100), one("DAY", 1, 200_000)]


def test_answers_to_orders_tell_their_count_even_if_refused():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        placed = peer.ask("order.place", desk.ws_params(**LIMIT))
        refused = peer.ask("order.place", desk.ws_params(**LIMIT | {"quantity": "99999"}))
        cancelled = peer.ask("order.cancel", desk.ws_params(symbol="BTCUSDT", orderId=1))

    assert placed["rateLimits"] == [*orders(1), WEIGHT | {"count": 2}]
    assert refused["rateLimits"] == [*orders(1), WEIGHT | {"count": 3}]
    assert cancelled["rateLimits"] == [WEIGHT | {"count": 3}]


def test_limits_are_told_or_not_as_address_or_message_say():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        assert "rateLimits" in peer.ask("ping")
        assert "rateLimits" not in peer.ask("ping", {"returnRateLimits": False})
        assert peer.ask("ping", {"returnRateLimits": "x"})["error"]["code"] == -1100
        signed = desk.ws_params(**LIMIT, returnRateLimits="false")  # part of what is signed
        assert "rateLimits" not in (told := peer.ask("order.place", signed))
        assert told["status"] == 200
    with connected(desk, "/ws-api/v3?returnRateLimits=false") as peer:
        assert "rateLimits" not in peer.ask("ping")
        assert "rateLimits" not in peer.ask("nothing")
        assert "rateLimits" in peer.ask("ping", {"returnRateLimits": True})


def test_who_asks_too_much_is_told_when_to_come_back():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        desk.venue.limits.add("testclient", 6_000, START)
        desk.venue.limits.add("127.0.0.1", 6_000, START)
        refused = peer.ask("time")

    minute = START // 60_000 * 60_000 + 60_000
    assert (refused["status"], refused["error"]["code"]) == (429, -1003)
    assert refused["error"]["data"] == {"serverTime": START, "retryAfter": minute}


# ---------------------------------------------------------------- microseconds


def test_answers_and_events_come_in_microseconds_for_who_asks():
    desk = Desk()
    with connected(desk, "/ws-api/v3?timeUnit=microsecond") as peer:
        time = peer.ask("time")["result"]["serverTime"]
        connected_since = peer.ask("session.status")["result"]["connectedSince"]
        stamp = desk.ws_params(timestamp=START * 1_000)
        peer.ask("userDataStream.subscribe.signature", stamp)
        order = peer.ask("order.place", desk.ws_params(**BUY))["result"]
        event = peer.heard[0]["event"]
        row = peer.ask("klines", {"symbol": "BTCUSDT", "interval": "1m"})["result"][-1]
        desk.venue.limits.add("127.0.0.1", 6_000, START)
        refused = peer.ask("time")["error"]["data"]

    assert time == connected_since == order["transactTime"] == event["E"] == START * 1_000
    assert row[6] == row[0] + 59_999_999
    assert refused["serverTime"] == START * 1_000
    assert refused["retryAfter"] % 60_000_000 == 0
