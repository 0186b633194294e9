"""What the exchange's trades say of each bot; what the oracles compare everything with."""

from dataclasses import dataclass, field
from decimal import Decimal

from tradefleet.exchange.books.orders import Trade

ZERO = Decimal(0)
PREFIX = "tfp-k7x2-"
WIDEST_SIGNAL = Decimal("1.5")  # percent; what the strategy of this world brings along


def bot_of(name: str) -> int:
    """Return the bot whose order has this client id; 0 = nobody's."""
    if not name.startswith(PREFIX):
        return 0
    return int(name.removeprefix(PREFIX).split("-")[0])


@dataclass(slots=True)
class Truth:
    """What the exchange's trades say of one bot.

    Attributes:
        base: held, commission in base taken off.
        flow: quote received minus spent, commission in quote taken off.
        trades: by number.
        unbooked: numbers and times of trades the journal does not have yet.
        booked: how many entries of the journal were compared.
        stop: of the protection that rested last, while the same position is open.
        paid: price of the newest purchase.
        widest: largest percent a stop was ever to lie below the entry.
        refused_at: when the exchange last refused one of its orders.
        lost_since: since when the price has lain below every stop it may have; None = it does not.
        naked_since: when the position became unprotected; None while it is not.
        judged: its process and the changes at both sides when it was last judged.
    """

    base: Decimal = ZERO
    flow: Decimal = ZERO
    trades: dict[tuple[str, int], Trade] = field(default_factory=dict)
    unbooked: dict[tuple[str, int], int] = field(default_factory=dict)
    booked: int = 0
    stop: Decimal = ZERO
    naked_since: int | None = None
    was_disturbed: bool = False
    judged: tuple[int, ...] = ()
    paid: Decimal = ZERO
    widest: Decimal = WIDEST_SIGNAL
    refused_at: int = 0
    lost_since: int | None = None
    orders: set[int] = field(default_factory=set)
