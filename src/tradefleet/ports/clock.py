"""Promises about time."""

from typing import Protocol


class Clock(Protocol):
    """The only source of time. Follows the exchange's clock where that is known."""

    def now(self) -> int:
        """Return UTC milliseconds."""

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences mean anything."""
