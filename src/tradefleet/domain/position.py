"""The position: what a bot holds now, and the trade it becomes when it is closed.

Spot only, long only: the quantity is never negative. Neither is ever edited; both come out
of the fold over fills in `ledger`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

ZERO = Decimal(0)


class ExitReason(StrEnum):
    """Why a trade ended."""

    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    SIGNAL = "signal"
    MANUAL = "manual"
    END = "end"
    OUTSIDE = "outside"  # somebody else sold the bot's coins; the person gave it the proceeds
    WRITTEN_OFF = "written_off"  # the coins are gone, and nothing came for them

    @property
    def is_outside(self) -> bool:
        """Whether no order of the bot's did it, but the person's word about what is missing."""
        return self in (ExitReason.OUTSIDE, ExitReason.WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class Position:
    """What is held.

    Attributes:
        quantity: base asset, commission taken in base already deducted.
        bought: base asset the entry fills brought, before commission.
        spent: quote paid by the entry fills, before commission.
        cost: quote that left for the entry, commission in quote and the value of commission in a
            third asset included; commission in base shows in the smaller quantity instead.
        opened_at: time of the first fill, UTC milliseconds; 0 when flat.
        sold, received: base sold so far, and quote it brought after every commission.
        sold_for: the same before commission.
        fees: all commissions so far, valued in quote.
        last_exit_at, last_exit_reason: of the newest sell; 0 and None if there was none.
    """

    quantity: Decimal = ZERO
    bought: Decimal = ZERO
    spent: Decimal = ZERO
    cost: Decimal = ZERO
    opened_at: int = 0
    sold: Decimal = ZERO
    received: Decimal = ZERO
    sold_for: Decimal = ZERO
    fees: Decimal = ZERO
    last_exit_at: int = 0
    last_exit_reason: ExitReason | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything is held."""
        return self.quantity > 0

    @property
    def entry_price(self) -> Decimal:
        """Average fill price of the entry, quote per base; 0 when flat."""
        return self.spent / self.bought if self.bought else ZERO

    @property
    def exit_price(self) -> Decimal:
        """Average price of what was sold so far; 0 if nothing was."""
        return self.sold_for / self.sold if self.sold else ZERO

    def profit_at(self, price: Decimal, fee_rate: Decimal) -> Decimal:
        """Return what closing at `price` would earn, net of all fees, in quote."""
        return self.received + self.quantity * price * (1 - fee_rate) - self.cost


class Trade(NamedTuple):
    """A closed round trip, entry to exit; a tuple, because a backtest makes many.

    Attributes:
        quantity: base sold.
        fees: both sides, in quote, whatever asset they were paid in.
        profit: net of all fees, in quote.
        dust: base left over because it was too small to sell; counted as worth nothing.
    """

    symbol: str
    entry_time: int
    entry_price: Decimal
    exit_time: int
    exit_price: Decimal
    quantity: Decimal
    cost: Decimal
    fees: Decimal
    profit: Decimal
    exit_reason: ExitReason
    dust: Decimal = ZERO

    @property
    def profit_percent(self) -> Decimal:
        """Profit as percent of the cost of the entry."""
        return self.profit / self.cost * 100 if self.cost else ZERO
