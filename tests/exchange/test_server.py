"""The exchange as a process, on the synthetic market: what clients see, what a kill leaves."""

import json
import signal
from collections.abc import Iterator

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.exchange.desk import sign
from tests.exchange.running import KEY, PATIENCE_S, SECRET, Running, start


@pytest.fixture(scope="module")
def exchange(tmp_path_factory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("exchange"))
    yield running
    running.end(signal.SIGKILL)


def test_a_client_trades_and_hears_of_it(exchange):
    base = f"ws://127.0.0.1:{exchange.port}"
    with connect(f"{base}/ws/btcusdt@kline_1s") as candles, connect(f"{base}/ws-api/v3") as user:
        params = {"apiKey": KEY, "timestamp": exchange.now()}
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = sign(text, SECRET)
        method = "userDataStream.subscribe.signature"
        user.send(json.dumps({"id": "1", "method": method, "params": params}))
        assert json.loads(user.recv(PATIENCE_S))["result"] == {"subscriptionId": 0}

        order = exchange.send(
            "POST", "/order", symbol="BTCUSDT", side="BUY", type="MARKET", quoteOrderQty="500"
        ).json()
        events = [json.loads(user.recv(PATIENCE_S))["event"] for _ in range(2)]
        candle = json.loads(candles.recv(PATIENCE_S))

    assert order["status"] == "FILLED"
    assert [event["x"] for event in events] == ["NEW", "TRADE"]
    assert (candle["e"], candle["k"]["i"]) == ("kline", "1s")


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path):
    first = Running(tmp_path)
    buy = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "500"}
    stop = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.001", "stopPrice": "1000"}
    first.send("POST", "/order", **buy)
    first.send("POST", "/order", symbol="BTCUSDT", **stop)
    questions = [("/account", {}), ("/myTrades", {"symbol": "BTCUSDT"}), ("/openOrders", {})]
    before = [first.send("GET", path, **params).json() for path, params in questions]
    first.end(signal.SIGKILL)

    again = Running(tmp_path)

    assert [again.send("GET", path, **params).json() for path, params in questions] == before
    assert json.loads(again.ready.read_text()) == {"port": again.port, "pid": again.process.pid}
    code, said = again.end(signal.SIGTERM)
    assert (code, said) == (0, "")
    assert not again.ready.exists()


def test_a_second_exchange_is_told_what_is_taken(exchange):
    memory = exchange.folder / "exchange"
    for arguments, complaint in (
        ([], "already works on"),
        (["--state", str(memory)], "in use by another exchange"),
        (
            ["--state", str(memory / "other"), "--port", str(exchange.port)],
            f"cannot listen on 127.0.0.1:{exchange.port}",
        ),
    ):
        second = start(exchange.folder, *arguments)
        said, _ = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 1
        assert complaint in said


def test_lost_answers_really_cut_the_connection(exchange):
    fault = {"kind": "lost_answer", "path": "POST /api/v3/order", "times": 1}
    exchange.client.post("/sim/faults", json={"faults": [fault]})
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "500"}

    with pytest.raises(httpx2.RemoteProtocolError):
        exchange.send("POST", "/order", **order, newClientOrderId="mine")

    found = exchange.send("GET", "/order", symbol="BTCUSDT", origClientOrderId="mine").json()
    assert found["status"] == "FILLED"


def test_it_ends_when_its_data_folder_disappears(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    running = Running(home)

    home.rename(tmp_path / "elsewhere")

    assert running.process.wait(PATIENCE_S) == 0
    running.client.close()
    running.process.communicate()


def test_those_who_are_connected_are_told_before_it_goes(tmp_path):
    running = Running(tmp_path)
    base = f"ws://127.0.0.1:{running.port}"
    with (
        connect(f"{base}/ws") as raw,
        connect(f"{base}/stream") as combined,
        connect(f"{base}/ws-api/v3") as api,
    ):
        running.process.send_signal(signal.SIGTERM)
        bare, wrapped, event = (json.loads(one.recv(PATIENCE_S)) for one in (raw, combined, api))
        for one in (raw, combined, api):
            with pytest.raises(ConnectionClosed):
                one.recv(PATIENCE_S)

    assert set(bare) == {"e", "E"}
    assert bare["e"] == "serverShutdown"
    assert wrapped == {"stream": "!serverShutdown", "data": bare}
    assert event == {"event": bare}
    assert running.process.wait(PATIENCE_S) == 0
    running.client.close()
    running.process.communicate()


def test_a_peer_that_says_too_much_is_disconnected(exchange):
    with connect(f"ws://127.0.0.1:{exchange.port}/ws") as stream:
        for number in range(6):
            stream.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        with pytest.raises(ConnectionClosed) as ended:
            list(stream)

    assert ended.value.rcvd.code == 1008
