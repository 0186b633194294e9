"""Promises about stops and their receipts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tradefleet.domain.bot import Halt


@dataclass(frozen=True, slots=True)
class StandingHalt:
    """A stop of the whole fleet, as it stands in the store.

    Attributes:
        id: tells it from every other; receipts name the halt they answer.
    """

    how: Halt
    actor: str
    at: int
    id: str


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An order of a bot as the exchange showed it; `quantity` is what is not filled yet."""

    client_order_id: str
    side: str
    type: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal


@dataclass(frozen=True, slots=True)
class Sold:
    """What one order sold; `quote` before fees."""

    order_id: int
    quantity: Decimal
    quote: Decimal

    @property
    def price(self) -> Decimal:
        """Average price."""
        return (self.quote / self.quantity).quantize(Decimal("1e-8")).normalize()


@dataclass(frozen=True, slots=True)
class BotReceipt:
    """What one bot left behind when it was paused or stopped.

    Attributes:
        version: of the bot as it was told.
        halt: id of the halt it answers; empty if the bot alone was told.
        held: base of the position that is left.
        resting: its orders at the exchange.
        sold: since it was told.
        checked: whether the exchange was asked what rests there.
        trouble: what could not be done; empty if all could.
    """

    bot_id: int
    version: int
    how: Halt
    at: int
    halt: str = ""
    held: Decimal = Decimal(0)
    resting: tuple[RestingOrder, ...] = ()
    sold: tuple[Sold, ...] = ()
    checked: bool = False
    trouble: str = ""
    sentence: str = ""


class Halts(Protocol):
    """The stop of the whole fleet, and what each bot left behind when it stopped."""

    def standing(self) -> StandingHalt | None:
        """Return the stop of the whole fleet, if one stands."""

    def raise_halt(self, how: Halt, actor: str, now: int) -> StandingHalt:
        """Stop the whole fleet: one durable write; `Bots` tell of it from then on.

        Unless it only ends entries it clears every bot's failure, as a stop does: who failed is
        told to keep or to sell as well, and answers.
        """

    def reset(self, actor: str, now: int, *, resume: bool) -> bool:
        """End the stop; return whether one stood.

        Args:
            actor: who ends it.
            now: UTC milliseconds.
            resume: let bots do what they were told before; else those that ran stay stopped.
        """

    def expect(self, bot_id: int, version: int, now: int) -> None:
        """Write down that a bot owes a receipt of this version, unless it left one already."""

    def owing(self) -> frozenset[int]:
        """Return the bots that have left no receipt since they were told to stop."""

    def leave(self, receipt: BotReceipt) -> None:
        """Keep what a bot found at the exchange when it stopped."""

    def receipts(self) -> Mapping[int, BotReceipt]:
        """Return the newest receipt of every bot that ever left one."""
