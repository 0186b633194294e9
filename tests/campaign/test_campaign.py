"""The campaign as part of the suite: it finds nothing in the product, and something in mutants."""

import re
import subprocess
import sys

import pytest

from campaign.mutation import all_names, try_mutant
from campaign.world import World
from tests.skips import ROOT

SEEDS = range(1_000, 1_004)
FIRST = 20_000


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_plays_the_same_run_to_the_last_digit(seed: int):
    first, again = World(seed).run(0.1), World(seed).run(0.1)

    assert first.traces == again.traces
    assert first.requests == again.requests
    assert not first.violations


@pytest.mark.timeout(600)
def test_a_minute_of_everything_going_wrong_violates_nothing_and_finds_planted_mistakes():
    """What `make campaign` does for longer, and from seeds that are new each time."""
    ended = subprocess.run(
        [sys.executable, "-m", "campaign", "--minutes", "1", "--first", str(FIRST)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = ended.stdout.splitlines() or [""]
    told = re.fullmatch(
        r"campaign: bot_days=\d+ faults=\d+ kills=\d+ unknown_resolved=\d+ violations=0"
        r" mutants_killed=(\d+)/(\d+)",
        report[-1],
    )

    assert ended.returncode == 0, ended.stdout[:300] + ended.stdout[-4_000:] + ended.stderr[-2_000:]
    assert told is not None
    assert int(told[1]) >= 0.95 * int(told[2]) > 0
    assert report[-2].startswith("coverage_empty=")


def test_there_are_mutants_enough_and_each_still_applies():
    names = all_names()

    assert len(names) >= 48
    for name in names:
        check = ["git", "apply", "--check", f"campaign/mutants/{name}.patch"]
        applied = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
        assert not applied.returncode, f"{name}: {applied.stderr}"


@pytest.mark.timeout(400)
def test_sending_again_what_got_no_answer_is_found_out():
    assert try_mutant("blind-retry").is_dead
