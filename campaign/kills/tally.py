"""What real kills count."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from campaign.tally import percentile

if TYPE_CHECKING:
    from campaign.kills.plan import Act


RECOVERED_WITHIN_MS = 5_000  # p99, and the time to settle where something was in flight
MEASURED = 100  # fewer recoveries have no p99


@dataclass(frozen=True, slots=True)
class Kill:
    """A process that died.

    Attributes:
        act, fate: of what it was doing.
        point: where it died.
        recovering: it was mending what a death before it had left.
    """

    act: str
    fate: str
    point: str
    recovering: bool


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold, and what was going on."""

    invariant: str
    text: str
    where: str


@dataclass(slots=True)
class Tally:
    """The counts of some lives.

    Attributes:
        points: what a process passed, by act, fate and the send it struck; without deaths.
        passed: every point that was passed at all.
        struck: how often the exchange had a request meet its fate, by act and fate.
        missed: deaths whose point was not passed again.
        checked: how often all was judged.
        recovery_s: from the last start to reconciled and protected, nothing having been in flight.
        settling_s: the same where something was in flight.
        at_rest: processes killed while all was in order.
    """

    kills: list[Kill] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    points: dict[tuple[str, str, int], tuple[str, ...]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    struck: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    checked: int = 0
    lives: int = 0
    recovery_s: list[float] = field(default_factory=list)
    settling_s: list[float] = field(default_factory=list)

    def saw(self, act: "Act", points: tuple[str, ...]) -> None:
        """Note what a process passed."""
        self.passed.update(points)
        if not act.deaths:
            self.points.setdefault((act.name, act.fate, act.struck), points)

    def recovered(self, took_s: float | None, in_flight: bool) -> None:
        """Note how long a recovery took."""
        if took_s is not None:
            (self.settling_s if in_flight else self.recovery_s).append(took_s)

    def add(self, other: "Tally") -> None:
        """Take in what another room counted."""
        self.kills += other.kills
        self.violations += other.violations
        for key, points in other.points.items():
            self.points.setdefault(key, points)
        self.passed |= other.passed
        self.struck += other.struck
        self.missed += other.missed
        self.checked += other.checked
        self.lives += other.lives
        self.recovery_s += other.recovery_s
        self.settling_s += other.settling_s


def exit_code(total: Tally, settle_ms: int) -> int:
    """Return 1 on a violation, or where recoveries take too long."""
    is_slow = any(_is_slow(values, limit) for _, values, limit in _recoveries(total, settle_ms))
    return int(bool(total.violations) or is_slow)


def _recoveries(total: Tally, settle_ms: int) -> Iterator[tuple[str, list[float], int]]:
    """Yield each kind of recovery, how long each took and how long its p99 may be."""
    yield "nothing in flight", total.recovery_s, RECOVERED_WITHIN_MS
    yield "something in flight", total.settling_s, RECOVERED_WITHIN_MS + settle_ms


def _is_slow(values: list[float], limit_ms: int) -> bool:
    ms = [int(1_000 * value) for value in values]
    return len(ms) >= MEASURED and percentile(ms, 0.99) > limit_ms


def lines(total: Tally, settle_ms: int, seconds: float) -> list[str]:
    """Return the report."""
    told = [
        f"settle time {settle_ms} ms (the product's own: 20000 ms); everything else as shipped",
        f"{total.lives} bots, {len(total.kills)} processes killed in {seconds:.0f} s,"
        f" {total.checked} times judged",
    ]
    by_point = Counter(kill.point for kill in total.kills)
    fates = Counter(f"{kill.act}: {kill.fate}" for kill in total.kills)
    again = Counter(kill.point for kill in total.kills if kill.recovering)
    told.append(f"{'kills by act and fate of the answer':<46} {'all':>6} {'struck':>12}")
    told += [f"  {name:<44} {n:>6} {total.struck[name]:>12}" for name, n in fates.most_common()]
    told.append(f"{'kills by crash point':<46} {'all':>6} {'in recovery':>12}")
    told += [f"  {p:<44} {by_point[p]:>6} {again[p]:>12}" for p in sorted(total.passed)]
    for title, values, limit in _recoveries(total, settle_ms):
        ms = [int(1_000 * value) for value in values]
        told.append(
            f"from restart to reconciled and protected, {title}: p50 {percentile(ms, 0.5)} ms,"
            f" p99 {percentile(ms, 0.99)} ms, max {max(ms, default=0)} ms ({len(ms)} times;"
            f" p99 may be {limit} ms{'' if len(ms) >= MEASURED else ', too few to judge'})"
        )
    for violation in total.violations[:20]:
        told.append(f"VIOLATION {violation.invariant}: {violation.text}\n  {violation.where}")
    slow = sum(_is_slow(values, limit) for _, values, limit in _recoveries(total, settle_ms))
    cells = len({(kill.act, kill.fate, kill.point) for kill in total.kills})
    told.append(
        f"kills: kills={len(total.kills)} points={len(by_point)}/{len(total.passed)}"
        f" cells={cells} in_recovery={again.total()} struck={total.struck.total()}"
        f" missed={total.missed} slow={slow}"
        f" violations={len(total.violations)}"
    )
    return told
