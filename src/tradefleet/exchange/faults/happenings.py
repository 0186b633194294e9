"""Happenings: what the exchange itself does on a bad day, and how it is undone."""

from collections.abc import Callable, Mapping

from tradefleet.exchange.faults import account_happenings, market_happenings, stream_happenings
from tradefleet.exchange.faults.stage import Stage
from tradefleet.exchange.faults.table import Fault

Undo = Callable[[], None]
Perform = Callable[[Stage, Fault], Undo | None]

_PERFORM: Mapping[str, Perform] = {
    **stream_happenings.PERFORM,
    **account_happenings.PERFORM,
    **market_happenings.PERFORM,
}


class Happenings:
    """Lets things happen; knows what is in force."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._in_force: list[Undo] = []

    def perform(self, fault: Fault) -> None:
        """Let something happen, for its time."""
        undo = _PERFORM[fault.kind.name](self._stage, fault)
        if undo is None:
            return
        self._in_force.append(undo)
        if fault.for_ms:
            venue = self._stage.venue
            venue.agenda.add(venue.steady_now() + fault.for_ms, lambda: self._end(undo))

    def end_all(self) -> None:
        """Undo what is in force."""
        for undo in reversed(tuple(self._in_force)):
            self._end(undo)

    def _end(self, undo: Undo) -> None:
        if undo in self._in_force:
            self._in_force.remove(undo)
            undo()
