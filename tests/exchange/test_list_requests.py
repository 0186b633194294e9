"""Order lists over REST and the WebSocket API: parameters, answers, refusals."""

import pytest

from tests.exchange.desk import OCO, Desk
from tests.exchange.fixed_market import START
from tests.exchange.test_streams import connected
from tradefleet.domain.candle import DAY

WORKING = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "99",
    "workingQuantity": "1",
    "workingTimeInForce": "GTC",
}
OPO = WORKING | {"pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "105"}
OTO = OPO | {"pendingQuantity": "0.5"}
OPOCO = WORKING | {
    "pendingSide": "SELL",
    "pendingAboveType": "TAKE_PROFIT_LIMIT",
    "pendingAboveStopPrice": "104",
    "pendingAbovePrice": "105",
    "pendingAboveTimeInForce": "GTC",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "95",
    "pendingBelowPrice": "94",
    "pendingBelowTimeInForce": "IOC",
}
OTOCO = OPOCO | {"pendingQuantity": "0.5"}
OLD = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "1",
    "price": "105",
    "stopPrice": "98",
}
EACH = {
    "/orderList/oco": OCO,
    "/orderList/oto": OTO,
    "/orderList/otoco": OTOCO,
    "/orderList/opo": OPO,
    "/orderList/opoco": OPOCO,
    "/order/oco": OLD,
}
METHODS = {
    "/orderList/oco": "orderList.place.oco",
    "/orderList/oto": "orderList.place.oto",
    "/orderList/otoco": "orderList.place.otoco",
    "/orderList/opo": "orderList.place.opo",
    "/orderList/opoco": "orderList.place.opoco",
    "/order/oco": "orderList.place",
}


def without(params: dict, *names: str) -> dict:
    return {name: value for name, value in params.items() if name not in names}


# -------------------------------------------------------------- answers


