"""Trailing stops: the scenarios of Binance's own FAQ, and what it leaves to be understood."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.errors import ApiError


@dataclass(frozen=True)
class Scenario:
    """An order, the prices that leave it asleep, and the first that triggers it."""

    side: Side
    kind: OrderType
    stop: str | None
    delta: int
    limit: str
    asleep: tuple[str, ...]
    triggers: str


SCENARIOS = {
    "A, stop loss to buy": Scenario(
        Side.BUY,
        OrderType.STOP_LOSS_LIMIT,
        "44000",
        500,
        "45000",
        ("37000", "39000", "43999.99", "44000", "45000", "46000", "42000", "44099.99"),
        "44100",
    ),
    "B, stop loss to sell": Scenario(
        Side.SELL,
        OrderType.STOP_LOSS_LIMIT,
        "39000",
        1000,
        "38000",
        ("41500", "39000", "37000", "41000", "36900.01"),
        "36900",
    ),
    "C, take profit to buy": Scenario(
        Side.BUY,
        OrderType.TAKE_PROFIT_LIMIT,
        "38000",
        850,
        "38500",
        ("42000", "38000", "37000", "39000", "38000", "40144.99"),
        "40145",
    ),
    "D, take profit to sell": Scenario(
        Side.SELL,
        OrderType.TAKE_PROFIT_LIMIT,
        "42000",
        750,
        "41000",
        ("41500", "38000", "42000", "45000", "44000", "46500", "43012.51"),
        "43012.50",
    ),
    "E, without a stop price": Scenario(
        Side.SELL,
        OrderType.STOP_LOSS_LIMIT,
        None,
        700,
        "39000",
        ("42000", "39500", "45500", "42315.01"),
        "42315",
    ),
}


def market(*, continuous: bool = False) -> FixedMarket:
    return FixedMarket("40000", continuous=continuous)


@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_scenarios_of_the_faq(scenario, continuous):
    bench = Bench(market(continuous=continuous))
    trailing = bench.place(
        order(
            scenario.side,
            scenario.kind,
            "0.1",
            price=scenario.limit,
            stop=scenario.stop,
            delta=scenario.delta,
        )
    )

    for price in scenario.asleep:
        bench.move(price)
        assert trailing.waits, f"it triggered at {price}"
    bench.move(scenario.triggers)

    assert not trailing.waits
    assert trailing.working_at == bench.market.now()


def test_it_is_in_force_at_once_without_a_stop_price_and_later_with_one():
    bench = Bench(market())

    at_once = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", delta=100))
    later = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", stop="39000", delta=100))

    assert at_once.trailing_at == bench.market.now()
    assert later.trailing_at == -1


def test_a_continuous_market_fills_at_the_first_price_on_the_grid_beyond_the_turn():
    bench = Bench(market(continuous=True))
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", delta=123))

    bench.move("40000.07")
    bench.move("39000")

    (trade,) = bench.books.orders(1).trades_of(seller.id)
    assert trade.price == Decimal("39508.06")  # 40000.07 * 0.9877 = 39508.069...


def test_a_candle_that_opens_beyond_the_turn_fills_at_its_open():
    bench = Bench(market(continuous=True))
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", delta=100))

    bench.move("38000", opening=True)

    (trade,) = bench.books.orders(1).trades_of(seller.id)
    assert trade.price == 38_000


def test_one_candle_may_start_the_following_and_trigger_on_the_way():
    bench = Bench(market(continuous=True))
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", stop="39000", delta=100))

    bench.move("38000")

    (trade,) = bench.books.orders(1).trades_of(seller.id)
    assert trade.price == Decimal("38610")  # one percent below the stop price


def test_an_open_beyond_the_stop_price_is_where_the_following_starts():
    bench = Bench(market(continuous=True))
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", stop="39000", delta=100))

    bench.move("38000", opening=True)
    assert seller.waits
    bench.move("37000")

    (trade,) = bench.books.orders(1).trades_of(seller.id)
    assert trade.price == 37_620


def test_own_trades_of_a_market_of_trades_are_followed_too():
    bench = Bench(market())
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", delta=100))

    bench.place(order(Side.BUY, OrderType.MARKET, "0.1"))

    assert seller.trailing_extreme == Decimal("40000.5")


def test_a_stop_price_on_the_wrong_side_is_refused_trailing_or_not():
    bench = Bench(market())

    with pytest.raises(ApiError, match="Order would trigger immediately"):
        bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", stop="40000", delta=100))


def test_a_buyer_without_any_price_reserves_what_the_turn_would_cost_today():
    bench = Bench(market())

    bench.place(order(Side.BUY, OrderType.STOP_LOSS, "0.1", delta=500))

    assert bench.locked("USDT") == 4_200


def test_what_was_reserved_is_free_again_after_the_fill():
    bench = Bench(market(continuous=True))
    buyer = bench.place(order(Side.BUY, OrderType.STOP_LOSS, "0.1", delta=500))

    bench.move("36000")
    bench.move("38000")

    assert buyer.status is OrderStatus.FILLED
    assert buyer.executed_quote == 3_780
    assert bench.locked("USDT") == 0
    assert bench.free("USDT") == 6_220


def test_a_restart_goes_on_from_the_best_price_seen():
    bench = Bench(market())
    seller = bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", delta=1000))
    bench.move("50000")

    books = Books()
    for record in bench.log.replay():
        books.apply(record)

    assert [known.id for known in books.resting("BTCUSDT").triggered(Decimal(45_000))] == [
        seller.id
    ]
    assert list(books.resting("BTCUSDT").triggered(Decimal("45000.01"))) == []


def test_reports_say_how_it_trails_and_since_when():
    bench = Bench(market())

    bench.place(order(Side.SELL, OrderType.STOP_LOSS, "0.1", stop="39000", delta=100))
    bench.move("39000")
    bench.move("38000")

    reports = [e for e in bench.listener.events if e["e"] == "executionReport"]
    assert [report["d"] for report in reports] == [100, 100, 100]
    assert [report["D"] for report in reports] == [-1, bench.market.now(), bench.market.now()]
