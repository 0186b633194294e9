"""The adversary: what is to go wrong, and whom it strikes."""

from tradefleet.domain.errors import InputError
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.happenings import Happenings
from tradefleet.exchange.faults.interference import Messages
from tradefleet.exchange.faults.kinds import Strikes
from tradefleet.exchange.faults.outcomes import CLOSED, Outcome, outcome_of
from tradefleet.exchange.faults.stage import Stage
from tradefleet.exchange.faults.table import Fault, FaultTable


class Adversary:
    """Holds the table of faults in force and decides who is struck."""

    def __init__(self, stage: Stage) -> None:
        """Begin without faults."""
        self.venue = stage.venue
        self.cut = stage.wires.cut
        self.table = FaultTable()
        self._stage = stage
        self._happenings = Happenings(stage)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing can strike."""
        return not self.table.strikes and not self._stage.closed

    def bring(self, table: FaultTable) -> None:
        """Put a table in force, in place of the one before and all it brought about.

        What is underway already (late requests and messages) still arrives.
        """
        self._happenings.end_all()
        self.table = table
        strikes_messages = Strikes.MESSAGES in table.strikes
        self.venue.broadcast.interference = (
            Messages(self.venue, table) if strikes_messages else None
        )
        for fault in table.unprompted():
            self._set_off(fault)

    def happen(self, fault: Fault) -> str:
        """Let a happening happen beside the table in force; return why it could not."""
        if fault.at_ms:
            self._set_off(fault)
            return ""
        return self._perform(fault)

    def struck(self, name: str, *strikes: Strikes, only_named: bool = False) -> Outcome | None:
        """Return what becomes of a request if a fault strikes it.

        Args:
            name: of the request.
            strikes: what the fault must be for.
            only_named: a fault without a path does not fit.
        """
        if self._stage.closed:
            return CLOSED
        if self.table.strikes.isdisjoint(strikes):
            return None
        now = self.venue.steady_now()
        strike = self.table.strike(name, now, *strikes, only_named=only_named)
        return None if strike is None else outcome_of(strike, self.venue.now())

    def arrived(self, name: str) -> None:
        """Let happen what a request sets off as it arrives."""
        self._look_at(name, carried_out=False)

    def carried_out(self, name: str) -> None:
        """Let happen what a request sets off once it was carried out."""
        self._look_at(name, carried_out=True)

    async def pause(self, ms: int) -> None:
        """Wait."""
        if ms:
            await self._stage.pause(ms / 1_000)

    def _look_at(self, name: str, *, carried_out: bool) -> None:
        if Strikes.EXCHANGE in self.table.strikes:
            for fault in self.table.set_off(name, self.venue.steady_now(), carried_out=carried_out):
                self._set_off(fault)

    def _set_off(self, fault: Fault) -> None:
        if fault.at_ms:
            table, due = self.table, self.venue.steady_now() + fault.at_ms
            self.venue.agenda.add(due, lambda: self._happen(table, fault))
        else:
            self._happen(self.table, fault)

    def _happen(self, table: FaultTable, fault: Fault) -> None:
        """Let something happen, if its table is still in force."""
        if self.table is table:
            table.failed(fault, self._perform(fault))

    def _perform(self, fault: Fault) -> str:
        try:
            self._happenings.perform(fault)
        except (ApiError, InputError) as error:
            return str(error)
        return ""
