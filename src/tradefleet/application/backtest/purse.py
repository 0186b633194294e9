"""The money of a backtest without symbol rules or price cap, in as few operations as it takes.

It comes to the same trades as the bot's ledger (`account`), to the digit; a test holds it to that.
"""

from decimal import Decimal

from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import Sizing
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import HUNDRED, Levels, entry_percents
from tradefleet.domain.signal import Signal

UNIT = Decimal("1e-8")
ZERO = Decimal(0)
NO_FUNDS = "waiting for funds: there is not enough for the smallest quantity"


class Purse:
    """Cash, at most one position, and the trades that came of it.

    Attributes:
        cash: quote.
        held: base.
        trades: closed ones, oldest first.
    """

    def __init__(self, setup: Setup) -> None:
        self._settings = setup.settings
        self._symbol = setup.settings.symbol
        self._most = setup.settings.trade_amount
        self._is_fixed = setup.settings.sizing is Sizing.FIXED
        self._fee = setup.assumptions.fee
        self._dearer = 1 + setup.assumptions.slippage
        self._usual = self._factors(*entry_percents(setup.settings, None, None))
        self.cash = self._most
        self.held = self._price = self._spent = self._fees = ZERO
        self._time = 0
        self.trades: list[Trade] = []

    def enter(self, signal: Signal, price: Decimal, time: int) -> str:
        """Buy at a price; return why nothing was bought, or an empty text.

        Args:
            signal: may carry the share of the cash to spend.
            price: the newest one, which slippage worsens.
            time: open time of its candle.
        """
        price *= self._dearer
        budget = self.cash
        if signal.fraction is not None:
            budget *= signal.fraction
        if self._is_fixed and budget > self._most:
            budget = self._most
        bought = budget // (price * UNIT) * UNIT
        if not bought:
            return NO_FUNDS
        fee = bought * self._fee
        self.held, self._spent = bought - fee, bought * price
        self._price, self._fees, self._time = price, fee * price, time
        self.cash -= self._spent
        return ""

    def levels(self, signal: Signal) -> Levels:
        """Return stop and target of the position that has just begun."""
        below, above = self._usual
        if (signal.stop_loss, signal.take_profit) != (None, None):
            own = entry_percents(self._settings, signal.stop_loss, signal.take_profit)
            below, above = self._factors(*own)
        price = self._price
        return Levels(below and price * below, above and price * above)

    @staticmethod
    def _factors(stop_loss: Decimal, take_profit: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """Return the parts of the entry price at which stop and target lie; None = off."""
        return (
            1 - stop_loss / HUNDRED if stop_loss else None,
            1 + take_profit / HUNDRED if take_profit else None,
        )

    def leave(self, price: Decimal, time: int, reason: ExitReason) -> None:
        """Sell all that is held at a price."""
        brought = self.held * price
        fee = brought * self._fee
        received = brought - fee
        self.cash += received
        trade = Trade(
            self._symbol,
            self._time,
            self._price,
            time,
            price,
            self.held,
            self._spent,
            self._fees + fee,
            received - self._spent,
            reason,
        )
        self.trades.append(trade)
        self.held = ZERO
