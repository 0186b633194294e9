"""What the REST face answers, to the letter."""

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.fixed_market import START, FixedMarket


def test_a_full_answer_carries_its_fills():
    answer = Desk().send("POST", "/order", **BUY, newClientOrderId="mine").json()

    assert answer == {
        "symbol": "BTCUSDT",
        "orderId": 1,
        "orderListId": -1,
        "clientOrderId": "mine",
        "transactTime": START,
        "price": "0.00000000",
        "origQty": "1.00000000",
        "executedQty": "1.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "100.50000000",
        "status": "FILLED",
        "timeInForce": "GTC",
        "type": "MARKET",
        "side": "BUY",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingTime": START,
        "fills": [
            {
                "price": "100.50000000",
                "qty": "1.00000000",
                "commission": "0.00100000",
                "commissionAsset": "BTC",
                "tradeId": 1,
            }
        ],
    }


def test_an_acknowledgement_is_short_and_stops_get_it_unasked():
    answer = Desk().send(
        "POST",
        "/order",
        symbol="BTCUSDT",
        side="SELL",
        type="STOP_LOSS",
        quantity="1",
        stopPrice="98",
    )

    assert sorted(answer.json()) == [
        "clientOrderId",
        "orderId",
        "orderListId",
        "symbol",
        "transactTime",
    ]


def test_a_query_finds_an_order_by_either_name():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT, newClientOrderId="mine")

    by_name = desk.send("GET", "/order", symbol="BTCUSDT", origClientOrderId="mine").json()
    by_number = desk.send("GET", "/order", symbol="BTCUSDT", orderId=1).json()

    assert by_name == by_number == desk.send("GET", "/openOrders").json()[0]
    assert by_name["status"] == "NEW"
    assert by_name["isWorking"] is True
    assert (by_name["time"], by_name["updateTime"]) == (START, START)
    assert by_name["icebergQty"] == by_name["stopPrice"] == "0.00000000"


def test_a_cancel_tells_both_names():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT, newClientOrderId="mine")

    answer = desk.send(
        "DELETE", "/order", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="bye"
    ).json()

    assert answer["origClientOrderId"] == "mine"
    assert (answer["clientOrderId"], answer["status"]) == ("bye", "CANCELED")


def test_a_cancel_may_be_restricted_to_untouched_orders():
    desk = Desk()
    desk.send("POST", "/order", **(LIMIT | {"price": "99"}))
    desk.market.move("99", "0.5")

    answer = desk.send(
        "DELETE", "/order", symbol="BTCUSDT", orderId=1, cancelRestrictions="ONLY_NEW"
    )

    assert answer.json() == {
        "code": -2011,
        "msg": "Order was not canceled due to cancel restrictions.",
    }


def test_a_test_order_is_checked_and_forgotten():
    desk = Desk()

    assert desk.send("POST", "/order/test", **BUY).json() == {}
    rates = desk.send("POST", "/order/test", **BUY, computeCommissionRates="true").json()

    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert desk.send("GET", "/allOrders", symbol="BTCUSDT").json() == []


