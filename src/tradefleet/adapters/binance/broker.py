"""Orders of one account over REST. Every order is sent once and is done, refused or unknown."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from tradefleet.adapters.binance import failures, parameters, parse
from tradefleet.adapters.binance.fees import FeeValues
from tradefleet.adapters.binance.legs import ended_unfilled, without_entry
from tradefleet.adapters.binance.parameters import Params
from tradefleet.adapters.binance.rest import RECV_WINDOW_MS, Rest
from tradefleet.adapters.binance.search import Search
from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeError,
    ExchangeUnavailableError,
    InputError,
    OrderRefusedError,
    OutcomeUnknownError,
)
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import (
    Fill,
    Order,
    OrderList,
    OrderRequest,
    OrderStatus,
    ProtectionRequest,
    Purpose,
)
from tradefleet.ports.exchange import Balance

# A request is admitted until its recvWindow has passed, the engine may take 10 s more, and the
# clock and the exchange's own replicas may lag a little.
ENGINE_MS = 10_000
LAG_MS = 5_000
SETTLE_MS = RECV_WINDOW_MS + ENGINE_MS + LAG_MS
# Reads may come from a copy that lags: how often, and after what pauses, a cancel is looked up.
LOOK_AGAIN_S = (0.0, 0.2, 0.5, 1.0)

_GONE = (failures.UNKNOWN_ORDER, failures.CANCEL_REFUSED)
# The rules we know of the symbol are not the exchange's any more.
_RULES_CHANGED = (failures.FILTER_FAILURE, failures.TOO_MUCH_PRECISION, failures.BAD_SYMBOL)
_ORDERS_IN = {"/orderList/oco": 2, "/orderList/oto": 2, "/orderList/otoco": 3}
_MARKET_CLOSED = "Market is closed"  # a text of -2010, whose code says too little

_T = TypeVar("_T")


class Rules(Protocol):
    """The rules of symbols, as `BinanceMarketData` and `HubMarketData` keep them."""

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules."""

    def doubt(self, symbol: str) -> None:
        """Fetch them anew when they are asked for next."""


