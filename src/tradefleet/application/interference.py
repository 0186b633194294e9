"""What somebody else did to a bot's own orders at the exchange: said, with what a person can do.

Nobody can know from a cancelled order what was meant by it. So the bot does what is safe (it
protects the position again, and buys nothing a second time for one candle), says so, and the person
chooses.
"""

from tradefleet.application.desk import Desk
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import Purpose
from tradefleet.ports.journal import Intent
from tradefleet.ports.notices import Finding, Findings, Severity

PROTECTION_LOST = "protection_lost"
ENTRY_CANCELLED = "entry_cancelled"
# What a person settles by saying that the bot may go on.
INTERFERENCES = (PROTECTION_LOST, ENTRY_CANCELLED)


class Interference:
    """Says what happened to one bot's orders by no hand of its own."""

    def __init__(self, desk: Desk, findings: Findings) -> None:
        self._desk = desk
        self._findings = findings

    def say(self, vanished: tuple[Intent, ...], cut_short: tuple[Intent, ...]) -> None:
        """Open the findings about what the newest look made known.

        Args:
            vanished: protection of an open position that ended without a fill.
            cut_short: entries that were cancelled before the bot would have called them off.
        """
        ledger = self._desk.ledger
        holds = ledger.position.is_open
        held = f"{plain(ledger.position.quantity)} {ledger.instrument.base}"
        if vanished and holds:
            self._open(
                PROTECTION_LOST,
                f"the stop and target of {held} ended at the exchange{self._how()}, unfilled and "
                "not by the bot, perhaps cancelled by hand; they are placed again at once. If that "
                "is right, resume; else sell, or switch stop and target off in the bot's settings",
            )
        if cut_short:
            bought = f"{held} of it were bought" if holds else "nothing was bought"
            self._open(
                ENTRY_CANCELLED,
                f"the order to buy was cancelled at the exchange, not by the bot; {bought}. The "
                "bot acts on its next signal: if that is right, resume; else pause it",
            )

    def _how(self) -> str:
        ended = self._desk.journal.newest_intent(Purpose.PROTECTION)
        return f" ({ended.detail})" if ended is not None and ended.detail else ""

    def _open(self, code: str, text: str) -> None:
        now, bot_id = self._desk.clock.now(), self._desk.names.bot_id
        self._findings.open(Finding(code, Severity.ACT, text, now, bot_id))
