"""Orders of the exchange and the book that keeps them."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import Any

from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.amendments import Amendment
from tradefleet.exchange.decimals import ZERO

STOPS = frozenset(
    {
        OrderType.STOP_LOSS,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
    }
)
STOP_LOSSES = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})
AT_MARKET = frozenset({OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT})

NO_LIST = NO_MATCH = NOT_WORKING = -1
_BASIS_POINTS = 10_000
FINISHED_KEPT = 10_000  # finished orders of one account that can still be asked for


class TimeInForce(StrEnum):
    """How long an order lives."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class ExpiryReason(StrEnum):
    """Why an order expired (Binance spot docs, enums.md)."""

    REJECTED = "REJECTED"
    OCO_TRIGGER = "OCO_TRIGGER"
    OTO_PHASE_ONE_EXPIRED = "OTO_PHASE_ONE_EXPIRED"
    UNFILLED_IOC = "UNFILLED_IOC_QUANTITY_EXPIRED"
    UNFILLED_FOK = "UNFILLED_FOK_ORDER_EXPIRED"
    INSUFFICIENT_LIQUIDITY = "INSUFFICIENT_LIQUIDITY"
    EXCHANGE_CANCELED = "EXCHANGE_CANCELED"


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        uid: the account's number.
        quantity: base; 0 in a market order by quote until it was executed.
        quote_quantity: quote to spend or receive, in market orders by quote, else 0.
        price, stop_price: 0 where the type has none.
        working_at: when it entered the book; -1 before (a stop that waits).
        trailing_delta: how far the price turns before a trailing stop triggers, in basis points;
            0 = a stop that stays where it is.
        trailing_at: when a trailing stop began to follow the price; -1 before.
        trailing_extreme: the best price since then, for its owner; 0 before.
        locked: funds reserved for it alone; the legs of an OCO share those of their list.
        iceberg_quantity: how much of it the book shows at a time; 0 = all.
        shown: what is left of the part an iceberg shows.
        turn: its place among those that rest at its price; 0 = it does not.
        ahead: what the market itself offered there before it and was not traded since.
        prevented: base that expired so that it does not trade with its own account.
        prevented_match_id: number of the last such event; -1 = none.
        time, updated_at: UTC milliseconds.
    """

    id: int
    uid: int
    symbol: str
    client_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    quote_quantity: Decimal
    time: int
    updated_at: int
    status: OrderStatus = OrderStatus.NEW
    list_id: int = NO_LIST
    working_at: int = NOT_WORKING
    executed: Decimal = ZERO
    executed_quote: Decimal = ZERO
    locked: Decimal = ZERO
    expiry_reason: str = ""
    strategy_id: int = 0
    strategy_type: int = 0
    stp_mode: str = "NONE"
    iceberg_quantity: Decimal = ZERO
    shown: Decimal = ZERO
    turn: int = 0
    ahead: Decimal = ZERO
    prevented: Decimal = ZERO
    prevented_match_id: int = NO_MATCH
    trailing_delta: int = 0
    trailing_at: int = -1
    trailing_extreme: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        """What is still to be executed, in base."""
        return self.quantity - self.executed - self.prevented

    @property
    def visible(self) -> Decimal:
        """What the book shows of it while it rests, in base."""
        return min(self.shown, self.remaining) if self.iceberg_quantity else self.remaining

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it."""
        return not self.status.is_final

    @property
    def waits(self) -> bool:
        """Whether it is a stop on the book that was not triggered yet."""
        return self.working_at < 0 and self.type in STOPS and not self.is_pending

    @property
    def is_pending(self) -> bool:
        """Whether it is not placed yet, because the working order of its list has not filled."""
        return self.status is OrderStatus.PENDING_NEW

    @property
    def follows(self) -> bool:
        """Whether it is a trailing stop whose price moves with the market."""
        return self.trailing_at >= 0

    @property
    def wakes_rising(self) -> bool:
        """Whether it is a rising price that wakes the stop, not a falling one."""
        buys = self.side is Side.BUY
        return buys if self.follows else (self.type in STOP_LOSSES) == buys

    @property
    def wake_price(self) -> Decimal:
        """The price that wakes the stop: triggers it or lets it begin to follow."""
        if self.follows:
            return trailing_price(self.side, self.trailing_extreme, self.trailing_delta)
        return self.stop_price


