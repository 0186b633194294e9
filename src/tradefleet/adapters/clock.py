"""The clocks: this machine's, and the exchange's as seen from here."""

import statistics
import time
from collections.abc import Callable

SAMPLES = 3


def seconds_since_boot() -> float:
    """Return seconds that never jump and go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SystemClock:
    """This machine's wall clock; keeps the `Clock` port."""

    def now(self) -> int:
        """Return UTC milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds since boot."""
        return seconds_since_boot()


class ExchangeClock:
    """The exchange's clock; keeps the `Clock` port.

    It counts seconds since boot from a point measured at the exchange, so that a step of this
    machine's wall clock changes nothing. Until it is first measured it shows the wall clock.

    Attributes:
        base_ms: exchange time at boot; the same for every process of a machine.
        measured_at: `monotonic` of the last measurement, None before the first.
    """

    def __init__(
        self,
        since_boot: Callable[[], float] = seconds_since_boot,
        wall: Callable[[], int] = SystemClock().now,
    ) -> None:
        self._since_boot = since_boot
        self._wall = wall
        self.base_ms = wall() - since_boot() * 1000
        self.measured_at: float | None = None

    def now(self) -> int:
        """Return UTC milliseconds at the exchange."""
        return int(self._since_boot() * 1000 + self.base_ms)

    def monotonic(self) -> float:
        """Return seconds since boot."""
        return self._since_boot()

    def age_s(self) -> float:
        """Return how long ago it was measured; infinite before the first time."""
        if self.measured_at is None:
            return float("inf")
        return self._since_boot() - self.measured_at

    @property
    def offset_ms(self) -> int:
        """How far the exchange is ahead of this machine's wall clock."""
        return self.now() - self._wall()

    def measure(self, ask: Callable[[], int], samples: int = SAMPLES) -> None:
        """Follow the exchange.

        Args:
            ask: returns the exchange's time (GET /time); the middle of each question is taken as
                the moment it was true, and the median of all questions is kept.
            samples: how often to ask.
        """
        bases = []
        for _ in range(samples):
            before = self._since_boot()
            there = ask()
            bases.append(there - (before + self._since_boot()) / 2 * 1000)
        self.adopt(statistics.median(bases))

    def adopt(self, base_ms: float) -> None:
        """Take over the measurement of another process of this machine."""
        self.base_ms = base_ms
        self.measured_at = self._since_boot()
