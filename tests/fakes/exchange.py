"""An exchange in twenty rules: one symbol, one account, orders that fill at the price there is.

It keeps `MarketData` and `Broker`. What goes wrong is said beforehand with `next_answer`.
"""

from collections import deque
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto

from tests.fakes.clock import FakeClock
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import (
    DataError,
    ExchangeUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
)
from tradefleet.domain.instrument import Instrument, truncate
from tradefleet.domain.order import (
    Fill,
    Order,
    OrderList,
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Side,
)
from tradefleet.ports.exchange import Balance, Price

ZERO = Decimal(0)

BTCUSDT = Instrument(
    "BTCUSDT",
    "BTC",
    "USDT",
    tick_size=Decimal("0.01"),
    lot_step=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    min_notional=Decimal(5),
    order_types=frozenset({"LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT"}),
)


class Answer(Enum):
    """What happens to the next order."""

    LOST_BEFORE = auto()  # never arrives; the sender cannot know
    LOST_AFTER = auto()  # is executed, the answer gets lost
    UNAVAILABLE = auto()  # nothing was accepted, and the sender knows it
    REFUSED = auto()


class FakeExchange:
    settle_ms = 15_000

    def __init__(
        self,
        clock: FakeClock,
        price: str = "50000",
        *,
        instrument: Instrument = BTCUSDT,
        usdt: str = "1000",
        fee_rate: str = "0.001",
        fee_asset: str = "",
    ) -> None:
        self.clock = clock
        self.instrument_ = instrument
        self.wallet: dict[str, Decimal] = {instrument.quote: Decimal(usdt)}
        self.deposited = Decimal(usdt)
        self.last = Decimal(price)
        self.fee_rate = Decimal(fee_rate)
        self.fee_asset = fee_asset
        self.fill_share = Decimal(1)  # of a market order, before it expires
        self.down = False
        self.hidden = False  # orders cannot be found yet
        self.orders: dict[str, Order] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self.entries: dict[str, str] = {}  # of lists that have one
        self.sent: list[str] = []
        self.next_answer: deque[Answer | None] = deque()
        self.refuse_types: set[OrderType] = set()
        self.refuse_lists = False
        self.spread_: Decimal | None = Decimal("0.02")
        self.before_cancel = lambda: None
        self._trade_ids = 0

    # ------------------------------------------------------------ market data

    def instrument(self, symbol: str) -> Instrument:
        self._must_be_up()
        return self.instrument_

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        self._must_be_up()
        length = 5 * MINUTE
        first = self.clock.now() // length * length - count * length
        price = str(self.last)
        rows = [[first + i * length, price, price, price, price, "1"] for i in range(count)]
        return Candles(length, rows)

    def price(self, symbol: str) -> Price:
        self._must_be_up()
        if not self.last:
            raise DataError("no price")
        return Price(self.last, self.clock.now())

    def spread(self, symbol: str) -> Decimal | None:
        self._must_be_up()
        return self.spread_

    def move(self, price: str) -> None:
        """Let the market trade at a price; resting orders react."""
        self.last = Decimal(price)
        for name, order in list(self.orders.items()):
            waits = order.status is OrderStatus.PENDING_NEW or order.side is Side.BUY
            if not waits and not order.status.is_final and self._is_reached(order):
                self._execute(name, self._fill_price(order))
                self._end_siblings(name)

    def fill_part(self, name: str, quantity: Decimal) -> None:
        """Fill a part of a resting order at its price; the rest goes on resting."""
        order = self.orders[name]
        fill = self._fill(order, quantity, order.price or order.stop_price)
        self._set(
            name,
            status=OrderStatus.PARTIALLY_FILLED,
            executed_quantity=quantity,
            executed_quote=fill.quote_quantity,
            fills=(fill,),
        )

    def expire(self, name: str) -> None:
        """End a resting order by rule."""
        self._set(name, status=OrderStatus.EXPIRED)

    # ------------------------------------------------------------ broker

    def place(self, request: OrderRequest, since: float | None = None) -> Order:
        answer = self._arrives(request.client_order_id)
        order = self._accept_market(request)
        if answer is Answer.LOST_AFTER:
            raise OutcomeUnknownError(request.client_order_id, "the answer got lost")
        return order

    def protect(self, request: ProtectionRequest, since: float | None = None) -> OrderList:
        answer = self._arrives(request.list_client_order_id)
        self._accept_protection(request)
        if answer is Answer.LOST_AFTER:
            raise OutcomeUnknownError(request.list_client_order_id, "the answer got lost")
        return self._list(request)

    def replace_stop(
        self, old: ProtectionRequest, new: ProtectionRequest, since: float | None = None
    ) -> tuple[OrderList, OrderList]:
        answer = self._arrives(new.list_client_order_id)
        self.before_cancel()
        [name] = self.lists[old.list_client_order_id]
        if self.orders[name].status is not OrderStatus.NEW:
            raise OrderRefusedError("Order cancel-replace failed.", code=-2022)
        self.cancel(name)
        self._accept_protection(new)
        if answer is Answer.LOST_AFTER:
            raise OutcomeUnknownError(new.list_client_order_id, "the answer got lost")
        return self._list(old), self._list(new)

    def _accept_protection(self, request: ProtectionRequest) -> None:
        self._refuse_if_beyond(request)
        both = request.stop_price is not None and request.target_price is not None
        if both and self.refuse_lists:
            raise OrderRefusedError("no lists today", code=-2010)
        self._lock(request.quantity)
        single = request.list_client_order_id
        names = []
        if request.stop_price is not None:
            kind = OrderType.STOP_LOSS_LIMIT if request.stop_limit_price else OrderType.STOP_LOSS
            names.append(request.stop_client_order_id if both else single)
            self._rest(names[-1], kind, request.quantity, stop=request.stop_price)
        if request.target_price is not None:
            names.append(request.target_client_order_id if both else single)
            self._rest(
                names[-1], OrderType.LIMIT_MAKER, request.quantity, price=request.target_price
            )
        self.lists[request.list_client_order_id] = tuple(names)

    def enter(
        self, entry: OrderRequest, protection: ProtectionRequest, since: float | None = None
    ) -> tuple[Order, OrderList]:
        answer = self._arrives(protection.list_client_order_id)
        assert entry.quantity is not None
        assert entry.price is not None
        if entry.quantity * entry.price > self.quote:
            raise OrderRefusedError("Account has insufficient balance", code=-2010)
        name = entry.client_order_id
        self._rest(name, OrderType.LIMIT, entry.quantity, side=Side.BUY, price=entry.price)
        legs, quantity = [], protection.quantity
        if protection.stop_price is not None:
            stop = OrderType.STOP_LOSS_LIMIT if protection.stop_limit_price else OrderType.STOP_LOSS
            legs.append(protection.stop_client_order_id)
            self._rest(legs[-1], stop, quantity, stop=protection.stop_price)
        if protection.target_price is not None:
            legs.append(protection.target_client_order_id)
            self._rest(legs[-1], OrderType.LIMIT_MAKER, quantity, price=protection.target_price)
        for leg in legs:
            self._set(leg, status=OrderStatus.PENDING_NEW)
        self.lists[protection.list_client_order_id] = tuple(legs)
        self.entries[protection.list_client_order_id] = name
        self.fill_entry(protection.list_client_order_id, self.fill_share)
        if answer is Answer.LOST_AFTER:
            raise OutcomeUnknownError(protection.list_client_order_id, "the answer got lost")
        return self.orders[name], self._list(protection)

    def fill_entry(self, list_name: str, share: Decimal = Decimal(1)) -> None:
        """Fill a part of what is left of an entry that brought its exits along."""
        name = self.entries[list_name]
        order = self.orders[name]
        left = order.quantity - order.executed_quantity
        quantity = self.instrument_.floor_quantity(left * share)
        if not quantity or self.last > order.price:
            return
        fill = self._fill(order, quantity, self.last)
        executed = order.executed_quantity + quantity
        done = executed == order.quantity
        self._set(
            name,
            status=OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED,
            executed_quantity=executed,
            executed_quote=order.executed_quote + fill.quote_quantity,
            fills=(*order.fills, fill),
            updated_at=self.clock.now(),
        )
        for leg in self.lists[list_name] if done else ():
            refused = self.orders[leg].type in self.refuse_types
            status = OrderStatus.REJECTED if refused else OrderStatus.NEW
            self._set(leg, status=status, updated_at=self.clock.now())

    def commission(self, symbol: str) -> Decimal:
        self._must_be_up()
        return self.fee_rate

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        self._must_be_up()
        return None if self.hidden else self.orders.get(client_order_id)

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        self._must_be_up()
        known = request.list_client_order_id in self.lists and not self.hidden
        return self._list(request) if known else None

    def search(self, request: OrderRequest | ProtectionRequest, since: int) -> tuple[Order, ...]:
        self._must_be_up()
        if isinstance(request, OrderRequest):
            names = {request.client_order_id}
        else:
            names = {
                request.list_client_order_id,
                *self.lists.get(request.list_client_order_id, ()),
            }
        return tuple(order for name, order in self.orders.items() if name in names)

    def cancel_protection(
        self, request: ProtectionRequest, since: float | None = None
    ) -> OrderList:
        self._must_be_up()
        self.before_cancel()
        entry = self.entries.get(request.list_client_order_id)
        for name in (*self.lists.get(request.list_client_order_id, ()), *filter(None, [entry])):
            self.cancel(name)
        return self._list(request)

    def open_orders(self, symbol: str) -> tuple[Order, ...]:
        self._must_be_up()
        return tuple(order for order in self.orders.values() if not order.status.is_final)

    def balances(self) -> dict[str, Balance]:
        self._must_be_up()
        locked = self.locked
        return {
            asset: Balance(amount - (locked if asset == self.instrument_.base else ZERO), ZERO)
            for asset, amount in self.wallet.items()
        }

    def fills_since(self, symbol: str, trade_id: int) -> tuple[Fill, ...]:
        fills = (fill for order in self.orders.values() for fill in order.fills)
        return tuple(f for f in sorted(fills, key=lambda f: f.trade_id) if f.trade_id >= trade_id)

    # ------------------------------------------------------------ what tests look at

    @property
    def base(self) -> Decimal:
        return self.wallet.get(self.instrument_.base, ZERO)

    @property
    def quote(self) -> Decimal:
        return self.wallet[self.instrument_.quote]

    @property
    def resting(self) -> tuple[Order, ...]:
        return tuple(order for order in self.orders.values() if not order.status.is_final)

    @property
    def locked(self) -> Decimal:
        """Base locked by resting sells: a list locks it once."""
        quantities = {
            o.order_list_id: o.quantity
            for o in self.resting
            if o.side is Side.SELL and o.status is not OrderStatus.PENDING_NEW
        }
        return sum(quantities.values(), ZERO)

    def bought(self) -> tuple[Order, ...]:
        return tuple(o for o in self.orders.values() if o.side is Side.BUY and o.executed_quantity)

    def sold(self) -> tuple[Order, ...]:
        return tuple(o for o in self.orders.values() if o.side is Side.SELL and o.executed_quantity)

    def cancel(self, name: str) -> None:
        if not self.orders[name].status.is_final:
            self._set(name, status=OrderStatus.CANCELED, updated_at=self.clock.now())

    # ------------------------------------------------------------ inside

    def _must_be_up(self) -> None:
        if self.down:
            raise ExchangeUnavailableError("the exchange does not answer")

    def _arrives(self, name: str) -> Answer | None:
        self._must_be_up()
        answer = self.next_answer.popleft() if self.next_answer else None
        if answer is Answer.UNAVAILABLE:
            raise ExchangeUnavailableError("maintenance")
        if answer is Answer.REFUSED:
            raise OrderRefusedError("no", code=-2010)
        assert name not in self.sent, f"{name} was sent twice"
        self.sent.append(name)
        if answer is Answer.LOST_BEFORE:
            raise OutcomeUnknownError(name, "the request got lost")
        return answer

    def _accept_market(self, request: OrderRequest) -> Order:
        wanted = request.quantity
        if request.quote_quantity is not None:
            if request.quote_quantity > self.quote:
                raise OrderRefusedError("Account has insufficient balance", code=-2010)
            wanted = self.instrument_.floor_quantity(request.quote_quantity / self.last)
        assert wanted is not None
        if request.side is Side.SELL and wanted > self.base - self.locked:
            raise OrderRefusedError("Account has insufficient balance", code=-2010)
        if self.instrument_.why_too_small(wanted, self.last):
            raise OrderRefusedError("Filter failure: NOTIONAL", code=-1013)
        self._rest(request.client_order_id, OrderType.MARKET, wanted, side=request.side)
        self._execute(request.client_order_id, self.last, self.fill_share)
        return self.orders[request.client_order_id]

    def _refuse_if_beyond(self, request: ProtectionRequest) -> None:
        kinds = set()
        if request.stop_price is not None:
            kinds.add(
                OrderType.STOP_LOSS_LIMIT if request.stop_limit_price else OrderType.STOP_LOSS
            )
        if kinds & self.refuse_types:
            raise OrderRefusedError("Filter failure: MAX_NUM_ALGO_ORDERS", code=-1013)
        through = request.stop_price is not None and self.last <= request.stop_price
        past = request.target_price is not None and self.last >= request.target_price
        if through or past:
            raise OrderRefusedError("Stop price would trigger immediately.", code=-2010)

    def _lock(self, quantity: Decimal) -> None:
        if quantity > self.base - self.locked:
            raise OrderRefusedError("Account has insufficient balance", code=-2010)

    def _rest(
        self,
        name: str,
        kind: OrderType,
        quantity: Decimal,
        *,
        side: Side = Side.SELL,
        stop: Decimal = ZERO,
        price: Decimal = ZERO,
    ) -> None:
        now = self.clock.now()
        self.orders[name] = Order(
            self.instrument_.symbol,
            len(self.orders) + 1,
            name,
            side,
            kind,
            OrderStatus.NEW,
            quantity,
            ZERO,
            ZERO,
            now,
            now,
            len(self.lists) + 1 if side is Side.SELL else -1,
            price,
            stop,
        )

    def _is_reached(self, order: Order) -> bool:
        if order.stop_price:
            return self.last <= order.stop_price
        return self.last >= order.price

    def _fill_price(self, order: Order) -> Decimal:
        return self.last if order.stop_price else order.price

    def _execute(self, name: str, price: Decimal, share: Decimal = Decimal(1)) -> None:
        order = self.orders[name]
        quantity = self.instrument_.floor_quantity(order.quantity * share)
        if quantity:
            fill = self._fill(order, quantity, price)
            self._set(
                name,
                executed_quantity=quantity,
                executed_quote=fill.quote_quantity,
                fills=(fill,),
            )
        done = quantity == order.quantity
        self._set(name, status=OrderStatus.FILLED if done else OrderStatus.EXPIRED)

    def _fill(self, order: Order, quantity: Decimal, price: Decimal) -> Fill:
        self._trade_ids += 1
        base, quote = self.instrument_.base, self.instrument_.quote
        proceeds = quantity * price
        buying = order.side is Side.BUY
        asset = self.fee_asset or (base if buying else quote)
        if asset == "BNB":
            fee, fee_quote = truncate(proceeds * self.fee_rate / 500, 8), proceeds * self.fee_rate
        elif asset == base:
            fee = truncate(quantity * self.fee_rate, 8)
            fee_quote = fee * price
        else:
            fee = fee_quote = truncate(proceeds * self.fee_rate, 8)
        sign = 1 if buying else -1
        for name, amount in ((base, sign * quantity), (quote, -sign * proceeds), (asset, -fee)):
            self.wallet[name] = self.wallet.get(name, ZERO) + amount
        return Fill(
            self.instrument_.symbol,
            self._trade_ids,
            order.order_id,
            order.side,
            price,
            quantity,
            proceeds,
            fee,
            asset,
            self.clock.now(),
            fee_quote,
        )

    def _end_siblings(self, name: str) -> None:
        for names in self.lists.values():
            if name in names:
                for other in names:
                    if other != name and not self.orders[other].status.is_final:
                        self._set(other, status=OrderStatus.EXPIRED)

    def _set(self, name: str, **changes: object) -> None:
        self.orders[name] = replace(self.orders[name], **changes)

    def _list(self, request: ProtectionRequest) -> OrderList:
        names = self.lists.get(request.list_client_order_id, ())
        legs = tuple(self.orders[name] for name in names)
        return OrderList(1, request.list_client_order_id, request.symbol, legs)
