"""Messages of streams that are struck: missing, sent twice, late, out of order."""

from collections.abc import Callable

from tradefleet.exchange.faults.kinds import Strikes
from tradefleet.exchange.faults.table import FaultTable
from tradefleet.exchange.venue import Venue

Send = Callable[[], None]


class Messages:
    """Stands between the exchange and those who follow its streams; an `Interference`."""

    def __init__(self, venue: Venue, table: FaultTable) -> None:
        self._venue = venue
        self._table = table
        self._held: dict[str | int, list[Send]] = {}  # waits for the next message of its group

    def __call__(self, name: str, group: str | int, send: Send) -> None:
        """Send a message once, or not at all, or twice, or later."""
        if self._held.get(group):
            send()
            self._release(group)
            return
        now = self._venue.steady_now()
        strike = self._table.strike(name, now, Strikes.MESSAGES)
        kind = "" if strike is None else strike.fault.kind.name
        if kind == "event_missing":
            return
        if strike is not None and kind == "event_late":
            self._venue.agenda.add(now + strike.fault["delay_ms"], send)
        elif strike is not None and kind == "event_reordered":
            self._held[group] = [send]
            latest = now + strike.fault["delay_ms"]
            self._venue.agenda.add(latest, lambda: self._release(group))
        else:
            send()
            if kind == "event_duplicated":
                send()

    def _release(self, group: str | int) -> None:
        for send in self._held.pop(group, ()):
            send()
