"""Money: what orders reserve, and what a fill exchanges. Only here do balances move."""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Changes
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.decimals import ZERO


class Funds:
    """Moves the balances of the accounts."""

    def __init__(
        self, books: Books, changes: Changes, instruments: Mapping[str, Instrument]
    ) -> None:
        self._books = books
        self._changes = changes
        self._instruments = instruments

    def spent_asset(self, order: Order) -> str:
        """Return the asset an order gives away."""
        instrument = self._instruments[order.symbol]
        return instrument.quote if order.side is Side.BUY else instrument.base

    def lock_needed(self, order: Order) -> Decimal:
        """Return what must stay reserved for the rest of an order; fees are never reserved."""
        if order.side is Side.SELL:
            return order.remaining
        return order.remaining * (order.price or order.stop_price or order.wake_price)

    def spendable(self, order: Order) -> Decimal:
        """Return what an order may spend: its own reserve and what is free."""
        account = self._books.accounts.by_uid(order.uid)
        return order.locked + account.free(self.spent_asset(order))

    def reserve(self, order: Order, lock: Decimal) -> None:
        """Move funds from free to locked."""
        if lock:
            asset = self.spent_asset(order)
            account = self._books.accounts.by_uid(order.uid)
            account.move(asset, free=-lock, locked=lock)
            self._changes.balance(account, asset)

    def release(self, order: Order, lock: Decimal) -> None:
        """Move funds from locked to free."""
        self.reserve(order, -lock)

    def release_unneeded(self, order: Order) -> None:
        """Keep reserved only what the rest of an order needs; nothing if it is over."""
        kept = self.lock_needed(order) if order.is_open and order.locked else ZERO
        if order.locked != kept:
            self.release(order, order.locked - kept)
            order.locked = kept

    def exchange(self, order: Order, quantity: Decimal, quote: Decimal) -> None:
        """Give one asset for the other, as the executed part of an order says.

        Args:
            order: already counts the part as executed.
            quantity, quote: base and its worth.
        """
        instrument = self._instruments[order.symbol]
        buys = order.side is Side.BUY
        given, received = (quote, quantity) if buys else (quantity, quote)
        given_asset, received_asset = (
            (instrument.quote, instrument.base) if buys else (instrument.base, instrument.quote)
        )
        lock = self.lock_needed(order) if order.locked else ZERO
        released = order.locked - lock
        order.locked = lock
        account = self._books.accounts.by_uid(order.uid)
        account.move(given_asset, free=released - given, locked=-released)
        account.move(received_asset, free=received)
        self._changes.balance(account, given_asset)
        self._changes.balance(account, received_asset)

    def take_fee(self, order: Order, fee: Decimal, asset: str) -> None:
        """Let the exchange have its part; there must be as much free."""
        account = self._books.accounts.by_uid(order.uid)
        account.move(asset, free=-fee)
        self._changes.balance(account, asset)
