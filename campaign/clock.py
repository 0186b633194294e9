"""Time that passes when the world says so."""

BEGIN_MS = 1_700_000_000_000  # a round moment in UTC, far from any clock change


class VirtualClock:
    """The one true time, in UTC milliseconds; keeps the `Clock` port."""

    def __init__(self) -> None:
        self.ms = BEGIN_MS

    def now(self) -> int:
        """Return UTC milliseconds."""
        return self.ms

    def monotonic(self) -> float:
        """Return seconds since the world began."""
        return (self.ms - BEGIN_MS) / 1_000
