"""A journal in memory: for tests, and for runs that leave nothing behind."""

from collections.abc import Sequence
from dataclasses import replace

from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import Purpose
from tradefleet.ports.journal import Decision, Intent, IntentState


class MemoryJournal:
    """Keeps `Journal` for one bot; there is no other process that could take it over."""

    def __init__(self) -> None:
        self.intents: dict[int, Intent] = {}
        self.decisions: list[Decision] = []
        self._entries: list[Entry] = []
        self._known: set[tuple[str, int]] = set()

    def confirm_lease(self) -> None:
        """Do nothing: there is nobody else."""

    def next_sequence(self) -> int:
        """Return the number of the next intent."""
        return max(self.intents, default=0) + 1

    def record_intent(self, intent: Intent) -> None:
        """Write an intent down."""
        self.intents[intent.sequence] = intent

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent; `naked_ms` where it began to protect a position."""
        became = replace(self.intents[sequence], state=state, detail=detail)
        if naked_ms is not None:
            became = replace(became, naked_ms=naked_ms)
        self.intents[sequence] = became

    def open_intents(self) -> tuple[Intent, ...]:
        """Return intents in state OPEN or ACCEPTED, oldest first."""
        live = (IntentState.OPEN, IntentState.ACCEPTED)
        return tuple(i for _, i in sorted(self.intents.items()) if i.state in live)

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        """Return the newest intent of a purpose, whatever became of it."""
        matching = [i for _, i in sorted(self.intents.items()) if i.purpose is purpose]
        return matching[-1] if matching else None

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills; known trade ids are ignored. Return those that were new."""
        fresh = []
        for entry in fills:
            key = (entry.fill.symbol, entry.fill.trade_id)
            if key not in self._known:
                self._known.add(key)
                fresh.append(entry)
        self._entries += fresh
        return tuple(fresh)

    def book_dust(self, entry: DustBooked) -> None:
        """Close the trade, the rest being too small to sell."""
        self._entries.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole history of the ledger, oldest first."""
        return tuple(self._entries)

    def record_decision(self, decision: Decision) -> None:
        """Keep the record of an evaluation."""
        self.decisions.append(decision)
