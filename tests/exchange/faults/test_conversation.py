"""Messages to the WebSocket API that are struck."""

from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse

from tests.exchange.desk import BUY, Desk
from tests.exchange.faults.peer import API, Peer, connected


def struck(kind: str, **values: Any) -> Desk:
    desk = Desk()
    desk.bring({"kind": kind, "path": "order.place", "times": 1, **values})
    return desk


def buy(peer: Peer, **more: Any) -> Any:
    return peer.signed("order.place", **BUY, newClientOrderId="mine", **more)


def tell_to_buy(peer: Peer, **more: Any) -> None:
    params = peer.desk.ws_params(**BUY, newClientOrderId="mine", **more)
    peer.tell("order.place", "an-order", **params)


def orders(desk: Desk) -> list[str]:
    return [row["clientOrderId"] for row in desk.send("GET", "/allOrders", symbol="BTCUSDT").json()]


@pytest.mark.parametrize(("kind", "executed"), [("error_before", []), ("error_after", ["mine"])])
def test_an_error_says_nothing_about_whether_it_happened(kind, executed):
    with connected(desk := struck(kind, code=-1006)) as peer:
        answer = buy(peer)

    assert answer == {
        "id": 1,
        "status": 500,
        "error": {
            "code": -1006,
            "msg": "An unexpected response was received from the message bus."
            " Execution status unknown.",
        },
    }
    assert orders(desk) == executed


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("banned", 418)])
def test_a_refusal_says_until_when_as_a_time(kind, status):
    with connected(desk := struck(kind, retry_after=7)) as peer:
        answer = buy(peer)

    assert (answer["status"], answer["error"]["code"]) == (status, -1003)
    now = desk.market.now()
    assert answer["error"]["data"] == {"serverTime": now, "retryAfter": now + 7_000}
    assert orders(desk) == []


@pytest.mark.parametrize(("kind", "executed"), [("dropped", []), ("lost_answer", ["mine"])])
def test_a_connection_is_cut(kind, executed):
    with connected(desk := struck(kind)) as peer:
        tell_to_buy(peer)
        assert peer.ask("ping", 2)["id"] == 2

    assert desk.wires.cuts == ["/ws-api/v3"]
    assert orders(desk) == executed


def test_half_an_answer_comes_before_the_connection_is_cut():
    with connected(desk := struck("cut_body")) as peer:
        tell_to_buy(peer)
        text = peer.next_text()

    assert text.startswith('{"id":"an-order","status":200')
    assert not text.endswith("}")
    assert desk.wires.cuts == ["/ws-api/v3"]
    assert orders(desk) == ["mine"]


@pytest.mark.parametrize(("executed", "expected"), [(False, []), (True, ["mine"])])
def test_a_request_is_never_answered(executed, expected):
    with connected(desk := struck("half_open", executed=executed)) as peer:
        tell_to_buy(peer)
        assert peer.ask("ping", 2)["id"] == 2

    assert orders(desk) == expected


@pytest.mark.parametrize("kind", ["delay", "slow_answer"])
def test_an_answer_takes_its_time(kind):
    with connected(desk := struck(kind, delay_ms=700)) as peer:
        assert buy(peer)["result"]["status"] == "FILLED"

    assert desk.pauses == [0.7]


def test_a_late_request_comes_to_life_after_its_answer():
    with connected(desk := struck("late", delay_ms=3_000)) as peer:
        assert buy(peer)["error"]["code"] == -1007
        assert orders(desk) == []
        desk.pass_time(3_000)
        assert peer.next()["result"]["status"] == "FILLED"

    assert orders(desk) == ["mine"]


@pytest.mark.parametrize(("kind", "expected"), [("late", []), ("late_engine", ["mine"])])
def test_only_the_engine_carries_out_what_is_too_old(kind, expected):
    with connected(desk := struck(kind, delay_ms=9_000)) as peer:
        assert buy(peer, recvWindow=5_000)["error"]["code"] == -1007
        desk.pass_time(9_000)
        assert peer.ask("ping", 2)["id"] in (1, 2)

    assert orders(desk) == expected


def test_what_makes_no_sense_here_strikes_rest_only():
    desk = Desk()
    desk.bring({"kind": "html_502"})
    with connected(desk) as peer:
        assert peer.ask("ping")["status"] == 200

    assert desk.get("/ping").status_code == 502


def test_a_table_without_paths_strikes_messages_but_not_the_handshake():
    desk = Desk()
    desk.bring({"kind": "rate_limited"})
    with connected(desk) as peer:
        assert peer.ask("v3/ping")["status"] == 429


def test_a_handshake_is_struck_by_its_name():
    desk = Desk()
    desk.bring({"kind": "rate_limited", "path": "WS /ws-api/v3"})

    with pytest.raises(WebSocketDenialResponse) as caught, connected(desk, API):
        pass

    assert caught.value.status_code == 429
    assert caught.value.headers["Retry-After"] == "10"


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 1}', '{"method": 7}'])
def test_nonsense_passes_to_the_exchange(text):
    desk = Desk()
    desk.bring({"kind": "dropped", "path": "order.*"})
    with connected(desk) as peer:
        peer._socket.send_text(text)
        assert "error" in peer.next()