class BinanceBroker:
    """Keeps `Broker`."""

    def __init__(
        self,
        rest: Rest,
        rules: Rules,
        pause: Callable[[float], None] = time.sleep,
        settle_ms: int = SETTLE_MS,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            rest: a client with credentials.
            rules: tell base and quote commission apart; doubted where an order broke them.
            pause: waits for so many seconds.
            settle_ms: after this long an order that was not found can no longer come to life;
                less than the exchange's own times only where the exchange is a test's.
        """
        self._rest = rest
        self._rules = rules
        self._pause = pause
        self._settle_ms = settle_ms
        self._fees = FeeValues(rest)
        self._may_trade = True

    @property
    def settle_ms(self) -> int:
        """After this long an order that was not found can no longer come to life."""
        return self._settle_ms

    def place(self, request: OrderRequest, since: float | None = None) -> Order:
        """Send an order once."""
        urgent = request.purpose is not Purpose.ENTRY
        if not urgent:
            self._check_right_to_buy()
        name, params = request.client_order_id, parameters.of_order(request)
        return self._send_order(request.symbol, name, params, urgent, since)

    def protect(self, request: ProtectionRequest, since: float | None = None) -> OrderList:
        """Send stop and target once; a single order comes as a list of one."""
        name = request.list_client_order_id
        if request.is_single:
            params = parameters.of_single(request)
            only = self._send_order(request.symbol, name, params, True, since)
            return OrderList(-1, name, request.symbol, (only,))
        params, into = parameters.of_pair(request), parse.new_list
        sent, instrument = self._send(
            request.symbol, "/orderList/oco", params, into, name, True, since
        )
        return replace(sent, orders=tuple(self._settled(instrument, o, name) for o in sent.orders))

    def enter(
        self, entry: OrderRequest, protection: ProtectionRequest, since: float | None = None
    ) -> tuple[Order, OrderList]:
        """Send a limit buy, its stop and its target once, as one OTOCO or OTO list."""
        self._check_right_to_buy()
        name = protection.list_client_order_id
        params = parameters.of_entry(entry, protection)
        path = "/orderList/otoco" if len(protection.leg_names) > 1 else "/orderList/oto"
        sent, instrument = self._send(
            entry.symbol, path, params, parse.new_list, name, False, since
        )
        orders = tuple(self._settled(instrument, order, name) for order in sent.orders)
        bought = [order for order in orders if order.client_order_id == entry.client_order_id]
        if not bought:
            raise OutcomeUnknownError(name, "the answer does not tell of the entry")
        return bought[0], replace(sent, orders=without_entry(orders, protection))

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        """Return the order with its fills, or None if the exchange does not know it (yet)."""
        return self._query(symbol, origClientOrderId=client_order_id)

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        """Return the protection as it stands, fills included, or None if it is not known (yet).

        A list that rests untouched costs one question; otherwise the exchange is asked for the
        list and for each of its orders.
        """
        return self._untouched(request) or self._as_it_stands(request)

    def _untouched(self, request: ProtectionRequest) -> OrderList | None:
        if request.is_single:
            return None
        legs = tuple(
            order
            for order in self.open_orders(request.symbol)
            if order.client_order_id in request.leg_names and order.status is OrderStatus.NEW
        )
        if len(legs) < len(request.leg_names):
            return None
        name, number = request.list_client_order_id, legs[0].order_list_id
        return OrderList(number, name, request.symbol, legs)

    def _as_it_stands(self, request: ProtectionRequest) -> OrderList | None:
        name = request.list_client_order_id
        if request.is_single:
            only = self.find(request.symbol, name)
            return OrderList(-1, name, request.symbol, (only,)) if only else None
        head = self._unless_gone(
            lambda: self._read("/orderList", {"origClientOrderId": name}, parse.list_head, weight=4)
        )
        if head is None:
            return None
        legs = [self._query(request.symbol, orderId=order_id) for order_id in head.order_ids]
        found = tuple(leg for leg in legs if leg is not None)
        if len(found) < len(legs):
            return None
        found = without_entry(found, request)
        return OrderList(head.order_list_id, name, request.symbol, found)

    def cancel_protection(
        self, request: ProtectionRequest, since: float | None = None
    ) -> OrderList:
        """Cancel what still rests; return the final state, in which a leg may have been filled.

        An entry in the same list ends with it; how, `find` tells.

        Raises:
            OutcomeUnknownError: the final state cannot be seen yet; ask `find_protection`.
        """
        path = "/order" if request.is_single else "/orderList"
        field = "origClientOrderId" if request.is_single else "listClientOrderId"
        name = request.list_client_order_id
        params = {"symbol": request.symbol, field: name}
        doubt = "the exchange does not show the cancelled orders yet"
        try:
            told = self._rest.send(
                "DELETE", path, params, parse.cancelled, order_id=name, urgent=True, since=since
            )
            if ended := ended_unfilled(request, told):
                return ended  # the next protection need not wait for another look
        except OutcomeUnknownError as error:
            doubt = str(error)
        except OrderRefusedError as error:
            if error.code not in _GONE:
                raise
        for seconds in LOOK_AGAIN_S:
            self._pause(seconds)
            found = self._as_it_stands(request)
            if found and found.is_final:
                return found
            if found:
                self._cancel_orphans(found)
        raise OutcomeUnknownError(name, doubt)

    def replace_stop(
        self, old: ProtectionRequest, new: ProtectionRequest, since: float | None = None
    ) -> tuple[OrderList, OrderList]:
        """Put one lone stop in the place of another, in one request (cancelReplace)."""
        name, symbol = new.list_client_order_id, new.symbol
        params = parameters.of_replacement(old, new)
        both, instrument = self._send(
            symbol, "/order/cancelReplace", params, parse.replacement, name, True, since
        )
        ended, placed = (self._settled(instrument, order, name) for order in both)
        return (
            OrderList(ended.order_list_id, old.list_client_order_id, symbol, (ended,)),
            OrderList(-1, name, symbol, (placed,)),
        )

    def search(self, request: OrderRequest | ProtectionRequest, since: int) -> tuple[Order, ...]:
        """Look for what `find` does not know in every list of the account; () = in none.

        What is found comes without a promise of its fills: ask `find` for them.

        Args:
            request: as it was sent.
            since: when it was written down, UTC milliseconds.
        """
        if isinstance(request, OrderRequest):
            names = [request.client_order_id]
        else:
            names = [
                request.list_client_order_id,
                request.stop_client_order_id,
                request.target_client_order_id,
            ]
        symbol = request.symbol
        search = Search(self._read, lambda number: self._query(symbol, orderId=number), symbol)
        return search.find(names, since)

    def _cancel_orphans(self, order_list: OrderList) -> None:
        """Cancel a leg that still rests although the other one is over.

        A triggered stop-limit outlives its list: that is done, and can no longer be cancelled.
        """
        resting = [order for order in order_list.orders if not order.status.is_final]
        if len(resting) == len(order_list.orders) > 1:
            return
        for order in resting:
            params = {"symbol": order.symbol, "orderId": order.order_id}
            name = order.client_order_id
            with suppress(OrderRefusedError, OutcomeUnknownError):  # the next look tells
                self._rest.send(
                    "DELETE", "/order", params, lambda _: None, order_id=name, urgent=True
                )

    def open_orders(self, symbol: str) -> tuple[Order, ...]:
        """Return all resting orders of the account in one symbol, without their fills."""
        return self._read("/openOrders", {"symbol": symbol}, parse.orders, weight=6)

    def balances(self) -> Mapping[str, Balance]:
        """Return the wallet; assets that are not held are absent."""
        params: Params = {"omitZeroBalances": True}
        wallet, self._may_trade = self._read("/account", params, _account, weight=20)
        return wallet

    def commission(self, symbol: str) -> Decimal:
        """Return the largest part of a buy that may be taken as commission; 0.001 = 0.1 %."""
        return self._fees.rate(symbol)

    def fills_since(self, symbol: str, trade_id: int) -> tuple[Fill, ...]:
        """Return the account's fills with a trade id of at least `trade_id`, oldest first."""
        fills: list[Fill] = []
        page: Sequence[Fill] = ()
        while not fills or len(page) == 1_000:
            since = fills[-1].trade_id + 1 if fills else trade_id
            page = self._trades(symbol, {"fromId": since, "limit": 1_000}, weight=20)
            fills.extend(page)
            if not page:
                break
        return tuple(fills)

    def _check_right_to_buy(self) -> None:
        if not self._may_trade:
            self.balances()  # the right may be back
        if not self._may_trade:
            raise AccessDeniedError("this account may not trade, so nothing is bought")

    def orders_since(self, symbol: str, order_id: int) -> tuple[Order, ...]:
        """Return the account's orders with at least this number, oldest first, without fills."""
        orders: list[Order] = []
        page: Sequence[Order] = ()
        while not orders or len(page) == 1_000:
            since = orders[-1].order_id + 1 if orders else order_id
            params: Params = {"symbol": symbol, "orderId": since, "limit": 1_000}
            page = self._read("/allOrders", params, parse.orders, weight=20)
            orders.extend(page)
            if not page:
                break
        return tuple(orders)

    def _send_order(
        self, symbol: str, name: str, params: Params, urgent: bool, since: float | None
    ) -> Order:
        sent, instrument = self._send(symbol, "/order", params, parse.order, name, urgent, since)
        return self._settled(instrument, sent, name)

    def _send(
        self,
        symbol: str,
        path: str,
        params: Params,
        into: Callable[[Any], _T],
        name: str,
        urgent: bool,
        since: float | None,
    ) -> tuple[_T, Instrument]:
        orders = _ORDERS_IN.get(path, 1)
        if since is None:
            since = self._rest.monotonic()
        try:
            instrument = self._rules.instrument(symbol)
        except InputError as error:  # the symbol is gone
            raise OrderRefusedError(str(error), code=failures.BAD_SYMBOL) from None
        try:
            sent = self._rest.send(
                "POST", path, params, into, order_id=name, urgent=urgent, orders=orders, since=since
            )
        except OrderRefusedError as error:
            if error.code in _RULES_CHANGED or _MARKET_CLOSED in str(error):
                self._rules.doubt(symbol)
            raise
        return sent, instrument

    def _settled(self, instrument: Instrument, order: Order, name: str) -> Order:
        """Return a new order with all its fills; what cannot be seen yet is unknown."""
        try:
            return self._complete(instrument, order)
        except ExchangeError as error:
            raise OutcomeUnknownError(name, str(error), code=error.code) from None

    def _query(self, symbol: str, **named: object) -> Order | None:
        params = {"symbol": symbol, **named}
        found = self._unless_gone(lambda: self._read("/order", params, parse.order, weight=4))
        return found and self._complete(self._rules.instrument(symbol), found)

    def _complete(self, instrument: Instrument, order: Order) -> Order:
        """Return the order with all its fills, each with its fee in quote."""
        fills = order.fills
        if _executed(fills) != order.executed_quantity:
            fills = self._trades(order.symbol, {"orderId": order.order_id}, weight=5)
        elif fills:
            fills = tuple(self._fees.valued(fill, instrument) for fill in fills)
        if _executed(fills) != order.executed_quantity:
            raise ExchangeUnavailableError(
                f"order {order.client_order_id} executed {order.executed_quantity}, but the"
                f" exchange shows fills of {_executed(fills)} so far"
            )
        return replace(order, fills=fills)

    def _trades(self, symbol: str, params: Params, weight: int) -> tuple[Fill, ...]:
        found = self._read("/myTrades", {"symbol": symbol, **params}, parse.trades, weight)
        instrument = self._rules.instrument(symbol)
        return tuple(self._fees.valued(fill, instrument) for fill in found)

    def _read(self, path: str, params: Params, into: Callable[[Any], _T], weight: int) -> _T:
        return self._rest.read(path, params, into, weight=weight, signed=True, urgent=True)

    def _unless_gone(self, ask: Callable[[], _T]) -> _T | None:
        try:
            return ask()
        except OrderRefusedError as error:
            if error.code in _GONE:
                return None
            raise


def _account(answer: Any) -> tuple[Mapping[str, Balance], bool]:
    return parse.balances(answer), answer.get("canTrade") is not False


def _executed(fills: Sequence[Fill]) -> Decimal:
    return sum((fill.quantity for fill in fills), Decimal(0))
