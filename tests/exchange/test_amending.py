"""Making an order smaller: its place in the queue stays, and so does its number."""

from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.bench import Bench, order, sell_oco
from tests.exchange.desk import LIMIT, OCO, Desk
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.books import Books

AMENDED = {
    "symbol",
    "orderId",
    "orderListId",
    "origClientOrderId",
    "clientOrderId",
    "price",
    "qty",
    "executedQty",
    "preventedQty",
    "quoteOrderQty",
    "cumulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "workingTime",
    "selfTradePreventionMode",
}


def amend(desk: Desk, order_id: int, quantity: str, **more: Any) -> Any:
    asked = {"symbol": "BTCUSDT", "orderId": order_id, "newQty": quantity} | more
    return desk.send("PUT", "/order/amend/keepPriority", **asked)


def resting(desk: Desk, **changes: Any) -> int:
    number: int = desk.send("POST", "/order", **LIMIT | changes).json()["orderId"]
    return number


def test_the_answer_has_the_words_of_amended_orders():
    desk = Desk()
    number = resting(desk, newClientOrderId="mine")

    answer = amend(desk, number, "0.6", newClientOrderId="smaller")

    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"transactTime", "executionId", "amendedOrder"}
    assert set(told["amendedOrder"]) == AMENDED
    assert told["amendedOrder"]["origClientOrderId"] == "mine"
    assert told["amendedOrder"]["clientOrderId"] == "smaller"
    assert told["amendedOrder"]["qty"] == "0.60000000"
    assert told["amendedOrder"]["status"] == "NEW"


def test_the_order_is_found_by_its_new_name_only():
    desk = Desk()
    number = resting(desk, newClientOrderId="mine")
    amend(desk, number, "0.6", newClientOrderId="smaller")

    new = desk.send("GET", "/order", symbol="BTCUSDT", origClientOrderId="smaller")
    old = desk.send("GET", "/order", symbol="BTCUSDT", origClientOrderId="mine")

    assert new.json()["orderId"] == number
    assert old.json()["code"] == -2013


def test_without_a_name_it_gets_a_new_one_and_may_keep_the_old_one():
    desk = Desk()
    number = resting(desk, newClientOrderId="mine")

    renamed = amend(desk, number, "0.6").json()["amendedOrder"]["clientOrderId"]
    kept = amend(desk, number, "0.5", newClientOrderId=renamed)

    assert renamed != "mine"
    assert kept.json()["amendedOrder"]["clientOrderId"] == renamed


def test_it_keeps_its_turn_in_the_queue():
    bench = Bench()
    first = bench.place(order(Side.BUY, OrderType.LIMIT, "3", price="90.25"))
    second = bench.place(order(Side.BUY, OrderType.LIMIT, "3", price="90.25"))

    bench.engine.amending.amend(bench.account, first, Decimal(2), "")
    bench.move("90.25", "2", sold=True)

    assert first.status is OrderStatus.FILLED
    assert second.executed == 0


def test_funds_that_it_needs_no_more_are_free_at_once():
    bench = Bench()
    placed = bench.place(order(Side.BUY, OrderType.LIMIT, "3", price="90"))

    bench.engine.amending.amend(bench.account, placed, Decimal(2), "")

    assert bench.locked("USDT") == placed.locked == 180


def test_an_iceberg_shows_less_only_if_less_than_that_is_left():
    bench = Bench()
    placed = bench.place(order(Side.BUY, OrderType.LIMIT, "3", price="90", iceberg="1"))

    bench.engine.amending.amend(bench.account, placed, Decimal(2), "")
    assert placed.visible == 1
    bench.engine.amending.amend(bench.account, placed, Decimal("0.4"), "")
    assert placed.visible == Decimal("0.4")


def test_both_legs_of_a_pair_become_smaller_and_their_list_releases_the_rest():
    bench = Bench()
    pair = bench.engine.place_oco(bench.account, sell_oco("2", target="105", stop="98"))
    stop, target = bench.engine.orders_of(pair)

    bench.engine.amending.amend(bench.account, target, Decimal("1.5"), "")

    assert (stop.quantity, target.quantity) == (Decimal("1.5"), Decimal("1.5"))
    assert bench.locked("BTC") == Decimal("1.5")


def test_the_answer_about_a_leg_tells_of_its_list():
    desk = Desk()
    oco = desk.send("POST", "/orderList/oco", **OCO).json()

    told = amend(desk, oco["orders"][0]["orderId"], "0.5").json()

    assert set(told["listStatus"]) == {
        "orderListId",
        "contingencyType",
        "listOrderStatus",
        "listClientOrderId",
        "symbol",
        "orders",
    }
    assert (
        told["listStatus"]["orders"][0]["clientOrderId"] == (told["amendedOrder"]["clientOrderId"])
    )
    assert "workingTime" not in told["amendedOrder"]
    assert told["amendedOrder"]["stopPrice"] == "98.00000000"


def test_what_is_told_on_the_stream():
    bench = Bench()
    pair = bench.engine.place_oco(bench.account, sell_oco("2", target="105", stop="98"))
    stop, target = bench.engine.orders_of(pair)
    bench.listener.events.clear()
    old = target.client_id

    bench.engine.amending.amend(bench.account, target, Decimal("1.5"), "smaller")

    events = bench.listener.events
    assert [event["e"] for event in events] == [
        "executionReport",
        "executionReport",
        "listStatus",
        "outboundAccountPosition",
    ]
    assert [(e["i"], e["x"], e["X"], e["q"]) for e in events[:2]] == [
        (target.id, "REPLACED", "NEW", "1.50000000"),
        (stop.id, "REPLACED", "NEW", "1.50000000"),
    ]
    assert (events[0]["c"], events[0]["C"]) == ("smaller", old)
    assert (events[2]["l"], events[2]["L"]) == ("UPDATED", "EXECUTING")


