"""Self-trade prevention: no account trades with itself unless it says so."""

from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.desk import LIMIT, Desk
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.orders import Order, TimeInForce
from tradefleet.exchange.tickets import OcoTicket

BUY, SELL = Side.BUY, Side.SELL
MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")


def ask(bench: Bench, quantity: str = "1", price: str = "100.2", **more: str) -> Order:
    return bench.place(order(SELL, OrderType.LIMIT, quantity, price=price, **more))


def bid(bench: Bench, quantity: str, mode: str, price: str = "100.5", **more) -> Order:
    return bench.place(order(BUY, OrderType.LIMIT, quantity, price=price, stp=mode, **more))


def end(placed: Order) -> tuple[str, Decimal, Decimal]:
    """Status, executed and prevented quantity."""
    return placed.status.value, placed.executed, placed.prevented


EXPIRED = "EXPIRED_IN_MATCH"


@pytest.mark.parametrize(
    ("mode", "of_taker", "of_maker", "effective"),
    [
        ("EXPIRE_MAKER", ("PARTIALLY_FILLED", 1, 0), (EXPIRED, 0, 1), "EXPIRE_MAKER"),
        ("EXPIRE_TAKER", (EXPIRED, 0, 3), ("NEW", 0, 0), "EXPIRE_TAKER"),
        ("EXPIRE_BOTH", (EXPIRED, 0, 3), (EXPIRED, 0, 1), "EXPIRE_BOTH"),
        ("DECREMENT", ("PARTIALLY_FILLED", 1, 1), (EXPIRED, 0, 1), "DECREMENT"),
        ("TRANSFER", ("PARTIALLY_FILLED", 1, 1), (EXPIRED, 0, 1), "DECREMENT"),
    ],
)
def test_the_mode_of_the_taker_says_what_expires(mode, of_taker, of_maker, effective):
    bench = Bench()
    maker = ask(bench)

    taker = bid(bench, "3", mode)

    assert end(taker) == of_taker
    assert end(maker) == of_maker
    (match,) = bench.books.prevented(1)
    assert (match.id, match.mode, match.price) == (0, effective, Decimal("100.2"))
    assert (match.taker_quantity, match.maker_quantity) == (of_taker[2], of_maker[2])
    assert bench.locked("BTC") == maker.remaining if maker.is_open else not bench.locked("BTC")
    rest = taker.remaining * Decimal("100.5") if taker.is_open else 0
    assert bench.locked("USDT") == rest


def test_without_prevention_an_account_trades_with_itself():
    bench = Bench()
    maker = ask(bench)

    taker = bid(bench, "1", "NONE")

    assert end(taker) == end(maker) == ("FILLED", 1, 0)
    first, second = bench.books.orders(1).trades("BTCUSDT")
    assert (first.id, first.is_maker) == (second.id, not second.is_maker)
    assert bench.free("USDT") == 10_000 - Decimal("0.1002")
    assert bench.free("BTC") == 10 - Decimal("0.001")


def test_decrement_leaves_the_larger_order_open_and_frees_what_it_lost():
    bench = Bench()
    maker = ask(bench, "3")

    taker = bid(bench, "1", "DECREMENT")

    assert end(taker) == (EXPIRED, 0, 1)
    assert end(maker) == ("NEW", 0, 1)
    assert (bench.free("BTC"), bench.locked("BTC")) == (8, 2)


def test_a_transfer_that_both_want_is_told_as_one():
    bench = Bench()
    ask(bench, stp="TRANSFER")

    bid(bench, "1", "TRANSFER")

    assert bench.books.prevented(1)[0].mode == "TRANSFER"


def test_orders_of_different_accounts_are_not_kept_apart():
    bench = Bench()
    maker = ask(bench)
    other = bench.open_account(USDT="1000")

    bench.place(order(BUY, OrderType.MARKET, "1", stp="EXPIRE_TAKER"), other)

    assert end(maker) == ("FILLED", 1, 0)


def test_a_market_order_that_takes_only_its_own_orders_expires():
    bench = Bench(FixedMarket(levels=0))
    first, second = ask(bench, "1", "101"), ask(bench, "2", "102")

    taker = bench.place(order(BUY, OrderType.MARKET, "1"))

    assert end(first)[0] == end(second)[0] == EXPIRED
    assert end(taker) == ("EXPIRED", 0, 0)
    assert taker.expiry_reason == "INSUFFICIENT_LIQUIDITY"
    assert [match.id for match in bench.books.prevented_by(taker)] == [0, 1]


def test_a_market_buy_is_judged_by_what_it_costs_without_its_own_orders():
    bench = Bench(USDT="101", BTC="1")
    ask(bench, "1", "100.2")

    taker = bench.place(order(BUY, OrderType.MARKET, "1"))

    assert taker.executed_quote == Decimal("100.5")


def test_all_or_nothing_does_not_count_own_orders():
    bench = Bench()
    maker = ask(bench)

    taker = bid(bench, "1.5", "EXPIRE_MAKER", force=TimeInForce.FOK)

    assert end(taker) == ("EXPIRED", 0, 0)
    assert end(maker) == ("NEW", 0, 0), "nothing happened, so nothing was prevented"


