"""The money of a backtest: the bot's own ledger, fed with fills at prices of the past."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tradefleet.application.backtest.exits import worse
from tradefleet.application.backtest.setup import DIGITS, Setup
from tradefleet.domain.instrument import TRADING, Instrument, truncate
from tradefleet.domain.ledger import DustBooked, FillBooked, Ledger, book
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.plan import (
    Enter,
    ProtectedEntry,
    Stay,
    may_stay,
    plan,
    protected_entry,
    sellable,
    takes_entry_list,
)
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import (
    FINEST_TICK,
    HUNDRED,
    STOP_STEP,
    Levels,
    break_even_price,
    entry_percents,
    levels,
    moved_stop,
)
from tradefleet.domain.rules import Circumstances
from tradefleet.domain.signal import Signal

ZERO = Decimal(0)
BEYOND_CAP = "the price was above the limit of the entry (price cap): it was called off unfilled"


def unruled(symbol: str) -> Instrument:
    """Return an instrument without rules: prices are free, quantities cut to 1e-8."""
    return Instrument(
        symbol,
        base=symbol,
        quote="quote",
        quote_precision=DIGITS - 20,
        order_types=frozenset({"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS"}),
        oto_allowed=True,
    )


class Account:
    """One bot's ledger in a backtest.

    Attributes:
        ledger: its money now.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = setup.settings
        self._fee = setup.assumptions.fee
        self._has_rules = setup.instrument is not None
        known = setup.instrument or unruled(setup.settings.symbol)
        # Whether it may be traded today says nothing about the past.
        self._instrument = replace(known, status=TRADING, spot_allowed=True)
        self.ledger = Ledger(self._instrument, setup.settings.trade_amount)
        self._fills = 0
        self._came_with: ProtectedEntry | None = None  # stop and target that still rest as sent

    @property
    def trades(self) -> Sequence[Trade]:
        """Closed round trips, oldest first."""
        return self.ledger.trades

    @property
    def cash(self) -> Decimal:
        """Quote that may be spent."""
        return self.ledger.cash

    @cash.setter
    def cash(self, cash: Decimal) -> None:
        self.ledger = replace(self.ledger, budget=cash - self.ledger.flow)

    def enter(self, signal: Signal, price: Decimal, time: int) -> str:
        """Buy at a price; return why nothing was bought, or an empty text.

        Args:
            signal: may carry the share of the cash to spend.
            price: the newest one, which slippage worsens.
            time: open time of the candle it happens in.
        """
        paid = worse(self._setup, price, by=1)
        wanted = plan(self._settings, signal, self.ledger, Circumstances(self.ledger, time, paid))
        if not isinstance(wanted, Enter):
            return wanted.why if isinstance(wanted, Stay) else ""
        self._came_with = entry = self._with_exits(signal, wanted.spend, price)
        if entry is None:
            quantity = self._instrument.floor_quantity(wanted.spend / paid)
        elif paid > entry.limit:
            return BEYOND_CAP
        else:
            quantity = entry.quantity
        fee = self._cut(quantity * self._fee, self._instrument.base_precision)
        self._book(Side.BUY, quantity, paid, time, fee)
        return ""

    def _with_exits(self, signal: Signal, spend: Decimal, price: Decimal) -> ProtectedEntry | None:
        """Return the entry that brings its stop and target along; None where it buys at market."""
        cap = self._settings.price_cap
        if not cap:
            return None
        instrument = self._instrument
        percents = entry_percents(self._settings, signal.stop_loss, signal.take_profit)
        wanted = levels(instrument, price, *percents)
        if not takes_entry_list(instrument, wanted):
            return None
        return protected_entry(self.ledger, spend, price, cap, self._fee, wanted)

    def levels(self, signal: Signal) -> Levels:
        """Return stop and target of the position that has just begun."""
        percents = entry_percents(self._settings, signal.stop_loss, signal.take_profit)
        bought_at = self.ledger.position.entry_price
        wanted = levels(self._instrument, bought_at, *percents)
        if self._came_with is None:
            return wanted
        if may_stay(self._came_with.levels, wanted, bought_at):
            return self._came_with.levels
        self._came_with = None
        return wanted

    def followed(self, resting: Levels, highest: Decimal) -> Levels:
        """Return the levels after a candle that rose to `highest`: the bot's own rule."""
        position = self.ledger.position
        stop = moved_stop(self._settings, self._instrument, position, resting.stop, highest)
        if stop != resting.stop:
            self._came_with = None  # what is placed anew is for all that is held
        return Levels(stop, resting.target)

    def moves_from(self, resting: Levels) -> Decimal:
        """Return a price below which no high moves the stop.

        A level rounded up gains a tick at most; moving must gain a part of the distance.
        """
        settings, stop = self._settings, resting.stop or ZERO
        prices = [Decimal("Infinity")]
        steep = 1 - settings.trailing_stop / HUNDRED * (1 + STOP_STEP)
        if settings.trailing_stop and steep > 0:
            prices.append((stop - max(self._instrument.tick_size, FINEST_TICK)) / steep)
        position = self.ledger.position
        if settings.break_even and stop < break_even_price(self._instrument, position):
            prices.append(position.entry_price * (1 + settings.break_even / HUNDRED))
        return min(prices)

    def leave(self, price: Decimal, time: int, reason: ExitReason) -> None:
        """Sell all that is held at a price; what is too small to sell is dust."""
        by_level = reason in (ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT)
        if self._has_rules and by_level and self._came_with is not None:
            self._sell(self._came_with.covered, price, time, reason)
        while quantity := self._sellable(price):
            self._sell(quantity, price, time, reason)
        if self.ledger.position.is_open:
            self.ledger = book(self.ledger, DustBooked(time))
            if not self.ledger.trades[-1].quantity:
                self._name_unsold(price, time, reason)

    def _sell(self, quantity: Decimal, price: Decimal, time: int, reason: ExitReason) -> None:
        fee = self._cut(quantity * price * self._fee, self._instrument.quote_precision)
        self._book(Side.SELL, quantity, price, time, fee, reason)

    def _sellable(self, price: Decimal) -> Decimal:
        if self._has_rules:
            return sellable(self.ledger, price)
        return self.ledger.position.quantity

    def _book(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        time: int,
        fee: Decimal,
        reason: ExitReason = ExitReason.SIGNAL,
    ) -> None:
        self._fills += 1
        asset, value = self._instrument.quote, fee
        if side is Side.BUY:
            asset, value = self._instrument.base, fee * price
        fill = Fill(
            symbol=self._instrument.symbol,
            trade_id=self._fills,
            order_id=self._fills,
            side=side,
            price=price,
            quantity=quantity,
            quote_quantity=quantity * price,
            fee=fee,
            fee_asset=asset,
            time=time,
            fee_quote=value,
        )
        self.ledger = book(self.ledger, FillBooked(fill, reason))

    def _cut(self, fee: Decimal, decimals: int) -> Decimal:
        """Return the fee as the exchange takes it; without rules nothing is cut."""
        return truncate(fee, decimals) if self._has_rules else fee

    def _name_unsold(self, price: Decimal, time: int, reason: ExitReason) -> None:
        """Say when and why a trade ended of which nothing could be sold."""
        *before, last = self.ledger.trades
        named = last._replace(exit_price=price, exit_time=time, exit_reason=reason)
        self.ledger = replace(self.ledger, trades=(*before, named))
