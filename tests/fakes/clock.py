"""A clock that moves when told."""

MIDNIGHT = 1_763_769_600_000  # 2025-11-22T00:00:00Z


class FakeClock:
    def __init__(self, now: int = MIDNIGHT) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return self._now / 1000

    def advance(self, *, ms: int = 0, seconds: float = 0) -> None:
        self._now += ms + int(seconds * 1000)
