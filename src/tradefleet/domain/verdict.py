"""What an optimisation is worth, in three words and with every reason.

`docs/optimisation.md` has the rules for users.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tradefleet.domain.overfitting import CONFIDENCE, Overfitting

LEAST_TRADES = 10  # out of sample; of fewer nothing can be told
ENOUGH_TRADES = 30
MOST_OVERFITTING = 0.2
RARE = 1 - CONFIDENCE
PLATEAU = 0.5  # of the best, that its neighbours must reach


class Word(StrEnum):
    """The verdict."""

    UNTOLD = "cannot be told"
    CHANCE = "no better than chance"
    WEAK = "weak"
    HOLDS = "holds out of sample"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on; out of sample unless it says otherwise. None = there is none.

    Attributes:
        total_return: of all test parts together, as a fraction.
        probable: probabilistic Sharpe ratio.
        random_as_good: share of random entries, as many and as long, that did as well.
        trades: closed ones.
        sharpe, held_return, held_sharpe: by the year, the strategy's and of buying and holding.
        trials: combinations tried.
        deflated: deflated Sharpe ratio of the best of all trials, in sample.
        overfitting: of choosing among them.
        neighbours: the middle score of the chosen one's neighbours over its own; in sample.
    """

    total_return: float
    probable: float | None
    random_as_good: float | None
    trades: int
    sharpe: float | None
    held_return: float
    held_sharpe: float | None
    trials: int
    deflated: float | None
    overfitting: Overfitting | None
    neighbours: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule, whether it held, and the figures.

    Attributes:
        decides: where it does not hold, the verdict is chance; of the others it is weak.
    """

    rule: str
    held: bool
    decides: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word and its reasons, those that did not hold first."""

    word: Word
    reasons: Sequence[Reason]


def judge(found: Evidence) -> Verdict:
    """Return the verdict on an optimisation that was not interrupted."""
    reasons = sorted([*_against_chance(found), *_against_search(found)], key=lambda r: r.held)
    if not all(reason.held for reason in reasons if reason.decides):
        return Verdict(Word.CHANCE, reasons)
    return Verdict(Word.HOLDS if all(r.held for r in reasons) else Word.WEAK, reasons)


def _against_chance(found: Evidence) -> list[Reason]:
    probable, as_good = found.probable, found.random_as_good
    return [
        Reason(
            "profit",
            found.total_return > 0,
            True,
            f"out of sample it came to {_percent(found.total_return)}",
        ),
        Reason(
            "probable_sharpe",
            probable is not None and probable >= CONFIDENCE,
            True,
            "out of sample nothing changed"
            if probable is None
            else f"its Sharpe ratio out of sample is above 0 with {_percent(probable)} confidence"
            f" ({_percent(CONFIDENCE)} is asked for)",
        ),
        Reason(
            "random_entries",
            as_good is not None and as_good <= RARE,
            True,
            "it held nothing that could be held at random times"
            if as_good is None
            else f"{_percent(as_good)} of random entries, as many and as long, did as well"
            f" (at most {_percent(RARE)} may)",
        ),
        Reason(
            "least_trades",
            found.trades >= LEAST_TRADES,
            True,
            f"{found.trades} trades out of sample ({LEAST_TRADES} are needed to tell anything)",
        ),
    ]


def _against_search(found: Evidence) -> list[Reason]:
    return [
        Reason(
            "trades",
            found.trades >= ENOUGH_TRADES,
            False,
            f"{found.trades} trades out of sample ({ENOUGH_TRADES} are asked for)",
        ),
        Reason(
            "buy_and_hold",
            found.total_return > found.held_return
            or (found.sharpe or 0.0) > (found.held_sharpe or 0.0),
            False,
            f"buying and holding came to {_percent(found.held_return)}, with a Sharpe ratio of"
            f" {_number(found.held_sharpe)} against {_number(found.sharpe)}",
        ),
        Reason(
            "deflated_sharpe",
            found.deflated is not None and found.deflated >= CONFIDENCE,
            False,
            "the best in sample cannot be measured"
            if found.deflated is None
            else f"the best of {found.trials:,} trials is better than luck makes the best of so"
            f" many with {_percent(found.deflated)} confidence ({_percent(CONFIDENCE)} is asked"
            " for)",
        ),
        _choice(found.overfitting),
        Reason(
            "plateau",
            found.neighbours is not None and found.neighbours >= PLATEAU,
            False,
            "the newest best is no good itself, or has no neighbours to compare with"
            if found.neighbours is None
            else f"the neighbours of the best reach {_percent(found.neighbours)} of its score"
            f" ({_percent(PLATEAU)} is asked for, else it is a peak)",
        ),
    ]


def _choice(found: Overfitting | None) -> Reason:
    if found is None:
        return Reason("overfitting", False, False, "too little to tell whether choosing helps")
    return Reason(
        "overfitting",
        found.probability <= MOST_OVERFITTING or found.loss <= RARE,
        False,
        f"the best of one half of the days was below the middle in the other in"
        f" {_percent(found.probability)} of {found.halvings:,} ways to halve them, and lost money"
        f" in {_percent(found.loss)} (the first may be {_percent(MOST_OVERFITTING)} at most, or"
        f" else the second {_percent(RARE)})",
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
