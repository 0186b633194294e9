"""Charts as vector graphics: they stretch to any width, and need no script.

Shapes live on a plane of 1,000 by 1,000 that is stretched into its box; lines keep their width.
Letters would be stretched too, so labels are texts beside the plane.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tradefleet.domain.candle import DAY
from tradefleet.interfaces.report.words import number, price, tone

SIDE = 1_000
STEPS = (1, 2, 2.5, 5, 10)
TIME_LABELS = 5
NAMED_TRADES = 500  # more would make a page too heavy for what a pointer finds among them

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A path on the plane; `kind` is its class in the stylesheet."""

    kind: str
    path: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Shapes and labels; a label has its place in percent from the left or from the top."""

    title: str
    kind: str
    shapes: Sequence[Shape]
    across: Sequence[tuple[float, str]]
    down: Sequence[tuple[float, str]]
    legend: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Plane:
    """Turns times and values into places.

    Attributes:
        times: the first and the last moment, UTC milliseconds.
        low, high: the values at the bottom and the top.
    """

    times: tuple[float, float]
    low: float
    high: float
    shapes: list[Shape] = field(default_factory=list)

    @classmethod
    def around(cls, times: Sequence[float], values: Sequence[float]) -> "Plane":
        """Return a plane that shows everything, with a little air above and below."""
        low, high = min(values), max(values)
        air = (high - low) * 0.04 or abs(high) * 0.01 or 1.0
        return cls((times[0], max(times[-1], times[0] + 1)), low - air, high + air)

    def place(self, at: float, value: float) -> str:
        """Return a point of a path."""
        first, last = self.times
        x = SIDE * (at - first) / (last - first)
        return f"{x:.1f} {SIDE * (self.high - value) / (self.high - self.low):.1f}"

    def line(self, kind: str, points: Points) -> None:
        """Draw a line through points."""
        places = "L".join(self.place(*point) for point in points)
        self.shapes.append(Shape(kind, f"M{places}"))

    def area(self, kind: str, upper: Points, lower: Points) -> None:
        """Fill what lies between two lines."""
        places = "L".join(self.place(*point) for point in [*upper, *lower[::-1]])
        self.shapes.append(Shape(kind, f"M{places}Z"))

    def level(self, kind: str, value: float) -> None:
        """Draw a horizontal line."""
        if self.low <= value <= self.high:
            self.line(kind, [(self.times[0], value), (self.times[1], value)])

    def values(self, *, parts: bool) -> list[tuple[float, str]]:
        """Return labels at round values, in percent if they are parts."""
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span / 5))
        step = next(power * factor for factor in STEPS if power * factor >= span / 5)
        unit, factor = (" %", 100) if parts else ("", 1)
        places = next(n for n in range(12) if math.isclose(round(step * factor, n), step * factor))
        first = math.floor(self.low / step) + 1
        marks = [n * step for n in range(first, first + 12) if n * step < self.high]
        return [
            (100 * (self.high - mark) / span, number(factor * mark, places) + unit)
            for mark in marks
        ]

    def moments(self) -> list[tuple[float, str]]:
        """Return labels of the time, evenly spread."""
        first, last = self.times
        form = "%d %b %Y" if last - first > 3 * DAY else "%d %b %H:%M"
        parts = [n / (TIME_LABELS - 1) for n in range(TIME_LABELS)]
        told = [datetime.fromtimestamp((first + p * (last - first)) / 1000, UTC) for p in parts]
        return [(100 * p, f"{at:{form}}") for p, at in zip(parts, told, strict=True)]

    def chart(
        self, title: str, kind: str, legend: Sequence[tuple[str, str]] = (), *, parts: bool = False
    ) -> Chart:
        """Return what was drawn; `parts` are told in percent."""
        down = self.values(parts=parts)
        return Chart(title, kind, self.shapes, self.moments(), down, legend)


def charts(document: Mapping[str, Any]) -> list[Chart]:
    """Return the charts of a run whose document has what is drawn."""
    found = document.get("drawn") or {}
    made = []
    if len(found.get("equity", ())) > 1:
        made += [_equity(found), _falls(found["equity"])]
    if len(found.get("price", ())) > 1:
        made.append(_price(found["price"], document["trades"]))
    return made


def returns(named: Mapping[str, Sequence[Sequence[float]]], title: str) -> Chart:
    """Return the equities of several runs in one chart, each as a part of where it began."""
    lines = {
        name: [(at, worth / rows[0][1] - 1) for at, worth, *_ in rows]
        for name, rows in named.items()
        if rows
    }
    times = sorted(at for points in lines.values() for at, _ in points) or [0, 1]
    plane = Plane.around(times, [value for points in lines.values() for _, value in points] or [0])
    plane.level("zero", 0)
    for index, points in enumerate(lines.values()):
        plane.line(f"run-{index}", points)
    legend = [(f"run-{index}", name) for index, name in enumerate(lines)]
    return plane.chart(title, "tall", legend, parts=True)


def _equity(found: Mapping[str, Any]) -> Chart:
    equity = [(at, worth) for at, worth, _ in found["equity"]]
    held = [(at, worth) for at, worth in found["held"]]
    times, values = zip(*equity, strict=True)
    plane = Plane.around(times, [*values, *(worth for _, worth in held)])
    if held:
        plane.line("held", held)
    plane.line("equity", equity)
    legend = [("equity", "this run"), *([("held", "bought and held")] if held else [])]
    return plane.chart("Equity", "tall", legend)


def _falls(rows: Sequence[Sequence[float]]) -> Chart:
    falls = [(at, fall) for at, _, fall in rows]
    deepest = min(fall for _, fall in falls)
    plane = Plane((falls[0][0], falls[-1][0]), min(deepest * 1.06, -0.001), 0.0)
    ground = [(falls[0][0], 0.0), (falls[-1][0], 0.0)]
    plane.area("fall", ground, falls)
    plane.line("fall-line", falls)
    return plane.chart("Fall below the earlier peak", "low", parts=True)


def _price(bars: Sequence[Sequence[float]], trades: Sequence[Mapping[str, Any]]) -> Chart:
    times = [bar[0] for bar in bars]
    plane = Plane.around(times, [value for bar in bars for value in bar[2:4]])
    plane.area("reach", [(bar[0], bar[2]) for bar in bars], [(bar[0], bar[3]) for bar in bars])
    plane.line("price", [(bar[0], bar[4]) for bar in bars])
    crowded = len(trades) > NAMED_TRADES
    for trade in trades:
        _trade(plane, trade, told=not crowded)
    legend = [("price", "price"), ("entry", "entry"), ("won", "exit, won"), ("lost", "exit, lost")]
    return plane.chart("Price and trades", "tall crowded" if crowded else "tall", legend)


def _trade(plane: Plane, trade: Mapping[str, Any], *, told: bool) -> None:
    entry = (trade["entry_time"], float(trade["entry_price"]))
    out = (trade["exit_time"], float(trade["exit_price"]))
    end = "won" if tone(trade["profit"]) == "gain" else "lost"
    words = f"{price(entry[1])} → {price(out[1])}: {number(trade['profit'], sign=True)}"
    title = words if told else ""
    plane.line(f"way {end}", [entry, out])
    plane.shapes.append(Shape("entry", f"M{plane.place(*entry)}h0", title))
    plane.shapes.append(Shape(end, f"M{plane.place(*out)}h0", title))
