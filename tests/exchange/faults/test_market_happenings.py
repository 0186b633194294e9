"""Happenings to the clock, to symbols, their rules, books and prices."""

from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.faults.peer import connected
from tests.exchange.fixed_market import FixedMarket

STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "1"}


def symbols(desk: Desk) -> dict[str, dict[str, Any]]:
    return {row["symbol"]: row for row in desk.get("/exchangeInfo").json()["symbols"]}


def failure(desk: Desk) -> str:
    return desk.client.get("/sim/faults").json()["faults"][0].get("failed", "")


def now(desk: Desk) -> int:
    return desk.get("/time").json()["serverTime"]


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("ms", "complaint"),
    [
        (6_000, "Timestamp for this request is outside of the recvWindow."),
        (-2_000, "Timestamp for this request was 1000ms ahead of the server's time."),
    ],
)
def test_the_clock_jumps_for_time_and_checks(ms, complaint):
    desk = Desk()
    before = now(desk)
    desk.bring({"kind": "clock_skew", "ms": ms, "for_ms": 10_000})

    assert now(desk) == before + ms
    assert desk.send("POST", "/order", **BUY).json() == {"code": -1021, "msg": complaint}
    right = desk.send("POST", "/order", **BUY, timestamp=now(desk)).json()
    assert right["transactTime"] == before + ms
    desk.pass_time(10_000)
    assert now(desk) == before + 10_000


def test_the_clock_jumps_for_streams_which_go_on():
    desk = Desk()
    with connected(desk, "/stream?streams=btcusdt@trade/btcusdt@miniTicker") as peer:
        desk.pass_time(1_000)
        first = peer.next()["data"]
        desk.bring({"kind": "clock_skew", "ms": -3_600_000})
        desk.pass_time(1_000)
        desk.market.move("101")
        desk.pass_time(0)
        told = {message["stream"]: message["data"] for message in (peer.next(), peer.next())}

    early = desk.market.now() - 3_600_000
    assert first["E"] == desk.market.now() - 1_000
    assert {message["E"] for message in told.values()} == {early}


def test_what_is_planned_does_not_jump_with_the_clock():
    desk = Desk()
    desk.bring(
        {"kind": "permission_lost", "at_ms": 5_000},
        {"kind": "clock_skew", "ms": 3_600_000},
    )

    desk.pass_time(4_900)
    assert desk.send("GET", "/account", timestamp=now(desk)).json()["canTrade"] is True
    desk.pass_time(100)
    assert desk.send("GET", "/account", timestamp=now(desk)).json()["canTrade"] is False


# ---------------------------------------------------------------- halts


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY"])
def test_a_symbol_is_halted_for_a_while(status):
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.bring({"kind": "halt", "symbol": "BTCUSDT", "status": status, "for_ms": 5_000})

    assert symbols(desk)["BTCUSDT"]["status"] == status
    refused = desk.send("POST", "/order", **BUY).json()
    assert refused == {"code": -2010, "msg": "Market is closed."}
    desk.market.move("80")
    desk.pass_time(100)
    assert desk.send("GET", "/order", symbol="BTCUSDT", orderId=1).json()["status"] == "NEW"
    cancelled = desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=1)
    assert cancelled.status_code == (200 if status == "CANCEL_ONLY" else 400)

    desk.pass_time(5_000)
    assert symbols(desk)["BTCUSDT"]["status"] == "TRADING"
    assert desk.send("POST", "/order", **BUY).json()["status"] == "FILLED"


def test_prices_stand_still_while_halted():
    desk = Desk()
    with connected(desk, "/ws/btcusdt@trade") as peer:
        desk.bring({"kind": "halt"})
        desk.market.move("120")
        desk.pass_time(100)
        halted = desk.get("/ticker/price", symbol="BTCUSDT").json()["price"]
        desk.bring()
        desk.market.move("121")
        desk.pass_time(100)

        assert halted == "100.00000000"
        assert peer.next()["p"] == "121.00000000"


def test_a_symbol_opens_again_only_when_nothing_keeps_it_shut():
    desk = Desk()
    desk.bring(
        {"kind": "halt", "status": "BREAK", "for_ms": 1_000},
        {"kind": "halt", "symbol": "BTCUSDT", "status": "CANCEL_ONLY", "for_ms": 2_000},
    )
    statuses = []
    for _ in range(3):
        statuses.append(symbols(desk)["BTCUSDT"]["status"])
        desk.pass_time(1_000)

    assert statuses == ["CANCEL_ONLY", "CANCEL_ONLY", "TRADING"]


def test_after_a_halt_a_stop_fills_where_the_market_opens():
    desk = Desk(FixedMarket(continuous=True))
    desk.send("POST", "/order", **STOP, stopPrice="95")
    desk.bring({"kind": "halt", "for_ms": 1_000})
    desk.pass_time(1_000)
    desk.market.move("90")
    desk.pass_time(100)

    [trade] = desk.send("GET", "/myTrades", symbol="BTCUSDT").json()
    assert trade["price"] == "90.00000000"


# ---------------------------------------------------------------- delisting and other rules


def test_a_symbol_is_gone_and_its_orders_with_it():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.send("POST", "/orderList/oco", **OCO)
    desk.bring({"kind": "delisted", "symbol": "BTCUSDT", "for_ms": 5_000})

    assert symbols(desk) == {}
    assert desk.send("POST", "/order", **BUY).json()["code"] == -1121
    assert desk.get("/ticker/price").json() == []
    assert desk.send("GET", "/openOrders").json() == []
    locked = {row["locked"] for row in desk.send("GET", "/account").json()["balances"]}
    assert locked == {"0.00000000"}
    desk.pass_time(5_000)
    found = desk.send("GET", "/allOrders", symbol="BTCUSDT").json()
    assert {row["expiryReason"] for row in found} == {"EXCHANGE_CANCELED"}


