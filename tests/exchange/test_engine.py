"""Single orders: how they fill, what they lock, what they cost."""

from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.orders import TimeInForce
from tradefleet.exchange.errors import ApiError

BUY, SELL = Side.BUY, Side.SELL
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET


def refusal(action) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        action()
    return refused.value.code, refused.value.message


def test_a_market_buy_walks_the_book_and_pays_its_fee_in_the_coin():
    bench = Bench()

    bought = bench.place(order(BUY, MARKET, "1.5"))

    assert bought.status is OrderStatus.FILLED
    assert bought.executed_quote == Decimal("100.5") + Decimal("101") / 2
    assert bench.free("USDT") == Decimal(10_000) - Decimal(151)
    assert bench.free("BTC") == Decimal("11.5") - Decimal("0.0015")
    assert bench.reports() == [("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED"), ("TRADE", "FILLED")]


def test_a_market_sell_pays_its_fee_in_the_quote():
    bench = Bench()

    bench.place(order(SELL, MARKET, "1"))

    assert bench.free("USDT") == Decimal(10_000) + Decimal("99.5") - Decimal("0.0995")
    assert bench.free("BTC") == 9


def test_a_market_buy_by_quote_spends_at_most_that_and_keeps_to_lots():
    bench = Bench(FixedMarket("30000", spread="0.01"))

    bought = bench.place(order(BUY, MARKET, quote="100"))

    assert bought.quantity == bought.executed == Decimal("0.00333")
    assert 10_000 - bench.free("USDT") == Decimal("0.00333") * Decimal("30000.01")


def test_a_thin_book_fills_what_it_has_and_expires_the_rest():
    bench = Bench(FixedMarket(levels=2))

    sold = bench.place(order(SELL, MARKET, "5"))

    assert (sold.status, sold.executed) == (OrderStatus.EXPIRED, 2)
    assert sold.expiry_reason == "INSUFFICIENT_LIQUIDITY"
    assert bench.free("BTC") == 8


def test_a_market_buy_beyond_the_money_is_refused_whole():
    bench = Bench(USDT="100")

    assert refusal(lambda: bench.place(order(BUY, MARKET, "1"))) == (
        -2010,
        "Account has insufficient balance for requested action.",
    )
    assert bench.free("USDT") == 100
    assert bench.log.records[1:] == []


def test_a_resting_limit_buy_locks_its_price_and_fills_at_it_as_maker():
    bench = Bench()
    resting = bench.place(order(BUY, LIMIT, "2", price="99"))
    assert (bench.free("USDT"), bench.locked("USDT")) == (9_802, 198)

    bench.move("98")

    assert resting.status is OrderStatus.FILLED
    assert (bench.free("USDT"), bench.locked("USDT")) == (9_802, 0)
    assert bench.free("BTC") == Decimal("12") - Decimal("0.002")
    assert bench.listener.events[-2]["m"] is True


def test_a_trade_at_the_limit_fills_only_its_own_quantity():
    bench = Bench()
    resting = bench.place(order(BUY, LIMIT, "2", price="99"))

    bench.move("99", "0.5")

    assert (resting.status, resting.executed) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.5"))
    assert bench.locked("USDT") == Decimal("148.5")


def test_a_limit_that_takes_releases_the_better_price_at_once():
    bench = Bench()

    rest = bench.place(order(BUY, LIMIT, "2", price="100.7"))

    assert (rest.status, rest.executed) == (OrderStatus.PARTIALLY_FILLED, 1)
    assert bench.locked("USDT") == Decimal("100.7")
    assert bench.free("USDT") == 10_000 - Decimal("100.5") - Decimal("100.7")


@pytest.mark.parametrize(
    ("force", "executed", "reason"),
    [
        (TimeInForce.IOC, 1, "UNFILLED_IOC_QUANTITY_EXPIRED"),
        (TimeInForce.FOK, 0, "UNFILLED_FOK_ORDER_EXPIRED"),
    ],
)
def test_orders_that_may_not_rest_expire(force, executed, reason):
    bench = Bench()

    ended = bench.place(order(BUY, LIMIT, "2", price="100.7", force=force))

    assert (ended.status, ended.executed) == (OrderStatus.EXPIRED, executed)
    assert ended.expiry_reason == reason
    assert bench.locked("USDT") == 0


def test_a_maker_order_that_would_take_is_refused():
    bench = Bench()

    code, text = refusal(lambda: bench.place(order(BUY, OrderType.LIMIT_MAKER, "1", price="100.5")))

    assert (code, text) == (-2010, "Order would immediately match and take.")


