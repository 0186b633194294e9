"""The books: a bot's ledger as its journal tells it, kept in memory between bookings."""

from collections.abc import Sequence
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import DustBooked, FillBooked, Ledger, book, replay
from tradefleet.ports.journal import Journal


class Books:
    """The ledger of one bot. The journal is the truth, this its newest state."""

    def __init__(self, journal: Journal, instrument: Instrument, budget: Decimal) -> None:
        self._journal = journal
        self._instrument = instrument
        self._budget = budget
        self._ledger: Ledger | None = None

    @property
    def ledger(self) -> Ledger:
        """The bot's money now."""
        if self._ledger is None:
            self._ledger = replay(self._instrument, self._budget, self._journal.entries())
        return self._ledger

    def reopen(self, instrument: Instrument, budget: Decimal) -> None:
        """Use other rules or another budget from here on, or read everything anew."""
        self._instrument, self._budget, self._ledger = instrument, budget, None

    def book(self, fills: Sequence[FillBooked]) -> None:
        """Book fills, oldest first; those that are known already change nothing."""
        ledger = self.ledger
        self._ledger = None  # whatever breaks off here, the journal is read again
        for entry in self._journal.book(fills):
            ledger = book(ledger, entry)
        self._ledger = ledger

    def book_dust(self, now: int) -> None:
        """Close the trade: what is left of the position is too small to sell."""
        entry = DustBooked(now)
        ledger = book(self.ledger, entry)
        self._ledger = None
        self._journal.book_dust(entry)
        self._ledger = ledger
