"""Oddities in recorded candles."""

import numpy as np
import pytest

from tests.markets import random_market
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.sanity import Oddity, examine

COLUMNS = ("open", "high", "low", "close", "volume")


def market(count: int = 300) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    candles = random_market(7, count)
    return candles.open_time.copy(), {name: getattr(candles, name).copy() for name in COLUMNS}


def found(times: np.ndarray, prices: dict[str, np.ndarray], sigmas: float = 30) -> list[Oddity]:
    return list(examine(5 * MINUTE, times, tuple(prices.values()), sigmas))


def test_sound_candles_have_nothing_odd():
    assert found(*market()) == []


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("close", np.nan, "not_a_number"),
        ("volume", np.inf, "not_a_number"),
        ("volume", -1.0, "volume_below_zero"),
        ("high", 1.0, "high_too_low"),
        ("low", 1e9, "low_too_high"),
    ],
)
def test_a_figure_that_cannot_be_true_is_found_with_its_row(column, value, kind):
    times, prices = market()
    prices[column][[17, 40]] = value

    (odd,) = [odd for odd in found(times, prices) if odd.wrong]

    assert (odd.kind, odd.count, odd.first_row, odd.first_at) == (kind, 2, 18, times[17])


def test_prices_of_zero_are_found():
    times, prices = market()
    prices["low"][5] = 0

    assert [(odd.kind, odd.first_row) for odd in found(times, prices)] == [("not_above_zero", 6)]


def test_times_twice_backwards_and_off_the_grid_are_found():
    times, prices = market()
    times[10] = times[9]
    times[20] = times[12]
    times[30] += 1

    kinds = {odd.kind: (odd.count, odd.first_row) for odd in found(times, prices)}

    assert kinds == {"twice": (1, 11), "backwards": (1, 21), "off_grid": (1, 31)}


def test_runs_without_volume_are_a_hint_and_single_candles_are_not():
    times, prices = market()
    prices["volume"][[3, 50, 51, 52, 80, 81]] = 0

    (odd,) = found(times, prices)

    assert (odd.kind, odd.wrong, odd.count, odd.first_row, odd.most) == (
        "no_volume", False, 2, 51, 3,
    )  # fmt: skip


def test_a_jump_is_a_hint_and_does_not_hide_itself():
    times, prices = market()
    for column in ("high", "close"):
        prices[column][100] *= 3

    (odd,) = found(times, prices)

    assert (odd.kind, odd.wrong, odd.count, odd.first_row) == ("jump", False, 2, 101)
    assert odd.most == pytest.approx(2, rel=0.05)
    assert found(times, prices, sigmas=1e6) == []


def test_a_move_over_a_gap_is_no_jump():
    times, prices = market()
    for column in COLUMNS[:4]:
        prices[column][100:] *= 2
    times[100:] += 5 * MINUTE

    assert found(times, prices) == []


def test_a_market_that_never_moves_and_one_candle_are_nothing_odd():
    times, prices = market()
    for column in COLUMNS:
        prices[column][:] = 1

    assert found(times, prices) == []
    assert found(times[:1], {name: column[:1] for name, column in prices.items()}) == []
