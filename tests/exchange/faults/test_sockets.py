"""Faults as they look on a socket, from the exchange as a process."""

import json
import signal
from collections.abc import Iterator

import httpx2
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from tests.exchange.desk import sign
from tests.exchange.test_server import KEY, PATIENCE_S, SECRET, Running, start

BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "500"}
ORDER = "POST /api/v3/order"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("exchange"))
    yield running
    code, said = running.end(signal.SIGTERM)
    assert (code, said) == (0, "")  # cut connections are no cause for complaint


def bring(exchange: Running, **fault) -> None:
    answer = exchange.client.post("/sim/faults", json={"faults": [{"times": 1, **fault}]})
    assert answer.status_code == 200, answer.text


def status(exchange: Running, name: str) -> str:
    found = exchange.send("GET", "/order", symbol="BTCUSDT", origClientOrderId=name).json()
    return found.get("status", found.get("msg"))


@pytest.mark.parametrize(
    ("kind", "complaint", "outcome"),
    [
        ("dropped", "without sending a response", "Order does not exist."),
        ("lost_answer", "without sending a response", "FILLED"),
        ("cut_body", "without sending complete message body", "FILLED"),
    ],
)
def test_a_connection_is_cut(exchange, kind, complaint, outcome):
    bring(exchange, kind=kind, path=ORDER)

    with pytest.raises(httpx2.RemoteProtocolError, match=complaint):
        exchange.send("POST", "/order", **BUY, newClientOrderId=kind)

    assert status(exchange, kind) == outcome


def test_an_answer_comes_byte_by_byte_and_whole(exchange):
    bring(exchange, kind="trickle", byte_ms=0, path="GET /api/v3/time")
    with exchange.client.stream("GET", "/api/v3/time") as answer:
        chunks = list(answer.iter_raw())

    assert list(json.loads(b"".join(chunks))) == ["serverTime"]


def test_an_order_comes_to_life_after_its_connection_was_cut(exchange):
    bring(exchange, kind="late_engine", path=ORDER, delay_ms=0, cut=True)

    with pytest.raises(httpx2.RemoteProtocolError):
        exchange.send("POST", "/order", **BUY, newClientOrderId="late")
    exchange.client.post("/sim/price?symbol=BTCUSDT&price=50000")  # what is due is done before

    assert status(exchange, "late") == "FILLED"


@pytest.mark.parametrize(
    ("kind", "more", "outcome"),
    [
        ("dropped", {}, "Order does not exist."),
        ("lost_answer", {}, "FILLED"),
        ("late", {"cut": True, "delay_ms": 0}, "FILLED"),
    ],
)
def test_a_connection_of_the_websocket_api_is_cut(exchange, kind, more, outcome):
    bring(exchange, kind=kind, path="order.place", **more)
    name = f"ws-{kind}"
    params = {"apiKey": KEY, "timestamp": exchange.now(), **BUY, "newClientOrderId": name}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = sign(text, SECRET)

    with connect(f"ws://127.0.0.1:{exchange.port}/ws-api/v3") as socket:
        socket.send(json.dumps({"id": 1, "method": "order.place", "params": params}))
        with pytest.raises(ConnectionClosedError):
            socket.recv(PATIENCE_S)

    exchange.client.post("/sim/price?symbol=BTCUSDT&price=50000")
    assert status(exchange, name) == outcome


def test_a_silent_stream_stays_open_and_says_nothing(exchange):
    with connect(f"ws://127.0.0.1:{exchange.port}/ws/btcusdt@trade") as socket:
        bring(exchange, kind="stream_silent", streams="market")
        exchange.client.post("/sim/price?symbol=BTCUSDT&price=11111")
        exchange.client.post("/sim/faults", json={"faults": []})
        exchange.client.post("/sim/price?symbol=BTCUSDT&price=22222")
        received = [json.loads(socket.recv(PATIENCE_S))["p"]]
        while received[-1] != "22222.00000000":
            received.append(json.loads(socket.recv(PATIENCE_S))["p"])

        assert "11111.00000000" not in received


def test_faults_come_from_a_file(tmp_path):
    file = tmp_path / "bad-day.json"
    file.write_text('{"faults": [{"kind": "banned", "path": "GET /api/v3/ping"}]}')
    running = Running(tmp_path, "--faults", str(file))

    assert running.client.get("/api/v3/ping").status_code == 418
    assert running.client.get("/api/v3/time").status_code == 200
    running.end(signal.SIGTERM)


def test_a_file_without_faults_keeps_the_exchange_from_starting(tmp_path):
    file = tmp_path / "bad-day.json"
    file.write_text('{"faults": [{"kind": "earthquake"}]}')
    process = start(tmp_path, "--faults", str(file))

    said, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert "bad-day.json: expected a kind of delay" in said
    assert "was 'earthquake'" in said
