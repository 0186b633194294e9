"""The result of an optimisation as a part of a page: the verdict first, then what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradefleet.domain.verdict import Word
from tradefleet.interfaces.report.charts import returns
from tradefleet.interfaces.report.page import render
from tradefleet.interfaces.report.words import number, percent, tone

TONES = {Word.HOLDS: "gain", Word.WEAK: "look", Word.CHANCE: "act", Word.UNTOLD: "look"}
BEST_SHOWN = 100
CURVE_POINTS = 600

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from zero: where it begins and how long it is, in percent of its track."""

    left: float
    width: float
    value: str
    tone: str


@dataclass(frozen=True, slots=True)
class Square:
    """A pair of values in the heat-map; `warmth` is 0 to 100, None where nothing was tried."""

    score: str
    trials: int
    warmth: int | None


def optimisation(document: Document) -> str:
    """Return the result as a part of a page that has our stylesheets."""
    word = document["verdict"]["word"]
    return render(
        "optimisation.html",
        word=word,
        tone=TONES[Word(word)],
        reasons=document["verdict"]["reasons"],
        warnings=document["warnings"],
        chosen=document["parameters"] or {},
        folds=_folds(document["folds"]),
        charts=_curve(document["out_of_sample"]),
        heat=document["heat_map"],
        squares=_squares(document["heat_map"]),
        trials=_trials(document["trials"]),
        left_out=max(0, len(document["trials"]) - BEST_SHOWN),
    )


def is_proven(document: Document) -> bool:
    """Return whether what was chosen may be used, on paper: only if the verdict holds."""
    verdict = document.get("verdict") or {}
    return verdict.get("word") == Word.HOLDS


def _folds(folds: Sequence[Document]) -> list[tuple[int, Document, Bar, Bar]]:
    """Return each fold with two bars on one scale: what was promised, what came of it."""
    found = [(fold, fold["in_sample"], fold["out_of_sample"] or {}) for fold in folds]
    pairs = [(f, seen["total_return"], unseen.get("total_return")) for f, seen, unseen in found]
    sizes = [abs(value) for _, *both in pairs for value in both if value is not None]
    most = max(sizes, default=0) or 1.0
    return [
        (count, fold, _bar(seen, most), _bar(unseen, most))
        for count, (fold, seen, unseen) in enumerate(pairs, 1)
    ]


def _bar(value: float | None, most: float) -> Bar:
    part = 50 * abs(value or 0.0) / most
    return Bar(50 - part if (value or 0) < 0 else 50, part, percent(value, sign=True), tone(value))


def _curve(found: Document | None) -> list[Any]:
    if found is None or len(found["equity"]) < 2:
        return []
    rows = found["equity"]
    thinned = [*rows[:: max(1, len(rows) // CURVE_POINTS)], rows[-1]]
    points = [(at, float(worth)) for at, worth in thinned]
    return [returns({"the test parts, stitched": points}, "Out of sample")]


def _squares(heat: Document | None) -> list[list[Square]]:
    """Return rows of the heat-map, the largest value of `y` at the top."""
    if heat is None:
        return []
    scores = [score for _, _, score, _ in heat["cells"] if score is not None]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    known = {(x, y): (score, trials) for x, y, score, trials in heat["cells"]}

    def square(x: int, y: int) -> Square:
        score, trials = known.get((x, y), (None, 0))
        if score is None:
            return Square(number(None), trials, None)
        warmth = round(100 * (score - low) / (high - low)) if high > low else 50
        return Square(number(score), trials, warmth)

    across, up = len(heat["x"]["bands"]), len(heat["y"]["bands"])
    return [[square(x, y) for x in range(across)] for y in reversed(range(up))]


def _trials(trials: Sequence[Document]) -> list[Document]:
    ranked = sorted(trials, key=lambda trial: -(trial["sharpe"] or 0.0))
    return ranked[:BEST_SHOWN]
