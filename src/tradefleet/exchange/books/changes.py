"""One change of the books: collected, written to the log, and only then told to anybody."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from tradefleet.exchange.books.accounts import Account, account_record
from tradefleet.exchange.books.amendments import Amendment, amendment_record
from tradefleet.exchange.books.books import Books, balance_record
from tradefleet.exchange.books.lists import OrderList, list_record
from tradefleet.exchange.books.orders import Order, Trade, record_of
from tradefleet.exchange.books.prevented import PreventedMatch, prevented_record
from tradefleet.exchange.books.tape import Printed
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.protocols import Log


class Audience(Protocol):
    """Who is told of what happens; messages are built only if somebody listens."""

    def listens(self, uid: int) -> bool:
        """Whether anybody follows this account."""

    def account_event(self, uid: int, event: dict[str, Any]) -> None:
        """Tell the followers of an account."""

    def traded(self, printed: Printed) -> None:
        """Tell the followers of a symbol's trades."""


class Changes:
    """What the operation in hand has touched so far."""

    def __init__(self, books: Books, log: Log, audience: Audience) -> None:
        self._books = books
        self._log = log
        self._audience = audience
        self._accounts: dict[int, Account] = {}
        self._balances: dict[tuple[int, str], Account] = {}
        self._orders: dict[int, Order] = {}
        self._lists: dict[int, OrderList] = {}
        self._trades: list[Trade] = []
        self._prevented: list[PreventedMatch] = []
        self._amendments: list[Amendment] = []
        self._events: list[tuple[int, dict[str, Any]]] = []

    def account(self, account: Account) -> None:
        """Note a new account."""
        self._books.add_account(account)
        self._accounts[account.uid] = account

    def balance(self, account: Account, asset: str) -> None:
        """Note that a balance changed."""
        self._balances[account.uid, asset] = account

    def order(self, order: Order) -> None:
        """Note a new order or that one changed."""
        self._books.orders(order.uid).put(order)
        self._orders[order.id] = order

    def order_list(self, order_list: OrderList) -> None:
        """Note a new list or that one changed."""
        self._books.lists(order_list.uid).put(order_list)
        self._lists[order_list.id] = order_list

    def trade(self, trade: Trade) -> None:
        """Note an execution."""
        self._books.orders(trade.uid).add_trade(trade)
        self._trades.append(trade)

    def prevented(self, match: PreventedMatch) -> None:
        """Note a prevented match."""
        self._books.add_prevented(match)
        self._prevented.append(match)

    def amendment(self, amendment: Amendment) -> None:
        """Note that an order was made smaller."""
        self._books.orders(amendment.uid).add_amendment(amendment)
        self._amendments.append(amendment)

    def next_execution_id(self) -> int:
        """Return the number of the next report about an order."""
        self._books.last_execution_id += 1
        return self._books.last_execution_id

    def event(self, uid: int, event: dict[str, Any]) -> None:
        """Keep a message for the followers of an account."""
        self._events.append((uid, event))

    def commit(self, now: int) -> None:
        """Write the change down, then tell of it."""
        if not (self._orders or self._balances or self._lists or self._accounts):
            return
        touched = self._touched_assets(now)
        self._log.append(self._record())
        for order in self._orders.values():
            self._books.orders(order.uid).retire(order.id)
        for uid, assets in touched.items():
            if self._audience.listens(uid):
                self.event(uid, self._position(uid, assets, now))
        events = self._events
        self._clear()
        for uid, event in events:
            self._audience.account_event(uid, event)

    def _touched_assets(self, now: int) -> dict[int, list[str]]:
        touched: dict[int, list[str]] = {}
        for (uid, asset), account in self._balances.items():
            account.updated_at = now
            touched.setdefault(uid, []).append(asset)
        return touched

    def _record(self) -> dict[str, Any]:
        kinds: Iterable[tuple[str, Iterable[Any], Callable[[Any], Any]]] = (
            ("accounts", self._accounts.values(), account_record),
            ("balances", self._balances.items(), _balance),
            ("updated", {uid: a for (uid, _), a in self._balances.items()}.items(), _updated),
            ("orders", self._orders.values(), record_of),
            ("lists", self._lists.values(), list_record),
            ("trades", self._trades, record_of),
            ("prevented", self._prevented, prevented_record),
            ("amendments", self._amendments, amendment_record),
        )
        record: dict[str, Any] = {
            name: list(map(write, changed)) for name, changed, write in kinds if changed
        }
        return record | {"execution_id": self._books.last_execution_id}

    def _position(self, uid: int, assets: list[str], now: int) -> dict[str, Any]:
        balances = self._books.accounts.by_uid(uid).balances
        return {
            "e": "outboundAccountPosition",
            "E": now,
            "u": now,
            "B": [
                {
                    "a": asset,
                    "f": amount(balances[asset].free),
                    "l": amount(balances[asset].locked),
                }
                for asset in assets
            ],
        }

    def _clear(self) -> None:
        self._accounts.clear()
        self._balances.clear()
        self._orders.clear()
        self._lists.clear()
        self._trades, self._prevented, self._amendments, self._events = [], [], [], []


def _balance(changed: tuple[tuple[int, str], Account]) -> list[Any]:
    (_, asset), account = changed
    return balance_record(account, asset)


def _updated(changed: tuple[int, Account]) -> list[int]:
    uid, account = changed
    return [uid, account.updated_at]
