"""One book: the market's levels and the resting orders of all accounts, in price-time priority."""

from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.orders import Order, TimeInForce
from tradefleet.exchange.errors import ApiError

BUY, SELL = Side.BUY, Side.SELL
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET


class Floor(Bench):
    """A market at 100 (1 BTC every 0.5 around it) and two accounts."""

    def __init__(self, market: FixedMarket | None = None) -> None:
        super().__init__(market)
        self.other = self.open_account(USDT="10000", BTC="10")

    def rest(self, side: Side, quantity: str, price: str, **more: str) -> Order:
        """Place a limit order of the other account."""
        return self.place(order(side, LIMIT, quantity, price=price, **more), self.other)

    def trades(self, placed: Order) -> list[tuple[str, str]]:
        """Prices and quantities of an order's executions."""
        found = self.books.orders(placed.uid).trades_of(placed.id)
        return [(plain(trade.price), plain(trade.quantity)) for trade in found]

    def levels(self, side: Side) -> list[tuple[str, str]]:
        depth = self.engine.book.depth("BTCUSDT", 10)
        levels = depth.bids if side is BUY else depth.asks
        return [(plain(level.price), plain(level.quantity)) for level in levels]


def test_two_accounts_trade_with_each_other_in_one_trade():
    floor = Floor()
    ask = floor.rest(SELL, "0.4", "100.2")

    bid = floor.place(order(BUY, MARKET, "0.4"))

    (taken,) = floor.books.orders(1).trades_of(bid.id)
    (made,) = floor.books.orders(2).trades_of(ask.id)
    assert taken.id == made.id
    assert (taken.is_maker, made.is_maker) == (False, True)
    assert (taken.fee, taken.fee_asset) == (Decimal("0.0004"), "BTC")
    assert (made.fee, made.fee_asset) == (Decimal("0.04008"), "USDT")
    assert [printed.trade.quantity for printed in floor.listener.trades] == [Decimal("0.4")]
    assert not floor.listener.trades[0].trade.buyer_is_maker
    assert floor.reports()[-2:] == [("TRADE", "FILLED"), ("TRADE", "FILLED")]
    assert floor.market.last_price("BTCUSDT") == Decimal("100.2")


def test_a_taker_walks_both_the_market_and_us_by_price():
    floor = Floor()
    floor.rest(SELL, "0.3", "100.7")

    bought = floor.place(order(BUY, MARKET, "2"))

    assert floor.trades(bought) == [("100.5", "1"), ("100.7", "0.3"), ("101", "0.7")]


def test_at_one_price_the_market_comes_first_with_what_was_there_before_us():
    floor = Floor()
    ours = floor.rest(SELL, "0.5", "100.5")

    floor.place(order(BUY, MARKET, "0.8"))
    assert ours.executed == 0, "1 BTC of the market stood there before"
    floor.place(order(BUY, MARKET, "0.4"))

    assert ours.executed == Decimal("0.2")


def test_what_the_market_adds_later_comes_after_us():
    floor = Floor()
    ours = floor.rest(SELL, "0.5", "100.2")
    floor.move("99.7")
    assert floor.levels(SELL)[0] == ("100.2", "1.5")

    bought = floor.place(order(BUY, MARKET, "0.7"))

    assert ours.status is OrderStatus.FILLED
    assert floor.trades(bought) == [("100.2", "0.5"), ("100.2", "0.2")]


def test_our_orders_at_one_price_trade_in_the_order_they_came():
    floor = Floor()
    first, second = floor.rest(BUY, "0.5", "99.9"), floor.rest(BUY, "0.5", "99.9")

    floor.place(order(SELL, MARKET, "0.7"))

    assert (first.executed, second.executed) == (Decimal("0.5"), Decimal("0.2"))


def test_a_trade_of_the_market_fills_only_what_it_leaves_of_the_queue_ahead():
    floor = Floor(FixedMarket(moves_book=False))
    ours = floor.rest(BUY, "1", "99.5")

    floor.move("99.5", "0.6")
    assert (ours.executed, ours.ahead) == (0, Decimal("0.4"))
    floor.move("99.5", "0.6", sold=True)
    assert (ours.executed, ours.ahead) == (Decimal("0.2"), 0)
    floor.move("99.4", "0.1")

    assert ours.status is OrderStatus.FILLED, "the last one went through"
    assert floor.trades(ours) == [("99.5", "0.2"), ("99.5", "0.8")]


def test_a_trade_that_shows_the_other_side_at_our_price_fills_us():
    floor = Floor()
    ours = floor.rest(BUY, "1", "99.9")
    floor.market.move("99.0")
    floor.market.move("99.9")

    floor.engine.catch_up()

    assert ours.status is OrderStatus.FILLED


def test_a_crossing_limit_takes_and_its_rest_joins_the_book():
    floor = Floor()
    floor.rest(SELL, "0.3", "100.2")

    ours = floor.place(order(BUY, LIMIT, "0.5", price="100.4"))

    assert ours.status is OrderStatus.PARTIALLY_FILLED
    assert floor.levels(BUY)[:2] == [("100.4", "0.2"), ("99.5", "1")]
    assert floor.levels(SELL)[0] == ("100.5", "1")


