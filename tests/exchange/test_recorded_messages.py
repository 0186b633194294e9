"""Messages that Binance sent once: ours have their fields and types, and our client reads them.

Two sorts: answers and events as samples (`api_samples`), and captured market streams.
"""

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.peer import connected
from tests.skips import shared_data
from tradefleet.adapters.binance import parse

STREAMS = ("binance-ws-2021.txt.gz", "BTCUSDT-raw-20240808.txt.gz")


def samples() -> dict[str, Any]:
    file = shared_data() / "api_samples" / "binance-spot-api-samples.json"
    return json.loads(file.read_text("utf-8"))


def recorded(name: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a capture; each line begins with what the recorder wrote."""
    with gzip.open(shared_data() / "streams" / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            start = line.find('{"')
            if start >= 0:
                yield json.loads(line[start:])


def shape(value: Any) -> Any:
    """Fields and types of a JSON value; of a list those of its first element."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in names}


def desk_with_orders() -> tuple[Desk, dict[str, Any]]:
    """A desk on which everything happened once, and the answers to that."""
    desk = Desk()
    answers = {"new_order_full_response": desk.send("POST", "/order", **BUY).json()}
    desk.send("POST", "/order", **LIMIT)
    told = [
        ("account_response", "/account", {}),
        ("account_trades_response", "/myTrades", {"symbol": "BTCUSDT"}),
        ("order_response", "/order", {"symbol": "BTCUSDT", "orderId": 2}),
        ("open_orders_response", "/openOrders", {"symbol": "BTCUSDT"}),
        ("all_orders_response", "/allOrders", {"symbol": "BTCUSDT"}),
    ]
    answers |= {name: desk.send("GET", path, **params).json() for name, path, params in told}
    which = {"symbol": "BTCUSDT", "orderId": 2}
    answers["cancel_order_response"] = desk.send("DELETE", "/order", **which).json()
    desk.send("POST", "/order", **LIMIT)
    asked = {"symbol": "BTCUSDT"}
    answers["cancel_open_orders_response"] = desk.send("DELETE", "/openOrders", **asked).json()
    return desk, answers


PUBLIC = {
    "ping_response": ("/ping", {}),
    "server_time_response": ("/time", {}),
    "avg_price_response": ("/avgPrice", {"symbol": "BTCUSDT"}),
    "book_ticker_response": ("/ticker/bookTicker", {"symbol": "BTCUSDT"}),
    "depth_response": ("/depth", {"symbol": "BTCUSDT"}),
    "klines_response": ("/klines", {"symbol": "BTCUSDT", "interval": "1m"}),
    "ticker_24hr_response": ("/ticker/24hr", {"symbol": "BTCUSDT"}),
    "ticker_price_response": ("/ticker/price", {"symbol": "BTCUSDT"}),
    "trades_response": ("/trades", {"symbol": "BTCUSDT"}),
}
# Of a cancelled order the sample lacks what the documentation shows today.
LATER = {"cancel_order_response": {"workingTime"}, "cancel_open_orders_response": {"workingTime"}}
ORDERS = (
    "new_order_full_response", "account_response", "account_trades_response", "order_response",
    "open_orders_response", "all_orders_response", "cancel_order_response",
    "cancel_open_orders_response",
)  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_public_answers_have_the_fields_and_types_of_the_samples(name):
    desk, _ = desk_with_orders()
    path, params = PUBLIC[name]

    assert shape(desk.get(path, **params).json()) == shape(samples()[name])


@pytest.mark.parametrize("name", ORDERS)
def test_account_answers_have_the_fields_and_types_of_the_samples(name):
    _, answers = desk_with_orders()
    ours, sample = answers[name], samples()[name]
    if isinstance(ours, list):
        ours, sample = ours[0], sample[0]

    assert shape(without(ours, *LATER.get(name, ()))) == shape(sample)


def test_symbols_have_the_fields_of_the_sample():
    ours = Desk().get("/exchangeInfo").json()
    sample = samples()["exchange_info_response"]

    assert set(ours) == set(sample) - {"sors"}  # no orders are routed among several symbols
    assert {
        name: shape(part) for name, part in ours["symbols"][0].items() if name != "filters"
    } == {name: shape(part) for name, part in sample["symbols"][0].items() if name != "filters"}


def test_events_have_the_fields_and_types_of_the_samples():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        desk.send("POST", "/orderList/oco", **OCO)
        desk.client.post("/sim/balance?asset=USDT&free=9000")
        desk.send("POST", "/order", **LIMIT)
        peer.ask("session.status")
        events = {event["event"]["e"]: event for event in peer.heard}
    known = samples()

    for ours, name in (
        ("executionReport", "execution_report_wrapped"),
        ("listStatus", "list_status_wrapped"),
        ("outboundAccountPosition", "account_position_wrapped"),
        ("balanceUpdate", "balance_update_wrapped"),
    ):
        assert shape(events[ours]) == shape(known[name]), name


def test_market_streams_have_the_fields_and_types_of_the_captures():
    seen: dict[str, Any] = {}
    for name in STREAMS:
        for message in recorded(name):
            if "stream" in message:
                kind = message["stream"].partition("@")[2]
                if "b" not in message["data"] or (message["data"]["b"] and message["data"]["a"]):
                    seen.setdefault(kind, message["data"])
    desk = Desk()
    with connected(desk, "/stream?streams=" + "/".join(f"btcusdt@{kind}" for kind in seen)) as peer:
        peer.pass_time(0)
        desk.market.move("101")
        peer.pass_time(3_000)
        peer.ask("LIST_SUBSCRIPTIONS")
        ours = {one["stream"].partition("@")[2]: one["data"] for one in peer.heard}

    assert {"depth@100ms", "bookTicker", "kline_1m", "aggTrade", "trade"} <= set(seen)
    assert {kind: shape(told) for kind, told in ours.items()} == {
        kind: shape(told) for kind, told in seen.items()
    }


# ---------------------------------------------------------------- our client reads them


def test_the_client_reads_every_sample_it_has_a_use_for():
    known = samples()

    assert [one.symbol for one in parse.instruments(known["exchange_info_response"])] == ["ETHBTC"]
    assert parse.balances(known["account_response"])["LTC"].free == Decimal("4763368.68006011")
    assert parse.rows(known["klines_response"]) == known["klines_response"]
    assert parse.day_tickers([known["ticker_24hr_response"]])["BNBBTC"]["price"] == "4.00000200"
    (trade,) = parse.trades(known["account_trades_response"])
    assert (trade.trade_id, trade.price) == (28457, Decimal("4.00000100"))
    full = parse.order(known["new_order_full_response"])
    assert sum(fill.quantity for fill in full.fills) == full.executed_quantity == 10
    cancelled = parse.order(known["cancel_order_response"])
    assert cancelled.client_order_id == "myOrder1"
    for name in ("open_orders_response", "all_orders_response", "cancel_open_orders_response"):
        orders = [one for one in known[name] if "orderId" in one]  # not the lists among them
        assert [order.order_id for order in parse.orders(orders)] == [
            one["orderId"] for one in orders
        ]


def test_the_client_reads_every_recorded_candle():
    candles = [
        message["data"]["k"]
        for message in recorded(STREAMS[0])
        if message.get("data", {}).get("e") == "kline"
    ]

    assert candles
    for candle in candles:
        row = parse.stream_candle(candle)
        assert parse.rows([row]) == [row]
        assert (row[0], row[6], row[8]) == (candle["t"], candle["T"], candle["n"])
