"""The newest candles are kept as rows: nobody can tell that they are."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tradefleet.domain.candle import DAY, HOUR, INTERVALS, MINUTE, SECOND
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.klines import KLINE_INTERVALS
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.protocols import MarketTrade
from tradefleet.exchange.rest.writing import as_json

NOON = 1_790_000_000_000 // DAY * DAY + 12 * HOUR
SYMBOL = "BTCUSDT"

passings = some.sampled_from([1, 100, 900, SECOND, 59 * SECOND, MINUTE, 7 * MINUTE, 3 * HOUR])
asked = some.tuples(
    some.sampled_from(KLINE_INTERVALS),
    some.sampled_from([1, 2, 5, 100, 500, 1000]),
    some.sampled_from([0, 0, 5 * HOUR + 30 * MINUTE, -8 * HOUR]),
)
late = some.integers(0, 90 * SECOND)  # how long ago a trade was that is told only now
step = some.one_of(
    some.tuples(some.just("pass"), passings),
    some.tuples(some.just("trade"), late),
    some.tuples(some.just("push"), some.integers(-300, 300)),
    some.tuples(some.just("ask"), asked),
)


def take_step(market: SyntheticMarket, clock: ReplayClock, kind: str, by) -> None:
    last = market.last_price(SYMBOL)
    if kind == "pass":
        clock.step(by)
        list(market.advance())
    elif kind == "trade":
        at = market.now() - by
        market.traded(MarketTrade(SYMBOL, at, last + 7, Decimal("0.25"), False))
    elif kind == "push":
        market.set_price(SYMBOL, last + by)
    else:
        interval, limit, zone = by
        kept = market.klines(SYMBOL, interval, None, None, limit, zone)
        assert kept == market.klines(SYMBOL, interval, None, market.now(), limit, zone)


@settings(max_examples=20, deadline=None)
@given(some.lists(step, min_size=4, max_size=30), asked)
def test_whatever_happened_they_are_what_a_question_with_an_end_is_answered(steps, at_last):
    clock = ReplayClock(NOON + 40 * SECOND, speed=None)
    market = SyntheticMarket(clock, seed=3, coins=COINS[:1])
    for kind, by in [*steps, ("ask", at_last)]:
        take_step(market, clock, kind, by)


@pytest.mark.parametrize("interval", list(INTERVALS))
def test_candles_that_are_over_are_the_same_rows_again(interval):
    clock = ReplayClock(NOON + 40 * SECOND, speed=None)
    market = SyntheticMarket(clock, seed=3, coins=COINS[:1])
    before = market.klines(SYMBOL, interval, None, None, 5)
    clock.step(MINUTE)
    list(market.advance())
    again = market.klines(SYMBOL, interval, None, None, 5)
    over = {row[0]: row for row in before[:-1]}
    assert all(row is over.get(row[0], row) for row in again)


def test_a_row_is_written_as_any_other_list_would_be():
    market = SyntheticMarket(ReplayClock(NOON, speed=None), seed=3, coins=COINS[:1])
    rows = market.klines(SYMBOL, "1m", None, None, 3)
    plain = json.dumps([list(row) for row in rows], separators=(",", ":")).encode()
    assert as_json(rows) == plain
    assert as_json([list(rows[0]), *rows[1:]]) == plain
    assert as_json(rows) == plain
