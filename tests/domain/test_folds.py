"""Walk-forward: what is chosen by, and what is tested on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.folds import Fold, Split


def test_the_last_half_is_tested_unless_told_otherwise():
    assert Split().cut(365) == (
        Fold(0, 185, 221),
        Fold(36, 221, 257),
        Fold(72, 257, 293),
        Fold(108, 293, 329),
        Fold(144, 329, 365),
    )


def test_anchored_parts_begin_with_the_first_day():
    folds = Split(folds=3, anchored=True).cut(120)

    assert [fold.train for fold in folds] == [0, 0, 0]
    assert [fold.test for fold in folds] == [60, 80, 100]


@pytest.mark.parametrize(
    ("split", "folds"),
    [
        (Split(folds=2, test=10), (Fold(0, 80, 90), Fold(10, 90, 100))),
        (Split(folds=2, train=80), (Fold(0, 80, 90), Fold(10, 90, 100))),
        (Split(train=70, test=15), (Fold(0, 70, 85), Fold(15, 85, 100))),
        (Split(train=60, test=15), (Fold(10, 70, 85), Fold(25, 85, 100))),
        (Split(folds=1, train=20, test=10), (Fold(70, 90, 100),)),
    ],
    ids=["test", "train", "both", "the newest days", "one fold"],
)
def test_lengths_may_be_said(split: Split, folds: tuple[Fold, ...]):
    cut = split.cut(100)

    assert cut[-1] == folds[-1]
    assert len(cut) == len(folds) or split.folds is None
    if split.folds is not None:
        assert cut == folds


def test_with_both_lengths_there_are_as_many_folds_as_fit():
    assert len(Split(train=60, test=10).cut(105)) == 4


@given(st.integers(40, 1_000), st.integers(1, 6), st.booleans())
def test_tests_are_one_stretch_that_no_choice_has_seen(days: int, count: int, anchored: bool):
    try:
        folds = Split(folds=count, anchored=anchored).cut(days)
    except DataError:
        return
    assert len(folds) == count
    assert folds[-1].end == days
    for fold in folds:
        assert 0 <= fold.train < fold.test < fold.end
    for before, after in zip(folds, folds[1:], strict=False):
        assert before.end == after.test
        assert after.test - after.train == before.test - before.train or anchored


def test_the_days_to_come_are_chosen_for_by_the_newest():
    split = Split()

    assert split.latest(365, split.cut(365)) == Fold(180, 365, 365)
    assert Split(anchored=True).latest(365, split.cut(365)).train == 0


@pytest.mark.parametrize(
    ("split", "days", "said"),
    [
        (Split(), 40, r"at least 14 days to choose by and 5 to test on.*40 whole days"),
        (Split(train=90, test=30), 100, r"candles of 120 whole days for 1 folds.*there are 100"),
        (Split(folds=4, train=90, test=30), 100, r"candles of 210 whole days for 4 folds"),
        (Split(folds=4, test=30), 100, r"at least 14 days .* are 0 and 30"),
    ],
    ids=["short", "not one", "not all", "nothing left"],
)
def test_too_few_days_are_refused_with_the_numbers(split: Split, days: int, said: str):
    with pytest.raises(DataError, match=said):
        split.cut(days)


@pytest.mark.parametrize("split", [Split(train=5, test=30), Split(train=90, test=2)], ids=str)
def test_parts_that_tell_nothing_are_refused(split: Split):
    with pytest.raises(InputError, match="at least 14 days to choose by and 5 to test on"):
        split.cut(1_000)
