"""What a bot did, as its own journal tells."""

from dataclasses import dataclass

from tradefleet.domain.position import Trade
from tradefleet.ports.journal import Decision
from tradefleet.ports.records import Totals


@dataclass(frozen=True, slots=True)
class Lived:
    """A bot's record of a stretch of time.

    Attributes:
        decisions: every evaluation, oldest first.
        trades: closed round trips, oldest first.
        held: its books in figures at the end; what it holds then is in them.
    """

    decisions: tuple[Decision, ...]
    trades: tuple[Trade, ...]
    held: Totals
