"""`python -m campaign`: play seeds, kill mutants, print what was seen.

python -m campaign --minutes 10            seeds and mutants, as `make campaign` does
python -m campaign --seeds 0:200 --days 1  these seeds only
python -m campaign --mutant blind-retry    what one mutant is killed by
"""

import json
import secrets
import sys
import time
from itertools import count

import click

from campaign import mutation, report
from campaign.play import first_violation, play_all

SEEDS_SHARE = 0.6  # of the time; the rest is for the mutants
DAYS_PER_MINUTE = 0.4  # a short campaign plays short runs, up to a day each
UNHURRIED = float("inf")


@click.command()
@click.option("--minutes", default=1.0, help="How long, all together.")
@click.option("--seeds", default="", help="These, instead of a time: first:after, or one number.")
@click.option("--first", default=None, type=int, help="First seed of a timed run.")
@click.option("--days", default=None, type=float, help="Virtual days of each run.")
@click.option(
    "--until-violation", default=0.0, help="Stop at the first, or after so many CPU seconds; JSON."
)
@click.option("--mutant", "names", multiple=True, help="Only these mutants.")
def main(
    minutes: float,
    seeds: str,
    first: int | None,
    days: float | None,
    until_violation: float,
    names: tuple[str, ...],
) -> None:
    """Play the campaign; end with 1 on a violation, an empty cell, or too many living mutants."""
    days = min(1.0, DAYS_PER_MINUTE * minutes) if days is None else days
    if until_violation:
        _hunt(_numbers(seeds), days, until_violation)
        return
    if names:
        verdicts = []
        for found in mutation.run(names, UNHURRIED):
            click.echo(found.sentence)
            verdicts.append(found)
        sys.exit(not all(verdict.is_dead for verdict in verdicts))
    if seeds:
        click.echo(f"python -m campaign --seeds {seeds} --days {days}")
        chosen, verdicts = _numbers(seeds), []
        begin, total = chosen[0], play_all(iter(chosen), days, UNHURRIED)
    else:
        begin = secrets.randbelow(10**9) if first is None else first
        click.echo(f"python -m campaign --minutes {minutes} --first {begin} --days {days}")
        click.echo(f"one of its seeds again: python -m campaign --seeds SEED --days {days}")
        seconds = 60 * minutes
        total = play_all(count(begin), days, time.monotonic() + seconds * SEEDS_SHARE)
        ends_at = time.monotonic() + seconds * (1 - SEEDS_SHARE)
        verdicts = list(mutation.run(mutation.choose(begin), ends_at))
    for line in report.lines(total, begin, verdicts):
        click.echo(line)
    sys.exit(report.exit_code(total, verdicts))


def _hunt(seeds: list[int], days: float, cpu_s: float) -> None:
    """Print the first violation as JSON; null where there was none in time."""
    found = first_violation(seeds, days, lambda: time.process_time() > cpu_s)
    click.echo(json.dumps(found and [found.invariant, found.text[:300], found.seed]))


def _numbers(seeds: str) -> list[int]:
    """Return seeds that are given as numbers and as `first:after`, with commas between."""
    found: list[int] = []
    for part in seeds.split(","):
        begin, is_range, after = part.partition(":")
        found += range(int(begin), int(after)) if is_range else [int(begin)]
    return found


if __name__ == "__main__":
    main()
