"""The coverage matrix: what a campaign must have seen before its silence means anything.

Its cells come from the code, not from what happened: each crash point, each fate of each request,
each write the disk can fail, each happening, each row of the recovery table. A campaign that is
long enough and has an empty cell did not look there, and fails.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from campaign import witness
from campaign.crash import SENDS, calls, points
from campaign.dice import FATES, HAPPENINGS
from campaign.tally import Tally

LEAST_BOT_DAYS = 300  # shorter campaigns are not judged: the rarest rows take their time

_NEVER_SEEN = (witness.NOT_YET, witness.ABSENT)
_ORDER = (*_NEVER_SEEN, witness.FILLED, witness.PART)
_RESTING = (witness.WORKS, witness.WORKS_IN_PART, witness.STOP, witness.TARGET, witness.PART,
            witness.NOTHING)  # fmt: skip
# What is meant and what the journal says of it, and what the exchange may say.
RECOVERY: Mapping[str, tuple[str, ...]] = {
    "market entry, open": _ORDER,
    "limit entry, open": (*_ORDER, witness.NOTHING, witness.WORKS, witness.WORKS_IN_PART),
    "exit, open": _ORDER,
    "protection, open": (*_NEVER_SEEN, *_RESTING),
    "protection, accepted": (witness.NOT_YET, witness.LISTED, *_RESTING),
    "exits with their entry, open": (*_NEVER_SEEN, witness.WAITS, *_RESTING),
}

_BY_QUOTE = "a market buy for an amount of quote is for as much as the book offers"
_NO_THIRD_COIN = "no commission is taken in a third coin here"
_RESET = "only an account that was reset forgets what rested; that ends a bot, as it should"
# Cells that the code names and this world cannot fill, and why.
UNREACHED: dict[str, str] = {
    "settle_intent.forgotten.before": _RESET,
    "settle_intent.forgotten.after": _RESET,
    "settle_intent.forgotten fails": _RESET,
    "GET /klines.before": _NO_THIRD_COIN,
    "GET /klines.executed": _NO_THIRD_COIN,
    "GET /klines.answered": _NO_THIRD_COIN,
    f"market entry, open: {witness.PART}": _BY_QUOTE,
}


# Cells that are filled too seldom to ask every campaign for them.
RARE: dict[str, str] = {
    f"protection, accepted: {witness.LISTED}": "two answers that lag, twenty seconds apart",
}

# Where a campaign counts each section.
COUNTERS: Mapping[str, str] = {
    "killed at": "kills",
    "request and fate": "met",
    "answer": "faults",
    "write": "met",
    "happening": "happenings",
    "recovery": "recoveries",
}


def named() -> dict[str, list[str]]:
    """Return every cell the code has, by section."""
    return {
        "killed at": list(points()),
        "request and fate": [f"{r} {fate}" for r, fate in product((*SENDS, "GET"), FATES)],
        "answer": ["stale_answer"],
        "write": [f"{call} fails" for call in calls(only_writes=True)],
        "happening": list(HAPPENINGS),
        "recovery": [f"{what}: {said}" for what, told in RECOVERY.items() for said in told],
    }


def cells() -> dict[str, list[str]]:
    """Return the cells that a campaign has to fill."""
    return {
        section: [cell for cell in row if cell not in UNREACHED | RARE]
        for section, row in named().items()
    }


def empty(total: Tally) -> list[str]:
    """Return the cells that a campaign left empty, each with its section."""
    return [
        f"{section}: {cell}"
        for section, row in cells().items()
        for cell in row
        if not getattr(total, COUNTERS[section])[cell]
    ]


def is_judged(total: Tally) -> bool:
    """Whether a campaign was long enough to be judged by its matrix."""
    return total.bot_days >= LEAST_BOT_DAYS


def lines(total: Tally) -> Iterator[str]:
    """Yield the matrix: how much of each section was seen, and what was not."""
    yield f"{'coverage matrix':<44} {'cells':>9} {'empty':>9} {'rarest':>9}"
    for section, row in cells().items():
        seen = [getattr(total, COUNTERS[section])[cell] for cell in row]
        yield f"  {section:<42} {len(row):>9} {seen.count(0):>9} {min(seen):>9}"
    left = empty(total)
    yield from (f"  EMPTY {cell}" for cell in left)
    verdict = (
        ""
        if is_judged(total)
        else (f" (too short to judge: {total.bot_days:.0f} bot-days of {LEAST_BOT_DAYS})")
    )
    yield f"coverage_empty={len(left)}{verdict}"