def test_the_answer_to_an_oto():
    answer = Desk().send(
        "POST",
        "/orderList/oto",
        **OTO,
        listClientOrderId="both",
        workingClientOrderId="first",
        pendingClientOrderId="second",
        newOrderRespType="RESULT",
    )

    common = {
        "symbol": "BTCUSDT",
        "orderListId": 1,
        "transactTime": START,
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "timeInForce": "GTC",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    assert answer.json() == {
        "orderListId": 1,
        "contingencyType": "OTO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "both",
        "transactionTime": START,
        "symbol": "BTCUSDT",
        "orders": [
            {"symbol": "BTCUSDT", "orderId": 1, "clientOrderId": "first"},
            {"symbol": "BTCUSDT", "orderId": 2, "clientOrderId": "second"},
        ],
        "orderReports": [
            common
            | {
                "orderId": 1,
                "clientOrderId": "first",
                "price": "99.00000000",
                "origQty": "1.00000000",
                "status": "NEW",
                "type": "LIMIT",
                "side": "BUY",
                "workingTime": START,
            },
            common
            | {
                "orderId": 2,
                "clientOrderId": "second",
                "price": "105.00000000",
                "origQty": "0.50000000",
                "status": "PENDING_NEW",
                "type": "LIMIT_MAKER",
                "side": "SELL",
                "workingTime": -1,
            },
        ],
    }


@pytest.mark.parametrize("path", ["/orderList/otoco", "/orderList/opoco"])
def test_a_pending_pair_is_answered_behind_its_working_order_the_stop_first(path):
    answer = Desk().send("POST", path, **EACH[path]).json()

    working, stop, target = answer["orderReports"]
    assert answer["contingencyType"] == "OTO"
    assert (working["type"], working["status"], working["fills"]) == ("LIMIT", "NEW", [])
    assert (stop["type"], stop["timeInForce"], stop["stopPrice"]) == (
        "STOP_LOSS_LIMIT",
        "IOC",
        "95.00000000",
    )
    assert (target["type"], target["status"], target["fills"]) == (
        "TAKE_PROFIT_LIMIT",
        "PENDING_NEW",
        [],
    )


def test_orders_that_will_be_paid_have_no_quantity_yet():
    desk = Desk()

    _, pending = desk.send("POST", "/orderList/opo", **OPO).json()["orderReports"]

    assert "origQty" not in pending
    desk.market.move("98.5")
    desk.pass_time(0)
    asked = desk.send("GET", "/order", symbol="BTCUSDT", orderId=2).json()
    assert (asked["status"], asked["origQty"]) == ("NEW", "1.00000000")


def test_an_immediate_fill_is_answered_with_what_pends():
    desk = Desk()

    answer = desk.send("POST", "/orderList/oto", **(OTO | {"workingPrice": "101"})).json()

    working, pending = answer["orderReports"]
    assert (working["status"], len(working["fills"])) == ("FILLED", 1)
    assert (pending["status"], pending["fills"]) == ("PENDING_NEW", [])
    asked = desk.send("GET", "/order", symbol="BTCUSDT", orderId=2).json()
    assert (asked["status"], asked["isWorking"]) == ("NEW", True)


def test_a_beginning_that_expires_at_once_is_answered_with_all_it_took_along():
    answer = Desk().send("POST", "/orderList/otoco", **(OTOCO | {"workingTimeInForce": "FOK"}))

    told = [(one["status"], one["expiryReason"]) for one in answer.json()["orderReports"]]
    assert answer.json()["listOrderStatus"] == "ALL_DONE"
    assert told == [
        ("EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED"),
        ("EXPIRED", "OTO_PHASE_ONE_EXPIRED"),
        ("EXPIRED", "OTO_PHASE_ONE_EXPIRED"),
    ]


@pytest.mark.parametrize("path", list(EACH))
def test_an_acknowledgement_names_the_orders_only(path):
    answer = Desk().send("POST", path, **EACH[path], newOrderRespType="ACK").json()

    assert all(
        set(one) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
        for one in answer["orderReports"]
    )


@pytest.mark.parametrize("path", list(EACH))
def test_a_list_by_websocket_is_that_by_rest(path):
    by_rest = Desk().send("POST", path, **EACH[path]).json()

    with connected(desk := Desk(), "/ws-api/v3") as peer:
        answer = peer.ask(METHODS[path], desk.ws_params(**EACH[path]))

    assert (answer["status"], answer["result"]) == (200, by_rest)


@pytest.mark.parametrize("path", list(EACH))
def test_a_list_costs_as_many_orders_as_it_has(path):
    answer = Desk().send("POST", path, **EACH[path])

    orders = len(answer.json()["orders"])
    assert answer.headers["X-MBX-ORDER-COUNT-10S"] == str(orders) == str(2 + ("oco" in path[12:]))


def test_the_legs_of_the_deprecated_form_have_parameters_of_their_own():
    answer = Desk().send(
        "POST",
        "/order/oco",
        **OLD,
        limitClientOrderId="high",
        limitIcebergQty="0.5",
        limitStrategyId=1,
        stopClientOrderId="low",
        stopLimitPrice="97",
        stopLimitTimeInForce="GTC",
        stopIcebergQty="0.25",
        stopStrategyType=1_000_000,
        trailingDelta=100,
    )

    stop, limit = answer.json()["orderReports"]
    assert (limit["clientOrderId"], limit["icebergQty"], limit["strategyId"]) == (
        "high",
        "0.50000000",
        1,
    )
    assert (stop["clientOrderId"], stop["icebergQty"], stop["strategyType"]) == (
        "low",
        "0.25000000",
        1_000_000,
    )
    assert (stop["type"], stop["trailingDelta"]) == ("STOP_LOSS_LIMIT", 100)


# -------------------------------------------------------------- refusals

REFUSED = [
    ("/orderList/oto", without(OTO, "workingPrice"), -1102, "'workingPrice'"),
    ("/orderList/oto", without(OTO, "workingTimeInForce"), -1102, "'workingTimeInForce'"),
    ("/orderList/oto", without(OTO, "pendingQuantity"), -1102, "'pendingQuantity'"),
    ("/orderList/oto", without(OTO, "pendingPrice"), -1102, "'pendingPrice'"),
    ("/orderList/oto", OTO | {"pendingStopPrice": "95"}, -1106, "'pendingStopPrice'"),
    ("/orderList/oto", OTO | {"workingStopPrice": "95"}, -1104, "read '"),
    ("/orderList/oto", OTO | {"pendingQuoteOrderQty": "95"}, -1104, "read '"),
    ("/orderList/oto", OTO | {"workingType": "MARKET"}, -1159, "Order type"),
    ("/orderList/oto", OTO | {"pendingType": "WRONG"}, -1116, "Invalid orderType."),
    ("/orderList/oto", OTO | {"workingSide": "WRONG"}, -1117, "Invalid side."),
    ("/orderList/oto", OTO | {"workingQuantity": "200"}, -2010, "insufficient balance"),
    ("/orderList/oto", OTO | {"pendingQuantity": "0.000001"}, -1013, "LOT_SIZE"),
    ("/orderList/oto", OTO | {"pendingPrice": "1000"}, -1013, "PERCENT_PRICE_BY_SIDE"),
    (
        "/orderList/oto",
        without(OTO, "workingTimeInForce") | {"workingType": "LIMIT_MAKER", "workingPrice": "101"},
        -2010,
        "Order would immediately match and take.",
    ),
    (
        "/orderList/oto",
        OTO | {"workingClientOrderId": "a", "pendingClientOrderId": "a"},
        -2010,
        "Duplicate order sent.",
    ),
    (
        "/orderList/oto",
        OTO | {"workingPegPriceType": "PRIMARY_PEG"},
        -2010,
        "Pegged orders are not supported for this symbol.",
    ),
    ("/orderList/oto", OTO | {"pendingPegPriceType": "X"}, -1210, "Invalid pegPriceType."),
    ("/orderList/oto", OTO | {"pendingPegOffsetType": "X"}, -1211, "Invalid pegOffsetType."),
    ("/orderList/oto", OTO | {"pendingStrategyType": "5"}, -1130, "'pendingStrategyType'"),
    (
        "/orderList/oto",
        OTO | {"workingIcebergQty": "0.1", "workingTimeInForce": "IOC"},
        -1160,
        "Parameter 'workingIcebergQty' is not supported if",
    ),
    ("/orderList/otoco", without(OTOCO, "pendingBelowType"), -1102, "'pendingBelowType'"),
    (
        "/orderList/otoco",
        without(OTOCO, "pendingBelowStopPrice"),
        -1102,
        "Param 'pendingBelowStopPrice' or 'pendingBelowTrailingDelta' must be sent",
    ),
    (
        "/orderList/otoco",
        OTOCO | {"pendingAboveType": "LIMIT"},
        -1158,
        "Order type not supported in OCO.",
    ),
    (
        "/orderList/otoco",
        OTOCO | {"pendingBelowType": "TAKE_PROFIT"},
        -1199,
        "A take profit order in a sell OCO must be above.",
    ),
    (
        "/orderList/otoco",
        OTOCO | {"pendingSide": "BUY"},
        -1198,
        "A take profit order in a buy OCO must be below.",
    ),
    (
        "/orderList/otoco",
        OTOCO | {"pendingBelowStopPrice": "106", "pendingBelowPrice": "106"},
        -2010,
        "The relationship of the prices for the orders is not correct.",
    ),
    ("/orderList/opo", OTO, -1104, "read '"),
    (
        "/orderList/opo",
        OPO | {"workingSide": "SELL"},
        -1222,
        "Working order in an OPO list must be a bid.",
    ),
    (
        "/orderList/opoco",
        OPOCO
        | {"pendingSide": "BUY", "pendingAboveType": "STOP_LOSS_LIMIT"}
        | {"pendingBelowType": "TAKE_PROFIT_LIMIT"},
        -1223,
        "Pending orders in an OPO list must be asks.",
    ),
    (
        "/orderList/oco",
        OCO | {"belowType": "TAKE_PROFIT"},
        -1199,
        "A take profit order in a sell OCO must be above.",
    ),
    (
        "/orderList/oco",
        OCO | {"side": "BUY"},
        -1165,
        "A limit order in a buy OCO must be below.",
    ),
    (
        "/orderList/oco",
        OCO | {"side": "BUY", "aboveType": "STOP_LOSS", "belowType": "STOP_LOSS"},
        -1196,
        "A stop loss order in a buy OCO must be above.",
    ),
    ("/orderList/oco", OCO | {"aboveTimeInForce": "GTC"}, -1106, "'aboveTimeInForce'"),
    ("/order/oco", OLD | {"stopLimitPrice": "97"}, -1102, "'stopLimitTimeInForce'"),
    ("/order/oco", OLD | {"stopLimitTimeInForce": "GTC"}, -1106, "'stopLimitTimeInForce'"),
    ("/order/oco", OLD | {"stopIcebergQty": "0.5"}, -1106, "'stopIcebergQty'"),
    ("/order/oco", without(OLD, "stopPrice"), -1102, "Param 'stopPrice' or 'trailingDelta'"),
]


@pytest.mark.parametrize(("path", "params", "code", "text"), REFUSED)
def test_a_wrong_list_is_refused_whole(path, params, code, text):
    desk = Desk()

    answer = desk.send("POST", path, **params)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()
    assert text in answer.json()["msg"]
    assert len(desk.log.records) == 1  # the account


@pytest.mark.parametrize("flag", ["ocoAllowed", "otoAllowed", "opoAllowed"])
def test_a_symbol_without_a_kind_of_list_refuses_it(flag):
    desk = Desk()
    desk.venue.engine.rulebook.change("BTCUSDT", {flag: False})

    answer = desk.send("POST", "/orderList/opoco", **OPOCO).json()

    kind = flag[:3].upper()
    assert answer["code"] == -2010
    assert answer["msg"].removesuffix(".") == f"{kind} orders are not supported for this symbol"


def test_a_name_is_free_again_when_its_list_is_over():
    desk = Desk()
    named = OTO | {"listClientOrderId": "mine"}
    desk.send("POST", "/orderList/oto", **named)

    again = desk.send("POST", "/orderList/oto", **named).json()
    assert (again["code"], again["msg"]) == (-2010, "Duplicate order sent.")

    desk.send("DELETE", "/orderList", symbol="BTCUSDT", listClientOrderId="mine")
    assert desk.send("POST", "/orderList/oto", **named).status_code == 200


def test_pending_orders_count_as_open():
    """Five stops are the most: two lists with a pair each take up four."""
    desk = Desk()
    for _ in range(2):
        assert desk.send("POST", "/orderList/otoco", **OTOCO).status_code == 200
    assert len(desk.send("GET", "/openOrders", symbol="BTCUSDT").json()) == 6

    third = desk.send("POST", "/orderList/otoco", **OTOCO).json()

    assert (third["code"], third["msg"]) == (-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")


def test_twenty_lists_are_the_most_in_a_symbol():
    desk = Desk()
    small = OTO | {"workingQuantity": "0.1"}
    for _ in range(20):
        assert desk.send("POST", "/orderList/oto", **small).status_code == 200

    answer = desk.send("POST", "/orderList/oto", **small).json()

    assert (answer["code"], answer["msg"]) == (-1013, "Filter failure: MAX_NUM_ORDER_LISTS")


# -------------------------------------------------------------- queries and cancels


def test_a_filled_beginning_has_no_report_in_the_cancel_of_its_list():
    desk = Desk()
    desk.send("POST", "/orderList/otoco", **OTOCO)
    desk.market.move("98.5")

    answer = desk.send("DELETE", "/orderList", symbol="BTCUSDT", orderListId=1).json()

    assert [one["orderId"] for one in answer["orders"]] == [1, 2, 3]
    assert [(one["orderId"], one["status"]) for one in answer["orderReports"]] == [
        (2, "CANCELED"),
        (3, "CANCELED"),
    ]


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        ({}, -1102, "Param 'orderListId' or 'listClientOrderId' must be sent"),
        ({"orderListId": 2}, -2011, "Unknown order list sent."),
        ({"orderListId": 1, "listClientOrderId": "other"}, -2011, "Unknown order list sent."),
    ],
)
def test_a_list_that_is_not_meant_is_not_cancelled(params, code, text):
    desk = Desk()
    desk.send("POST", "/orderList/oto", **OTO, listClientOrderId="mine")

    answer = desk.send("DELETE", "/orderList", symbol="BTCUSDT", **params).json()

    assert answer["code"] == code
    assert text in answer["msg"]
    assert len(desk.send("GET", "/openOrderList").json()) == 1