def trailing_price(side: Side, extreme: Decimal, delta: int) -> Decimal:
    """Return the price at which the market has turned from `extreme` by `delta` basis points."""
    turned = _BASIS_POINTS + (delta if side is Side.BUY else -delta)
    return extreme * turned / _BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution of one of our orders.

    Attributes:
        id: unique and increasing within the symbol, market trades included.
        quote: price times quantity.
    """

    id: int
    uid: int
    symbol: str
    order_id: int
    list_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    quote: Decimal
    fee: Decimal
    fee_asset: str
    time: int
    is_maker: bool


class OrderBook:
    """The orders and trades of one account: all open ones, finished ones up to a limit."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._open: dict[int, Order] = {}
        self._open_names: dict[str, int] = {}
        self._live: set[int] = set()  # their last change is not over
        self._finished: deque[Order] = deque()
        self._newest: dict[tuple[str, str], Order] = {}
        self._by_symbol: dict[str, dict[int, Order]] = {}
        self._trades: dict[str, list[Trade]] = {}
        self._trades_of: dict[int, list[Trade]] = {}
        self._amendments: dict[int, list[Amendment]] = {}

    def put(self, order: Order) -> None:
        """Take in a new order, or note that a known one changed (in place or as a copy)."""
        known = self._orders.setdefault(order.id, order)
        if known is not order:
            self.rename(known, order.client_id)
            for name in _ORDER_KINDS:
                setattr(known, name, getattr(order, name))
            order = known
        if order.id not in self._by_symbol.setdefault(order.symbol, {}):
            self._by_symbol[order.symbol][order.id] = order
            self._newest[order.symbol, order.client_id] = order
            self._live.add(order.id)
        if order.is_open:
            self._open[order.id] = order
            self._open_names[order.client_id] = order.id
        elif self._open.pop(order.id, None) is not None:
            del self._open_names[order.client_id]

    def retire(self, order_id: int) -> None:
        """Note that a change is over; an order that finished in it is kept up to a limit."""
        order = self._orders.get(order_id)
        if order is None or order.is_open or order_id not in self._live:
            return
        self._live.discard(order_id)
        self._finished.append(order)
        while len(self._finished) > FINISHED_KEPT:
            self._forget(self._finished.popleft())

    def rename(self, order: Order, client_id: str) -> None:
        """Give an order another name; nothing is found by the old one any more."""
        if client_id == order.client_id:
            return
        if self._newest.get((order.symbol, order.client_id)) is order:
            del self._newest[order.symbol, order.client_id]
        if self._open_names.get(order.client_id) == order.id:
            del self._open_names[order.client_id]
            self._open_names[client_id] = order.id
        self._newest[order.symbol, client_id] = order
        order.client_id = client_id

    def add_amendment(self, amendment: Amendment) -> None:
        """Take in a change of an order."""
        self._amendments.setdefault(amendment.order_id, []).append(amendment)

    def amendments_of(self, order_id: int) -> list[Amendment]:
        """Return the changes of an order, oldest first."""
        return self._amendments.get(order_id, [])

    def all_amendments(self) -> Iterator[Amendment]:
        """Go through every change of an order that is kept."""
        return chain.from_iterable(self._amendments.values())

    def add_trade(self, trade: Trade) -> None:
        """Take in an execution."""
        trades = self._trades.setdefault(trade.symbol, [])
        trades.append(trade)
        if len(trades) > 2 * FINISHED_KEPT:
            del trades[:FINISHED_KEPT]
        self._trades_of.setdefault(trade.order_id, []).append(trade)

    def get(self, symbol: str, order_id: int) -> Order | None:
        """Return an order by its number."""
        order = self._orders.get(order_id)
        return order if order is not None and order.symbol == symbol else None

    def by_id(self, order_id: int) -> Order:
        """Return an order known to be here."""
        return self._orders[order_id]

    def named(self, symbol: str, client_id: str) -> Order | None:
        """Return the newest order with a client order id."""
        return self._newest.get((symbol, client_id))

    def has_open(self, client_id: str) -> bool:
        """Whether an open order has this name."""
        return client_id in self._open_names

    def open(self, symbol: str | None = None) -> list[Order]:
        """Return open orders, oldest first."""
        return [order for order in self._open.values() if symbol in (None, order.symbol)]

    def history(self, symbol: str) -> Iterator[Order]:
        """Go through the orders of a symbol, newest first."""
        return reversed(self._by_symbol.get(symbol, {}).values())

    def trades(self, symbol: str) -> list[Trade]:
        """Return the executions in a symbol, oldest first."""
        return self._trades.get(symbol, [])

    def trades_of(self, order_id: int) -> list[Trade]:
        """Return the executions of an order, oldest first."""
        return self._trades_of.get(order_id, [])

    def all(self) -> Iterator[Order]:
        """Go through every order that is kept."""
        return iter(self._orders.values())

    def all_trades(self) -> Iterator[Trade]:
        """Go through every execution that is kept."""
        return chain.from_iterable(self._trades.values())

    def _forget(self, order: Order) -> None:
        del self._orders[order.id]
        del self._by_symbol[order.symbol][order.id]
        if self._newest.get((order.symbol, order.client_id)) is order:
            del self._newest[order.symbol, order.client_id]
        self._trades_of.pop(order.id, None)
        self._amendments.pop(order.id, None)


def order_from(record: Mapping[str, Any]) -> Order:
    """Return the order of a record of the log."""
    return Order(**_revived(record, _ORDER_KINDS))


def trade_from(record: Mapping[str, Any]) -> Trade:
    """Return the execution of a record of the log."""
    return Trade(**_revived(record, _TRADE_KINDS))


def record_of(value: Order | Trade) -> dict[str, Any]:
    """Return what the log keeps of an order or execution; decimals become texts.

    What an order has by default is left out: most have most of it.
    """
    read, named = (_read_order, _ORDER_FIELDS) if isinstance(value, Order) else _TRADE
    return {
        name: str(part) if kind is Decimal else part
        for (name, kind, usual), part in zip(named, read(value), strict=True)
        if usual is MISSING or (part is not usual and part != usual)
    }


def _revived(record: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if kinds[name] in (int, str, bool) else kinds[name](value)
        for name, value in record.items()
    }


_ORDER_KINDS: dict[str, Any] = {field.name: field.type for field in fields(Order)}
_TRADE_KINDS: dict[str, Any] = {field.name: field.type for field in fields(Trade)}
_ORDER_FIELDS, _TRADE_FIELDS = (
    tuple((field.name, field.type, field.default) for field in fields(kind))
    for kind in (Order, Trade)
)
_read_order = attrgetter(*_ORDER_KINDS)
_TRADE = attrgetter(*_TRADE_KINDS), _TRADE_FIELDS
