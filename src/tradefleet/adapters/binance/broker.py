"""Orders of one account over REST. Every order is sent once and is done, refused or unknown.

An order is never replaced in one step (cancelReplace): done by half it would leave a position bare.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from tradefleet.adapters.binance import failures, parse
from tradefleet.adapters.binance.fees import FeeValues
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
    OrderType,
    ProtectionRequest,
    Purpose,
    Side,
)
from tradefleet.domain.plan import protection_type
from tradefleet.ports import Balance

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
_NEED_TIME = (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
_MARKET_CLOSED = "Market is closed"  # a text of -2010, whose code says too little

Params = dict[str, object]
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

    def place(self, request: OrderRequest) -> Order:
        """Send an order once."""
        if request.purpose is Purpose.ENTRY and not self._may_trade:
            self.balances()  # the right may be back
        if request.purpose is Purpose.ENTRY and not self._may_trade:
            raise AccessDeniedError("this account may not trade, so nothing is bought")
        urgent = request.purpose is not Purpose.ENTRY
        return self._send_order(request.symbol, request.client_order_id, _order(request), urgent)

    def protect(self, request: ProtectionRequest) -> OrderList:
        """Send stop and target once; a single order comes as a list of one."""
        name = request.list_client_order_id
        if request.stop_price is None or request.target_price is None:
            only = self._send_order(request.symbol, name, _single(request), urgent=True)
            return OrderList(-1, name, request.symbol, (only,))
        sent, instrument = self._send(
            request.symbol, "/orderList/oco", _pair(request), parse.new_list, name, urgent=True
        )
        return replace(sent, orders=tuple(self._settled(instrument, o, name) for o in sent.orders))

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        """Return the order with its fills, or None if the exchange does not know it (yet)."""
        return self._query(symbol, origClientOrderId=client_order_id)

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        """Return the protection as it stands, fills included, or None if it is not known (yet)."""
        name = request.list_client_order_id
        if request.stop_price is None or request.target_price is None:
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
        return OrderList(head.order_list_id, name, request.symbol, found)

    def cancel_protection(self, request: ProtectionRequest) -> OrderList:
        """Cancel what still rests; return the final state, in which a leg may have been filled.

        Raises:
            OutcomeUnknownError: the final state cannot be seen yet; ask `find_protection`.
        """
        single = request.stop_price is None or request.target_price is None
        path = "/order" if single else "/orderList"
        field = "origClientOrderId" if single else "listClientOrderId"
        name = request.list_client_order_id
        params = {"symbol": request.symbol, field: name}
        doubt = "the exchange does not show the cancelled orders yet"
        try:
            self._rest.send("DELETE", path, params, lambda _: None, order_id=name, urgent=True)
        except OutcomeUnknownError as error:
            doubt = str(error)
        except OrderRefusedError as error:
            if error.code not in _GONE:
                raise
        for seconds in LOOK_AGAIN_S:
            self._pause(seconds)
            found = self.find_protection(request)
            if found and found.is_final:
                return found
            if found:
                self._cancel_orphans(found)
        raise OutcomeUnknownError(name, doubt)

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

    def _send_order(self, symbol: str, name: str, params: Params, urgent: bool) -> Order:
        sent, instrument = self._send(symbol, "/order", params, parse.order, name, urgent)
        return self._settled(instrument, sent, name)

    def _send(
        self,
        symbol: str,
        path: str,
        params: Params,
        into: Callable[[Any], _T],
        name: str,
        urgent: bool,
    ) -> tuple[_T, Instrument]:
        since, orders = self._rest.monotonic(), 2 if path.startswith("/orderList") else 1
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


def _order(request: OrderRequest) -> Params:
    params: Params = {
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "newClientOrderId": request.client_order_id,
        "newOrderRespType": "FULL",
    }
    if request.type in _NEED_TIME:
        params["timeInForce"] = "GTC"
    amounts = {
        "quantity": request.quantity,
        "quoteOrderQty": request.quote_quantity,
        "price": request.price,
        "stopPrice": request.stop_price,
    }
    return params | {name: value for name, value in amounts.items() if value is not None}


def _single(request: ProtectionRequest) -> Params:
    """Return the one order of a protection without stop or without target.

    A lone target is a plain LIMIT, not a LIMIT_MAKER: where the market is already beyond it, it
    sells at once instead of being refused.
    """
    only = OrderRequest(
        client_order_id=request.list_client_order_id,
        symbol=request.symbol,
        side=Side.SELL,
        type=OrderType.LIMIT if request.stop_price is None else protection_type(request),
        purpose=Purpose.PROTECTION,
        quantity=request.quantity,
        price=request.target_price if request.stop_price is None else request.stop_limit_price,
        stop_price=request.stop_price,
    )
    return _order(only)


def _pair(request: ProtectionRequest) -> Params:
    params: Params = {
        "symbol": request.symbol,
        "listClientOrderId": request.list_client_order_id,
        "side": Side.SELL.value,
        "quantity": request.quantity,
        "aboveType": OrderType.LIMIT_MAKER.value,
        "aboveClientOrderId": request.target_client_order_id,
        "abovePrice": request.target_price,
        "belowType": protection_type(request).value,
        "belowClientOrderId": request.stop_client_order_id,
        "belowStopPrice": request.stop_price,
        "newOrderRespType": "FULL",
    }
    if request.stop_limit_price is not None:
        params |= {"belowPrice": request.stop_limit_price, "belowTimeInForce": "GTC"}
    return params
