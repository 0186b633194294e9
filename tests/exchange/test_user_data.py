"""The user data stream, held to recorded messages and to the documented order of events."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.fixed_market import FixedMarket
from tests.skips import shared_data
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.orders import TimeInForce

ALWAYS = set("eEscSofqpPFgCxXrizlLnNtTIwmMOZYQV")


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    path = shared_data() / "api_samples" / "binance-spot-api-samples.json"
    return json.loads(path.read_text("utf-8"))


def shape(value: Any) -> Any:
    """What a value looks like: names and types, of a list those of its first element."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return type(value)


def events(bench: Bench, kind: str = "executionReport") -> list[dict[str, Any]]:
    """What was told, as it would be read."""
    return [json.loads(json.dumps(e)) for e in bench.listener.events if e["e"] == kind]


def test_a_new_order_is_reported_as_recorded(samples):
    bench = Bench()

    bench.place(order(Side.BUY, OrderType.LIMIT, "1", price="90"))

    assert shape(events(bench)[0]) == shape(samples["execution_report_wrapped"]["event"])


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("execution_report_new", ("NEW", "NEW")),
        ("execution_report_trade", ("TRADE", "FILLED")),
        ("execution_report_canceled", ("CANCELED", "CANCELED")),
        ("execution_report_expired", ("EXPIRED", "EXPIRED")),
        ("execution_report_stop_loss", ("NEW", "NEW")),
    ],
)
def test_reports_have_all_that_was_recorded_in_the_same_types(samples, sample, expected):
    bench = Bench()
    kind, recorded = expected, shape(samples[sample])
    if sample == "execution_report_stop_loss":
        bench.place(order(Side.SELL, OrderType.STOP_LOSS_LIMIT, "1", price="95", stop="96"))
    elif sample == "execution_report_trade":
        bench.place(order(Side.BUY, OrderType.LIMIT, "1", price="90"))
        bench.move("89")
    else:
        force = TimeInForce.IOC if "expired" in sample else TimeInForce.GTC
        placed = bench.place(order(Side.BUY, OrderType.LIMIT, "1", price="90", force=force))
        if "canceled" in sample:
            bench.engine.cancel(bench.account, placed, "the-cancel")

    told = shape(next(e for e in events(bench) if (e["x"], e["X"]) == kind))

    assert {name: told[name] for name in recorded} == recorded


def test_positions_and_deposits_are_told_as_recorded(samples):
    bench = Bench()
    bench.listener.events.clear()

    bench.engine.deposit(bench.account, "BTC", Decimal(1))

    (update,) = events(bench, "balanceUpdate")
    (position,) = events(bench, "outboundAccountPosition")
    assert shape(update) == shape(samples["balance_update"])
    assert shape(position) == shape(samples["account_position"])


@pytest.mark.parametrize(
    ("sample", "ask"),
    [
        ("new_order_full_response", lambda desk: desk.send("POST", "/order", **BUY)),
        ("order_response", lambda desk: desk.send("GET", "/order", symbol="BTCUSDT", orderId=1)),
        ("open_orders_response", lambda desk: desk.send("GET", "/openOrders")),
        ("all_orders_response", lambda desk: desk.send("GET", "/allOrders", symbol="BTCUSDT")),
        ("account_response", lambda desk: desk.send("GET", "/account")),
        (
            "cancel_order_response",
            lambda desk: desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=1),
        ),
        (
            "cancel_open_orders_response",
            lambda desk: desk.send("DELETE", "/openOrders", symbol="BTCUSDT"),
        ),
    ],
)
def test_answers_have_the_recorded_fields_and_no_others(samples, sample, ask):
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)

    answer = ask(desk)

    assert answer.status_code == 200
    assert shape(answer.json()) == shape(samples[sample])


def test_my_trades_are_told_as_recorded(samples):
    desk = Desk()
    desk.send("POST", "/order", **BUY | {"quantity": "0.5"})

    told = desk.send("GET", "/myTrades", symbol="BTCUSDT").json()

    assert shape(told) == shape(samples["account_trades_response"])


def test_reports_carry_what_is_conditional_only_where_it_applies():
    bench = Bench(FixedMarket(levels=1))
    bench.place(order(Side.BUY, OrderType.LIMIT, "1", price="90"))
    bench.place(order(Side.SELL, OrderType.STOP_LOSS, "1", stop="96"))
    bench.place(order(Side.SELL, OrderType.STOP_LOSS, "1", delta=100))
    bench.place(order(Side.BUY, OrderType.MARKET, "2"))

    more = [set(report) - ALWAYS for report in events(bench)]

    assert more[:3] == [{"W"}, set(), {"d", "D"}]
    assert more[3:] == [{"W"}, {"W"}, {"W", "eR"}]


def test_a_market_order_is_told_step_by_step_and_the_position_last():
    bench = Bench(FixedMarket(levels=2))
    bench.listener.events.clear()

    bench.place(order(Side.BUY, OrderType.MARKET, "3"))

    told = [(e["e"], e.get("x"), e.get("X")) for e in bench.listener.events]
    assert told == [
        ("executionReport", "NEW", "NEW"),
        ("executionReport", "TRADE", "PARTIALLY_FILLED"),
        ("executionReport", "TRADE", "PARTIALLY_FILLED"),
        ("executionReport", "EXPIRED", "EXPIRED"),
        ("outboundAccountPosition", None, None),
    ]


def test_execution_numbers_never_return_after_a_restart():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    before = desk.venue.books.last_execution_id

    records = list(desk.log.replay())

    assert before > 0
    assert max(record.get("execution_id", 0) for record in records) == before
