"""Orders of one account over REST. Every order is sent once and is done, refused or unknown."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from tradefleet.adapters.binance import failures, parse
from tradefleet.adapters.binance.fees import FeeValues
from tradefleet.adapters.binance.rest import RECV_WINDOW_MS, Rest
from tradefleet.domain.errors import (
    ExchangeError,
    ExchangeUnavailableError,
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
# Reads may come from a copy that lags: how often, and after what pauses, a cancel is looked up.
LOOK_AGAIN_S = (0.0, 0.2, 0.5, 1.0)

_GONE = (failures.UNKNOWN_ORDER, failures.CANCEL_REFUSED)
_NEED_TIME = (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT)

Params = dict[str, object]
_T = TypeVar("_T")


class BinanceBroker:
    """Keeps `Broker`."""

    def __init__(
        self,
        rest: Rest,
        instrument: Callable[[str], Instrument],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            rest: a client with credentials.
            instrument: a symbol's rules, to tell base and quote commission apart.
            pause: waits for so many seconds.
        """
        self._rest = rest
        self._instrument = instrument
        self._pause = pause
        self._fees = FeeValues(rest)

    @property
    def settle_ms(self) -> int:
        """After this long an order that was not found can no longer come to life."""
        return RECV_WINDOW_MS + ENGINE_MS + LAG_MS

    def place(self, request: OrderRequest) -> Order:
        """Send an order once."""
        instrument = self._instrument(request.symbol)
        urgent = request.purpose is not Purpose.ENTRY
        return self._send_order(instrument, request.client_order_id, _order(request), urgent)

    def protect(self, request: ProtectionRequest) -> OrderList:
        """Send stop and target once; a single order comes as a list of one."""
        instrument = self._instrument(request.symbol)
        name = request.list_client_order_id
        if request.stop_price is None or request.target_price is None:
            only = self._send_order(instrument, name, _single(request), urgent=True)
            return OrderList(-1, name, request.symbol, (only,))
        sent = self._rest.send(
            "POST", "/orderList/oco", _pair(request), parse.new_list, order_id=name, urgent=True
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
        raise OutcomeUnknownError(name, doubt)

    def open_orders(self, symbol: str) -> tuple[Order, ...]:
        """Return all resting orders of the account in one symbol, without their fills."""
        return self._read("/openOrders", {"symbol": symbol}, parse.orders, weight=6)

    def balances(self) -> Mapping[str, Balance]:
        """Return the wallet; assets that are not held are absent."""
        return self._read("/account", {"omitZeroBalances": True}, parse.balances, weight=20)

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

    def _send_order(self, instrument: Instrument, name: str, params: Params, urgent: bool) -> Order:
        sent = self._rest.send("POST", "/order", params, parse.order, order_id=name, urgent=urgent)
        return self._settled(instrument, sent, name)

    def _settled(self, instrument: Instrument, order: Order, name: str) -> Order:
        """Return a new order with all its fills; what cannot be seen yet is unknown."""
        try:
            return self._complete(instrument, order)
        except ExchangeError as error:
            raise OutcomeUnknownError(name, str(error), code=error.code) from None

    def _query(self, symbol: str, **named: object) -> Order | None:
        params = {"symbol": symbol, **named}
        found = self._unless_gone(lambda: self._read("/order", params, parse.order, weight=4))
        return found and self._complete(self._instrument(symbol), found)

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
        instrument = self._instrument(symbol)
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
