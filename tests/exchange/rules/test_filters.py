"""Each filter of a symbol: what it lets pass, and the words of its refusal."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.desk import BUY, LIMIT, OCO, Desk
from tests.exchange.fixed_market import BTCUSDT, FixedMarket
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.account_files import account_fields
from tradefleet.exchange.info.filters import Filters
from tradefleet.exchange.tickets import OrderTicket

STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_LOSS",
    "quantity": "1",
    "stopPrice": "98",
}
TRAILING = {name: text for name, text in STOP.items() if name != "stopPrice"}
SELL = {"side": "SELL"}

PRICE = {"filterType": "PRICE_FILTER", "minPrice": "0", "maxPrice": "0", "tickSize": "0"}
PERCENT = {"filterType": "PERCENT_PRICE", "multiplierUp": "1.1", "multiplierDown": "0.9"}
BY_SIDE = {
    "filterType": "PERCENT_PRICE_BY_SIDE",
    "bidMultiplierUp": "1.2",
    "bidMultiplierDown": "0.5",
    "askMultiplierUp": "5",
    "askMultiplierDown": "0.99",
    "avgPriceMins": 0,
}
LOT = {"filterType": "LOT_SIZE", "minQty": "0.10", "maxQty": "50", "stepSize": "0.10"}
MARKET_LOT = {"filterType": "MARKET_LOT_SIZE", "minQty": "0.5", "maxQty": "2", "stepSize": "0.25"}
LEAST = {"filterType": "MIN_NOTIONAL", "minNotional": "20", "avgPriceMins": 5}
NOTIONAL = {
    "filterType": "NOTIONAL",
    "minNotional": "20",
    "applyMinToMarket": False,
    "maxNotional": "200",
    "applyMaxToMarket": True,
    "avgPriceMins": 5,
}
PARTS = {"filterType": "ICEBERG_PARTS", "limit": 4}
TRAIL = {
    "filterType": "TRAILING_DELTA",
    "minTrailingAboveDelta": 100,
    "maxTrailingAboveDelta": 200,
    "minTrailingBelowDelta": 10,
    "maxTrailingBelowDelta": 20,
}

# filter, what is refused, what just passes
CASES = [
    (PRICE | {"minPrice": "90"}, LIMIT | {"price": "89.99"}, LIMIT | {"price": "90"}),
    (PRICE | {"maxPrice": "90"}, LIMIT | {"price": "90.01"}, LIMIT | {"price": "90"}),
    (PRICE | {"tickSize": "0.5"}, LIMIT | {"price": "90.25"}, LIMIT | {"price": "90.5"}),
    (PRICE | {"tickSize": "0.5"}, STOP | {"stopPrice": "98.1"}, STOP | {"stopPrice": "98.5"}),
    (PERCENT, LIMIT | {"price": "89.99"}, LIMIT | {"price": "90"}),
    (PERCENT, LIMIT | SELL | {"price": "110.01"}, LIMIT | SELL | {"price": "110"}),
    (BY_SIDE, LIMIT | {"price": "49"}, LIMIT | {"price": "50"}),
    (BY_SIDE, LIMIT | SELL | {"price": "98.9"}, LIMIT | SELL | {"price": "99"}),
    (LOT, LIMIT | {"quantity": "0.09"}, LIMIT | {"quantity": "0.1"}),
    (LOT, LIMIT | {"quantity": "51"}, LIMIT | {"quantity": "50"}),
    (LOT, LIMIT | {"quantity": "0.15"}, LIMIT | {"quantity": "0.2"}),
    (LOT, LIMIT | {"icebergQty": "0.05"}, LIMIT | {"icebergQty": "0.1"}),
    (MARKET_LOT, BUY | {"quantity": "0.25"}, BUY | {"quantity": "0.5"}),
    (MARKET_LOT, BUY | {"quantity": "2.25"}, BUY | {"quantity": "2"}),
    (MARKET_LOT, BUY | {"quantity": "0.6"}, LIMIT | {"quantity": "0.6"}),
    (LEAST, LIMIT | {"quantity": "0.2"}, LIMIT | {"quantity": "0.23"}),
    (LEAST, BUY | {"quantity": "0.1"}, BUY | {"quantity": "0.2"}),
    (NOTIONAL, LIMIT | {"quantity": "0.2"}, LIMIT | {"quantity": "0.23"}),
    (NOTIONAL, LIMIT | {"quantity": "2.3"}, BUY | {"quantity": "0.1"}),
    (NOTIONAL, BUY | {"quantity": "2.1"}, BUY | {"quantity": "2"}),
    (PARTS, LIMIT | {"icebergQty": "0.2"}, LIMIT | {"icebergQty": "0.25"}),
    (TRAIL, TRAILING | {"trailingDelta": "21"}, TRAILING | {"trailingDelta": "20"}),
    (TRAIL, TRAILING | {"trailingDelta": "9"}, TRAILING | {"trailingDelta": "10"}),
    (
        TRAIL,
        TRAILING | {"type": "TAKE_PROFIT", "trailingDelta": "99"},
        TRAILING | {"type": "TAKE_PROFIT", "trailingDelta": "100"},
    ),
    (
        TRAIL,
        TRAILING | {"side": "BUY", "trailingDelta": "201"},
        TRAILING | {"side": "BUY", "trailingDelta": "200"},
    ),
]


def desk_with(*filters: dict, money: str = "10000", **changes) -> Desk:
    """An exchange whose symbol has these filters only."""
    desk = Desk(FixedMarket(levels=50))
    known = {kept["filterType"]: kept for kept in filters}
    rules = desk.market.rules().symbols["BTCUSDT"]
    entry = {**rules.entry, **changes, "filters": list(known.values())}
    desk.market.tell(type(rules).read(entry))
    desk.venue.engine.rulebook.refresh()
    desk.venue.engine.deposit(desk.account, "USDT", Decimal(money))
    return desk


@pytest.mark.parametrize(("told", "refused", "passes"), CASES)
def test_a_filter_refuses_by_name_what_breaks_it_and_nothing_else(told, refused, passes):
    desk = desk_with(told)

    answer = desk.send("POST", "/order", **refused)

    assert answer.status_code == 400
    assert answer.json() == {"code": -1013, "msg": f"Filter failure: {told['filterType']}"}
    assert desk.send("POST", "/order/test", **passes).json() == {}
    assert desk.send("POST", "/order", **passes).status_code == 200


def test_no_filters_at_all_let_everything_pass_that_has_a_price_and_a_size():
    desk = desk_with()
    odd = LIMIT | {"quantity": "0.00000001", "price": "0.00000001"}

    assert desk.send("POST", "/order", **odd).status_code == 200


def test_an_average_of_no_minutes_is_the_last_price():
    desk = desk_with(BY_SIDE)
    assert desk.send("POST", "/order", **(LIMIT | {"price": "60"})).status_code == 200

    desk.market.move("130")
    desk.beat_once()

    answer = desk.send("POST", "/order/test", **(LIMIT | {"price": "60"}))
    assert answer.json()["msg"] == "Filter failure: PERCENT_PRICE_BY_SIDE"


def test_a_market_order_by_quote_keeps_the_lots_of_what_it_comes_to():
    desk = desk_with(LOT, MARKET_LOT | {"stepSize": "0"})

    by_quote = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    small = desk.send("POST", "/order", **by_quote, quoteOrderQty="40")
    large = desk.send("POST", "/order", **by_quote, quoteOrderQty="400")
    fine = desk.send("POST", "/order", **by_quote, quoteOrderQty="101")

    assert small.json()["msg"] == "Filter failure: MARKET_LOT_SIZE"
    assert large.json()["msg"] == "Filter failure: MARKET_LOT_SIZE"
    assert fine.json()["executedQty"] == "1.00000000"


def limit_of(name: str, field: str, most: int) -> dict:
    return {"filterType": name, field: most}


@pytest.mark.parametrize(
    ("told", "orders", "refused"),
    [
        (limit_of("MAX_NUM_ORDERS", "maxNumOrders", 2), [LIMIT, STOP], LIMIT),
        (limit_of("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", 1), [STOP, LIMIT], STOP),
        (
            limit_of("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", 1),
            [LIMIT | {"icebergQty": "0.5"}, LIMIT],
            LIMIT | {"icebergQty": "0.5"},
        ),
    ],
)
def test_no_more_may_be_open_than_a_symbol_allows(told, orders, refused):
    desk = desk_with(told)
    for order in orders:
        assert desk.send("POST", "/order", **order).status_code == 200

    answer = desk.send("POST", "/order", **refused)

    assert answer.json() == {"code": -1013, "msg": f"Filter failure: {told['filterType']}"}
    assert desk.send("DELETE", "/openOrders", symbol="BTCUSDT").status_code == 200
    assert desk.send("POST", "/order", **refused).status_code == 200


def test_a_list_counts_as_two_orders_and_as_one_list():
    two = limit_of("MAX_NUM_ORDERS", "maxNumOrders", 3)
    desk = desk_with(two, limit_of("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", 1))
    assert desk.send("POST", "/orderList/oco", **OCO).status_code == 200

    again = desk.send("POST", "/orderList/oco", **OCO)
    assert again.json()["msg"] == "Filter failure: MAX_NUM_ORDERS"
    assert desk.send("POST", "/order", **LIMIT).status_code == 200


def test_no_more_lists_may_be_open_than_a_symbol_allows():
    desk = desk_with(limit_of("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", 1))
    assert desk.send("POST", "/orderList/oco", **OCO).status_code == 200

    again = desk.send("POST", "/orderList/oco", **OCO)

    assert again.json() == {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDER_LISTS"}


def test_a_position_may_not_be_bought_beyond_its_limit():
    desk = desk_with({"filterType": "MAX_POSITION", "maxPosition": "12"})
    assert desk.send("POST", "/order", **LIMIT).status_code == 200  # 10 owned, 1 bid for

    more = desk.send("POST", "/order", **(BUY | {"quantity": "1.1"}))

    assert more.json() == {"code": -1013, "msg": "Filter failure: MAX_POSITION"}
    assert desk.send("POST", "/order", **(BUY | SELL)).status_code == 200
    assert desk.send("POST", "/order", **(BUY | {"quantity": "1.1"})).status_code == 200


def test_limits_of_the_exchange_count_all_symbols_together():
    eth = replace(BTCUSDT, symbol="ETHUSDT", base="ETH")
    market = FixedMarket(instruments=(BTCUSDT, eth))
    told = limit_of("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", 2)
    market.tell_exchange(told)
    desk = Desk(market)
    assert desk.get("/exchangeInfo").json()["exchangeFilters"] == [told]
    assert desk.send("POST", "/order", **LIMIT).status_code == 200
    assert desk.send("POST", "/order", **(LIMIT | {"symbol": "ETHUSDT"})).status_code == 200

    answer = desk.send("POST", "/order", **LIMIT)

    assert answer.json() == {"code": -1013, "msg": "Filter failure: EXCHANGE_MAX_NUM_ORDERS"}


def test_an_account_may_be_held_to_less_of_an_asset_an_order():
    desk = Desk()
    fields = account_fields({"key": "other", "secret": "x", "asset_limits": {"USDT": "100"}})
    desk.venue.engine.open_account(*fields)
    desk.key, desk.secret = "other", "x"

    mine = desk.send("GET", "/myFilters", symbol="BTCUSDT").json()
    answer = desk.send("POST", "/order", **(LIMIT | {"quantity": "1.2"}))

    limit = {"filterType": "MAX_ASSET", "asset": "USDT", "limit": "100.00000000"}
    assert mine["assetFilters"] == [limit]
    assert mine["symbolFilters"] == desk.get("/exchangeInfo").json()["symbols"][0]["filters"]
    assert answer.json() == {"code": -1013, "msg": "Filter failure: MAX_ASSET"}
    assert desk.send("POST", "/order", **LIMIT).status_code == 200


@pytest.mark.parametrize(
    ("changes", "order", "text"),
    [
        ({"icebergAllowed": False}, LIMIT | {"icebergQty": "0.5"}, "Iceberg orders are not"),
        (
            {"allowTrailingStop": False},
            TRAILING | {"trailingDelta": "20"},
            "Trailing stop orders are not",
        ),
        ({"orderTypes": ["LIMIT"]}, STOP, "Stop loss orders are not supported for this symbol."),
        ({"orderTypes": ["LIMIT"]}, BUY, "Market orders are not supported for this symbol."),
        (
            {"quoteOrderQtyMarketAllowed": False},
            {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "50"},
            "Quote order qty market orders are not support for this symbol.",
        ),
        (
            {"permissionSets": [["SPOT"], ["TRD_GRP_004", "TRD_GRP_005"]]},
            LIMIT,
            "This symbol is not permitted for this account.",
        ),
        ({"isSpotTradingAllowed": False}, LIMIT, "Market is closed."),
    ],
)
def test_what_is_switched_off_for_a_symbol_is_refused_in_words(changes, order, text):
    answer = desk_with(**changes).send("POST", "/order", **order)

    assert answer.status_code == 400
    assert answer.json()["code"] == -2010
    assert answer.json()["msg"].startswith(text)


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (LIMIT | {"quantity": "92233720368.54775808"}, "quantity"),
        (LIMIT | {"price": "92233720368.54775808"}, "price"),
        (LIMIT | {"quantity": "99999999999999999999"}, "quantity"),
        (LIMIT | {"newClientOrderId": "a", "strategyId": "9223372036854775808"}, "strategyId"),
    ],
)
def test_numbers_beyond_what_the_exchange_can_hold_overflow(order, name):
    answer = Desk().send("POST", "/order", **order)

    assert answer.json() == {"code": -1108, "msg": f"Parameter '{name}' overflowed."}


def test_many_digits_are_too_precise_however_many_come_before_them():
    price = {"price": "12345678901.00000000000000000001"}

    answer = Desk().send("POST", "/order", **(LIMIT | price))

    assert answer.json() == {"code": -1111, "msg": "Parameter 'price' has too much precision."}


@given(
    lots=st.integers(-50, 50),
    step=st.sampled_from(["0.00001", "0.001", "0.25", "1", "10"]),
    off=st.sampled_from(["0", "0.000001", "-0.000001"]),
)
def test_a_quantity_is_on_the_grid_or_it_is_not(lots, step, off):
    told = {"filterType": "LOT_SIZE", "minQty": "0", "maxQty": "0", "stepSize": step}
    quantity = Decimal(step) * (60 + lots) + Decimal(off)
    ticket = OrderTicket("X", Side.BUY, OrderType.LIMIT, quantity=quantity, price=Decimal(1))

    broken = Filters.read([told]).first_broken(ticket, lambda minutes: Decimal(minutes))

    assert broken == ("" if off == "0" else "LOT_SIZE")


def test_filters_of_unknown_names_are_told_and_bind_nobody():
    later = {"filterType": "MOON_PHASE", "phases": ["full"]}

    desk = desk_with(later)

    assert desk.get("/exchangeInfo").json()["symbols"][0]["filters"] == [later]
    assert desk.send("POST", "/order", **LIMIT).status_code == 200
