"""What exchangeInfo and its neighbours can be asked, and what a status allows."""

from dataclasses import replace

import pytest

from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.fixed_market import BTCUSDT, FixedMarket

ETHUSDT = replace(BTCUSDT, symbol="ETHUSDT", base="ETH")
NOT_FOR_SPOT = replace(BTCUSDT, symbol="BTCBNB", quote="BNB")


@pytest.fixture
def desk() -> Desk:
    market = FixedMarket(instruments=(BTCUSDT, ETHUSDT, NOT_FOR_SPOT))
    symbols = market.rules().symbols
    market.tell(
        symbols["BTCUSDT"],
        symbols["ETHUSDT"].with_changes({"status": "BREAK", "permissionSets": [["SPOT", "X"]]}),
        symbols["BTCBNB"].with_changes({"permissionSets": [["TRD_GRP_004"]]}),
    )
    return Desk(market)


def asked(desk: Desk, path: str = "/exchangeInfo", **params: str) -> list[str] | int:
    answer = desk.get(path, **params).json()
    return [known["symbol"] for known in answer["symbols"]] if "code" not in answer else answer


def code_of(desk: Desk, path: str = "/exchangeInfo", **params: str) -> int:
    answer = desk.get(path, **params)
    assert answer.status_code == 400
    return answer.json()["code"]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["BTCUSDT", "ETHUSDT"]),
        ({"symbol": "ETHUSDT"}, ["ETHUSDT"]),
        ({"symbol": "BTCBNB"}, ["BTCBNB"]),
        ({"symbols": '["ETHUSDT","BTCUSDT"]'}, ["ETHUSDT", "BTCUSDT"]),
        ({"permissions": "SPOT"}, ["BTCUSDT", "ETHUSDT"]),
        ({"permissions": "TRD_GRP_004"}, ["BTCBNB"]),
        ({"permissions": '["X","TRD_GRP_004"]'}, ["ETHUSDT", "BTCBNB"]),
        ({"permissions": "MARGIN"}, []),
        ({"symbolStatus": "BREAK"}, ["ETHUSDT"]),
        ({"symbolStatus": "TRADING", "permissions": '["SPOT"]'}, ["BTCUSDT"]),
        ({"symbolStatus": "HALT"}, []),
    ],
)
def test_symbols_are_asked_for_by_name_permission_and_status(desk, params, names):
    assert asked(desk, **params) == names


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "BTCUSDT", "symbols": '["ETHUSDT"]'}, -1128),
        ({"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ({"symbols": '["BTCUSDT"]', "symbolStatus": "TRADING"}, -1128),
        ({"symbol": "NOPE"}, -1121),
        ({"symbols": '["BTCUSDT","NOPE"]'}, -1121),
        ({"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ({"symbols": "[]"}, -1100),
        ({"permissions": "spot"}, -1100),
        ({"symbolStatus": "SLEEPING"}, -1122),
        ({"symbolStatus": "CANCEL_ONLY"}, -1122),
        ({"showPermissionSets": "perhaps"}, -1100),
        ({"symbol": ""}, -1105),
    ],
)
def test_questions_that_cannot_be_answered(desk, params, code):
    assert code_of(desk, **params) == code


def test_permission_sets_are_left_out_on_demand(desk):
    entry = desk.get("/exchangeInfo", symbol="BTCUSDT", showPermissionSets="false").json()

    assert entry["symbols"][0]["permissionSets"] == []
    full = desk.get("/exchangeInfo", symbol="BTCUSDT").json()
    assert full["symbols"][0]["permissionSets"] == [["SPOT"]]


def test_a_symbol_of_today_has_everything_switched_on(desk):
    entry = desk.get("/exchangeInfo", symbol="BTCUSDT").json()["symbols"][0]

    flags = ("icebergAllowed", "ocoAllowed", "quoteOrderQtyMarketAllowed", "allowTrailingStop")
    assert all(entry[flag] is True for flag in (*flags, "cancelReplaceAllowed", "amendAllowed"))
    assert entry["defaultSelfTradePreventionMode"] == "EXPIRE_MAKER"
    assert [known["filterType"] for known in entry["filters"]] == [
        "PRICE_FILTER",
        "LOT_SIZE",
        "ICEBERG_PARTS",
        "MARKET_LOT_SIZE",
        "TRAILING_DELTA",
        "PERCENT_PRICE_BY_SIDE",
        "NOTIONAL",
        "MAX_NUM_ORDERS",
        "MAX_NUM_ORDER_LISTS",
        "MAX_NUM_ALGO_ORDERS",
        "MAX_NUM_ORDER_AMENDS",
    ]


def test_the_limits_are_told_all_of_them(desk):
    limits = desk.get("/exchangeInfo").json()["rateLimits"]

    assert [
        (limit["rateLimitType"], limit["intervalNum"], limit["interval"], limit["limit"])
        for limit in limits
    ] == [
        ("REQUEST_WEIGHT", 1, "MINUTE", 6_000),
        ("ORDERS", 10, "SECOND", 100),
        ("ORDERS", 1, "DAY", 200_000),
        ("RAW_REQUESTS", 5, "MINUTE", 300_000),
    ]


# ---------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("status", "places", "cancels"),
    [
        ("TRADING", True, True),
        ("CANCEL_ONLY", False, True),
        ("END_OF_DAY", False, False),
        ("HALT", False, False),
        ("BREAK", False, False),
        ("SOMETHING_NEW", False, False),
    ],
)
def test_a_status_allows_orders_cancels_or_only_questions(status, places, cancels):
    desk = Desk()
    known = desk.send("POST", "/order", **LIMIT).json()
    desk.market.halt(status)
    desk.beat_once()

    placed = desk.send("POST", "/order", **BUY)
    tested = desk.send("POST", "/order/test", **BUY)
    seen = desk.send("GET", "/order", symbol="BTCUSDT", orderId=known["orderId"])
    gone = desk.send("DELETE", "/order", symbol="BTCUSDT", orderId=known["orderId"])

    closed = {"code": -2010, "msg": "Market is closed."}
    assert (placed.status_code == 200) is places
    assert places or (placed.json() == closed and tested.json() == closed)
    assert seen.json()["status"] == "NEW"
    assert (gone.status_code == 200) is cancels
    assert cancels or gone.json() == {"code": -2011, "msg": "Market is closed."}
    assert desk.get("/depth", symbol="BTCUSDT").status_code == 200


def test_the_operator_lays_other_rules_over_those_of_the_market(desk):
    rulebook = desk.venue.engine.rulebook

    halt = rulebook.change("BTCUSDT", {"status": "HALT"})
    tick = {"filterType": "PRICE_FILTER", "minPrice": "0", "maxPrice": "0", "tickSize": "5"}
    coarse = rulebook.change("BTCUSDT", {"filters": [tick]})
    desk.beat_once()

    entry = desk.get("/exchangeInfo", symbol="BTCUSDT").json()["symbols"][0]
    assert entry["status"] == "HALT"
    assert tick in entry["filters"]
    assert len(entry["filters"]) == 11
    assert desk.venue.engine.instruments["BTCUSDT"].tick_size == 5
    rulebook.lift(halt)
    rulebook.lift(coarse)
    again = desk.get("/exchangeInfo", symbol="BTCUSDT").json()["symbols"][0]
    assert again["status"] == "TRADING"
    assert tick not in again["filters"]


def test_a_symbol_that_leaves_the_exchange_takes_no_orders_but_lets_them_go():
    market = FixedMarket(instruments=(BTCUSDT, ETHUSDT))
    desk = Desk(market)
    order = desk.send("POST", "/order", **(LIMIT | {"symbol": "ETHUSDT"})).json()
    market.tell(market.rules().symbols["BTCUSDT"])
    desk.beat_once()

    assert asked(desk) == ["BTCUSDT"]
    refused = desk.send("POST", "/order", **(LIMIT | {"symbol": "ETHUSDT"}))
    assert refused.json()["code"] == -1121
    assert [one["orderId"] for one in desk.send("GET", "/openOrders").json()] == [order["orderId"]]


# ---------------------------------------------------------------- neighbours


def test_no_symbol_has_execution_rules(desk):
    def names(**params: str) -> list[str]:
        rules = desk.get("/executionRules", **params).json()["symbolRules"]
        assert all(known["rules"] == [] for known in rules)
        return [known["symbol"] for known in rules]

    assert names(symbol="BTCUSDT") == ["BTCUSDT"]
    assert names(symbols='["BTCUSDT","BTCBNB"]') == ["BTCUSDT", "BTCBNB"]
    assert names(symbolStatus="BREAK") == ["ETHUSDT"]
    assert len(names()) == 3
    both = {"symbol": "BTCUSDT", "symbolStatus": "TRADING"}
    assert code_of(desk, "/executionRules", **both) == -1128


@pytest.mark.parametrize("path", ["/referencePrice", "/referencePrice/calculation"])
def test_no_symbol_has_a_reference_price(desk, path):
    answer = desk.get(path, symbol="BTCUSDT")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": -2043,
        "msg": "This symbol doesn't have a reference price.",
    }
    assert code_of(desk, path, symbol="NOPE") == -1121


