"""What happens to whom: acts of a bot's life, each with its fates and its deaths."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from random import Random

from campaign.kills.bot import ANYWHERE

SENDS = "[PD]*[TE] /api/v3/order*"  # POST and DELETE: what changes something
LATE_MS = 400  # less than the time to settle
# What becomes of a request that changes something, by name.
FATES: Mapping[str, Mapping[str, object]] = {
    "lost": {"kind": "dropped"},
    "executed, answer lost": {"kind": "lost_answer"},
    "arrives late, answer lost": {"kind": "late", "delay_ms": LATE_MS, "cut": True},
}
ANSWERED = "executed and answered"
SENDS_OF_AN_ACT = 2
MOST_PASSES = 4  # of one point in one process; later ones are polls that are all alike
DEEPEST = 45  # how many points a recovery passes, about


@dataclass(frozen=True, slots=True)
class Act:
    """Something a bot does, and what happens to it meanwhile.

    Attributes:
        name: `entry`, `exit` (by a signal) or `sell_out` (stop and sell).
        struck: which of its sends meets the fate, from 1.
        deaths: where its processes die, one after another; the next one must mend all.
        gap: the price is multiplied by this after each death; 0 = it is not.
    """

    name: str
    fate: str = ANSWERED
    struck: int = 0
    deaths: tuple[str, ...] = ()
    gap: float = 0.0

    @property
    def says(self) -> str:
        """What the strategy says in the first process."""
        return {"entry": "BUY", "exit": "SELL", "sell_out": "HOLD"}[self.name]

    @property
    def says_again(self) -> str:
        """What it says in the next ones: nobody wants a second purchase."""
        return "HOLD"

    @property
    def wish(self) -> str:
        """What the person wishes."""
        return "stop_sell" if self.name == "sell_out" else "run"

    @property
    def needs_position(self) -> bool:
        """Whether there must be something to sell."""
        return self.name != "entry"

    @property
    def faults(self) -> list[dict[str, object]]:
        """The exchange's table of faults."""
        if self.fate == ANSWERED:
            return []
        return [{"path": SENDS, "times": 1, "skip": self.struck - 1, **FATES[self.fate]}]


@dataclass(frozen=True, slots=True)
class Life:
    """The acts of one bot, in order."""

    acts: tuple[Act, ...]


def scouting() -> list[Life]:
    """Return lives without a death, one for each fate of each send: they show the points."""
    return lives(act for name in ("entry", "exit", "sell_out") for act in _conditions(name))


def _conditions(name: str) -> Iterator[Act]:
    yield Act(name)
    for fate in FATES:
        for struck in range(1, SENDS_OF_AN_ACT + 1):
            yield Act(name, fate, struck)


def deaths(points: Mapping[tuple[str, str, int], Sequence[str]], random: Random) -> Iterator[Act]:
    """Yield acts without end: every known point under every fate, then all of them again.

    Each time round the second death, the third and the gaps fall elsewhere.
    """
    while True:
        cells = [(key, point) for key, passed in points.items() for point in numbered(passed)]
        random.shuffle(cells)
        for (name, fate, struck), point in cells:
            again = [f"{ANYWHERE}:{random.randint(1, DEEPEST)}" for _ in range(2)]
            number = random.choice((1, 1, 2, 2, 3))
            gap = random.choice((0.0, 0.0, 0.0, 0.96, 1.07)) if name != "sell_out" else 0.0
            yield Act(name, fate, struck, (point, *again)[:number], gap)


def numbered(passed: Iterable[str]) -> list[str]:
    """Return `POINT:n` for each passing, the later ones of a point left out."""
    met: Counter[str] = Counter()
    found = []
    for point in passed:
        met[point] += 1
        if met[point] <= MOST_PASSES:
            found.append(f"{point}:{met[point]}")
    return found


def lives(acts: Iterable[Act]) -> list[Life]:
    """Put acts into lives: an entry, an exit, a sale of everything; what is missing goes well."""
    by_name: dict[str, list[Act]] = {"entry": [], "exit": [], "sell_out": []}
    for act in acts:
        by_name[act.name].append(act)
    found = []
    for entry, leave, sale in zip_longest(*by_name.values()):
        begin = entry or Act("entry")
        found.append(Life((begin, *(act for act in (leave, sale) if act is not None))))
    return found
