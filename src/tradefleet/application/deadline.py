"""A deadline for code that computes: whoever exceeds it is interrupted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tradefleet.domain.errors import StrategyError


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds with a `StrategyError`.

    Only in a process's main thread, and only between two steps of Python code: a single
    call into a library ends first.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise StrategyError(f"no answer within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
