"""What a campaign counts: enough to see that nothing was proven by looking away."""

from collections import Counter
from dataclasses import dataclass, field

CRASHED = "I12"  # the invariant that a process violates which ends by an error of its own


@dataclass(slots=True)
class Violation:
    """An invariant did not hold.

    Attributes:
        invariant: `I1` to `I22`, as in docs/reliability.md.
        at: virtual milliseconds since the run began.
    """

    invariant: str
    text: str
    seed: int
    at: int
    bot_id: int = 0


@dataclass(slots=True)
class Tally:
    """The counts of one run, or of many.

    Attributes:
        cpu_s: seconds of one processor that the runs took.
        naked_ms: how long each unprotected stretch lasted, of bots that nothing disturbed and that
            look as often as in life.
        recovery_ms: from a restart to reconciled and protected.
        met: faults by what was asked of the exchange, and by fate.
        settled: what became of intents, by purpose and state.
        recoveries: rows of the recovery table that were walked.
        learnt: outcomes that were unknown for a while, by how they were learnt.
    """

    bot_days: float = 0.0
    cpu_s: float = 0.0
    runs: int = 0
    on_sqlite: int = 0
    twice: int = 0
    requests: int = 0
    orders: int = 0
    fills: int = 0
    turns: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    happenings: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    recoveries: Counter[str] = field(default_factory=Counter)
    learnt: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    naked_ms: list[int] = field(default_factory=list)
    recovery_ms: list[int] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    traces: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Take in the counts of another run."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter | dict):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine += theirs
            else:
                setattr(self, name, mine + theirs)


def percentile(values: list[int], share: float) -> int:
    """Return the value below which `share` of the values lie; 0 where there are none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
