"""Candles of one symbol and interval in figures, for whoever tells of them."""

from dataclasses import asdict, dataclass
from typing import Any

from tradefleet.domain.recording import Gaps


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is.

    Attributes:
        path: of the file or folder.
        first, last: open times, UTC milliseconds; None where there is nothing, or nothing usable.
        problem: why they cannot be used, empty if they can.
    """

    path: str
    symbol: str = ""
    interval: str = ""
    rows: int = 0
    first: int | None = None
    last: int | None = None
    gaps: Gaps = Gaps()
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)
