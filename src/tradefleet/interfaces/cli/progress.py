"""How far a long command is, and Ctrl-C."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tradefleet.interfaces.cli.output import say

PAUSE_S = 1.0  # between two words about the progress, in a terminal
QUIET_PAUSE_S = 10.0  # the same where nobody watches


@contextmanager
def telling_progress(played: str = "candles", pause_s: float | None = None) -> Iterator[Any]:
    """Yield what is asked whether to go on: it tells how far we are; Ctrl-C says no."""
    began = told = time.monotonic()
    pause = pause_s or (PAUSE_S if sys.stderr.isatty() else QUIET_PAUSE_S)
    stopped = False

    def stop(_number: int, _frame: Any) -> None:
        nonlocal stopped
        stopped = True

    def go_on(done: int, everything: int) -> bool:
        nonlocal told
        now = time.monotonic()
        if done and now - told >= pause:
            told = now
            left = (now - began) * (everything - done) / done
            say(f"{done:,} of {everything:,} {played}, about {left:.0f} s to go", err=True)
        return not stopped

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield go_on
    finally:
        signal.signal(signal.SIGINT, before)
