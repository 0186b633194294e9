"""What an optimiser may try, as it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.errors import InputError
from tradefleet.domain.space import MOST_VALUES, Dimension, Space, dimension, space
from tradefleet.domain.strategy import Parameter, Strategy


class Many(Strategy):
    """Has a parameter of each kind."""

    length = Parameter(20, minimum=2, maximum=50_000, help="Candles.")
    limit = Parameter(2.0, minimum=0.5, maximum=4.0, help="Percent.")
    average = Parameter("sma", choices=("sma", "ema"), help="Which one.")
    is_careful = Parameter(True, help="Whether.")


DECLARED = Many.parameters()


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("length=2:5", (2, 3, 4, 5)),
        ("length=2:10:3", (2, 5, 8)),
        ("length=7,3", (7, 3)),
        ("limit=1:2:0.25", (1.0, 1.25, 1.5, 1.75, 2.0)),
        ("limit=0.7,1", (0.7, 1.0)),
        ("average=ema,sma", ("ema", "sma")),
        ("is_careful=true,false", (True, False)),
        ("stop_loss=0,1.5", (0.0, 1.5)),
        ("take_profit=1:3:1", (1.0, 2.0, 3.0)),
    ],
)
def test_words_and_their_values(word: str, values: tuple[object, ...]):
    found = dimension(word, DECLARED)

    assert found.values == values
    assert [type(value) for value in found.values] == [type(value) for value in values]


def test_a_range_of_floats_without_a_step_is_cut_into_twenty():
    assert len(dimension("limit=1:2", DECLARED).values) == 21


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("lenght=2:5", "unknown parameter 'lenght', did you mean 'length'?"),
        ("length", "expected NAME=LOW:HIGH[:STEP] or NAME=a,b,c, was 'length'"),
        ("length=", "expected NAME=LOW:HIGH[:STEP]"),
        ("length=5:2", "expected LOW below HIGH"),
        ("length=2:5:0", "expected a STEP above 0"),
        ("length=2:5:1:1", "expected LOW:HIGH[:STEP]"),
        ("length=2:x", "expected a whole number, was 'x'"),
        ("length=2.5,3", "expected a whole number, was '2.5'"),
        ("limit=1:nan", "expected a number, was 'nan'"),
        ("limit=1:1e999999999", "expected a number"),
        ("length=1:5", "length: expected at least 2, was 1"),
        ("limit=1:9", "limit: expected at most 4.0"),
        ("length=2:40000", f"expected at most {MOST_VALUES:,} values, were 39,999"),
        ("length=3,3", "expected each value once"),
        ("average=wma,sma", "expected one of sma, ema, was 'wma'"),
        ("average=a:b", "expected a list such as a,b,c"),
        ("is_careful=yes", "expected true or false, was 'yes'"),
        ("stop_loss=1:200", "stop_loss: expected at most 99"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(word: str, said: str):
    with pytest.raises(InputError) as caught:
        dimension(word, DECLARED)

    assert said in str(caught.value)


@pytest.mark.parametrize("words", [[], ["length=3"]], ids=["nothing", "one value"])
def test_a_space_without_a_choice_is_refused_with_the_ranges_there_are(words: list[str]):
    with pytest.raises(InputError, match=r"there are: length \(2 to 50000\), limit .* take_profit"):
        space(words, DECLARED)


def test_a_name_is_said_once():
    with pytest.raises(InputError, match="length: expected it once"):
        space(["length=2,3", "length=4,5"], DECLARED)


THREE = Space((Dimension("a", (1, 2)), Dimension("b", ("x", "y", "z")), Dimension("c", (0.5, 1.0))))


def test_every_combination_has_a_number():
    found = [tuple(THREE.numbered(number).values()) for number in range(len(THREE))]

    assert len(set(found)) == len(found) == 12
    assert found[0] == (1, "x", 0.5)
    assert found[-1] == (2, "z", 1.0)


@given(st.integers(0, 11))
def test_places_find_a_combination_again(number: int):
    values = THREE.numbered(number)
    places = THREE.places(values)

    assert places is not None
    assert THREE.at(places) == values


def test_neighbours_differ_by_a_step_in_one_dimension_that_has_an_order():
    found = list(THREE.neighbours({"a": 1, "b": "y", "c": 0.5}))

    assert found == [{"a": 2, "b": "y", "c": 0.5}, {"a": 1, "b": "y", "c": 1.0}]


def test_in_a_long_list_a_neighbour_is_a_twentieth_away():
    long = Space((Dimension("a", tuple(range(101))),))

    assert [each["a"] for each in long.neighbours({"a": 50})] == [45, 55]
    assert [each["a"] for each in long.neighbours({"a": 2})] == [7]


def test_what_is_not_of_the_space_has_no_place():
    assert THREE.places({"a": 3, "b": "x", "c": 0.5}) is None
    assert not list(THREE.neighbours({"a": 1}))