def test_what_the_market_offers_anew_at_our_price_trades_with_us():
    floor = Floor()
    ours = floor.place(order(BUY, LIMIT, "1.6", price="100.5"))
    assert (ours.executed, floor.levels(BUY)[0]) == (1, ("100.5", "0.6"))

    floor.market.quote("100")
    assert floor.levels(SELL)[0] == ("101", "1"), "what is about to trade is not shown"
    floor.market.time += 100
    floor.engine.catch_up()

    assert floor.trades(ours) == [("100.5", "1"), ("100.5", "0.6")]
    assert floor.listener.trades[-1].trade.buyer_is_maker
    assert floor.levels(SELL)[0] == ("100.5", "0.4")


def test_a_stop_takes_from_the_other_account():
    floor = Floor()
    floor.rest(BUY, "1", "96.8")
    stop = floor.place(order(SELL, OrderType.STOP_LOSS, "1.5", stop="98"))

    floor.move("97")

    assert floor.trades(stop) == [("96.8", "1"), ("96.5", "0.5")]


def test_stops_that_wake_each_other_all_begin_to_work():
    floor = Floor()
    stops = [
        floor.place(order(SELL, OrderType.STOP_LOSS, "1", stop=stop))
        for stop in ("99", "98.5", "98.2")
    ]

    floor.move("99")

    assert [floor.trades(stop) for stop in stops] == [
        [("98.5", "1")],
        [("98", "1")],
        [("97.5", "1")],
    ]


def test_a_maker_order_must_not_meet_another_account():
    floor = Floor()
    floor.rest(SELL, "1", "100.2")

    with pytest.raises(ApiError, match="immediately match"):
        floor.place(order(BUY, OrderType.LIMIT_MAKER, "1", price="100.2"))


@pytest.mark.parametrize(("quantity", "status"), [("1.3", "FILLED"), ("1.4", "EXPIRED")])
def test_all_or_nothing_counts_what_rests_here(quantity, status):
    floor = Floor()
    floor.rest(SELL, "0.3", "100.2")

    ours = floor.place(order(BUY, LIMIT, quantity, price="100.5", force=TimeInForce.FOK))

    assert ours.status == status


def test_a_market_order_by_quote_counts_what_rests_here():
    floor = Floor()
    floor.rest(SELL, "0.2", "100")

    bought = floor.place(order(BUY, MARKET, quote="30"))

    assert floor.trades(bought) == [("100", "0.2"), ("100.5", "0.0995")]


def test_on_a_market_of_candles_two_accounts_trade_with_the_market_only():
    floor = Floor(FixedMarket(continuous=True))
    ask = floor.rest(SELL, "1", "105")
    stop = floor.place(order(BUY, OrderType.STOP_LOSS, "2", stop="104"))
    beyond = floor.place(order(BUY, LIMIT, "1", price="106"))
    assert floor.trades(beyond) == [("100", "1")]

    floor.move("107")

    assert floor.trades(stop) == [("104", "2")]
    assert floor.trades(ask) == [("105", "1")]


def test_on_a_market_of_candles_a_stop_limit_is_met_further_on_the_same_way():
    floor = Floor(FixedMarket(continuous=True))
    stop = floor.place(
        order(SELL, OrderType.TAKE_PROFIT_LIMIT, "1", stop="105", price="106"), floor.other
    )

    floor.move("107")

    assert floor.trades(stop) == [("106", "1")]


def test_an_iceberg_shows_a_part_and_queues_again_for_the_next():
    floor = Floor()
    berg = floor.rest(SELL, "1", "100.2", iceberg="0.3")
    behind = floor.rest(SELL, "0.5", "100.2")
    assert floor.levels(SELL)[0] == ("100.2", "0.8")

    floor.place(order(BUY, MARKET, "0.3"))
    assert floor.levels(SELL)[0] == ("100.2", "0.8")
    bought = floor.place(order(BUY, MARKET, "0.6"))

    assert (berg.executed, behind.executed) == (Decimal("0.4"), Decimal("0.5"))
    assert floor.trades(bought) == [("100.2", "0.5"), ("100.2", "0.1")]
    assert floor.levels(SELL)[0] == ("100.2", "0.2")


def test_a_taker_reaches_the_hidden_part_after_all_else_at_the_price():
    floor = Floor()
    berg = floor.rest(SELL, "1", "100.5", iceberg="0.4")

    bought = floor.place(order(BUY, LIMIT, "2", price="100.5", force=TimeInForce.FOK))

    assert floor.trades(bought) == [
        ("100.5", "1"), ("100.5", "0.4"), ("100.5", "0.4"), ("100.5", "0.2")
    ]  # fmt: skip
    assert berg.status is OrderStatus.FILLED


def test_an_iceberg_takes_whole_and_hides_only_what_rests():
    floor = Floor()

    berg = floor.place(order(BUY, LIMIT, "3", price="100.5", iceberg="0.5"))

    assert berg.executed == 1
    assert floor.levels(BUY)[0] == ("100.5", "0.5")