def test_a_list_that_is_not_there_is_not_found():
    desk = Desk()

    answer = desk.send("GET", "/orderList", orderListId=7)

    assert (answer.status_code, answer.json()) == (
        400,
        {"code": -2013, "msg": "Order list does not exist."},
    )
    assert desk.send("GET", "/orderList").json()["code"] == -1102


def three_lists() -> Desk:
    """Lists 1 to 3, a minute apart."""
    desk = Desk()
    for _ in range(3):
        desk.send("POST", "/orderList/oto", **OTO)
        desk.market.time += 60_000
    return desk


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"limit": 2}, [2, 3]),
        ({"fromId": 2}, [2, 3]),
        ({"fromId": 1, "limit": 2}, [1, 2]),
        ({"fromId": 0, "limit": 1}, [1]),
        ({"startTime": START + 60_000}, [2, 3]),
        ({"startTime": START, "limit": 1}, [1]),
        ({"endTime": START + 60_000}, [1, 2]),
        ({"endTime": START + 60_000, "limit": 1}, [2]),
        ({"startTime": START + 1, "endTime": START + 60_000}, [2]),
    ],
)
def test_lists_are_chosen_by_number_or_time(params, numbers):
    found = three_lists().send("GET", "/allOrderList", **params).json()

    assert [one["orderListId"] for one in found] == numbers


