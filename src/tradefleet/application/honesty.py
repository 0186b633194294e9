"""Whether a backtest of a strategy can be believed.

It is asked about the same candles in ways that must not matter:

- *Determinism*: a fresh instance says the same about the same candles, whatever came before.
- *Look-ahead*: cutting off what comes later changes nothing.
- *Warm-up*: deciding on the last `warmup` candles comes to what deciding on all of them does.
- *Agreement*: opinions on many candles at once, where it offers them, are those of `decide`.

One that looks its answers up elsewhere, such as in a file of the same candles, is not found out.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from tradefleet.application.window import window_length
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import DataError, StrategyError
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.signals import WORDS, Places
from tradefleet.domain.strategy import Headline, Strategy
from tradefleet.ports.strategies import Decider

PLACES = 1_000
LEAST_PLACES = 100  # candles after the first past, or there is too little to look at
LONG_PAST = 5_000  # candles that stand for all there ever were
RELATIVE, ABSOLUTE = 1e-8, 1e-9  # how near two numbers are the same in the window law
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")

Maker = Callable[[], Decider]


class Law(StrEnum):
    """What must hold for a backtest to mean anything."""

    DETERMINISM = "determinism"
    LOOK_AHEAD = "look-ahead"
    WARM_UP = "warm-up"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Check:
    """One law, and what was found.

    Attributes:
        held: None where it cannot be told; the sentence says why.
        sentence: for people.
        asked: candles looked at.
        differing: at how many of them the two answers differ.
        close_time: of the first of those, UTC milliseconds.
        answers: what was said there as it should be asked, and what was said otherwise.
    """

    law: Law
    held: bool | None
    sentence: str
    asked: int = 0
    differing: int = 0
    close_time: int | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a strategy's honesty.

    Attributes:
        remarks: what is no lie and still worth knowing.
    """

    checks: tuple[Check, ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_honest(self) -> bool:
        """Whether every law was seen to hold."""
        return all(check.held for check in self.checks)


class Answer(NamedTuple):
    """What of a signal moves money, and its values; `failure` is why there was none."""

    action: Action
    terms: tuple[Decimal | None, ...] = ()
    values: Mapping[str, float] = {}
    failure: str = ""

    @classmethod
    def of(cls, signal: Signal) -> "Answer":
        """Return the answer in a signal; only a BUY has terms."""
        terms = (signal.fraction, signal.stop_loss, signal.take_profit)
        return cls(signal.action, terms if signal.action is Action.BUY else (), signal.values)

    def decides_as(self, other: "Answer") -> bool:
        """Whether a bot would do the same."""
        if (self.action, self.failure) != (other.action, other.failure):
            return False
        pairs = zip(self.terms or (None,) * 3, other.terms or (None,) * 3, strict=True)
        return all(mine == its or _same(mine, its) for mine, its in pairs)

    def equals(self, other: "Answer") -> bool:
        """Whether a bot would do the same for the same values."""
        return self.decides_as(other) and not self.apart(other)

    def apart(self, other: "Answer") -> list[str]:
        """Return the names of the values that differ."""
        names = [*self.values, *(name for name in other.values if name not in self.values)]
        return [n for n in names if not _same(self.values.get(n), other.values.get(n))]

    def told(self, other: "Answer") -> str:
        """Return it in words, with what tells it from another one."""
        if self.failure:
            return f"nothing, it failed ({self.failure})"
        named = zip(("fraction", "stop loss", "take profit"), self.terms, strict=False)
        words = [f"{name} {term}" for name, term in named if term is not None]
        if self.decides_as(other):
            words = [f"{name} {self.values.get(name)}" for name in self.apart(other)[:1]]
        return str(self.action) + (f" with {', '.join(words)}" if words else "")


@dataclass(slots=True)
class Examiner:
    """Asks a strategy about the candles of one market.

    Attributes:
        make: returns a fresh instance each time.
        places: indices of the candles it is asked about, ascending.
    """

    make: Maker
    candles: Candles
    places: Sequence[int]
    warmup: int
    remarks: list[str] = field(default_factory=list)

    def ask(self, places: Sequence[int], length: int, *, cut: bool = True) -> dict[int, Answer]:
        """Return a fresh instance's answers at some candles, asked in this order.

        Args:
            places: indices of the candles.
            length: of the window.
            cut: whether later candles are truly gone, not only outside the window.
        """
        decider, answers = self.make(), {}
        for place in places:
            window = self.candles.between(max(0, place + 1 - length), place + 1)
            try:
                news: list[Headline] | None = [] if decider.needs_news else None
                answers[place] = Answer.of(decider.decide(_copy(window) if cut else window, news))
            except StrategyError as error:
                answers[place] = Answer(Action.HOLD, failure=str(error))
        return answers

    def compare(
        self,
        law: Law,
        answers: Mapping[int, Answer],
        others: Mapping[int, Answer],
        same: Callable[[Answer, Answer], bool],
        words: tuple[str, str],
    ) -> Check:
        """Return whether two ways to ask came to the same.

        Args:
            law: which one it is about.
            answers: what was said as it should be asked.
            others: what was said in another way, perhaps at fewer candles.
            same: whether two answers count as the same.
            words: for when it held, and for when it did not, with `{right}` and `{other}`.
        """
        differing = [place for place in others if not same(answers[place], others[place])]
        asked = len(others)
        if not differing:
            return Check(law, True, f"{words[0]} ({asked:,} candles looked at)", asked)
        first = min(differing)
        right, other = answers[first], others[first]
        told = (right.told(other), other.told(right))
        at = int(self.candles.open_time[first]) + self.candles.interval - 1
        sentence = (
            f"at the candle that closed {_iso(at)} {words[1].format(right=told[0], other=told[1])}"
            f" (so at {len(differing):,} of {asked:,} candles)"
        )
        return Check(law, False, sentence, asked, len(differing), at, told)


def examine(make: Maker, candles: Candles, places: int = PLACES) -> Report:
    """Return whether a backtest of a strategy on such candles can be believed.

    Args:
        make: returns a fresh instance each time it is called.
        candles: closed, ascending.
        places: how many candles, evenly spread, it is asked about.

    Raises:
        DataError: there are too few candles to tell.
        StrategyError: it cannot be loaded.
    """
    warmup = make().warmup
    first = max(2 * warmup, window_length(warmup)) - 1
    if len(candles) < first + LEAST_PLACES:
        raise DataError(
            f"expected at least {first + LEAST_PLACES:,} candles to look at a strategy that warms"
            f" up on {warmup}, there are {len(candles):,}"
        )
    spread = np.linspace(first, len(candles) - 1, min(places, len(candles) - first))
    examiner = Examiner(make, candles, np.unique(spread.astype(int)).tolist(), warmup)
    answers = examiner.ask(examiner.places, window_length(warmup))
    examiner.remarks += _remarks(answers)
    failures = [answer.failure for answer in answers.values() if answer.failure]
    if len(failures) == len(answers):
        return _untold(examiner, (), f"cannot be told: it failed at every candle: {failures[0]}")
    determinism = _determinism(examiner, answers)
    if not determinism.held:
        why = "cannot be told of a strategy that does not say the same twice"
        return _untold(examiner, (determinism,), why)
    checks = [determinism, _look_ahead(examiner, answers), _warm_up(examiner)]
    found = {check.law: check for check in (*checks, *_agreement(examiner, answers))}
    return Report(tuple(found.values()), tuple(examiner.remarks))


def _determinism(examiner: Examiner, answers: Mapping[int, Answer]) -> Check:
    """Ask at every other candle only: neither chance nor a memory comes to the same then."""
    again = examiner.ask(examiner.places[1::2], window_length(examiner.warmup))
    words = (
        "a fresh instance says the same about the same candles",
        "it said {right}, and a fresh instance {other} about the same candles: it must ask neither"
        " chance nor the clock, and must not remember what it was asked before",
    )
    return examiner.compare(Law.DETERMINISM, answers, again, Answer.equals, words)


def _look_ahead(examiner: Examiner, answers: Mapping[int, Answer]) -> Check:
    """Ask from the newest candle back, the whole market lying behind the window."""
    length = window_length(examiner.warmup)
    seen = examiner.ask(examiner.places[::-1], length, cut=False)
    words = (
        "cutting off what comes later changes nothing",
        "it said {right} where the later candles were cut off, {other} where they could be seen",
    )
    return examiner.compare(Law.LOOK_AHEAD, answers, seen, Answer.equals, words)


def _warm_up(examiner: Examiner) -> Check:
    """Ask on the warm-up alone, and on all there was before."""
    few, many = examiner.warmup, LONG_PAST
    short, long = (examiner.ask(examiner.places, length) for length in (few, many))
    words = (
        f"deciding on the last {few} candles comes to the same as deciding on all of them",
        f"it said {{other}} on the last {few} candles, its warm-up, and {{right}} on all of them"
        f" (at most {many:,}): the warm-up is too short",
    )
    check = examiner.compare(Law.WARM_UP, long, short, Answer.decides_as, words)
    drifting = [(p, long[p].apart(short[p])) for p in short if long[p].apart(short[p])]
    if check.held and drifting:
        place, (name, *_) = drifting[0]
        examiner.remarks.append(
            f"{name} still depends on what came before the warm-up of {few} candles"
            f" ({short[place].values.get(name)} against {long[place].values.get(name)});"
            " no decision differed by it"
        )
    return check


def _agreement(examiner: Examiner, answers: Mapping[int, Answer]) -> list[Check]:
    """Compare opinions on many candles at once with `decide`; empty if there are none.

    Where they differ because they look ahead, the check is one of that law.
    """
    strategy = examiner.make()
    if not isinstance(strategy, Strategy):
        return []
    together = _together(strategy, examiner.candles, examiner.places)
    if together is None:
        return []
    words = ("opinions on many candles at once are those of `decide`", "")
    check = examiner.compare(Law.AGREEMENT, answers, together, Answer.decides_as, words)
    if check.held:
        return [check]
    place = min(p for p in together if not answers[p].decides_as(together[p]))
    alone = _together(strategy, _copy(examiner.candles.between(0, place + 1)), [place]) or {}
    law, wrong = Law.AGREEMENT, "`decide` said {right}, `signals` said {other}"
    if place in alone and not alone[place].decides_as(together[place]):
        law, wrong = Law.LOOK_AHEAD, f"{wrong}, and no longer once later candles were cut off"
    words = (words[0], wrong)
    return [examiner.compare(law, answers, together, Answer.decides_as, words)]


def _together(
    strategy: Strategy, candles: Candles, places: Sequence[int]
) -> dict[int, Answer] | None:
    at: Places = np.asarray(places, np.intp)
    signals = strategy.signals(candles, at)
    if signals is None:
        return None
    answers = {p: Answer(WORDS[a]) for p, a in zip(places, signals.actions.tolist(), strict=True)}
    return answers | {places[n]: Answer.of(signal) for n, signal in signals.own.items()}


def _untold(examiner: Examiner, known: tuple[Check, ...], why: str) -> Report:
    told = {check.law for check in known} | {Law.AGREEMENT}
    rest = tuple(Check(law, None, why) for law in Law if law not in told)
    return Report((*known, *rest), tuple(examiner.remarks))


def _remarks(answers: Mapping[int, Answer]) -> list[str]:
    failures = [answer.failure for answer in answers.values() if answer.failure]
    remarks = []
    if failures:
        remarks.append(f"it failed at {len(failures):,} of {len(answers):,} candles: {failures[0]}")
    if all(answer.action is Action.HOLD for answer in answers.values()):
        remarks.append("it never said BUY or SELL, so little was seen of it")
    return remarks


def _same(mine: float | Decimal | None, its: float | Decimal | None) -> bool:
    if mine is None or its is None:
        return mine is its
    first, second = float(mine), float(its)
    both_unknown = math.isnan(first) and math.isnan(second)
    return both_unknown or math.isclose(first, second, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _copy(window: Candles) -> Candles:
    """Return a window behind which nothing lies."""
    columns = (getattr(window, name).copy() for name in COLUMNS)
    return Candles.from_arrays(window.interval, *columns)


def _iso(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