@pytest.mark.parametrize("stop", ["100", "101"])
def test_a_stop_beyond_its_level_would_trigger_at_once(stop):
    bench = Bench()
    ticket = order(SELL, OrderType.STOP_LOSS, "1", stop=stop)

    assert refusal(lambda: bench.place(ticket)) == (-2010, "Order would trigger immediately.")


def test_a_stop_sells_through_the_book_when_a_trade_reaches_it():
    bench = Bench()
    stop = bench.place(order(SELL, OrderType.STOP_LOSS, "1", stop="98"))
    assert (stop.working_at, bench.locked("BTC")) == (-1, 1)

    bench.move("97")

    assert (stop.status, stop.executed_quote) == (OrderStatus.FILLED, Decimal("96.5"))
    assert (bench.free("BTC"), bench.locked("BTC")) == (9, 0)


def test_on_a_continuous_market_a_stop_fills_at_its_price_unless_the_market_opened_beyond():
    inside, beyond = (Bench(FixedMarket(continuous=True)) for _ in range(2))
    first = inside.place(order(SELL, OrderType.STOP_LOSS, "1", stop="98"))
    second = beyond.place(order(SELL, OrderType.STOP_LOSS, "1", stop="98"))

    inside.move("95")
    beyond.move("95", opening=True)

    assert first.executed_quote == 98
    assert second.executed_quote == 95


def test_on_a_continuous_market_a_limit_gets_the_open_if_that_is_better():
    bench = Bench(FixedMarket(continuous=True))
    target = bench.place(order(SELL, OrderType.LIMIT_MAKER, "1", price="105"))

    bench.move("107", opening=True)

    assert target.executed_quote == 107


def test_a_triggered_stop_limit_rests_when_the_market_is_beyond_its_limit():
    bench = Bench(FixedMarket(continuous=True))
    stop = bench.place(order(SELL, OrderType.STOP_LOSS_LIMIT, "1", stop="98", price="97"))

    bench.move("95", opening=True)
    assert (stop.status, stop.waits) == (OrderStatus.NEW, False)
    bench.move("97")

    assert (stop.status, stop.executed_quote) == (OrderStatus.FILLED, 97)


def test_a_market_stop_buy_that_cannot_be_paid_expires():
    bench = Bench(FixedMarket(continuous=True), USDT="105")
    stop = bench.place(order(BUY, OrderType.STOP_LOSS, "1", stop="105"))

    bench.move("110", opening=True)

    assert (stop.status, stop.expiry_reason) == (OrderStatus.EXPIRED, "REJECTED")
    assert (bench.free("USDT"), bench.locked("USDT")) == (105, 0)


def test_a_name_is_taken_only_while_its_order_is_open():
    bench = Bench()
    first = bench.place(order(BUY, LIMIT, "1", price="90", name="mine"))
    again = order(BUY, LIMIT, "1", price="90", name="mine")
    assert refusal(lambda: bench.place(again)) == (-2010, "Duplicate order sent.")

    bench.engine.cancel(bench.account, first)

    assert bench.place(again).id == 2
    assert bench.books.orders(1).named("BTCUSDT", "mine").id == 2


def test_a_cancelled_order_gives_its_funds_back_and_cannot_be_cancelled_again():
    bench = Bench()
    resting = bench.place(order(BUY, LIMIT, "1", price="90"))

    bench.engine.cancel(bench.account, resting, "bye")

    assert (resting.status, bench.free("USDT")) == (OrderStatus.CANCELED, 10_000)
    assert bench.listener.events[-2]["c"] == "bye"
    assert bench.listener.events[-2]["C"] == resting.client_id
    assert refusal(lambda: bench.engine.cancel(bench.account, resting))[0] == -2011


def test_a_halted_symbol_takes_no_orders():
    bench = Bench()
    bench.market.halt()
    bench.engine.rulebook.refresh()

    assert refusal(lambda: bench.place(order(BUY, MARKET, "1"))) == (-2010, "Market is closed.")


def test_an_account_of_one_person_sets_off_the_stop_of_another():
    bench = Bench(FixedMarket(levels=5))
    other = bench.open_account(BTC="1", USDT="0")
    stop = bench.engine.place(other, order(SELL, OrderType.STOP_LOSS, "1", stop="98.5"))

    bench.place(order(SELL, MARKET, "3"))

    assert stop.status is OrderStatus.FILLED


def test_a_fill_has_the_time_of_the_trade_that_made_it():
    bench = Bench(FixedMarket(continuous=True))
    resting = bench.place(order(BUY, LIMIT, "1", price="99"))
    bench.market.move("98")
    traded_at = bench.market.time
    bench.market.time += 60_000

    bench.engine.catch_up()

    assert bench.books.orders(1).trades_of(resting.id)[0].time == traded_at
    assert resting.updated_at == bench.account.updated_at == traded_at