def test_an_own_iceberg_expires_whole():
    bench = Bench()
    berg = ask(bench, "1", iceberg="0.2")

    bid(bench, "0.1", "EXPIRE_MAKER")

    assert end(berg) == (EXPIRED, 0, 1)
    assert len(bench.books.prevented(1)) == 1


def test_a_decremented_iceberg_shows_its_next_part():
    bench = Bench()
    berg = ask(bench, "1", iceberg="0.4")

    bid(bench, "0.5", "DECREMENT")

    assert end(berg) == ("NEW", 0, Decimal("0.5"))
    assert berg.visible == Decimal("0.3")


def test_a_leg_that_expires_ends_its_list():
    bench = Bench()
    stop = order(SELL, OrderType.STOP_LOSS, "1", stop="95")
    target = order(SELL, OrderType.LIMIT_MAKER, "1", price="100.3")
    pair = bench.engine.place_oco(bench.account, OcoTicket("", target, stop))

    bid(bench, "1", "EXPIRE_MAKER")

    assert {leg.status.value for leg in bench.engine.orders_of(pair)} == {"EXPIRED", EXPIRED}
    assert not pair.is_open
    assert bench.locked("BTC") == 0


def test_the_account_is_told_what_was_prevented():
    bench = Bench()
    maker = ask(bench, "3")
    taker = bid(bench, "1", "EXPIRE_BOTH", price="100.3")

    reports = [e for e in bench.listener.events if e.get("x") == "TRADE_PREVENTION"]

    of_maker, of_taker = reports
    shared = {"v": 0, "u": -1, "Cs": "BTCUSDT", "X": EXPIRED, "t": -1, "l": "0.00000000"}
    shared |= {"pl": "1.00000000", "pL": "100.20000000", "pY": "100.20000000"}
    for report, counter, lost in ((of_maker, taker.id, "3"), (of_taker, maker.id, "1")):
        assert shared.items() <= report.items()
        assert (report["U"], report["A"], report["B"]) == (counter, *[f"{lost}.00000000"] * 2)


# ---------------------------------------------------------------- as clients see it


SELL_LIMIT = LIMIT | {"side": "SELL", "price": "100.2", "quantity": "2"}


def test_the_answer_to_the_taker_tells_what_it_met():
    desk = Desk()
    maker = desk.send("POST", "/order", **SELL_LIMIT).json()

    crossing = LIMIT | {"price": "100.2", "selfTradePreventionMode": "DECREMENT"}
    taker = desk.send("POST", "/order", **crossing).json()

    assert taker["status"] == EXPIRED
    assert taker["selfTradePreventionMode"] == "DECREMENT"
    assert taker["preventedQuantity"] == "1.00000000"
    assert taker["preventedMatches"] == [
        {
            "preventedMatchId": 0,
            "makerSymbol": "BTCUSDT",
            "makerOrderId": maker["orderId"],
            "price": "100.20000000",
            "takerPreventedQuantity": "1.00000000",
            "makerPreventedQuantity": "1.00000000",
        }
    ]
    asked = desk.send("GET", "/order", symbol="BTCUSDT", orderId=maker["orderId"]).json()
    assert (asked["status"], asked["preventedMatchId"]) == ("NEW", 0)
    assert asked["preventedQuantity"] == "1.00000000"


def test_prevented_matches_are_found_by_number_and_by_order():
    desk = Desk()
    for _ in range(2):
        desk.send("POST", "/order", **SELL_LIMIT)
        desk.send("POST", "/order", **LIMIT | {"price": "100.2"})
        desk.send("DELETE", "/openOrders", symbol="BTCUSDT")

    def ask_for(**params):
        return desk.send("GET", "/myPreventedMatches", symbol="BTCUSDT", **params).json()

    (second,) = ask_for(preventedMatchId=1)
    assert second == {
        "symbol": "BTCUSDT",
        "preventedMatchId": 1,
        "takerOrderId": 4,
        "makerSymbol": "BTCUSDT",
        "makerOrderId": 3,
        "tradeGroupId": -1,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "price": "100.20000000",
        "makerPreventedQuantity": "2.00000000",
        "transactTime": desk.market.now(),
    }
    assert ask_for(orderId=3) == ask_for(orderId=4) == [second]
    assert ask_for(orderId=4, fromPreventedMatchId=2) == []
    assert ask_for()["code"] == ask_for(orderId=1, preventedMatchId=1)["code"] == -1128


def test_an_order_that_names_no_mode_has_the_default_of_its_symbol():
    desk = Desk()
    usual = desk.send("POST", "/order", **LIMIT).json()
    rules = {"defaultSelfTradePreventionMode": "NONE", "allowedSelfTradePreventionModes": ["NONE"]}
    desk.venue.engine.rulebook.change("BTCUSDT", rules)

    other = desk.send("POST", "/order", **LIMIT).json()
    refused = desk.send("POST", "/order", **LIMIT, selfTradePreventionMode="EXPIRE_BOTH").json()

    assert usual["selfTradePreventionMode"] == "EXPIRE_MAKER"
    assert other["selfTradePreventionMode"] == "NONE"
    assert refused == {
        "code": -1013,
        "msg": "This symbol does not allow the specified self-trade prevention mode.",
    }


def test_an_unknown_mode_is_no_mode():
    refused = Desk().send("POST", "/order", **LIMIT, selfTradePreventionMode="EXPIRE").json()

    assert refused["code"] == -1130
