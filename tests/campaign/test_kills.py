"""Real kills as part of the suite: `make kills`, but fewer of them."""

import re
import subprocess
import sys

import pytest

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
        r" missed=\d+ violations=0",
        ended.stdout.splitlines()[-1],
    )
    assert told is not None
    assert int(told[1]) >= 40
    assert int(told[2]) > 0
    assert int(told[3]) > 0
