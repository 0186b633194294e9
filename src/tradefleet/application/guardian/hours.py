"""The person's day: summaries follow its midnight, and its quiet hours keep all but alarms back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from tradefleet.domain.candle import HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Hours:
    """Where and when a person sleeps.

    Attributes:
        zone: the person's time zone.
        quiet: first and last minute of the night, counted from local midnight; the same twice =
            there is no night.
    """

    zone: tzinfo = UTC
    quiet: tuple[int, int] = (0, 0)

    def local(self, now: int) -> datetime:
        """Return a moment as the person's clock shows it."""
        return datetime.fromtimestamp(now / 1000, UTC).astimezone(self.zone)

    def period_start(self, now: int, hours: int) -> int:
        """Return when the running period of so many hours began, counted from local midnight."""
        offset = int((self.local(now).utcoffset() or timedelta()).total_seconds() * 1000)
        return now - (now + offset) % (hours * HOUR)

    def quiet_until(self, now: int) -> int:
        """Return when the running night ends, or 0 by day."""
        begin, end = self.quiet
        at = self.local(now)
        minute = at.hour * 60 + at.minute
        inside = begin <= minute < end if begin <= end else minute >= begin or minute < end
        if not inside:
            return 0
        return now - now % MINUTE + (end - minute) % (24 * 60) * MINUTE
