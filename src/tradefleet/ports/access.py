"""Promises about who may do what: sessions of the dashboard, armed bots."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Arming:
    """A person's permission to trade a bot with real money.

    Attributes:
        cap: quote one buy may spend at most.
        key: what the exchange's key was known by (`Credentials.mark`).
        reason: why a key that may withdraw is used all the same.
    """

    bot_id: int
    symbol: str
    cap: Decimal
    armed_at: int
    expires_at: int
    actor: str
    key: str
    reason: str = ""


class Armings(Protocol):
    """Which bots are armed for real money; `Bots.update` and `delete` end an arming."""

    def get(self, bot_id: int) -> Arming | None:
        """Return a bot's arming, expired or not."""

    def arm(self, arming: Arming) -> None:
        """Arm a bot, instead of how it was armed before."""

    def disarm(self, bot_id: int, actor: str, now: int) -> bool:
        """End an arming; return whether there was one."""


class Sessions(Protocol):
    """Who may use the dashboard."""

    def secret(self, name: str) -> str:
        """Return a stored secret hash (`password`, `token`) or an empty text."""

    def set_secret(self, name: str, value: str) -> None:
        """Store a secret's hash."""

    def begin(self, session_hash: str, now: int, idle_ms: int) -> None:
        """Store a browser session."""

    def touch(self, session_hash: str, now: int, idle_ms: int) -> bool:
        """Return whether a session is alive, and keep it so."""

    def end(self, session_hash: str) -> None:
        """End a session."""

    def living(self, now: int) -> Mapping[str, int]:
        """Return when each living session will end by itself, by its hash."""

    def add_link(self, link_hash: str, expires_at: int) -> None:
        """Store a single-use login link."""

    def use_link(self, link_hash: str, now: int) -> bool:
        """Return whether a login link was good; it is not any more."""
