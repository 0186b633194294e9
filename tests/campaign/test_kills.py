"""Real kills as part of the suite: `make kills`, but fewer of them."""

import re
import subprocess
import sys

import pytest

from campaign.kills.tally import MEASURED, Tally, exit_code, lines
from tests.skips import ROOT


@pytest.mark.timeout(600)
def test_processes_that_die_anywhere_leave_everything_in_order():
    """P1 to P12: SIGKILL before and after each write, each commit and each request."""
    ended = subprocess.run(
        [sys.executable, "-m", "campaign.kills", "--number", "40", "--rooms", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-4_000:] + ended.stderr[-2_000:]
    told = re.fullmatch(
        r"kills: kills=(\d+) points=\d+/\d+ cells=\d+ in_recovery=(\d+) struck=(\d+)"
        r" missed=\d+ slow=0 violations=0",
        ended.stdout.splitlines()[-1],
    )
    assert told is not None
    assert int(told[1]) >= 40
    assert int(told[2]) > 0
    assert int(told[3]) > 0


def test_recoveries_that_take_too_long_fail_the_kills():
    quick = Tally(recovery_s=[4.9] * MEASURED, settling_s=[5.9] * MEASURED)
    slow = Tally(recovery_s=[4.9] * MEASURED, settling_s=[6.1] * MEASURED)

    assert exit_code(quick, settle_ms=1_000) == 0
    assert exit_code(slow, settle_ms=1_000) == 1
    assert " slow=1 " in lines(slow, 1_000, 60)[-1]


def test_a_few_recoveries_have_no_ninety_ninth_percent():
    few = Tally(recovery_s=[9.0] * (MEASURED - 1))

    assert exit_code(few, settle_ms=1_000) == 0
    assert any("too few to judge" in line for line in lines(few, 1_000, 60))
