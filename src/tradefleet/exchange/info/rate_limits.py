"""The limits of requests and orders: how exchangeInfo tells them, and the windows they count in.

Windows are aligned to the calendar, by the exchange's clock (Binance spot docs, rest-api.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradefleet.domain.candle import DAY, HOUR, MINUTE, SECOND

_LENGTHS = {"SECOND": SECOND, "MINUTE": MINUTE, "HOUR": HOUR, "DAY": DAY}


@dataclass(frozen=True, slots=True, eq=False)
class RateLimit:
    """So much in a window.

    Attributes:
        kind: `REQUEST_WEIGHT`, `ORDERS` or `RAW_REQUESTS`.
        interval, number: the window is so many seconds, minutes, hours or days.
        length: of the window, milliseconds.
    """

    kind: str
    interval: str
    number: int
    limit: int
    length: int = field(init=False)

    def __post_init__(self) -> None:
        """Work the length out once: every request asks for it several times."""
        object.__setattr__(self, "length", _LENGTHS[self.interval] * self.number)

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "RateLimit":
        """Read exchangeInfo's form.

        Raises:
            KeyError, ValueError: it is none.
        """
        number, limit = entry["intervalNum"], entry["limit"]
        if not all(isinstance(value, int) and value > 0 for value in (number, limit)):
            raise ValueError(f"expected intervalNum and limit above 0, was {dict(entry)}")
        if entry["interval"] not in _LENGTHS:
            raise ValueError(f"expected an interval of {', '.join(_LENGTHS)}, was {dict(entry)}")
        return cls(entry["rateLimitType"], entry["interval"], number, limit)

    @property
    def letters(self) -> str:
        """The window as headers name it, such as `10S`."""
        return f"{self.number}{self.interval[0]}"

    @property
    def words(self) -> str:
        """The window as refusals name it, such as `1 MINUTE`."""
        return f"{self.number} {self.interval}"

    def ends(self, now: int) -> int:
        """Return when the present window ends, UTC milliseconds."""
        return (now // self.length + 1) * self.length

    def view(self) -> dict[str, Any]:
        """Return exchangeInfo's form."""
        return {
            "rateLimitType": self.kind,
            "interval": self.interval,
            "intervalNum": self.number,
            "limit": self.limit,
        }


_USUAL = (
    RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 6_000),
    RateLimit("ORDERS", "SECOND", 10, 100),
    RateLimit("ORDERS", "DAY", 1, 200_000),
    RateLimit("RAW_REQUESTS", "MINUTE", 5, 300_000),
)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """All limits, by default Binance's of today."""

    limits: tuple[RateLimit, ...] = _USUAL

    @classmethod
    def read(cls, entries: Iterable[Mapping[str, Any]]) -> "RateLimits":
        """Read exchangeInfo's form; kinds it leaves out are today's."""
        told = [RateLimit.read(entry) for entry in entries]
        kinds = {limit.kind for limit in told}
        return cls((*told, *(limit for limit in _USUAL if limit.kind not in kinds)))

    def of(self, kind: str) -> tuple[RateLimit, ...]:
        """Return the limits of one kind."""
        return tuple(limit for limit in self.limits if limit.kind == kind)

    def views(self) -> list[dict[str, Any]]:
        """Return exchangeInfo's form."""
        return [limit.view() for limit in self.limits]
