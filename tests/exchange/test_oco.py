"""The life of a protected position: stop and target, of which one ends the other."""

from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order, sell_oco
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.tickets import OcoTicket


def protected(bench: Bench, **levels: str):
    """A list over one coin; returns the list, its stop and its target."""
    order_list = bench.engine.place_oco(bench.account, sell_oco("1", **levels))
    stop, target = bench.engine.orders_of(order_list)
    return order_list, stop, target


def test_the_coins_are_locked_once():
    bench = Bench()

    protected(bench, target="105", stop="98")

    assert (bench.free("BTC"), bench.locked("BTC")) == (9, 1)


def test_the_stop_sells_and_the_target_expires():
    bench = Bench(FixedMarket(continuous=True))
    order_list, stop, target = protected(bench, target="105", stop="98")

    bench.move("97")

    assert (stop.status, stop.executed_quote) == (OrderStatus.FILLED, 98)
    assert (target.status, target.expiry_reason) == (OrderStatus.EXPIRED, "OCO_TRIGGER")
    assert order_list.order_status == "ALL_DONE"
    assert (bench.free("BTC"), bench.locked("BTC")) == (9, 0)
    assert bench.free("USDT") == 10_000 + Decimal(98) - Decimal("0.098")


def test_the_target_sells_and_the_stop_expires():
    bench = Bench(FixedMarket(continuous=True))
    order_list, stop, target = protected(bench, target="105", stop="98")

    bench.move("106")

    assert (target.status, target.executed_quote) == (OrderStatus.FILLED, 105)
    assert stop.status is OrderStatus.EXPIRED
    assert order_list.order_status == "ALL_DONE"


def test_a_candle_that_reaches_both_levels_stops_first():
    """A candle is played open, low, high, close."""
    bench = Bench(FixedMarket(continuous=True))
    _, stop, target = protected(bench, target="105", stop="98")

    for price in ("97", "106", "101"):
        bench.market.move(price)
    bench.engine.catch_up()

    assert (stop.status, target.status) == (OrderStatus.FILLED, OrderStatus.EXPIRED)


def test_a_partly_filled_target_ends_the_stop_and_keeps_its_own_lock():
    bench = Bench()
    _, stop, target = protected(bench, target="105", stop="98")

    bench.move("105", "0.4")

    assert (target.status, stop.status) == (OrderStatus.PARTIALLY_FILLED, OrderStatus.EXPIRED)
    assert bench.locked("BTC") == Decimal("0.6")


def test_a_triggered_stop_limit_may_rest_alone():
    bench = Bench(FixedMarket(continuous=True))
    order_list, stop, target = protected(bench, target="105", stop="98", limit="97")

    bench.move("95", opening=True)

    assert (stop.status, stop.waits, target.status) == (
        OrderStatus.NEW,
        False,
        OrderStatus.EXPIRED,
    )
    assert (order_list.order_status, bench.locked("BTC")) == ("ALL_DONE", 1)


@pytest.mark.parametrize("leg", [0, 1])
def test_cancelling_a_leg_cancels_the_list(leg):
    bench = Bench()
    order_list, *legs = protected(bench, target="105", stop="98")

    assert bench.engine.cancel(bench.account, legs[leg], "bye") is order_list

    assert [order.status for order in legs] == [OrderStatus.CANCELED] * 2
    assert (bench.free("BTC"), bench.locked("BTC")) == (10, 0)
    ended = [event for event in bench.listener.events if event["e"] == "listStatus"][-1]
    assert (ended["l"], ended["L"], ended["c"]) == ("ALL_DONE", "ALL_DONE", "OCO")


def test_a_buy_list_locks_the_dearer_leg_and_gives_the_rest_back():
    bench = Bench(FixedMarket(continuous=True))
    ticket = OcoTicket(
        "",
        above=order(Side.BUY, OrderType.STOP_LOSS_LIMIT, "1", price="111", stop="110"),
        below=order(Side.BUY, OrderType.LIMIT_MAKER, "1", price="90"),
    )
    bench.engine.place_oco(bench.account, ticket)
    assert bench.locked("USDT") == 111

    bench.move("89")

    assert (bench.free("USDT"), bench.locked("USDT")) == (9_910, 0)
    assert bench.free("BTC") == 11 - Decimal("0.001")


def test_a_list_without_the_coins_is_refused():
    bench = Bench(BTC="0.5", USDT="0")

    with pytest.raises(ApiError, match="insufficient balance"):
        protected(bench, target="105", stop="98")

    assert bench.books.lists(1).open() == []


def test_the_reports_of_a_list_come_in_the_order_of_its_life():
    bench = Bench(FixedMarket(continuous=True))
    protected(bench, target="105", stop="98")
    bench.move("97")

    told = [(e["e"], e.get("x") or e.get("L"), e.get("o")) for e in bench.listener.events]
    assert told == [
        ("outboundAccountPosition", None, None),
        ("listStatus", "EXECUTING", None),
        ("executionReport", "NEW", "STOP_LOSS"),
        ("executionReport", "NEW", "LIMIT_MAKER"),
        ("outboundAccountPosition", None, None),
        ("executionReport", "EXPIRED", "LIMIT_MAKER"),
        ("listStatus", "ALL_DONE", None),
        ("executionReport", "NEW", "STOP_LOSS"),
        ("executionReport", "TRADE", "STOP_LOSS"),
        ("outboundAccountPosition", None, None),
    ]
