"""Where a protected position ends inside a candle: the table of the fill rules."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.candle import MINUTE, Candle
from tradefleet.domain.matching import LevelHit, level_hit
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels

BOTH = Levels(Decimal(98), Decimal(105))
STOP, TARGET = ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT


def candle(opened: int, high: int, low: int, close: int) -> Candle:
    return Candle(0, MINUTE, Decimal(opened), Decimal(high), Decimal(low), Decimal(close))


@pytest.mark.parametrize(
    ("ohlc", "price", "reason"),
    [
        ((100, 102, 99, 101), None, None),  # neither is reached
        ((100, 102, 98, 101), 98, STOP),  # touching is reaching
        ((100, 105, 99, 101), 105, TARGET),
        ((100, 106, 97, 101), 98, STOP),  # both: the stop first
        ((97, 99, 96, 98), 97, STOP),  # opens beyond the stop: at the open
        ((98, 99, 97, 98), 98, STOP),
        ((107, 108, 104, 106), 107, TARGET),  # opens beyond the target: at the open
        ((107, 108, 97, 106), 107, TARGET),  # the open comes before the low
        ((97, 106, 96, 105), 97, STOP),
    ],
)
def test_a_candle_is_played_as_open_then_stop_then_target(
    ohlc: tuple[int, int, int, int], price: int | None, reason: ExitReason | None
) -> None:
    expected = LevelHit(Decimal(price), reason) if price and reason else None

    assert level_hit(candle(*ohlc), BOTH) == expected


@pytest.mark.parametrize(
    ("ohlc", "price", "reason"),
    [
        ((97, 99, 96, 98), 98, STOP),  # bought at the open: only the low counts
        ((107, 108, 104, 106), 105, TARGET),
        ((107, 108, 97, 106), 98, STOP),
        ((100, 102, 99, 101), None, None),
    ],
)
def test_in_the_entry_candle_only_low_and_high_count(
    ohlc: tuple[int, int, int, int], price: int | None, reason: ExitReason | None
) -> None:
    expected = LevelHit(Decimal(price), reason) if price and reason else None

    assert level_hit(candle(*ohlc), BOTH, is_entry_candle=True) == expected


def test_a_level_that_is_off_is_never_reached() -> None:
    wild = candle(100, 200, 1, 100)

    assert level_hit(wild, Levels(None, None)) is None
    assert level_hit(wild, Levels(None, Decimal(105))) == LevelHit(Decimal(105), TARGET)
    assert level_hit(wild, Levels(Decimal(98), None)) == LevelHit(Decimal(98), STOP)


prices = st.integers(90, 110)


@given(prices, prices, prices, prices, st.booleans())
def test_nothing_fills_outside_the_candle_or_better_than_the_rules(
    a: int, b: int, c: int, d: int, is_entry: bool
) -> None:
    played = candle(a, max(a, b, c, d), min(a, b, c, d), d)
    hit = level_hit(played, BOTH, is_entry_candle=is_entry)

    if hit is None:
        assert played.low > 98
        assert played.high < 105
    elif not is_entry:
        assert played.low <= hit.price <= played.high
        assert (hit.price <= 98) is (hit.reason is STOP)
