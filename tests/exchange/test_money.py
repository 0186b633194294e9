"""The law of the exchange: money moves by fills and fees only, whatever is asked of it."""

import json
from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import STOPS, TimeInForce
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.tickets import OcoTicket

prices = st.integers(90_00, 110_00).map(lambda cents: str(Decimal(cents) / 100))
amounts = st.integers(1, 40_000).map(lambda lots: str(Decimal(lots) * 5 / 10_000))
sides = st.sampled_from(list(Side))
forces = st.sampled_from(list(TimeInForce))


@st.composite
def tickets(draw):
    side, kind = draw(sides), draw(st.sampled_from(list(OrderType)))
    if kind is OrderType.MARKET and draw(st.booleans()):
        return order(side, kind, quote=str(draw(st.integers(5, 4_000))))
    delta = draw(st.sampled_from((0, 0, 10, 100, 500))) if kind in STOPS else 0
    stop = draw(prices) if kind in STOPS and not (delta and draw(st.booleans())) else None
    has_price = kind not in (OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
    return order(
        side,
        kind,
        draw(amounts),
        price=draw(prices) if has_price else None,
        stop=stop,
        delta=delta,
        force=draw(forces) if has_price and kind is not OrderType.LIMIT_MAKER else TimeInForce.GTC,
    )


@st.composite
def pairs(draw):
    side, quantity = draw(sides), draw(amounts)
    low, high = sorted((draw(prices), draw(prices)), key=Decimal)
    stop = order(side, OrderType.STOP_LOSS, quantity, stop=low if side is Side.SELL else high)
    price = high if side is Side.SELL else low
    limit = order(side, OrderType.LIMIT_MAKER, quantity, price=price)
    above, below = (limit, stop) if side is Side.SELL else (stop, limit)
    return OcoTicket("", above, below)


steps = st.one_of(
    st.tuples(st.just("place"), tickets()),
    st.tuples(st.just("oco"), pairs()),
    st.tuples(st.just("cancel"), st.integers(0, 50)),
    st.tuples(st.just("move"), st.tuples(prices, amounts, st.booleans())),
)


def take(bench: Bench, step) -> None:
    kind, value = step
    try:
        if kind == "place":
            bench.place(value)
        elif kind == "oco":
            bench.engine.place_oco(bench.account, value)
        elif kind == "cancel":
            resting = bench.books.orders(1).open()
            if resting:
                bench.engine.cancel(bench.account, resting[value % len(resting)])
        else:
            price, quantity, opening = value
            bench.move(price, quantity, opening=opening)
    except ApiError:
        pass  # a refusal changes nothing; the laws below see to it


def expected(bench: Bench) -> Counter:
    """The sums by asset, from the beginning and the fills alone."""
    sums = Counter({"USDT": Decimal(10_000), "BTC": Decimal(10)})
    for trade in bench.books.orders(1).trades("BTCUSDT"):
        sign = 1 if trade.side is Side.BUY else -1
        sums["BTC"] += sign * trade.quantity
        sums["USDT"] -= sign * trade.price * trade.quantity
        sums[trade.fee_asset] -= trade.fee
    return sums


def check(bench: Bench) -> None:
    balances = bench.account.balances
    assert {asset: b.free + b.locked for asset, b in balances.items()} == dict(expected(bench))
    assert all(b.free >= 0 and b.locked >= 0 for b in balances.values())
    orders, lists = list(bench.books.orders(1).all()), bench.books.lists(1).open()
    for asset, side in (("BTC", Side.SELL), ("USDT", Side.BUY)):
        reserved = sum(o.locked for o in orders if o.side is side)
        reserved += sum(
            known.locked for known in lists if bench.engine.orders_of(known)[0].side is side
        )
        assert balances[asset].locked == reserved
    for placed in orders:
        assert 0 <= placed.executed <= placed.quantity
        assert placed.is_open or not placed.locked
        trades = bench.books.orders(1).trades_of(placed.id)
        assert sum(trade.quantity for trade in trades) == placed.executed


@settings(deadline=None, max_examples=100)
@given(st.booleans(), st.lists(steps, min_size=20, max_size=60))
def test_money_is_conserved_step_by_step(continuous, script):
    bench = Bench(FixedMarket(continuous=continuous))

    for step in script:
        take(bench, step)
        check(bench)


def remembered(books: Books) -> dict:
    """The state; trades of the market itself are numbered, but not kept one by one."""
    state = books.snapshot()
    del state["trade_ids"]
    return {name: sorted(map(json.dumps, rows)) for name, rows in state.items()}


@settings(deadline=None, max_examples=30)
@given(st.booleans(), st.lists(steps, min_size=20, max_size=60))
def test_replaying_the_log_gives_the_same_books(continuous, script):
    bench = Bench(FixedMarket(continuous=continuous))
    for step in script:
        take(bench, step)

    again = Books()
    for record in bench.log.replay():
        again.apply(record)

    assert remembered(again) == remembered(bench.books)
    assert rests(again) == rests(bench.books)


def rests(books: Books) -> list:
    """Who would be met first by what."""
    resting = books.resting("BTCUSDT")
    return [
        [order.id for order in orders]
        for orders in (
            resting.queue(Side.BUY),
            resting.queue(Side.SELL),
            resting.triggered(Decimal(0)),
            resting.triggered(Decimal(10**6)),
        )
    ]
