"""Streams and the WebSocket API, without a socket."""

import json
from contextlib import contextmanager

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk


@contextmanager
def connected(desk: Desk, path: str):
    with desk.client as client, client.websocket_connect(path) as socket:
        yield Peer(desk, socket)


class Peer:
    def __init__(self, desk: Desk, socket) -> None:
        self.desk, self.socket, self._id = desk, socket, 0

    def ask(self, method: str, params=None) -> dict:
        self._id += 1
        request = {"id": self._id, "method": method}
        self.socket.send_text(
            json.dumps(request if params is None else {**request, "params": params})
        )
        answer = self.next()
        assert answer["id"] == self._id
        return answer

    def next(self) -> dict:
        return self.socket.receive_json()

    def pass_time(self, ms: int) -> None:
        assert self.desk.client.post(f"/sim/advance?ms={ms}").status_code == 200


def test_streams_named_in_the_path_come_bare():
    with connected(desk := Desk(), "/ws/btcusdt@trade") as peer:
        desk.market.move("101", "2")
        peer.pass_time(0)

        assert peer.next() == {
            "e": "trade",
            "E": desk.market.now(),
            "s": "BTCUSDT",
            "t": 1,
            "p": "101.00000000",
            "q": "2.00000000",
            "T": desk.market.now(),
            "m": False,
            "M": True,
        }


def test_combined_streams_come_wrapped():
    with connected(desk := Desk(), "/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker") as peer:
        desk.market.move("101")
        peer.pass_time(0)

        got = {message["stream"]: message["data"] for message in (peer.next(), peer.next())}
        assert got["btcusdt@aggTrade"]["a"] == 1
        assert sorted(got["btcusdt@bookTicker"]) == ["A", "B", "a", "b", "s", "u"]


def test_a_peer_subscribes_asks_and_leaves():
    with connected(Desk(), "/ws/0") as peer:
        assert peer.ask("SUBSCRIBE", ["btcusdt@trade", "!miniTicker@arr"])["result"] is None
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["btcusdt@trade", "!miniTicker@arr"]
        assert peer.ask("UNSUBSCRIBE", ["btcusdt@trade"])["result"] is None
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["!miniTicker@arr"]
        assert peer.ask("SET_PROPERTY", ["combined", True])["result"] is None
        assert peer.ask("GET_PROPERTY", ["combined"])["result"] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ('{"method": "SUBSCRIBE", "params": ["nope@trade"], "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@kline_7m"], "id": 1}', 2),
        ('{"method": "DANCE", "id": 1}', 2),
        ('{"method": "LIST_SUBSCRIPTIONS", "id": 1.5}', 2),
    ],
)
def test_wrong_control_messages_are_answered(text, code):
    with connected(Desk(), "/ws") as peer:
        peer.socket.send_text(text)

        assert peer.next()["error"]["code"] == code


def test_a_candle_is_told_while_it_forms_and_once_when_it_closes():
    desk = Desk()
    left = 60_000 - desk.market.now() % 60_000
    with connected(desk, "/ws/btcusdt@kline_1m") as peer:
        peer.pass_time(0)
        forming = peer.next()["k"]
        peer.pass_time(left)
        closed, fresh = peer.next()["k"], peer.next()["k"]

    assert (forming["x"], closed["x"], fresh["x"]) == (False, True, False)
    assert forming["t"] == closed["t"] == fresh["t"] - 60_000
    assert closed["T"] == closed["t"] + 59_999


def test_book_differences_join_a_snapshot():
    with connected(desk := Desk(), "/ws/btcusdt@depth@100ms") as peer:
        peer.pass_time(100)
        snapshot = desk.get("/depth", symbol="BTCUSDT", limit=1000).json()
        desk.market.move("101")
        peer.pass_time(100)
        change = peer.next()

    assert change["U"] == snapshot["lastUpdateId"] + 1
    book = dict(map(tuple, snapshot["asks"])) | dict(map(tuple, change["a"]))
    asks = [[price, left] for price, left in sorted(book.items()) if float(left)]
    now = desk.get("/depth", symbol="BTCUSDT", limit=1000).json()
    assert sorted(asks) == sorted(now["asks"])


def test_partial_books_and_tickers_have_their_shapes():
    names = "btcusdt@depth5/btcusdt@miniTicker/btcusdt@ticker/!miniTicker@arr"
    with connected(Desk(), f"/stream?streams={names}") as peer:
        peer.pass_time(1_000)
        got = {m["stream"]: m["data"] for m in (peer.next() for _ in range(4))}

    assert len(got["btcusdt@depth5"]["bids"]) == 5
    assert got["btcusdt@miniTicker"]["e"] == "24hrMiniTicker"
    assert got["btcusdt@ticker"]["e"] == "24hrTicker"
    assert set("epPwxcQbBaAohlvqOCFLnsE") == set(got["btcusdt@ticker"])
    assert got["!miniTicker@arr"][0]["s"] == "BTCUSDT"


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


def test_one_subscription_an_account_until_it_ends():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        again = peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        assert again["error"]["code"] == -2035
        assert peer.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        peer.socket.send_text('{"id": 9, "method": "userDataStream.unsubscribe"}')
        ended, answer = peer.next(), peer.next()

    assert ended["event"]["e"] == "eventStreamTerminated"
    assert answer["result"] == {}


def test_orders_by_websocket_are_those_by_rest():
    desk = Desk()
    with connected(desk, "/ws-api/v3?returnRateLimits=false") as peer:
        placed = peer.ask("order.place", desk.ws_params(**LIMIT))
        cancelled = peer.ask("order.cancel", desk.ws_params(symbol="BTCUSDT", orderId=1))
        gone = peer.ask("v3/order.cancel", desk.ws_params(symbol="BTCUSDT", orderId=1))

    assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
    assert cancelled["result"]["status"] == "CANCELED"
    assert (gone["status"], gone["error"]["code"]) == (400, -2011)


def test_how_to_answer_is_signed_like_everything_else():
    desk = Desk()
    wish = {"returnRateLimits": "false"}  # ccxt sends false, and signs it as this text
    with connected(desk, "/ws-api/v3") as peer:
        signed = peer.ask("account.status", desk.ws_params(**wish) | {"returnRateLimits": False})
        public = peer.ask("time", {"returnRateLimits": False})
        unsigned = peer.ask("account.status", desk.ws_params() | {"returnRateLimits": False})

    assert (signed["status"], public["status"]) == (200, 200)
    assert "rateLimits" not in signed | public
    assert unsigned["error"]["code"] == -1022


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
