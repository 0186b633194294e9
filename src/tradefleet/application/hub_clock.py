"""The exchange's time as the hub measured it, for a process that never talks to the exchange."""

from tradefleet.ports.clock import Clock
from tradefleet.ports.records import Snapshots

ASK_EVERY_SECONDS = 5.0


class HubClock:
    """Follows the exchange through the hub's snapshot; without one it is the wall clock."""

    def __init__(self, snapshots: Snapshots, wall: Clock) -> None:
        self._snapshots = snapshots
        self._wall = wall
        self._base_ms: float | None = None
        self._asked_at = float("-inf")

    def now(self) -> int:
        """Return UTC milliseconds at the exchange."""
        elapsed = self._wall.monotonic()
        if elapsed - self._asked_at >= ASK_EVERY_SECONDS:
            self._asked_at = elapsed
            self._base_ms = self._told(elapsed)
        if self._base_ms is None:
            return self._wall.now()
        return int(elapsed * 1000 + self._base_ms)

    def _told(self, elapsed: float) -> float | None:
        hub = self._snapshots.get("hub")
        base: float | None = hub.value.get("clock_base_ms") if hub is not None else None
        if hub is None or base is None:
            return None
        # Written later after a boot than it is now: that was another boot.
        return base if (hub.at - base) / 1000 <= elapsed + 1 else None

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return self._wall.monotonic()
