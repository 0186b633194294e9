"""Promises about what people are told: findings, messages and what was done."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """How much a finding matters: `info`, amber `look`, red `act`."""

    INFO = "info"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know until it is over.

    Attributes:
        code: stable word such as `heartbeat_lost`; one open finding per code and bot.
        bot_id: 0 = the whole system.
    """

    code: str
    severity: Severity
    text: str
    opened_at: int
    bot_id: int = 0


class Findings(Protocol):
    """What is wrong now."""

    def open(self, finding: Finding) -> bool:
        """Open a finding or refresh its text; return whether it is new."""

    def close(self, code: str, bot_id: int = 0) -> bool:
        """Close a finding; return whether it was open."""

    def all(self) -> tuple[Finding, ...]:
        """Return open findings, worst first."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text on its way to a person.

    Attributes:
        kind: `alarm`, `trade`, `summary` or `manual`.
        key: messages with the same non-empty key are sent once.
    """

    kind: str
    text: str
    created_at: int
    key: str = ""
    id: int = 0
    attempts: int = 0


class Outbox(Protocol):
    """Messages waiting to be delivered; written with the fact they tell of."""

    def put(self, message: Message) -> None:
        """Queue a message."""

    def due(self, now: int, limit: int = 10) -> tuple[Message, ...]:
        """Return messages whose next attempt has come, oldest first."""

    def sent(self, message_id: int, now: int) -> None:
        """Record a delivery."""

    def failed(self, message_id: int, why: str, next_attempt_at: int | None) -> None:
        """Record a failure; None gives up."""

    def put_off(self, message_id: int, next_attempt_at: int) -> None:
        """Let a message wait; that is no attempt."""


class Notifier(Protocol):
    """A way to reach a person."""

    name: str

    def send(self, text: str) -> None:
        """Deliver a text, or raise `NotifyError`."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a person (or the system for them) did."""

    at: int
    actor: str
    action: str
    detail: str = ""
    bot_id: int = 0


class Activities(Protocol):
    """The audit log of operator actions."""

    def record(self, activity: Activity) -> None:
        """Add an action."""

    def newest(self, limit: int = 100) -> tuple[Activity, ...]:
        """Return actions, newest first."""
