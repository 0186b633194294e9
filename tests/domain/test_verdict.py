"""The verdict on an optimisation, and what decides it."""

from dataclasses import replace
from typing import Any

import pytest

from tradefleet.domain.overfitting import Overfitting
from tradefleet.domain.verdict import Evidence, Word, judge

SOUND = Evidence(
    total_return=0.2,
    probable=0.99,
    random_as_good=0.01,
    trades=60,
    sharpe=2.0,
    held_return=0.1,
    held_sharpe=0.5,
    trials=100,
    deflated=0.98,
    overfitting=Overfitting(0.05, 0.02, 12_870, 16),
    neighbours=0.9,
)


def test_what_passes_every_rule_holds():
    verdict = judge(SOUND)

    assert verdict.word is Word.HOLDS
    assert all(reason.held for reason in verdict.reasons)


@pytest.mark.parametrize(
    "change",
    [
        {"total_return": 0.0},
        {"probable": 0.94},
        {"probable": None},
        {"random_as_good": 0.06},
        {"random_as_good": None},
        {"trades": 9},
    ],
    ids=str,
)
def test_what_chance_does_as_well_is_no_better(change: dict[str, Any]):
    verdict = judge(replace(SOUND, **change))

    assert verdict.word is Word.CHANCE
    failed = [reason for reason in verdict.reasons if not reason.held]
    assert failed == list(verdict.reasons[: len(failed)])  # they come first
    assert failed[0].decides


@pytest.mark.parametrize(
    "change",
    [
        {"trades": 29},
        {"held_return": 0.3, "held_sharpe": 3.0},
        {"deflated": 0.94},
        {"deflated": None},
        {"overfitting": Overfitting(0.3, 0.1, 12_870, 16)},
        {"overfitting": None},
        {"neighbours": 0.4},
        {"neighbours": None},
    ],
    ids=str,
)
def test_what_only_the_search_speaks_against_is_weak(change: dict[str, Any]):
    verdict = judge(replace(SOUND, **change))

    assert verdict.word is Word.WEAK
    assert [reason.held for reason in verdict.reasons].count(False) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"held_return": 0.3},  # it is the calmer one
        {"held_sharpe": 3.0},  # it brought more
        {"overfitting": Overfitting(0.5, 0.01, 12_870, 16)},  # all are as good as the best
    ],
    ids=str,
)
def test_one_of_two_ways_is_enough(change: dict[str, Any]):
    assert judge(replace(SOUND, **change)).word is Word.HOLDS


def test_reasons_have_their_figures():
    said = {reason.rule: reason.sentence for reason in judge(SOUND).reasons}

    assert "20.0 %" in said["profit"]
    assert "60 trades" in said["trades"]
    assert "best of 100 trials" in said["deflated_sharpe"]
    assert "1.0 % of random entries" in said["random_entries"]