def test_times_are_those_of_the_last_change():
    desk = three_lists()
    desk.send("DELETE", "/orderList", symbol="BTCUSDT", orderListId=1)
    changed = desk.market.now()

    found = desk.send("GET", "/allOrderList", startTime=changed).json()

    assert [(one["orderListId"], one["transactionTime"]) for one in found] == [(1, changed)]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"fromId": 1, "startTime": START}, -1128),
        ({"fromId": 1, "endTime": START}, -1128),
        ({"startTime": START, "endTime": START + DAY + 1}, -1127),
    ],
)
def test_what_does_not_go_together_is_refused(params, code):
    assert Desk().send("GET", "/allOrderList", **params).json()["code"] == code


def test_by_websocket_times_are_stronger_than_a_number():
    desk = three_lists()
    with connected(desk, "/ws-api/v3") as peer:
        asked = desk.ws_params(fromId=3, startTime=START, endTime=START)

        answer = peer.ask("allOrderLists", asked)

        assert [one["orderListId"] for one in answer["result"]] == [1]
        status = peer.ask("orderList.status", desk.ws_params(orderListId=2))
        assert status["result"]["listOrderStatus"] == "EXECUTING"
        assert len(peer.ask("openOrderLists.status", desk.ws_params())["result"]) == 3
        ended = peer.ask("orderList.cancel", desk.ws_params(symbol="BTCUSDT", orderListId=2))
        assert ended["result"]["listStatusType"] == "ALL_DONE"