@pytest.mark.parametrize(
    ("quantity", "code", "text"),
    [
        ("1", -2038, "The requested action would change no state; rejecting"),
        ("1.1", -2038, "Order amend (quantity increase) is not supported."),
        ("0", -1013, "Invalid quantity."),
        ("0.000000001", -1111, "Parameter 'newQty' has too much precision."),
        ("0.500001", -1013, "Filter failure: LOT_SIZE"),
        ("0.05", -1013, "Filter failure: NOTIONAL"),
        ("much", -1100, None),
    ],
)
def test_quantities_that_are_refused(quantity, code, text):
    desk = Desk()
    number = resting(desk)

    answer = amend(desk, number, quantity)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert text in (None, answer.json()["msg"])
    told = desk.send("GET", "/order", symbol="BTCUSDT", orderId=number).json()
    assert told["origQty"] == "1.00000000"


def test_no_less_than_was_executed_may_be_left():
    bench = Desk(FixedMarket(size="0.4", levels=1))
    number = resting(bench, price="100.5")

    answer = amend(bench, number, "0.4")

    assert answer.json() == {"code": -2038, "msg": "Price * QTY is zero or less."}


def test_an_unknown_order_and_one_that_is_over():
    desk = Desk()
    number = resting(desk)
    desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=number)

    for which in (number, 99):
        assert amend(desk, which, "0.5").json() == {"code": -2038, "msg": "Unknown order sent."}


def test_a_name_that_another_open_order_has():
    desk = Desk()
    resting(desk, newClientOrderId="taken")
    number = resting(desk)

    answer = amend(desk, number, "0.5", newClientOrderId="taken")

    assert answer.json() == {"code": -2038, "msg": "Duplicate order sent."}


def test_ten_times_are_allowed_and_all_are_told():
    desk = Desk()
    number = resting(desk)
    quantities = [f"0.{99 - step}" for step in range(11)]

    answers = [amend(desk, number, quantity) for quantity in quantities]

    assert [answer.status_code for answer in answers] == [200] * 10 + [400]
    assert answers[-1].json() == {"code": -2038, "msg": "Filter failure: MAX_NUM_ORDER_AMENDS"}
    told = desk.send("GET", "/order/amendments", symbol="BTCUSDT", orderId=number).json()
    assert [row["newQty"] for row in told] == [f"{quantity}000000" for quantity in quantities[:10]]
    assert list(told[0]) == [
        "symbol",
        "orderId",
        "executionId",
        "origClientOrderId",
        "newClientOrderId",
        "origQty",
        "newQty",
        "time",
    ]
    later = desk.send(
        "GET",
        "/order/amendments",
        symbol="BTCUSDT",
        orderId=number,
        fromExecutionId=told[8]["executionId"],
    )
    assert later.json() == told[8:]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"amendAllowed": False}, "Order amend is not supported for this symbol."),
        ({"status": "BREAK"}, "Market is closed."),
    ],
)
def test_markets_that_do_not_allow_it(change, text):
    desk = Desk()
    number = resting(desk)
    desk.venue.engine.rulebook.change("BTCUSDT", change)

    assert amend(desk, number, "0.5").json() == {"code": -2038, "msg": text}


def test_a_market_that_only_takes_orders_off_allows_it():
    desk = Desk()
    number = resting(desk)
    desk.venue.engine.rulebook.change("BTCUSDT", {"status": "CANCEL_ONLY"})

    assert amend(desk, number, "0.5").status_code == 200


def test_it_costs_its_weight_and_no_new_order():
    desk = Desk()
    number = resting(desk)
    count = desk.send("GET", "/rateLimit/order").json()[0]["count"]
    before = int(desk.get("/ping").headers["X-MBX-USED-WEIGHT-1M"])

    amend(desk, number, "0.5")

    assert int(desk.get("/ping").headers["X-MBX-USED-WEIGHT-1M"]) == before + 5
    assert desk.send("GET", "/rateLimit/order").json()[0]["count"] == count


def test_the_websocket_api_has_both_methods():
    desk = Desk()
    number = resting(desk)
    asked = {"symbol": "BTCUSDT", "orderId": number}
    with desk.client.websocket_connect("/ws-api/v3") as socket:
        for method, more in (
            ("order.amend.keepPriority", {"newQty": "0.5"}),
            ("order.amendments", {}),
        ):
            params = desk.ws_params(**asked, **more)
            socket.send_json({"id": 1, "method": method, "params": params})
            answer = socket.receive_json()
            assert answer["status"] == 200, answer
    assert answer["result"][0]["newQty"] == "0.50000000"


def test_a_restart_remembers_amendments_names_and_numbers():
    bench = Bench()
    placed = bench.place(order(Side.BUY, OrderType.LIMIT, "3", price="90", name="mine"))
    amendment = bench.engine.amending.amend(bench.account, placed, Decimal(2), "smaller")

    books = Books()
    for record in bench.log.replay():
        books.apply(record)

    orders = books.orders(bench.account.uid)
    assert orders.amendments_of(placed.id) == [amendment]
    assert orders.named("BTCUSDT", "smaller") == placed
    assert orders.named("BTCUSDT", "mine") is None
    assert not orders.has_open("mine")
    assert books.last_execution_id == amendment.execution_id
