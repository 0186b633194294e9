"""One wallet for several symbols: the cash they share, and how many may hold at once."""

from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import Sizing
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Signal

UNIT = Decimal("1e-8")


class Money(Protocol):
    """The money of one symbol: its own, or what a wallet lends it."""

    def enter(self, signal: Signal, price: Decimal, time: int) -> str:
        """Buy at a price; return why nothing was bought, or an empty text."""

    def leave(self, price: Decimal, time: int, reason: ExitReason) -> None:
        """Sell all that is held at a price."""


class Borrower(Money, Protocol):
    """Money that a wallet can lend to: its cash is set before each buy."""

    cash: Decimal


class Wallet:
    """Cash that several symbols share.

    It begins with the amount of a first buy for each place. A buy may spend an equal part of the
    cash for each place that is free, so that the last free place gets all there is; or, with fixed
    sums, as much as the settings say, if it is there.

    Attributes:
        cash: quote, never below zero.
        full: why no position may begin where it lends nothing.
    """

    def __init__(self, setup: Setup, places: int) -> None:
        """Open it.

        Args:
            setup: of any of the symbols; they have amount and sizing in common.
            places: positions there may be at once, > 0.
        """
        self._splits = setup.settings.sizing is Sizing.COMPOUND
        self._free = places
        self.full = f"all {places} places of the wallet are taken"
        self.cash = setup.settings.trade_amount * places

    def lend(self) -> Decimal | None:
        """Return what the next buy may spend; None if no place is free."""
        if not self._free:
            return None
        if not self._splits or self._free == 1:
            return self.cash
        return (self.cash / self._free).quantize(UNIT, ROUND_DOWN)

    def pay(self, spent: Decimal) -> None:
        """Take out what a buy cost; a place is taken."""
        self.cash -= spent
        self._free -= 1

    def receive(self, brought: Decimal) -> None:
        """Put in what a sale brought; a place is free again."""
        self.cash += brought
        self._free += 1


class Lent:
    """The money of one symbol, lent by the wallet for each position."""

    def __init__(self, wallet: Wallet, borrower: Borrower) -> None:
        self._wallet, self._borrower = wallet, borrower

    def enter(self, signal: Signal, price: Decimal, time: int) -> str:
        """Buy with what the wallet lends; return why nothing was bought, or an empty text."""
        lent = self._wallet.lend()
        if lent is None:
            return self._wallet.full
        self._borrower.cash = lent
        if why := self._borrower.enter(signal, price, time):
            return why
        self._wallet.pay(lent - self._borrower.cash)
        return ""

    def leave(self, price: Decimal, time: int, reason: ExitReason) -> None:
        """Sell all that is held; what it brings is the wallet's."""
        before = self._borrower.cash
        self._borrower.leave(price, time, reason)
        self._wallet.receive(self._borrower.cash - before)


def lent(wallet: Wallet | None, borrower: Borrower) -> Money:
    """Return the money to trade with: the borrower's own where there is no wallet."""
    return borrower if wallet is None else Lent(wallet, borrower)
