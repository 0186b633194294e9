"""A clock that stands where the stepped exchange stands."""

from tradefleet.adapters.clock import ExchangeClock

# Half a millisecond, so that the way over seconds since boot and back does not lose one.
_HALF = 0.5


class StandingClock(ExchangeClock):
    """The exchange's clock between two steps: it does not run.

    Whoever takes its `base_ms` over reads the exchange's time at that very moment.
    """

    def __init__(self, at: int) -> None:
        """Stand at a time, UTC milliseconds."""
        self._at = at
        super().__init__()
        self.stand(at)

    def stand(self, at: int) -> None:
        """Stand at another time from now on."""
        self._at = at
        self.measured_at = self.monotonic()

    def now(self) -> int:
        """Return UTC milliseconds."""
        return self._at

    @property
    def base_ms(self) -> float:
        """Exchange time at boot, if the clock had run since then."""
        return self._at + _HALF - self.monotonic() * 1000

    @base_ms.setter
    def base_ms(self, base_ms: float) -> None:
        """Do nothing: only a step moves this clock."""
