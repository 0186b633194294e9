"""The exchange's time: the wall clock, or a clock of its own for recorded markets."""

import time
from typing import Protocol

from tradefleet.domain.errors import InputError


class Clock(Protocol):
    """UTC milliseconds."""

    def now(self) -> int:
        """Return the present time."""


class WallClock:
    """The machine's clock, which here never goes back."""

    def __init__(self) -> None:
        self._latest = 0

    def now(self) -> int:
        """Return UTC milliseconds; a clock that was set back stands still until it catches up."""
        now = time.time_ns() // 1_000_000
        if now > self._latest:
            self._latest = now
        return self._latest


class ReplayClock:
    """A clock that starts where it is told and runs at its own speed.

    Wall time is read from a monotonic clock, so setting the machine's clock does not disturb it.
    """

    def __init__(self, start: int, speed: float | None = 1.0) -> None:
        """Start the clock now.

        Args:
            start: its time at this moment, UTC milliseconds.
            speed: milliseconds it moves in a millisecond; None moves by `step` only.
        """
        if speed is not None and speed <= 0:
            raise InputError(f"expected a speed above 0, was {speed}", field="speed")
        self._start = start
        self._speed = speed
        self._began = time.monotonic_ns()

    def now(self) -> int:
        """Return the replay's UTC milliseconds."""
        if self._speed is None:
            return self._start
        passed = (time.monotonic_ns() - self._began) / 1_000_000
        return self._start + int(passed * self._speed)

    def step(self, ms: int) -> None:
        """Move on by `ms` milliseconds, whatever the speed."""
        if ms < 0:
            raise InputError(f"expected ms >= 0, was {ms}: time does not go back", field="ms")
        self._start += ms
