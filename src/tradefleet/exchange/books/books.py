"""The whole memory of the exchange, and how it is written down and read back.

Every change is a record of what things look like afterwards: accounts, balances, orders, lists,
trades. Replaying records in order gives the same books, and the whole state is itself one
(large) record.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

from tradefleet.exchange.books.accounts import (
    Account,
    Accounts,
    Balance,
    account_from,
    account_record,
)
from tradefleet.exchange.books.amendments import amendment_from, amendment_record
from tradefleet.exchange.books.lists import ListBook, OrderList, list_from, list_record
from tradefleet.exchange.books.orders import (
    FINISHED_KEPT,
    NO_MATCH,
    Order,
    OrderBook,
    Trade,
    order_from,
    record_of,
    trade_from,
)
from tradefleet.exchange.books.prevented import (
    PreventedMatch,
    prevented_from,
    prevented_record,
)
from tradefleet.exchange.books.resting import Resting
from tradefleet.exchange.books.tape import Tape


class Books:
    """Accounts, their orders, lists and trades, and the numbers given out so far."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.tape = Tape()
        self.last_order_id = 0
        self.last_list_id = 0
        self.last_execution_id = 0
        self.market: dict[str, Any] = {}
        self.latest = 0  # time of the last change, UTC milliseconds
        self._orders: dict[int, OrderBook] = {}
        self._lists: dict[int, ListBook] = {}
        self._resting: dict[str, Resting] = {}
        self._prevented: dict[int, deque[PreventedMatch]] = {}
        self._last_prevented_id: dict[str, int] = {}

    def orders(self, uid: int) -> OrderBook:
        """Return the orders of an account."""
        return self._orders[uid]

    def lists(self, uid: int) -> ListBook:
        """Return the order lists of an account."""
        return self._lists[uid]

    def resting(self, symbol: str) -> Resting:
        """Return what rests in a symbol."""
        found = self._resting.get(symbol)
        if found is None:
            found = self._resting[symbol] = Resting()
        return found

    def resting_symbols(self) -> list[str]:
        """Return the symbols in which something rests or has rested."""
        return list(self._resting)

    def add_account(self, account: Account) -> None:
        """Take in an account."""
        self.accounts.add(account)
        self._orders.setdefault(account.uid, OrderBook())
        self._lists.setdefault(account.uid, ListBook())

    def next_order_id(self) -> int:
        """Give out the number of an order."""
        self.last_order_id += 1
        return self.last_order_id

    def next_list_id(self) -> int:
        """Give out the number of a list."""
        self.last_list_id += 1
        return self.last_list_id

    def prevented(self, uid: int) -> Sequence[PreventedMatch]:
        """Return the prevented matches of an account, oldest first, up to a limit."""
        return self._prevented.get(uid, ())

    def prevented_by(self, taker: Order) -> list[PreventedMatch]:
        """Return what an order met of its own account when it took, oldest first."""
        newest = reversed(self.prevented(taker.uid))
        since = takewhile(lambda match: match.time >= taker.time, newest)
        found = [match for match in since if match.taker_order_id == taker.id]
        return found[::-1]

    def next_prevented_id(self, symbol: str) -> int:
        """Return the number of the next prevented match."""
        return self._last_prevented_id.get(symbol, NO_MATCH) + 1

    def add_prevented(self, match: PreventedMatch) -> None:
        """Take in a prevented match."""
        known = self._prevented.setdefault(match.uid, deque(maxlen=FINISHED_KEPT))
        known.append(match)
        last = self._last_prevented_id.get(match.symbol, NO_MATCH)
        self._last_prevented_id[match.symbol] = max(last, match.id)

    def wipe(self, balances: Mapping[str, Decimal]) -> None:
        """Forget all orders, lists and trades and begin to number them anew.

        Accounts stay, each with these balances.
        """
        self.last_order_id = self.last_list_id = 0
        for known in (self._orders, self._lists, self._resting):
            known.clear()
        self._prevented.clear()
        self._last_prevented_id.clear()
        for account in self.accounts:
            account.balances = {asset: Balance(free) for asset, free in balances.items()}
            self.add_account(account)

    def copy(self) -> "Books":
        """Return books that say the same and change no more."""
        found = Books()
        found.apply(self.snapshot())
        return found

    def apply(self, record: Mapping[str, Any]) -> None:
        """Bring the books to what a record says."""
        for account in record.get("accounts", ()):
            self.add_account(account_from(account))
        for uid, asset, free, locked in record.get("balances", ()):
            balances = self.accounts.by_uid(uid).balances
            balances[asset] = Balance(Decimal(free), Decimal(locked))
        for uid, at in record.get("updated", ()):
            self.accounts.by_uid(uid).updated_at = at
            self.latest = max(self.latest, at)
        for order in record.get("orders", ()):
            self._put_order(order_from(order))
        for order_list in record.get("lists", ()):
            self._put_list(list_from(order_list))
        for trade in record.get("trades", ()):
            self._put_trade(trade_from(trade))
        for order in record.get("orders", ()):
            self.orders(order["uid"]).retire(order["id"])
        self._put_events(record)
        self.last_execution_id = record.get("execution_id", self.last_execution_id)
        for symbol, number in record.get("trade_ids", {}).items():
            self.tape.skip_to(symbol, number)
        self.market = record.get("market", self.market)

    def snapshot(self) -> dict[str, Any]:
        """Return everything as one record."""
        accounts = list(self.accounts)
        return {
            "accounts": [account_record(account) for account in accounts],
            "balances": [
                balance_record(account, asset) for account in accounts for asset in account.balances
            ],
            "updated": [[account.uid, account.updated_at] for account in accounts],
            "orders": [record_of(order) for a in accounts for order in self.orders(a.uid).all()],
            "lists": [list_record(known) for a in accounts for known in self.lists(a.uid).all()],
            "trades": [
                record_of(trade) for a in accounts for trade in self.orders(a.uid).all_trades()
            ],
            "prevented": [
                prevented_record(match) for a in accounts for match in self.prevented(a.uid)
            ],
            "amendments": [
                amendment_record(one)
                for a in accounts
                for one in self.orders(a.uid).all_amendments()
            ],
            "execution_id": self.last_execution_id,
            "trade_ids": self.tape.last_ids(),
            "market": self.market,
        }

    def _put_order(self, order: Order) -> None:
        book = self._orders[order.uid]
        book.put(order)
        self.last_order_id = max(self.last_order_id, order.id)
        self.latest = max(self.latest, order.updated_at)
        kept = book.by_id(order.id)
        if kept.waits or kept.working_at >= 0:
            self.resting(order.symbol).put(kept)

    def _put_events(self, record: Mapping[str, Any]) -> None:
        for match in record.get("prevented", ()):
            self.add_prevented(prevented_from(match))
        for amendment in map(amendment_from, record.get("amendments", ())):
            self.orders(amendment.uid).add_amendment(amendment)

    def _put_list(self, order_list: OrderList) -> None:
        self._lists[order_list.uid].put(order_list)
        self.last_list_id = max(self.last_list_id, order_list.id)

    def _put_trade(self, trade: Trade) -> None:
        self._orders[trade.uid].add_trade(trade)
        self.tape.skip_to(trade.symbol, trade.id)


def balance_record(account: Account, asset: str) -> list[Any]:
    """Return what the log keeps of a balance."""
    balance = account.balances[asset]
    return [account.uid, asset, str(balance.free), str(balance.locked)]
