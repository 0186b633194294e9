"""A column of texts becomes exactly the floats that `float` makes of each."""

from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.column import floats

prices = st.integers(0, 8).flatmap(
    lambda places: st.lists(st.decimals(0, 99_999, places=places).map(str), max_size=30)
)
anything = st.lists(
    st.floats(allow_nan=False).map(str) | st.integers() | st.floats(0, 9), max_size=9
)


@given(prices | anything)
def test_every_cell_is_what_float_makes_of_it(cells: list[object]) -> None:
    many = list(islice(cycle(cells), 100 * bool(cells)))  # few are read one by one

    assert floats(many).tolist() == [float(cell) for cell in many]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cells", [["1.23", "4.5", "67.89"], ["1.", "2."], [".5", "15"], ["1e5", "-2.0"], ["", "x"][:0]]
)
def test_cells_that_do_not_line_up_are_read_one_by_one(cells: list[str]) -> None:
    many = cells * 100

    assert floats(many).tolist() == [float(cell) for cell in many]


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="1;50"):
        floats(["1.50", "1;50"] * 100)


def test_a_column_of_a_window_cannot_be_written() -> None:
    window = Candles(MINUTE, [[0, "1.0", "2.0", "0.5", "1.5", "7.0"]])

    with pytest.raises(ValueError, match="read-only"):
        window.close[0] = 2.0