def test_a_list_is_answered_queried_and_cancelled_as_one():
    desk = Desk()

    placed = desk.send("POST", "/orderList/oco", **OCO, listClientOrderId="pair").json()
    asked = desk.send("GET", "/orderList", origClientOrderId="pair").json()
    ended = desk.send("DELETE", "/orderList", symbol="BTCUSDT", orderListId=1).json()

    assert [leg["type"] for leg in placed.pop("orderReports")] == ["STOP_LOSS", "LIMIT_MAKER"]
    assert placed == asked
    assert (asked["contingencyType"], asked["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert ended["listOrderStatus"] == "ALL_DONE"
    assert [leg["status"] for leg in ended["orderReports"]] == ["CANCELED", "CANCELED"]
    assert desk.send("GET", "/openOrderList").json() == []
    assert len(desk.send("GET", "/allOrderList").json()) == 1


def test_the_deprecated_form_of_a_list_still_works():
    answer = (
        Desk()
        .send(
            "POST",
            "/order/oco",
            symbol="BTCUSDT",
            side="SELL",
            quantity="1",
            price="105",
            stopPrice="98",
            stopLimitPrice="97",
            stopLimitTimeInForce="GTC",
        )
        .json()
    )

    assert [leg["type"] for leg in answer["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]


def test_everything_open_is_cancelled_at_once():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    desk.send("POST", "/orderList/oco", **OCO)

    answer = desk.send("DELETE", "/openOrders", symbol="BTCUSDT").json()

    assert [("orderReports" in report) for report in answer] == [False, True]
    assert desk.send("GET", "/account").json()["balances"] == [
        {"asset": "BTC", "free": "10.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "10000.00000000", "locked": "0.00000000"},
    ]


def test_my_trades_are_the_book_of_record():
    desk = Desk()
    for _ in range(3):
        desk.send("POST", "/order", **(BUY | {"quantity": "0.1"}))
        desk.market.time += 1_000

    trades = desk.send("GET", "/myTrades", symbol="BTCUSDT").json()

    assert [trade["orderId"] for trade in trades] == [1, 2, 3]
    assert trades[0] == {
        "symbol": "BTCUSDT",
        "id": 1,
        "orderId": 1,
        "orderListId": -1,
        "price": "100.50000000",
        "qty": "0.10000000",
        "quoteQty": "10.05000000",
        "commission": "0.00010000",
        "commissionAsset": "BTC",
        "time": START,
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
    }

    def ids(**params) -> list[int]:
        answer = desk.send("GET", "/myTrades", symbol="BTCUSDT", **params).json()
        return [trade["id"] for trade in answer]

    assert ids(fromId=2) == [2, 3]
    assert ids(orderId=2) == [2]
    assert ids(limit=1) == [3]
    assert ids(startTime=START, limit=1) == [1]
    assert ids(startTime=START + 1) == [2, 3]
    assert ids(endTime=START + 1_000) == [1, 2]


def test_all_orders_count_from_the_newest_or_from_an_id():
    desk = Desk()
    for _ in range(4):
        desk.send("POST", "/order", **LIMIT)

    def ids(**params) -> list[int]:
        answer = desk.send("GET", "/allOrders", symbol="BTCUSDT", **params).json()
        return [order["orderId"] for order in answer]

    assert ids(limit=2) == [3, 4]
    assert ids(orderId=2, limit=2) == [2, 3]
    assert ids(startTime=START, limit=2) == [1, 2]
    assert ids(endTime=START - 1) == []


def test_the_account_has_its_shape():
    account = Desk().send("GET", "/account", omitZeroBalances="true").json()

    assert account["accountType"] == "SPOT"
    assert account["commissionRates"]["taker"] == "0.00100000"
    assert (account["makerCommission"], account["canTrade"], account["uid"]) == (10, True, 1)
    assert account["permissions"] == ["SPOT"]


def test_public_prices_have_their_shapes():
    desk = Desk()

    assert desk.get("/ping").json() == {}
    assert desk.get("/time").json() == {"serverTime": START}
    assert desk.get("/ticker/price", symbol="BTCUSDT").json() == {
        "symbol": "BTCUSDT",
        "price": "100.00000000",
    }
    assert len(desk.get("/ticker/price", symbols='["BTCUSDT"]').json()) == 1
    assert desk.get("/ticker/bookTicker").json()[0]["askPrice"] == "100.50000000"
    assert desk.get("/avgPrice", symbol="BTCUSDT").json()["price"] == "100.00000000"
    assert len(desk.get("/klines", symbol="BTCUSDT", interval="1m").json()[0]) == 12
    book = desk.get("/depth", symbol="BTCUSDT", limit=2).json()
    assert book["bids"] == [["99.50000000", "1.00000000"], ["99.00000000", "1.00000000"]]
    full = desk.get("/ticker/24hr", symbol="BTCUSDT").json()
    mini = desk.get("/ticker/24hr", symbol="BTCUSDT", type="MINI").json()
    assert set(mini) < set(full)
    assert full["priceChangePercent"] == "0.000"


def test_own_trades_are_printed_on_the_tape():
    desk = Desk()
    desk.send("POST", "/order", **BUY)

    assert desk.get("/trades", symbol="BTCUSDT").json() == [
        {
            "id": 1,
            "price": "100.50000000",
            "qty": "1.00000000",
            "quoteQty": "100.50000000",
            "time": START,
            "isBuyerMaker": False,
            "isBestMatch": True,
        }
    ]
    assert desk.get("/aggTrades", symbol="BTCUSDT").json()[0]["p"] == "100.50000000"


def test_exchange_info_states_rules_that_the_orders_are_held_to():
    (symbol,) = Desk().get("/exchangeInfo").json()["symbols"]

    filters = {known["filterType"]: known for known in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert filters["MAX_NUM_ALGO_ORDERS"]["maxNumAlgoOrders"] == 5
    assert len(symbol["orderTypes"]) == 7


def test_an_order_meets_what_the_market_did_before_it():
    desk = Desk(FixedMarket(continuous=True))
    desk.market.move("80")

    answer = desk.send("POST", "/order", **BUY).json()

    assert answer["fills"][0]["price"] == "80.00000000"
