"""What is remembered, and when."""

import numpy as np
import pytest

from tradefleet.domain.candle import Floats
from tradefleet.domain.remembered import Memory, remembered, remembering

calls: list[float] = []


@remembered
def shifted(values: Floats, by: float) -> Floats:
    """A pure function that counts its calls."""
    calls.append(by)
    return values + by


@pytest.fixture(autouse=True)
def uncounted() -> None:
    calls.clear()


def test_the_same_array_and_numbers_are_computed_once():
    values = np.arange(10.0)

    with remembering(Memory()):
        first, second, other = shifted(values, 1.0), shifted(values, 1.0), shifted(values, 2.0)

    assert first is second
    assert other.tolist() == (values + 2).tolist()
    assert calls == [1.0, 2.0]


def test_an_equal_array_is_another_one():
    with remembering(Memory()):
        shifted(np.arange(10.0), 1.0)
        shifted(np.arange(10.0), 1.0)

    assert calls == [1.0, 1.0]


def test_nothing_is_remembered_outside():
    values = np.arange(10.0)
    with remembering(Memory()):
        shifted(values, 1.0)
        with remembering(None):
            shifted(values, 1.0)
    shifted(values, 1.0).fill(0.0)

    assert calls == [1.0, 1.0, 1.0]


def test_what_is_shared_cannot_be_written():
    with remembering(Memory()):
        found = shifted(np.arange(10.0), 1.0)

    with pytest.raises(ValueError, match="read-only"):
        found[0] = 7.0


def test_what_was_not_asked_for_the_longest_is_forgotten_first():
    values = np.arange(10.0)
    with remembering(Memory(most=2 * values.nbytes)):
        for by in (1.0, 2.0, 1.0, 3.0, 1.0, 2.0):
            shifted(values, by)

    assert calls == [1.0, 2.0, 3.0, 2.0]
