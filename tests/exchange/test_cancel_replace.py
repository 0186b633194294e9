"""Cancel an order and place another: every outcome that Binance's own table names."""

from typing import Any

import pytest

from tests.exchange.desk import LIMIT, OCO, Desk
from tests.exchange.fixed_market import FixedMarket

OTHER = LIMIT | {"price": "91"}
UNPAYABLE = LIMIT | {"quantity": "500"}
NO_SUCH_ORDER = {"code": -2011, "msg": "Unknown order sent."}
NO_MONEY = {"code": -2010, "msg": "Account has insufficient balance for requested action."}


def replace(desk: Desk, order: dict[str, Any], **more: Any) -> Any:
    return desk.send(
        "POST", "/order/cancelReplace", **({"cancelReplaceMode": "STOP_ON_FAILURE"} | order | more)
    )


def resting(desk: Desk) -> int:
    number: int = desk.send("POST", "/order", **LIMIT).json()["orderId"]
    return number


def open_orders(desk: Desk) -> list[int]:
    return [order["orderId"] for order in desk.send("GET", "/openOrders").json()]


def placed_in_the_window(desk: Desk) -> int:
    count: int = desk.send("GET", "/rateLimit/order").json()[0]["count"]
    return count


def fill_the_window(desk: Desk) -> None:
    now = desk.venue.now()
    desk.venue.engine.counts.add(desk.account.uid, 100 - placed_in_the_window(desk), now)


def test_both_succeed():
    desk = Desk()
    old = resting(desk)

    answer = replace(desk, OTHER, cancelOrderId=old, cancelNewClientOrderId="the-cancel")

    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == ["cancelResult", "newOrderResult", "cancelResponse", "newOrderResponse"]
    assert told["cancelResult"] == told["newOrderResult"] == "SUCCESS"
    assert told["cancelResponse"]["orderId"] == old
    assert told["cancelResponse"]["clientOrderId"] == "the-cancel"
    assert told["cancelResponse"]["status"] == "CANCELED"
    assert told["newOrderResponse"]["price"] == "91.00000000"
    assert told["newOrderResponse"]["fills"] == []
    assert open_orders(desk) == [told["newOrderResponse"]["orderId"]]


def test_the_new_order_may_spend_what_the_old_one_had_locked():
    desk = Desk()
    old = desk.send("POST", "/order", **LIMIT | {"quantity": "100"}).json()["orderId"]

    answer = replace(desk, LIMIT | {"quantity": "111"}, cancelOrderId=old)

    assert answer.status_code == 200


def test_a_refused_cancel_stops_it_and_costs_one_new_order():
    desk = Desk()
    before = placed_in_the_window(desk)

    answer = replace(desk, OTHER, cancelOrderId=99)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": -2022,
        "msg": "Order cancel-replace failed.",
        "data": {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": NO_SUCH_ORDER,
            "newOrderResponse": None,
        },
    }
    assert placed_in_the_window(desk) == before + 1


def test_a_refused_cancel_may_be_allowed():
    desk = Desk()

    answer = replace(
        desk, OTHER, cancelOrderId=99, cancelReplaceMode="ALLOW_FAILURE", newOrderRespType="ACK"
    )

    assert answer.status_code == 409
    told = answer.json()
    assert (told["code"], told["msg"]) == (-2021, "Order cancel-replace partially failed.")
    assert told["data"]["cancelResponse"] == NO_SUCH_ORDER
    assert told["data"]["newOrderResult"] == "SUCCESS"
    assert open_orders(desk) == [told["data"]["newOrderResponse"]["orderId"]]


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_a_refused_order_leaves_the_old_one_cancelled(mode):
    desk = Desk()
    old = resting(desk)

    answer = replace(desk, UNPAYABLE, cancelOrderId=old, cancelReplaceMode=mode)

    assert answer.status_code == 409
    told = answer.json()
    assert told["code"] == -2021
    assert told["data"]["cancelResult"] == "SUCCESS"
    assert told["data"]["newOrderResult"] == "FAILURE"
    assert told["data"]["newOrderResponse"] == NO_MONEY
    assert open_orders(desk) == []


def test_both_refused():
    desk = Desk()

    answer = replace(desk, UNPAYABLE, cancelOrderId=99, cancelReplaceMode="ALLOW_FAILURE")

    assert answer.status_code == 400
    told = answer.json()
    assert told["code"] == -2022
    assert told["data"]["cancelResponse"] == NO_SUCH_ORDER
    assert told["data"]["newOrderResponse"] == NO_MONEY


