"""Happenings to accounts and their orders."""

from typing import Any

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.faults.peer import connected
from tests.exchange.fixed_market import FixedMarket
from tradefleet.exchange.books.books import Books

ORDER = "POST /api/v3/order"


def order(desk: Desk, **params: Any) -> Any:
    return desk.send("GET", "/order", symbol="BTCUSDT", **params).json()


def money(desk: Desk) -> dict[str, tuple[str, str]]:
    return {
        row["asset"]: (row["free"], row["locked"])
        for row in desk.send("GET", "/account").json()["balances"]
    }


def failure(desk: Desk) -> str:
    return desk.client.get("/sim/faults").json()["faults"][0].get("failed", "")


# ---------------------------------------------------------------- stale reads


def test_queries_see_an_order_only_after_a_while():
    desk = Desk()
    before = money(desk)
    desk.bring({"kind": "stale_reads", "path": ORDER, "for_ms": 2_000, "times": 1})

    placed = desk.send("POST", "/order", **BUY, newClientOrderId="mine").json()

    assert placed["status"] == "FILLED"
    assert order(desk, origClientOrderId="mine")["code"] == -2013
    for path in ("/allOrders", "/openOrders", "/myTrades"):
        assert desk.send("GET", path, symbol="BTCUSDT").json() == []
    assert money(desk) == before
    desk.pass_time(2_000)
    assert order(desk, origClientOrderId="mine")["status"] == "FILLED"
    assert money(desk) != before


def test_cancels_and_new_orders_do_not_lag():
    desk = Desk()
    desk.bring({"kind": "stale_reads"})
    desk.send("POST", "/order", **LIMIT, newClientOrderId="mine")

    assert desk.send("POST", "/order", **LIMIT, newClientOrderId="mine").json()["code"] == -2010
    cancelled = desk.send("DELETE", "/order", symbol="BTCUSDT", origClientOrderId="mine").json()
    assert cancelled["status"] == "CANCELED"


