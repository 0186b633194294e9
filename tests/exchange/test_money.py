"""The law of the exchange: money moves by fills and fees only, whatever is asked of it."""

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.bench import order
from tests.exchange.flow import ACCOUNTS, Chance, Crowd, pair, queues, remembered
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import AT_MARKET, STOPS, TimeInForce
from tradefleet.exchange.self_trades import STP_MODES
from tradefleet.exchange.tickets import OtoTicket

prices = st.integers(90_00, 110_00).map(lambda cents: str(Decimal(cents) / 100))
amounts = st.integers(1, 40_000).map(lambda lots: str(Decimal(lots) * 5 / 10_000))
sides = st.sampled_from(list(Side))


@st.composite
def tickets(draw):
    side, kind = draw(sides), draw(st.sampled_from(list(OrderType)))
    stp = draw(st.sampled_from(STP_MODES))
    if kind is OrderType.MARKET and draw(st.booleans()):
        return order(side, kind, quote=str(draw(st.integers(5, 4_000))), stp=stp)
    has_price, quantity = kind not in AT_MARKET, draw(amounts)
    forces = st.sampled_from(list(TimeInForce))
    free = has_price and kind is not OrderType.LIMIT_MAKER
    force = draw(forces) if free else TimeInForce.GTC
    hides = has_price and force is TimeInForce.GTC and draw(st.booleans())
    delta = draw(st.sampled_from((0, 0, 10, 100, 500))) if kind in STOPS else 0
    stop = draw(prices) if kind in STOPS and not (delta and draw(st.booleans())) else None
    return order(
        side,
        kind,
        quantity,
        price=draw(prices) if has_price else None,
        stop=stop,
        delta=delta,
        force=force,
        iceberg=str(Decimal(quantity) / 5) if hides else "0",
        stp=stp,
    )


@st.composite
def pairs(draw, of_side=sides):
    low, high = sorted((draw(prices), draw(prices)), key=Decimal)
    return pair(draw(of_side), draw(amounts), low, high)


@st.composite
def triggers(draw):
    """An OTO, OTOCO, OPO or OPOCO near the market."""
    pays, quantity = draw(st.booleans()), draw(amounts)
    side = Side.BUY if pays else draw(sides)
    force = draw(st.sampled_from(list(TimeInForce)))
    working = order(side, OrderType.LIMIT, quantity, price=draw(prices), force=force)
    if draw(st.booleans()):
        legs = draw(pairs(st.just(Side.SELL) if pays else sides))
        pending = (legs.above, legs.below)
    else:
        pending = (draw(tickets().filter(lambda one: one.quantity)),)
    if pays:
        pending = tuple(
            replace(leg, side=Side.SELL, quantity=None, iceberg_quantity=Decimal(0))
            for leg in pending
        )
    return OtoTicket("", working, pending, pays)


def of(kind, values):
    return st.tuples(st.just(kind), st.integers(0, ACCOUNTS - 1), values)


steps = st.one_of(
    of("place", tickets()),
    of("oco", pairs()),
    of("oto", triggers()),
    of("cancel", st.integers(0, 50)),
    of("move", st.tuples(prices, amounts, st.booleans(), st.sampled_from([None, True, False]))),
)


@settings(deadline=None, max_examples=100)
@given(st.booleans(), st.lists(steps, min_size=20, max_size=60))
def test_money_is_conserved_step_by_step(continuous, script):
    crowd = Crowd(continuous=continuous)

    for step in script:
        crowd.carry_out(step)
        crowd.check()


@settings(deadline=None, max_examples=30)
@given(st.booleans(), st.lists(steps, min_size=20, max_size=60))
def test_replaying_the_log_gives_the_same_books(continuous, script):
    crowd = Crowd(continuous=continuous)
    for step in script:
        crowd.carry_out(step)

    assert_remembered(crowd)


def assert_remembered(crowd: Crowd) -> None:
    again = Books()
    for record in crowd.log.replay():
        again.apply(record)
    assert remembered(again) == remembered(crowd.books)
    assert queues(again) == queues(crowd.books)


list_steps = st.one_of(
    of("oco", pairs()),
    of("oto", triggers()),
    of("cancel", st.integers(0, 50)),
    of("amend", st.tuples(st.integers(0, 50), st.just(Decimal("0.5")))),
    of("move", st.tuples(prices, amounts, st.booleans(), st.sampled_from([None, True, False]))),
)


@settings(deadline=None, max_examples=40)
@given(st.booleans(), st.lists(list_steps, min_size=5, max_size=30))
def test_the_log_knows_the_lists_at_any_point_of_their_life(continuous, script):
    crowd, again, read = Crowd(continuous=continuous), Books(), 0

    for step in script:
        crowd.carry_out(step)
        for line in crowd.ledger.lines[read:]:
            again.apply(json.loads(line))
        read = len(crowd.ledger.lines)
        assert remembered(again) == remembered(crowd.books)
        assert queues(again) == queues(crowd.books)


def test_money_is_conserved_over_a_hundred_thousand_operations():
    jumping = long_run(continuous=False, count=75_000)
    candles = long_run(continuous=True, count=25_000)

    done = sum(crowd.happened.total() for crowd in (jumping, candles))
    refused = sum(crowd.refused.total() for crowd in (jumping, candles))
    assert done == 100_000
    assert refused < done / 3
    assert jumping.ledger.between > 2_000, "accounts trade with each other"
    assert all(jumping.books.prevented(account.uid) for account in jumping.accounts)
    assert not candles.ledger.between, "on candles everybody trades with the market"


def long_run(*, continuous: bool, count: int) -> Crowd:
    """Let everything happen at random, from a seed; check often, and what the log remembers."""
    crowd = Crowd(continuous=continuous)
    crowd.listener.hears = False
    chance = Chance(20_261_126, crowd.market)
    for number in range(count):
        crowd.carry_out(chance.step())
        if number % 250 == 0:
            crowd.check()
    crowd.check()
    assert_remembered(crowd)
    return crowd
