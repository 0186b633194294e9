"""Wrong requests and the exact code each gets; none of them changes anything."""

import pytest

from tests.exchange.desk import BUY, LIMIT, OCO, Desk


def without(params: dict, *names: str) -> dict:
    return {name: value for name, value in params.items() if name not in names}


STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_LOSS",
    "quantity": "1",
    "stopPrice": "98",
}

ORDERS = [
    (without(BUY, "symbol"), -1102, "Mandatory parameter 'symbol' was not sent"),
    (BUY | {"symbol": "NONEUSDT"}, -1121, "Invalid symbol."),
    (BUY | {"symbol": "btcusdt"}, -1100, "legal range is '^[A-Z0-9-_.]{1,20}$'."),
    (BUY | {"side": "HOLD"}, -1117, "Invalid side."),
    (BUY | {"type": "FOO"}, -1116, "Invalid orderType."),
    (LIMIT | {"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
    (without(LIMIT, "timeInForce"), -1102, "'timeInForce'"),
    (without(LIMIT, "price"), -1102, "'price'"),
    (without(STOP, "stopPrice"), -1102, "'stopPrice'"),
    (without(BUY, "quantity"), -1102, "Param 'quantity' or 'quoteOrderQty' must be sent"),
    (BUY | {"quoteOrderQty": "10"}, -1128, "Combination of optional parameters invalid."),
    (BUY | {"price": "100"}, -1106, "Parameter 'price' sent when not required."),
    (BUY | {"timeInForce": "GTC"}, -1106, "'timeInForce'"),
    (STOP | {"price": "97"}, -1106, "'price'"),
    (BUY | {"quantity": "1e-05"}, -1100, "Illegal characters found in parameter 'quantity'; leg"),
    (BUY | {"quantity": "-1"}, -1100, "'quantity'"),
    (BUY | {"quantity": "１"}, -1100, "'quantity'"),
    (BUY | {"quantity": "NaN"}, -1100, "'quantity'"),
    (BUY | {"newClientOrderId": "a b"}, -1100, "'newClientOrderId'"),
    (BUY | {"newClientOrderId": "x" * 37}, -1100, "'newClientOrderId'"),
    (BUY | {"newClientOrderId": ""}, -1105, "Parameter 'newClientOrderId' was empty."),
    (BUY | {"colour": "red"}, -1104, "read '6' parameter(s) but was sent '7'."),
    (BUY | {"newOrderRespType": "LONG"}, -1130, "'newOrderRespType'"),
    (BUY | {"quantity": "1.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
    (BUY | {"quantity": "0"}, -1013, "Invalid quantity."),
    (LIMIT | {"price": "0"}, -1013, "Invalid price."),
    (LIMIT | {"price": "90.001"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "1000001"}, -1013, "Filter failure: PRICE_FILTER"),
    (STOP | {"stopPrice": "98.005"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "19"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    (LIMIT | {"price": "501"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    (BUY | {"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
    (BUY | {"quantity": "1.000001"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "9001"}, -1013, "Filter failure: LOT_SIZE"),
    (BUY | {"quantity": "101"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    (BUY | {"quantity": "0.04999"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"quantity": "0.05"}, -1013, "Filter failure: NOTIONAL"),
    (without(BUY, "quantity") | {"quoteOrderQty": "4.99"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"price": "499", "quantity": "100"}, -2010, "insufficient balance"),
    (BUY | {"side": "SELL", "quantity": "11"}, -2010, "insufficient balance"),
    (STOP | {"stopPrice": "100"}, -2010, "Order would trigger immediately."),
    (LIMIT | {"icebergQty": "1.1"}, -2010, "IcebergQty exceeds QTY."),
    (
        LIMIT | {"icebergQty": "0.5", "timeInForce": "IOC"},
        -2010,
        "Unsupported order combination",
    ),
    (BUY | {"icebergQty": "0.5"}, -1106, "Parameter 'icebergQty' sent when not required."),
]

LISTS = [
    (without(OCO, "aboveType"), -1102, "'aboveType'"),
    (without(OCO, "quantity"), -1102, "'quantity'"),
    (without(OCO, "abovePrice"), -1102, "'abovePrice'"),
    (OCO | {"belowPrice": "97"}, -1106, "'belowPrice'"),
    (
        without(OCO, "belowStopPrice") | {"belowType": "LIMIT_MAKER", "belowPrice": "98"},
        -1168,
        "At least one OCO order must be contingent.",
    ),
    (
        without(OCO, "abovePrice") | {"aboveType": "STOP_LOSS", "aboveStopPrice": "105"},
        -1197,
        "A stop loss order in a sell OCO must be below.",
    ),
    (OCO | {"abovePrice": "99"}, -2010, "The relationship of the prices for the orders is not"),
    (OCO | {"belowStopPrice": "101"}, -2010, "The relationship of the prices for the orders is"),
    (OCO | {"quantity": "11"}, -2010, "Account has insufficient balance"),
    (OCO | {"aboveClientOrderId": "a", "belowClientOrderId": "a"}, -2010, "Duplicate order sent."),
]


@pytest.mark.parametrize(("params", "code", "text"), ORDERS)
def test_a_wrong_order_is_refused(params, code, text):
    desk = Desk()

    answer = desk.send("POST", "/order", **params)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert text in answer.json()["msg"]
    assert answer.headers["content-type"].startswith("application/json")
    assert desk.send("GET", "/openOrders").json() == []
    assert len(desk.log.records) == 1  # the account


@pytest.mark.parametrize(("params", "code", "text"), LISTS)
def test_a_wrong_list_is_refused(params, code, text):
    desk = Desk()

    answer = desk.send("POST", "/orderList/oco", **params)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert text in answer.json()["msg"]
    assert len(desk.log.records) == 1


@pytest.mark.parametrize(
    ("method", "path", "params", "status", "code"),
    [
        ("GET", "/order", {"symbol": "BTCUSDT"}, 400, -1102),
        ("GET", "/order", {"symbol": "BTCUSDT", "orderId": 9}, 400, -2013),
        ("DELETE", "/order", {"symbol": "BTCUSDT", "orderId": 9}, 400, -2011),
        ("DELETE", "/openOrders", {"symbol": "BTCUSDT"}, 400, -2011),
        ("DELETE", "/orderList", {"symbol": "BTCUSDT", "orderListId": 9}, 400, -2011),
        ("GET", "/orderList", {}, 400, -1102),
        ("GET", "/allOrders", {"symbol": "BTCUSDT", "limit": 0}, 400, -1130),
        ("GET", "/myTrades", {"symbol": "BTCUSDT", "startTime": 0, "endTime": 10**9}, 400, -1127),
        ("POST", "/userDataStream", {}, 410, -1020),
        ("GET", "/nothing", {}, 404, -1020),
        ("PUT", "/order", {}, 405, -1020),
    ],
)
def test_wrong_questions(method, path, params, status, code):
    answer = Desk().send(method, path, **params)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/ping", {"x": "1"}, -1101),
        ("/klines", {"symbol": "BTCUSDT"}, -1102),
        ("/klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("/klines", {"symbol": "NOPE", "interval": "1m"}, -1121),
        ("/depth", {"symbol": "BTCUSDT", "limit": "x"}, -1100),
        ("/ticker/price", {"symbols": "BTCUSDT"}, -1100),
        ("/ticker/price", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ("/exchangeInfo", {"symbol": "NOPE"}, -1121),
    ],
)
def test_wrong_public_questions(path, params, code):
    answer = Desk().get(path, **params)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_name_sent_twice_is_refused():
    answer = Desk().client.get("/api/v3/klines?symbol=BTCUSDT&symbol=BTCUSDT&interval=1m")

    assert answer.json() == {"code": -1101, "msg": "Duplicate values for a parameter detected."}


def test_ids_that_disagree_are_refused():
    desk = Desk()
    order = desk.send("POST", "/order", **LIMIT).json()

    answer = desk.send(
        "GET",
        "/order",
        symbol="BTCUSDT",
        orderId=order["orderId"],
        origClientOrderId="another",
    )

    assert answer.json()["code"] == -2039


def test_the_sixth_stop_of_a_symbol_is_refused():
    desk = Desk()
    for _ in range(5):
        assert desk.send("POST", "/order", **STOP).status_code == 200

    answer = desk.send("POST", "/order", **STOP)

    assert answer.json() == {"code": -1013, "msg": "Filter failure: MAX_NUM_ALGO_ORDERS"}


def test_weight_is_counted_and_refused_beyond_the_limit():
    desk = Desk()
    for _ in range(24):
        answer = desk.get("/depth", symbol="BTCUSDT", limit="5000")
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == "6000"

    answer = desk.get("/ping")

    assert (answer.status_code, answer.json()["code"]) == (429, -1003)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_orders_cost_no_weight_and_are_counted_until_they_fill():
    desk = Desk()

    resting = desk.send("POST", "/order", **LIMIT)
    filled = desk.send("POST", "/order", **BUY)

    assert resting.headers["X-MBX-USED-WEIGHT-1M"] == "0"
    assert resting.headers["X-MBX-ORDER-COUNT-10S"] == "1"
    assert filled.headers["X-MBX-ORDER-COUNT-10S"] == "1"
    assert desk.send("GET", "/rateLimit/order").json()[1]["count"] == 1


def test_too_many_unfilled_orders_are_refused():
    desk = Desk()
    for _ in range(100):
        desk.send("POST", "/order", **(LIMIT | {"quantity": "0.06"}))

    answer = desk.send("POST", "/order", **(LIMIT | {"quantity": "0.06"}))

    assert (answer.status_code, answer.json()["code"]) == (429, -1015)
    assert "Retry-After" in answer.headers
