"""The report of a campaign, and the line that ends it."""

from collections.abc import Iterable, Iterator, Sequence

from campaign import coverage
from campaign.mutation import Verdict
from campaign.tally import Tally, percentile

LEAST_KILLED = 0.95


def lines(total: Tally, first_seed: int, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the report."""
    yield f"{total.runs} runs from seed {first_seed}: {total.bot_days:.0f} bot-days"
    if total.cpu_s:
        yield f"{total.bot_days / total.cpu_s:.1f} bot-days a second of one processor"
    yield f"{total.on_sqlite} of them on SQLite, {total.twice} played twice with equal traces"
    yield f"requests {total.requests}, orders {total.orders}, fills {total.fills}"
    yield from _table("faults", total.faults.items())
    yield from _table("happenings", total.happenings.items())
    yield from _table("kills", total.kills.items())
    yield from _table("outcomes", total.settled.items())
    yield from _table("unknown outcomes, by how they were learnt", total.learnt.items())
    yield from _table("checks", total.checked.items())
    naked = [percentile(total.naked_ms, share) for share in (0.5, 0.99, 1.0)]
    yield "naked, undisturbed, in real rhythm: p50 {} ms, p99 {} ms, max {} ms".format(*naked)
    for violation in total.violations[:20]:
        yield (
            f"VIOLATION {violation.invariant} seed {violation.seed} bot {violation.bot_id} at "
            f"{violation.at} ms: {violation.text}"
        )
    if verdicts:
        yield "mutants"
        yield from (verdict.sentence for verdict in verdicts)
    yield from coverage.lines(total)
    yield _last_line(total, verdicts)


def _table(title: str, rows: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield title
    for name, number in sorted(rows, key=lambda row: -row[1]):
        yield f"  {name:<44} {number:>9}"


def _last_line(total: Tally, verdicts: Sequence[Verdict]) -> str:
    dead, tried = _judged(verdicts)
    return (
        f"campaign: bot_days={total.bot_days:.0f} faults={total.faults.total()} "
        f"kills={total.kills.total()} unknown_resolved={total.learnt.total()} "
        f"violations={len(total.violations)} mutants_killed={dead}/{tried}"
    )


def exit_code(total: Tally, verdicts: Sequence[Verdict]) -> int:
    """Return 1 on any violation, an empty cell, or where too many mutants live."""
    dead, tried = _judged(verdicts)
    did_not_look = coverage.is_judged(total) and bool(coverage.empty(total))
    return int(bool(total.violations) or did_not_look or dead < LEAST_KILLED * tried)


def _judged(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """Return how many mutants are dead, and how many were tried to the end."""
    dead = sum(verdict.is_dead for verdict in verdicts)
    return dead, sum(not verdict.was_cut for verdict in verdicts)
