"""The record of decisions: every evaluation leaves one, in the journal and in words."""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.application.desk import Desk
from tradefleet.application.narration import Narrator
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Signal
from tradefleet.ports.journal import Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a signal.

    Attributes:
        word: one of those of `Decision.outcome`.
        sentence: the whole of it for people.
    """

    word: str
    sentence: str


class DecisionRecord:
    """Keeps one bot's decisions.

    Attributes:
        waiting_for: what the bot waits for, in one sentence.
        newest_at: when it last decided, by the exchange's clock; 0 before the first time.
    """

    def __init__(self, desk: Desk, narrator: Narrator) -> None:
        self._desk = desk
        self._narrator = narrator
        self.waiting_for = ""
        self.newest_at = 0

    def keep(self, candles: Candles | None, signal: Signal, came: Outcome) -> Decision:
        """Write down what was decided and tell it; `candles` is None where there were none."""
        now = self._desk.clock.now()
        decision = Decision(
            close_time=candles.last_close_time if candles is not None else now,
            at=now,
            action=signal.action,
            outcome=came.word,
            sentence=came.sentence,
            price=candles.last_close if candles is not None else Decimal(0),
            reasons=signal.reasons,
            values=signal.values,
        )
        self._desk.journal.record_decision(decision)
        self.newest_at = now
        acted = came.word in ("bought", "sold")
        self.waiting_for = (acted and signal.waiting_for) or came.sentence
        self._tell(decision, signal)
        return decision

    def _tell(self, decision: Decision, signal: Signal) -> None:
        if decision.outcome in ("denied", "refused", "unknown"):
            self._narrator.warn(decision.sentence)
        elif decision.outcome == "bought":
            self._narrator.recovered("✅ Nothing is in the way any more")
        ledger = self._desk.ledger
        if ledger.position.is_open and decision.price:
            self._narrator.position(ledger, decision.price)
        self._narrator.evaluated(ledger, signal.action, decision.price, decision.sentence)