@pytest.mark.parametrize(
    ("rules", "order", "msg"),
    [
        ({"tickSize": "0.50000000"}, {**LIMIT, "price": "90.2"}, "Filter failure: PRICE_FILTER"),
        ({"stepSize": "0.50000000"}, {**BUY, "quantity": "0.7"}, "Filter failure: LOT_SIZE"),
        ({"minNotional": "500.00000000"}, BUY, "Filter failure: NOTIONAL"),
        ({"orderTypes": ["LIMIT"]}, BUY, "Market orders are not supported for this symbol."),
        ({"status": "BREAK"}, BUY, "Market is closed."),
    ],
)
def test_rules_change_for_a_while(rules, order, msg):
    desk = Desk()
    desk.bring({"kind": "rules_changed", "symbol": "BTCUSDT", "rules": rules, "for_ms": 1_000})

    assert desk.send("POST", "/order", **order).json()["msg"] == msg
    told = symbols(desk)["BTCUSDT"]
    fields = told | {name: one[name] for one in reversed(told["filters"]) for name in one}
    assert {name: fields[name] for name in rules} == rules
    desk.pass_time(1_000)
    assert desk.send("POST", "/order", **order).status_code == 200


def test_lists_are_no_longer_allowed():
    desk = Desk()
    desk.bring({"kind": "rules_changed", "symbol": "BTCUSDT", "rules": {"ocoAllowed": False}})

    refused = desk.send("POST", "/orderList/oco", **OCO).json()
    assert (refused["code"], refused["msg"][:10]) == (-2010, "OCO orders")


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"rules": {"tikSize": "1"}}, "expected a field of exchangeInfo, was 'tikSize'"),
        ({"rules": {"symbol": "OTHER"}}, "expected a field of exchangeInfo, was 'symbol'"),
        ({"rules": {"ocoAllowed": "no"}}, "expected ocoAllowed like True, was 'no'"),
        ({"rules": {"tickSize": "NaN"}}, "expected tickSize like '0.01"),
        ({"rules": {"orderTypes": 7}}, "expected orderTypes like ["),
        ({"rules": {"orderTypes": [[]]}}, "expected fields as in exchangeInfo"),
        ({"rules": {"status": "BREAK"}, "symbol": "NOPE"}, "Invalid symbol."),
    ],
)
def test_rules_that_are_none_change_nothing(fault, complaint):
    desk = Desk()
    before = symbols(desk)
    desk.bring({"kind": "rules_changed", "symbol": "BTCUSDT", **fault})

    assert complaint in failure(desk)
    assert symbols(desk) == before


# ---------------------------------------------------------------- books and prices


def test_a_thin_book_fills_a_market_order_in_part():
    desk = Desk()
    desk.bring({"kind": "thin_book", "symbol": "BTCUSDT", "share": "0.1", "for_ms": 1_000})

    answer = desk.send("POST", "/order", **BUY).json()
    book = desk.get("/depth", symbol="BTCUSDT").json()

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.50000000")
    assert all(float(quantity) <= 0.1 for _, quantity in book["bids"])
    desk.pass_time(1_000)
    assert desk.send("POST", "/order", **BUY).json()["status"] == "FILLED"


@pytest.mark.parametrize("continuous", [False, True])
def test_a_book_has_no_more_than_a_quantity_on_each_side(continuous):
    desk = Desk(FixedMarket(continuous=continuous))
    desk.bring({"kind": "thin_book", "symbol": "BTCUSDT", "quantity": "0.3"})

    answer = desk.send("POST", "/order", **BUY).json()
    book = desk.get("/depth", symbol="BTCUSDT").json()

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.30000000")
    assert [sum(Decimal(row[1]) for row in book[side]) for side in ("bids", "asks")] == [
        Decimal("0.3"),
        Decimal("0.3"),
    ]


@pytest.mark.parametrize("continuous", [False, True])
def test_the_price_jumps_over_a_stop(continuous):
    desk = Desk(FixedMarket(continuous=continuous, spread="0.01"))
    desk.send("POST", "/order", **STOP, stopPrice="95")
    desk.bring({"kind": "price_gap", "symbol": "BTCUSDT", "percent": "-20"})

    [trade] = desk.send("GET", "/myTrades", symbol="BTCUSDT").json()
    assert Decimal(trade["price"]) <= 80
    assert Decimal(desk.get("/ticker/price", symbol="BTCUSDT").json()["price"]) <= 80


def test_one_trade_is_far_away_and_the_next_is_not():
    desk = Desk()
    with connected(desk, "/ws/btcusdt@trade") as peer:
        desk.bring({"kind": "bad_tick", "symbol": "BTCUSDT", "price": "40"})
        prices = [peer.next()["p"] for _ in range(2)]

    assert prices == ["40.00000000", "100.00000000"]
    assert desk.get("/ticker/price", symbol="BTCUSDT").json()["price"] == "100.00000000"


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({}, "expected a price or a percent"),
        ({"price": "1", "percent": "1"}, "expected a price or a percent"),
        ({"price": "1", "symbol": "NOPE"}, "Invalid symbol."),
    ],
)
def test_a_gap_to_nowhere_fails(fault, complaint):
    desk = Desk()
    desk.bring({"kind": "price_gap", "symbol": "BTCUSDT", **fault})

    assert complaint in failure(desk)


def test_nothing_trades_by_hand_where_trading_is_halted():
    desk = Desk()
    desk.bring({"kind": "halt"})

    answer = desk.client.post("/sim/price?symbol=BTCUSDT&price=90")

    assert answer.json()["msg"] == "nothing trades in BTCUSDT now"
