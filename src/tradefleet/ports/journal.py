"""Promises of the store that one bot's truth is kept in: intents, fills, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import OrderRequest, ProtectionRequest, Purpose
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Reason


class IntentState(StrEnum):
    """What became of something we meant to send."""

    OPEN = "open"  # written down; sent or not, the outcome is not known yet
    ACCEPTED = "accepted"  # the exchange has it and it still works (a resting protection)
    DONE = "done"  # final at the exchange, its fills are booked
    REFUSED = "refused"
    ABSENT = "absent"  # provably never happened
    FORGOTTEN = "forgotten"  # the exchange had it and knows it no more: the account was reset


@dataclass(frozen=True, slots=True)
class Intent:
    """Something we mean to send, written down before the network is touched.

    Attributes:
        sequence: counts up within the bot.
        created_at: when it was written, by the exchange's clock.
        detail: why it was refused or how it ended, in plain words.
        exit_reason: why it sells; only exits mean it.
        stop_loss, take_profit: of an entry: percent from the fill that the signal brought along,
            None = the bot's own. Of protection that comes with its entry: what it was made from.
        naked_ms: of protection: how long, by the exchange's times, the position had no stop before
            this one rested; None where it never did.
    """

    sequence: int
    purpose: Purpose
    request: OrderRequest | ProtectionRequest
    created_at: int
    state: IntentState = IntentState.OPEN
    detail: str = ""
    exit_reason: ExitReason = ExitReason.SIGNAL
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    naked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The record of one evaluation.

    Attributes:
        close_time: of the newest candle looked at.
        at: when it was decided.
        action: what the strategy said.
        outcome: one word of `bought`, `sold`, `held`, `denied`, `refused`, `unknown`, `failed`.
        sentence: the whole of it in one line for people.
        price: closing price it was made at.
        values: indicator values.
    """

    close_time: int
    at: int
    action: str
    outcome: str
    sentence: str
    price: Decimal
    reasons: tuple[Reason, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)


class Journal(Protocol):
    """The facts of one bot. Only the bot's own process writes it, and only under its lease.

    Every write checks the lease's epoch and raises `LeaseError` if another process took over.
    """

    def confirm_lease(self) -> None:
        """Raise `LeaseError` if another process took over: before what leaves no intent."""

    def next_sequence(self) -> int:
        """Return the number of the next intent."""

    def record_intent(self, intent: Intent) -> None:
        """Write an intent down durably, before anything is sent."""

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent; `naked_ms` where it began to protect a position."""

    def open_intents(self) -> tuple[Intent, ...]:
        """Return intents in state OPEN or ACCEPTED, oldest first."""

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        """Return the newest intent of a purpose, whatever became of it."""

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills durably; known trade ids are ignored. Return those that were new."""

    def book_dust(self, entry: DustBooked) -> None:
        """Close the trade, the rest being too small to sell."""

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole history of the ledger, oldest first."""

    def record_decision(self, decision: Decision) -> None:
        """Keep the record of an evaluation."""
