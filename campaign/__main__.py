"""`python -m campaign`: play seeds, kill mutants, print what was seen.

python -m campaign --minutes 10            seeds and mutants, as `make campaign` does
python -m campaign --seeds 0:200 --days 1  these seeds only
python -m campaign --mutant blind-retry    what one mutant is killed by
"""

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path
from random import Random

import click

from campaign import mutation, report
from campaign.sql_store import SqlRoom
from campaign.storm import Storm
from campaign.storm import weather as stormy
from campaign.tally import Tally, Violation
from campaign.world import World

JOBS = 2
ON_SQLITE, TWICE = 7, 57  # of a hundred seeds
STORMS = 4  # one seed of so many is one
SEEDS_SHARE = 0.6  # of the time; the rest is for the mutants


def play(seed: int, days: float) -> Tally:
    """Play one seed; one in a hundred on SQLite, and one in a hundred twice."""
    if seed % 100 == ON_SQLITE:
        with tempfile.TemporaryDirectory(prefix="tradefleet-campaign-") as folder:
            room = SqlRoom(Path(folder))
            tally = _world(seed, room).run(days)
            room.close()
        return tally
    tally = _world(seed).run(days)
    if seed % 100 == TWICE:
        tally.twice = 1
        if _world(seed).run(days).traces != tally.traces:
            tally.violations.append(Violation("determinism", "another run is other", seed, 0))
    return tally


def _world(seed: int, sql: SqlRoom | None = None) -> World:
    """Return the world of a seed: usual weather, or one in a few times a storm."""
    if seed % STORMS:
        return World(seed, sql=sql)
    random = Random(f"storm {seed}")
    world = World(seed, stormy(random), sql)
    Storm(world, random).begin()
    return world


@click.command()
@click.option("--minutes", default=1.0, help="How long, all together.")
@click.option("--seeds", default="", help="first:after, instead of a time.")
@click.option("--first", default=None, type=int, help="First seed of a timed run.")
@click.option("--days", default=1.0, help="Virtual days of each run.")
@click.option("--until-violation", is_flag=True, help="Stop at the first; print it as JSON.")
@click.option("--mutant", "names", multiple=True, help="Only these mutants.")
def main(
    minutes: float,
    seeds: str,
    first: int | None,
    days: float,
    until_violation: bool,
    names: tuple[str, ...],
) -> None:
    """Play the campaign; end with 1 on a violation, or where too many mutants live."""
    ends_at = time.monotonic() + 60 * minutes
    if until_violation:
        sys.exit(_first_violation(seeds, days, ends_at))
    if names:
        for found in mutation.run(list(names), ends_at):
            click.echo(found.sentence)
        return
    if seeds:
        begin, after = (int(part) for part in seeds.split(":"))
        total = _play_all(iter(range(begin, after)), days, ends_at + 86_400)
        verdicts = []
    else:
        begin = secrets.randbelow(10**9) if first is None else first
        seeds_end = time.monotonic() + 60 * minutes * SEEDS_SHARE
        total = _play_all(count(begin), days, seeds_end)
        verdicts = list(mutation.run(mutation.choose(begin), ends_at))
    for line in report.lines(total, begin, verdicts):
        click.echo(line)
    sys.exit(report.exit_code(total, verdicts))


def _first_violation(seeds: str, days: float, ends_at: float) -> int:
    begin, after = (int(part) for part in seeds.split(":"))
    for seed in range(begin, after):
        tally = play(seed, days)
        if tally.violations:
            # Its own crash is the weakest evidence: what else was violated comes first.
            first = min(tally.violations, key=lambda found: found.invariant == "I12")
            click.echo(json.dumps([first.invariant, first.text[:300], seed]))
            return 1
        if time.monotonic() > ends_at:
            break
    return 0


def _play_all(seeds: Iterator[int], days: float, ends_at: float) -> Tally:
    """Play seeds on all cores until they or the time run out."""
    total = Tally()
    with ProcessPoolExecutor(JOBS) as pool:
        running: set[Future[Tally]] = set()
        for seed in seeds:
            running.add(pool.submit(play, seed, days))
            if len(running) >= 2 * JOBS:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    total.add(future.result())
            if time.monotonic() > ends_at:
                break
        for future in running:
            total.add(future.result())
    return total


if __name__ == "__main__":
    main()
