"""Which order a request means, and what is said of those that are not there."""

import pytest

from tests.exchange.desk import LIMIT, OCO, Desk
from tradefleet.domain.candle import DAY

BOTH_EMPTY = {
    "code": -1102,
    "msg": "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
}
WRONG_PAIR = {"symbol": "BTCUSDT", "orderId": 1, "origClientOrderId": "another"}


def desk_with_order() -> Desk:
    desk = Desk()
    desk.send("POST", "/order", **LIMIT, newClientOrderId="mine")
    return desk


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_must_be_sent(method):
    assert desk_with_order().send(method, "/order", symbol="BTCUSDT").json() == BOTH_EMPTY


def test_ids_that_disagree_have_a_code_of_their_own_in_queries_alone():
    desk = desk_with_order()

    queried = desk.send("GET", "/order", **WRONG_PAIR).json()
    cancelled = desk.send("DELETE", "/order", **WRONG_PAIR).json()

    assert queried == {"code": -2039, "msg": "Client order ID is not correct for this order ID."}
    assert cancelled == {"code": -2011, "msg": "Unknown order sent."}


def test_an_order_that_ended_empty_is_archived_after_ninety_days():
    desk = desk_with_order()
    desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=1)

    desk.market.time += 90 * DAY
    still_there = desk.send("GET", "/order", symbol="BTCUSDT", orderId=1)
    desk.market.time += 1
    archived = desk.send("GET", "/order", symbol="BTCUSDT", orderId=1)

    assert still_there.status_code == 200
    assert archived.json() == {
        "code": -2026,
        "msg": "Order was canceled or expired with no executed qty over 90 days ago and has been"
        " archived.",
    }


def test_an_unknown_restriction():
    desk = desk_with_order()

    answer = desk.send(
        "DELETE", "/order", symbol="BTCUSDT", orderId=1, cancelRestrictions="ONLY_OLD"
    )

    assert answer.json() == {"code": -1145, "msg": "Invalid cancelRestrictions"}


def test_cancelling_everything_names_one_cancel_and_tells_lists_as_lists():
    desk = desk_with_order()
    desk.send("POST", "/orderList/oco", **OCO)

    single, pair = desk.send("DELETE", "/openOrders", symbol="BTCUSDT").json()

    assert single["origClientOrderId"] == "mine"
    assert pair["listOrderStatus"] == "ALL_DONE"
    names = {report["clientOrderId"] for report in pair["orderReports"]}
    assert names == {single["clientOrderId"]}


def test_nothing_to_cancel():
    answer = Desk().send("DELETE", "/openOrders", symbol="BTCUSDT")

    assert answer.json() == {"code": -2011, "msg": "Unknown order sent."}


@pytest.mark.parametrize(
    "names", [("startTime", "fromId"), ("orderId", "startTime"), ("endTime", "fromId")]
)
def test_trades_are_chosen_by_the_combinations_there_are(names):
    answer = Desk().send("GET", "/myTrades", symbol="BTCUSDT", **dict.fromkeys(names, 1))

    assert answer.json() == {
        "code": -1128,
        "msg": "Combination of optional parameters invalid.",
    }


@pytest.mark.parametrize("path", ["/sor/order", "/sor/order/test"])
def test_no_symbol_has_smart_order_routing(path):
    answer = Desk().send("POST", path, **LIMIT)

    assert (answer.status_code, answer.json()) == (
        400,
        {"code": -1013, "msg": "This symbol has no SOR."},
    )


def test_nothing_was_ever_allocated():
    assert Desk().send("GET", "/myAllocations", symbol="BTCUSDT").json() == []


def test_the_order_counts_have_their_shape():
    desk = desk_with_order()

    assert desk.send("GET", "/rateLimit/order").json() == [
        {
            "rateLimitType": "ORDERS",
            "interval": "SECOND",
            "intervalNum": 10,
            "limit": 100,
            "count": 1,
        },
        {
            "rateLimitType": "ORDERS",
            "interval": "DAY",
            "intervalNum": 1,
            "limit": 200000,
            "count": 1,
        },
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("STOP_LOSS", "Stop loss"), ("TAKE_PROFIT", "Take profit"), ("LIMIT_MAKER", "Limit maker")],
)
def test_a_type_that_a_symbol_lacks(kind, words):
    desk = Desk()
    desk.venue.engine.rulebook.change("BTCUSDT", {"orderTypes": ["LIMIT", "MARKET"]})
    level = {"price": "90"} if kind == "LIMIT_MAKER" else {"stopPrice": "110"}

    answer = desk.send(
        "POST",
        "/order",
        symbol="BTCUSDT",
        side="BUY",
        type=kind,
        quantity="1",
        **level,
    )

    assert answer.json()["code"] == -2010
    assert answer.json()["msg"] == f"{words} orders are not supported for this symbol."


@pytest.mark.parametrize(
    ("wrong", "code", "text"),
    [
        (
            {"type": "STOP_LOSS", "quantity": "1"},
            -1102,
            "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!",
        ),
        (
            LIMIT | {"trailingDelta": "100"},
            -1106,
            "Parameter 'trailingDelta' sent when not required.",
        ),
        (
            {"type": "STOP_LOSS", "quantity": "1", "trailingDelta": "2001"},
            -1013,
            "Filter failure: TRAILING_DELTA",
        ),
        (
            {"type": "STOP_LOSS", "quantity": "1", "trailingDelta": "0"},
            -1013,
            "Filter failure: TRAILING_DELTA",
        ),
    ],
)
def test_stops_and_what_does_not_go_with_other_orders(wrong, code, text):
    answer = Desk().send("POST", "/order", **{"symbol": "BTCUSDT", "side": "BUY"} | wrong)

    assert answer.json() == {"code": code, "msg": text}
