"""The ledger: a bot's own money, as a fold over its fills.

A bot owns its quote cash and its lots and nothing else, even where several bots share one
account. The ledger is never edited: `replay(budget, entries)` of the same facts gives the same
ledger, so a restart that reads them holds the same money.

Commission leaves the asset it was taken in: a buy's base commission makes the lot smaller, a
sell's quote commission makes the proceeds smaller. Commission in a third asset (BNB) is paid by the
unallocated rest of the wallet, yet counted in the profit at its value in quote.

What somebody else did with a bot's coins enters as a fill that no exchange knows: a sell for a
reason that `is_outside`, under a trade id below 0. It moves money between the bot and the
unallocated rest, never into or out of the wallet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.domain.errors import RuleBrokenError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason, Position, Trade

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FillBooked:
    """A fill enters the books.

    Attributes:
        reason: why the sell happened; ignored on buys.
    """

    fill: Fill
    reason: ExitReason = ExitReason.SIGNAL


@dataclass(frozen=True, slots=True)
class DustBooked:
    """The rest of a position is too small to sell: the trade is closed, the rest is dust."""

    time: int


Entry = FillBooked | DustBooked


@dataclass(frozen=True, slots=True)
class Ledger:
    """A bot's money at one moment.

    Attributes:
        budget: quote the bot was given (`trade_amount`).
        flow: quote earned minus spent by all fills, quote commission included.
        dust: base left over from closed trades; the next position absorbs it at no cost.
        trades: closed round trips, oldest first.
        fees: all commissions so far, in quote.
    """

    instrument: Instrument
    budget: Decimal
    flow: Decimal = ZERO
    position: Position = Position()
    dust: Decimal = ZERO
    trades: tuple[Trade, ...] = ()
    fees: Decimal = ZERO

    @property
    def cash(self) -> Decimal:
        """Quote the bot owns and may spend."""
        return self.budget + self.flow

    @property
    def base(self) -> Decimal:
        """Base the bot owns, dust included."""
        return self.position.quantity + self.dust

    @property
    def profit(self) -> Decimal:
        """Net profit of all closed trades, in quote."""
        return sum((trade.profit for trade in self.trades), ZERO)

    def equity(self, price: Decimal) -> Decimal:
        """Return cash plus all base at `price`, in quote."""
        return self.cash + self.base * price


def replay(instrument: Instrument, budget: Decimal, entries: Iterable[Entry]) -> Ledger:
    """Return the ledger after all entries, oldest first."""
    ledger = Ledger(instrument, budget)
    for entry in entries:
        ledger = book(ledger, entry)
    return ledger


def book(ledger: Ledger, entry: Entry) -> Ledger:
    """Return the ledger after one more entry.

    Raises:
        RuleBrokenError: the entry sells more than the bot holds; money may already have
            moved, so the bot halts and a person looks.
    """
    if isinstance(entry, DustBooked):
        return _close(ledger, entry.time) if ledger.position.is_open else ledger
    if entry.fill.side is Side.BUY:
        return _buy(ledger, entry.fill)
    return _sell(ledger, entry.fill, entry.reason)


def _buy(ledger: Ledger, fill: Fill) -> Ledger:
    position = ledger.position
    base_fee = fill.fee if fill.fee_asset == ledger.instrument.base else ZERO
    quote_fee = fill.fee if fill.fee_asset == ledger.instrument.quote else ZERO
    grown = replace(
        position,
        quantity=position.quantity + fill.quantity - base_fee + ledger.dust,
        bought=position.bought + fill.quantity,
        spent=position.spent + fill.quote_quantity,
        cost=position.cost + fill.quote_quantity + (ZERO if base_fee else fill.fee_quote),
        fees=position.fees + fill.fee_quote,
        opened_at=position.opened_at or fill.time,
    )
    return replace(
        ledger,
        flow=ledger.flow - fill.quote_quantity - quote_fee,
        position=grown,
        dust=ZERO,
        fees=ledger.fees + fill.fee_quote,
    )


def _sell(ledger: Ledger, fill: Fill, reason: ExitReason) -> Ledger:
    position = ledger.position
    if reason.is_outside and not position.is_open and fill.quantity <= ledger.dust:
        dust, flow = ledger.dust - fill.quantity, ledger.flow + fill.quote_quantity
        return replace(ledger, dust=dust, flow=flow)
    if fill.quantity > position.quantity:
        raise RuleBrokenError(
            f"{fill.symbol} trade {fill.trade_id} sells {fill.quantity} {ledger.instrument.base}, "
            f"but the bot holds {position.quantity}"
        )
    quote_fee = fill.fee if fill.fee_asset == ledger.instrument.quote else ZERO
    shrunk = replace(
        position,
        quantity=position.quantity - fill.quantity,
        sold=position.sold + fill.quantity,
        sold_for=position.sold_for + fill.quote_quantity,
        received=position.received + fill.quote_quantity - fill.fee_quote,
        fees=position.fees + fill.fee_quote,
        last_exit_at=fill.time,
        last_exit_reason=reason,
    )
    after = replace(
        ledger,
        flow=ledger.flow + fill.quote_quantity - quote_fee,
        position=shrunk,
        fees=ledger.fees + fill.fee_quote,
    )
    return after if shrunk.quantity else _close(after, fill.time)


def _close(ledger: Ledger, time: int) -> Ledger:
    position = ledger.position
    trade = Trade(
        symbol=ledger.instrument.symbol,
        entry_time=position.opened_at,
        entry_price=position.entry_price,
        exit_time=position.last_exit_at or time,
        exit_price=position.exit_price,
        quantity=position.sold,
        cost=position.cost,
        fees=position.fees,
        profit=position.received - position.cost,
        exit_reason=position.last_exit_reason or ExitReason.MANUAL,
        dust=position.quantity,
    )
    return replace(
        ledger,
        position=Position(),
        dust=position.quantity,
        trades=(*ledger.trades, trade),
    )