@pytest.mark.parametrize(
    ("broken", "code", "text"),
    [
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"price": "90.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"cancelReplaceMode": "SOMETIMES"}, -1130, None),
        ({"cancelRestrictions": "ONLY_OLD"}, -1145, "Invalid cancelRestrictions"),
        ({"orderRateLimitExceededMode": "PANIC"}, -1130, None),
        ({"side": "HOLD"}, -1117, "Invalid side."),
    ],
)
def test_what_breaks_the_rules_cancels_nothing(broken, code, text):
    desk = Desk()
    old = resting(desk)

    answer = replace(desk, OTHER, cancelOrderId=old, **broken)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert text in (None, answer.json()["msg"])
    assert open_orders(desk) == [old]


def test_an_account_at_the_limit_of_open_orders_cannot_replace():
    desk = Desk()
    for number in range(200):
        if number % 90 == 0:
            desk.market.step(10_000)
        old = desk.send("POST", "/order", **LIMIT | {"quantity": "0.06"}).json()["orderId"]

    answer = replace(desk, OTHER, cancelOrderId=old)

    assert answer.json() == {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDERS"}
    assert len(open_orders(desk)) == 200


def test_it_must_be_said_what_to_cancel():
    answer = replace(Desk(), OTHER)

    assert answer.json() == {
        "code": -1102,
        "msg": "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were"
        " empty/null!",
    }


def test_only_an_order_in_the_wanted_status_is_cancelled():
    desk = Desk()
    old = resting(desk)

    answer = replace(desk, OTHER, cancelOrderId=old, cancelRestrictions="ONLY_PARTIALLY_FILLED")

    assert answer.json()["data"]["cancelResponse"] == {
        "code": -2011,
        "msg": "Order was not canceled due to cancel restrictions.",
    }
    assert open_orders(desk) == [old]


def test_a_leg_takes_its_list_with_it():
    desk = Desk()
    legs = [leg["orderId"] for leg in desk.send("POST", "/orderList/oco", **OCO).json()["orders"]]

    answer = replace(desk, OTHER, cancelOrderId=legs[0])

    assert answer.status_code == 200
    assert open_orders(desk) == [answer.json()["newOrderResponse"]["orderId"]]


def test_beyond_the_limit_of_new_orders_nothing_happens():
    desk = Desk()
    old = resting(desk)
    fill_the_window(desk)

    answer = replace(desk, OTHER, cancelOrderId=old)

    assert answer.status_code == 429
    assert answer.json()["code"] == -1015
    assert "Retry-After" in answer.headers
    assert open_orders(desk) == [old]


@pytest.mark.parametrize(("mode", "status"), [("STOP_ON_FAILURE", 429), ("ALLOW_FAILURE", 409)])
def test_beyond_the_limit_the_old_one_may_still_be_cancelled(mode, status):
    desk = Desk()
    old = resting(desk)
    fill_the_window(desk)

    answer = replace(
        desk,
        OTHER,
        cancelOrderId=old,
        cancelReplaceMode=mode,
        orderRateLimitExceededMode="CANCEL_ONLY",
    )

    assert answer.status_code == status
    told = answer.json()
    assert told["code"] == -2021
    assert told["data"]["newOrderResponse"]["code"] == -1015
    assert open_orders(desk) == []


def test_beyond_the_limit_with_nothing_to_cancel():
    desk = Desk()
    fill_the_window(desk)

    answer = replace(desk, OTHER, cancelOrderId=99, orderRateLimitExceededMode="CANCEL_ONLY")

    assert answer.status_code == 429
    assert answer.json()["code"] == -2022
    assert answer.json()["data"]["newOrderResult"] == "NOT_ATTEMPTED"


def test_the_websocket_api_tells_both_halves_of_a_failure():
    desk = Desk()
    params = desk.ws_params(**OTHER, cancelOrderId=99, cancelReplaceMode="STOP_ON_FAILURE")
    with desk.client.websocket_connect("/ws-api/v3") as socket:
        socket.send_json({"id": 1, "method": "order.cancelReplace", "params": params})
        answer = socket.receive_json()

    assert answer["status"] == 400
    assert answer["error"]["code"] == -2022
    assert answer["error"]["data"]["cancelResponse"] == NO_SUCH_ORDER


def test_success_costs_no_weight_and_failure_does():
    desk = Desk()
    old = resting(desk)
    before = int(desk.get("/ping").headers["X-MBX-USED-WEIGHT-1M"])

    replace(desk, OTHER, cancelOrderId=old)
    replace(desk, OTHER, cancelOrderId=old)

    assert int(desk.get("/ping").headers["X-MBX-USED-WEIGHT-1M"]) == before + 2


def test_a_market_of_which_replacing_is_not_allowed():
    desk = Desk(FixedMarket())
    desk.venue.engine.rulebook.change("BTCUSDT", {"cancelReplaceAllowed": False})
    old = resting(desk)

    answer = replace(desk, OTHER, cancelOrderId=old)

    assert answer.json() == {
        "code": -2010,
        "msg": "Order cancel-replace is not supported for this symbol.",
    }