def test_the_websocket_api_lags_too():
    desk = Desk()
    desk.bring({"kind": "stale_reads", "path": "order.place", "times": 1})
    with connected(desk) as peer:
        peer.signed("order.place", **BUY, newClientOrderId="mine")
        query = {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
        assert peer.signed("order.status", **query)["error"]["code"] == -2013
        desk.bring()
        assert peer.signed("order.status", **query)["result"]["status"] == "FILLED"


# ---------------------------------------------------------------- partial fills


@pytest.mark.parametrize("continuous", [False, True])
def test_a_market_order_gets_a_part_and_expires(continuous):
    desk = Desk(FixedMarket(continuous=continuous))
    desk.bring({"kind": "partial_fill", "share": "0.4"})

    answer = desk.send("POST", "/order", **BUY).json()

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.40000000")
    assert answer["expiryReason"] == "INSUFFICIENT_LIQUIDITY"
    assert desk.send("POST", "/order", **BUY).json()["status"] == "FILLED"


@pytest.mark.parametrize(
    ("force", "status", "executed"),
    [
        ("IOC", "EXPIRED", "0.50000000"),
        ("GTC", "PARTIALLY_FILLED", "0.50000000"),
        ("FOK", "FILLED", "1.00000000"),  # such an order is filled whole or not at all
    ],
)
def test_a_limit_order_gets_a_part(force, status, executed):
    desk = Desk()
    desk.bring({"kind": "partial_fill", "path": ORDER})

    answer = desk.send("POST", "/order", **{**LIMIT, "price": "101", "timeInForce": force}).json()

    assert (answer["status"], answer["executedQty"]) == (status, executed)


def test_a_stop_gets_a_part_and_expires():
    desk = Desk()
    stop = {"side": "SELL", "type": "STOP_LOSS", "quantity": "1", "stopPrice": "95"}
    desk.send("POST", "/order", symbol="BTCUSDT", **stop)
    desk.bring({"kind": "partial_fill", "symbol": "BTCUSDT"})

    desk.client.post("/sim/price?symbol=BTCUSDT&price=95")

    found = order(desk, orderId=1)
    assert (found["status"], found["executedQty"]) == ("EXPIRED", "0.50000000")


# ---------------------------------------------------------------- rights and money


def test_an_account_loses_its_permission_for_a_while():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.bring({"kind": "permission_lost", "for_ms": 1_000})

    refused = desk.send("POST", "/order", **BUY).json()
    assert refused == {"code": -2010, "msg": "This account may not place or cancel orders."}
    assert desk.send("GET", "/account").json()["canTrade"] is False
    assert order(desk, orderId=1)["status"] == "NEW"
    desk.pass_time(1_000)
    assert desk.send("POST", "/order", **BUY).json()["status"] == "FILLED"


@pytest.mark.parametrize(
    ("fault", "free", "change"),
    [
        ({"kind": "withdrawal"}, "0.00000000", "-10000.00000000"),
        ({"kind": "withdrawal", "quantity": "4000"}, "6000.00000000", "-4000.00000000"),
        ({"kind": "deposit", "quantity": "0.5"}, "10000.50000000", "0.50000000"),
    ],
)
def test_money_leaves_and_comes_by_hand(fault, free, change):
    desk = Desk()
    with connected(desk) as peer:
        peer.follow_account()
        desk.bring({**fault, "asset": "USDT"})
        event = peer.next()["event"]

    assert (event["e"], event["d"]) == ("balanceUpdate", change)
    assert money(desk)["USDT"] == (free, "0.00000000")


def test_what_could_not_happen_says_why():
    desk = Desk()

    desk.bring({"kind": "withdrawal", "asset": "USDT", "quantity": "10001"})
    assert failure(desk) == "Account has insufficient balance for requested action."

    desk.bring({"kind": "withdrawal", "asset": "USDT", "key": "stranger", "at_ms": 100})
    assert failure(desk) == ""
    desk.pass_time(100)
    assert failure(desk) == "there is no account with the key stranger"


# ---------------------------------------------------------------- orders


def test_the_exchange_ends_orders():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.send("POST", "/orderList/oco", **OCO)
    desk.bring({"kind": "order_cancelled"})

    found = desk.send("GET", "/allOrders", symbol="BTCUSDT").json()
    assert {(row["status"], row["expiryReason"]) for row in found} == {
        ("EXPIRED", "EXCHANGE_CANCELED")
    }
    [known] = desk.send("GET", "/allOrderList").json()
    assert known["listOrderStatus"] == "ALL_DONE"
    assert {locked for _, locked in money(desk).values()} == {"0.00000000"}


def test_a_user_cancels_one_order_by_hand():
    desk = Desk()
    for name in ("one", "two"):
        desk.send("POST", "/order", **LIMIT, newClientOrderId=name)
    desk.bring({"kind": "order_cancelled", "client_id": "one", "by": "user"})

    statuses = [order(desk, origClientOrderId=name)["status"] for name in ("one", "two")]
    assert statuses == ["CANCELED", "NEW"]


def test_somebody_trades_on_the_account():
    desk = Desk()
    desk.bring(
        {"kind": "manual_order", "symbol": "BTCUSDT", "side": "SELL", "quantity": "2"},
        {
            "kind": "manual_order",
            "symbol": "BTCUSDT",
            "side": "BUY",
            "quantity": "1",
            "price": "90",
            "at_ms": 100,
        },
    )
    desk.pass_time(100)

    found = desk.send("GET", "/allOrders", symbol="BTCUSDT").json()
    assert [(row["type"], row["side"], row["status"]) for row in found] == [
        ("MARKET", "SELL", "FILLED"),
        ("LIMIT", "BUY", "NEW"),
    ]


# ---------------------------------------------------------------- wipe and maintenance


def test_a_wipe_leaves_nothing_but_the_keys():
    desk = Desk()
    for params in (BUY, LIMIT):
        desk.send("POST", "/order", **params)
    desk.send("POST", "/orderList/oco", **OCO)
    with connected(desk) as peer:
        peer.follow_account()
        desk.bring({"kind": "wipe"})
        assert peer.ending() == 1001

    for path in ("/allOrders", "/openOrders", "/myTrades"):
        assert desk.send("GET", path, symbol="BTCUSDT").json() == []
    assert desk.send("GET", "/allOrderList").json() == []
    assert order(desk, orderId=1)["code"] == -2013
    assert money(desk) == {"USDT": ("10000.00000000", "0.00000000")}
    assert desk.send("POST", "/order", **BUY).json()["orderId"] == 1


def test_a_wipe_is_remembered():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.bring({"kind": "wipe", "balances": {"BTC": "3"}})

    books = Books()
    for record in desk.log.replay():
        books.apply(record)
    assert books.snapshot()["orders"] == []
    assert books.snapshot()["balances"] == [[1, "BTC", "3", "0"]]


def test_maintenance_refuses_everything_and_ends_the_streams():
    desk = Desk()
    with connected(desk, "/ws/btcusdt@trade") as peer:
        desk.bring({"kind": "maintenance", "for_ms": 60_000})
        assert peer.ending() == 1001

    answer = desk.get("/ping")
    assert (answer.status_code, answer.json()["code"]) == (503, -1016)
    assert desk.send("POST", "/order", **BUY).status_code == 503
    desk.pass_time(60_000)
    assert desk.get("/ping").status_code == 200


# ---------------------------------------------------------------- happenings without a table


def test_one_thing_happens_now_beside_the_table():
    desk = Desk()
    desk.bring({"kind": "rate_limited", "path": "GET /api/v3/ping"})

    answer = desk.client.post("/sim/happenings", json={"kind": "permission_lost"})

    assert (answer.status_code, answer.json()) == (200, {})
    assert desk.send("GET", "/account").json()["canTrade"] is False
    assert desk.get("/ping").status_code == 429


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "delay", "delay_ms": 1},
        {"kind": "maintenance", "after": "GET /api/v3/ping"},
        {"kind": "withdrawal", "asset": "USDT", "quantity": "99999999"},
        {"kind": "deposit", "asset": "USDT", "quantity": "-1"},
        [],
    ],
)
def test_what_cannot_happen_is_refused(body):
    answer = Desk().client.post("/sim/happenings", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, -1130)
