"""The messages of the user data stream about orders and lists (Binance spot docs)."""

from decimal import Decimal
from typing import Any

from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.lists import UPDATED, OrderList
from tradefleet.exchange.books.orders import Order, Trade
from tradefleet.exchange.books.prevented import PreventedMatch
from tradefleet.exchange.decimals import ZERO, amount
from tradefleet.exchange.self_trades import NO_TRADE_GROUP

NOTHING = amount(ZERO)


class Reports:
    """Builds the messages, if somebody follows the account, into the change in hand."""

    def __init__(self, changes: Changes, audience: Audience) -> None:
        self._changes = changes
        self._audience = audience
        self._last_execution = 0

    def order(
        self, kind: str, order: Order, trade: Trade | None = None, cancel_id: str = ""
    ) -> None:
        """Report what happened to an order.

        Args:
            kind: the exchange's word: `NEW`, `TRADE`, `CANCELED`, `EXPIRED`.
            order: as it is now.
            trade: the execution reported.
            cancel_id: the client's name for its cancel request.
        """
        self._last_execution = self._changes.next_execution_id()
        if self._audience.listens(order.uid):
            report = self._report(kind, order, trade, cancel_id)
            self._changes.event(order.uid, report | _conditional(order))

    def prevented(self, order: Order, match: PreventedMatch, met: Decimal) -> None:
        """Report that quantity of an order expired instead of trading with its own account.

        Args:
            order: as it is now.
            match: what was prevented.
            met: base that would have been traded.
        """
        self._last_execution = self._changes.next_execution_id()
        if not self._audience.listens(order.uid):
            return
        takes = order.id == match.taker_order_id
        more = {
            "v": match.id,
            "A": amount(order.prevented),
            "B": amount(match.taker_quantity if takes else match.maker_quantity),
            "u": NO_TRADE_GROUP,
            "U": match.maker_order_id if takes else match.taker_order_id,
            "Cs": match.symbol,
            "pl": amount(met),
            "pL": amount(match.price),
            "pY": amount(met * match.price),
        }
        report = self._report("TRADE_PREVENTION", order, None, "")
        self._changes.event(order.uid, report | _conditional(order) | more)

    def amended(self, order: Order, old_client_id: str) -> int:
        """Report that an order was made smaller; return the number of the report."""
        self._last_execution = self._changes.next_execution_id()
        if self._audience.listens(order.uid):
            report = self._report("REPLACED", order, None, "") | {"C": old_client_id}
            self._changes.event(order.uid, report | _conditional(order))
        return self._last_execution

    def _report(
        self, kind: str, order: Order, trade: Trade | None, cancel_id: str
    ) -> dict[str, Any]:
        return {
            "e": "executionReport",
            "E": order.updated_at,
            "s": order.symbol,
            "c": cancel_id or order.client_id,
            "S": order.side,
            "o": order.type,
            "f": order.time_in_force,
            "q": amount(order.quantity),
            "p": amount(order.price),
            "P": amount(order.stop_price),
            "F": amount(order.iceberg_quantity),
            "g": order.list_id,
            "C": order.client_id if cancel_id else "",
            "x": kind,
            "X": order.status,
            "r": "NONE",
            "i": order.id,
            **_execution(trade),
            "z": amount(order.executed),
            "T": order.updated_at,
            "I": self._last_execution,
            "w": order.is_open and order.working_at >= 0,
            "M": False,
            "O": order.time,
            "Z": amount(order.executed_quote),
            "Q": amount(order.quote_quantity),
            "V": order.stp_mode,
        }

    def renamed(self, order_list: OrderList, orders: list[Order], now: int) -> None:
        """Report that an order of a list has another name."""
        self.order_list(order_list, orders, now, status_type=UPDATED)

    def order_list(
        self, order_list: OrderList, orders: list[Order], now: int, *, status_type: str = ""
    ) -> None:
        """Report that a list began or ended, or something else about it."""
        if not self._audience.listens(order_list.uid):
            return
        event = {
            "e": "listStatus",
            "E": now,
            "s": order_list.symbol,
            "g": order_list.id,
            "c": order_list.contingency,
            "l": status_type or order_list.status_type,
            "L": order_list.order_status,
            "r": "NONE",
            "C": order_list.client_id,
            "T": now,
            "O": [{"s": order.symbol, "i": order.id, "c": order.client_id} for order in orders],
        }
        self._changes.event(order_list.uid, event)


def _execution(trade: Trade | None) -> dict[str, Any]:
    if trade is None:
        nothing = {"l": NOTHING, "L": NOTHING, "Y": NOTHING}
        return {**nothing, "n": "0", "N": None, "t": -1, "m": False}
    return {
        "l": amount(trade.quantity),
        "L": amount(trade.price),
        "Y": amount(trade.quote),
        "n": amount(trade.fee),
        "N": trade.fee_asset,
        "t": trade.id,
        "m": trade.is_maker,
    }


def _conditional(order: Order) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if order.working_at >= 0:
        more["W"] = order.working_at
    if order.trailing_delta:
        more["d"] = order.trailing_delta
        more["D"] = order.trailing_at
    if order.strategy_id:
        more["j"] = order.strategy_id
    if order.strategy_type:
        more["J"] = order.strategy_type
    if order.expiry_reason:
        more["eR"] = order.expiry_reason
    return more