def test_nobody_trades_blocks(desk):
    assert desk.get("/historicalBlockTrades", symbol="BTCUSDT", fromId="0").json() == []
    assert code_of(desk, "/historicalBlockTrades", symbol="BTCUSDT") == -1102


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("/exchangeInfo", {}, 20),
        ("/executionRules", {"symbol": "BTCUSDT"}, 2),
        ("/executionRules", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 4),
        ("/executionRules", {}, 40),
        ("/referencePrice", {"symbol": "BTCUSDT"}, 2),
        ("/historicalBlockTrades", {"symbol": "BTCUSDT", "fromId": "1"}, 25),
    ],
)
def test_what_the_questions_weigh(desk, path, params, weight):
    assert desk.get(path, **params).headers["X-MBX-USED-WEIGHT-1M"] == str(weight)


def test_names_of_any_script_are_symbols():
    coin = replace(BTCUSDT, symbol="这是测试币456", base="这是测试币")
    market = FixedMarket(instruments=(coin,))
    desk = Desk(market)

    told = desk.get("/exchangeInfo", symbol=coin.symbol)
    order = desk.send("POST", "/order", **(LIMIT | {"symbol": coin.symbol}))

    assert coin.symbol.encode() in told.content
    assert order.json()["symbol"] == coin.symbol
    assert coin.symbol.encode() in order.content
    held = desk.send("GET", "/openOrders", symbol=coin.symbol).json()
    assert [one["orderId"] for one in held] == [order.json()["orderId"]]
