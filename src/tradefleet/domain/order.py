"""Orders: what we ask for, what the exchange answers, and the legal ways between.

An order request is what we are about to ask for and carries our client order id. An order is a
request the exchange has answered for. A fill is one execution of an order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from tradefleet.domain.errors import RuleBrokenError


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """Spot order types, spelled as the exchange spells them."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"


class OrderStatus(StrEnum):
    """Where an order stands, spelled as the exchange spells it."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    REJECTED = "REJECTED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return not LEGAL_NEXT[self]


_ENDED = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
        OrderStatus.EXPIRED_IN_MATCH,
    }
)

# The whole life of an order (Binance spot docs, enums.md). CANCELED, EXPIRED and
# EXPIRED_IN_MATCH may carry executed quantity: always book what was filled.
LEGAL_NEXT: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING_NEW: _ENDED
    | {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.REJECTED},
    OrderStatus.NEW: _ENDED | {OrderStatus.PARTIALLY_FILLED, OrderStatus.REJECTED},
    OrderStatus.PARTIALLY_FILLED: _ENDED | {OrderStatus.PARTIALLY_FILLED},
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.EXPIRED_IN_MATCH: frozenset(),
    OrderStatus.REJECTED: frozenset(),
}


class Purpose(StrEnum):
    """Why an order exists; the letter ends its client order id (no vowels, no SQL words)."""

    ENTRY = "B"
    EXIT = "S"
    PROTECTION = "L"
    STOP = "K"
    TARGET = "T"


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution, as the exchange reports it.

    Attributes:
        trade_id: the exchange's number; unique within the symbol.
        price: quote per base.
        quantity: base, before any commission.
        quote_quantity: quote, before any commission.
        fee, fee_asset: commission and the asset it was taken in.
        fee_quote: the same commission valued in quote at the time of the fill.
        time: UTC milliseconds.
    """

    symbol: str
    trade_id: int
    order_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    time: int
    fee_quote: Decimal = Decimal(0)
    is_maker: bool = False

    def moved(self, base: str, quote: str) -> Mapping[str, Decimal]:
        """Return how it changed the account, by asset; the commission may be in any of them."""
        sign = 1 if self.side is Side.BUY else -1
        moved = {base: sign * self.quantity, quote: -sign * self.quote_quantity}
        moved[self.fee_asset] = moved.get(self.fee_asset, Decimal(0)) - self.fee
        return moved


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What we are about to ask for.

    Attributes:
        client_order_id: our name for it, written down before anything is sent.
        quantity: base; exactly one of `quantity` and `quote_quantity` is set.
        quote_quantity: quote to spend (market buys only).
        price, stop_price: only for the types that need them.
    """

    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    purpose: Purpose
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProtectionRequest:
    """The resting stop and target of a position, asked for as one list.

    With both prices it is an OCO list: one leg ends the other. With only one it is a single
    order under the list's name. It may come in one request with the entry it protects (an OTOCO
    list, or an OTO list with only one price): then its legs wait until the entry has filled whole.

    Attributes:
        list_client_order_id: our name for the list (or for the single order).
        stop_client_order_id, target_client_order_id: our names for the legs.
        quantity: base, locked once.
        stop_price: where the stop triggers; None = no stop.
        stop_limit_price: limit of the triggered stop; None = it sells at market.
        target_price: where the profit is taken; None = no target.
        entry_client_order_id: our name for the entry in the same list; empty = there is none.
    """

    list_client_order_id: str
    stop_client_order_id: str
    target_client_order_id: str
    symbol: str
    quantity: Decimal
    stop_price: Decimal | None
    stop_limit_price: Decimal | None
    target_price: Decimal | None
    entry_client_order_id: str = ""

    @property
    def comes_with_entry(self) -> bool:
        """Whether it was asked for together with the entry it protects."""
        return bool(self.entry_client_order_id)

    @property
    def is_single(self) -> bool:
        """Whether it is one order under the list's name, in no list at all."""
        return len(self.leg_names) == 1 and not self.comes_with_entry

    @property
    def leg_names(self) -> tuple[str, ...]:
        """Our names for the legs it has."""
        stop = (self.stop_client_order_id,) if self.stop_price is not None else ()
        target = (self.target_client_order_id,) if self.target_price is not None else ()
        return stop + target


@dataclass(frozen=True, slots=True)
class Order:
    """What the exchange says about an order at one moment.

    Attributes:
        quote_quantity: what a market buy was to spend; 0 where that was not asked for or not told.
    """

    symbol: str
    order_id: int
    client_order_id: str
    side: Side
    type: OrderType
    status: OrderStatus
    quantity: Decimal
    executed_quantity: Decimal
    executed_quote: Decimal
    time: int
    updated_at: int
    order_list_id: int = -1
    price: Decimal = Decimal(0)
    stop_price: Decimal = Decimal(0)
    fills: tuple[Fill, ...] = field(default=())
    quote_quantity: Decimal = Decimal(0)

    @property
    def average_price(self) -> Decimal:
        """Quote per base over what was executed; 0 if nothing was."""
        if not self.executed_quantity:
            return Decimal(0)
        return self.executed_quote / self.executed_quantity


@dataclass(frozen=True, slots=True)
class OrderList:
    """What the exchange says about a list of orders.

    Attributes:
        orders: its legs, in the exchange's order.
    """

    order_list_id: int
    client_order_id: str
    symbol: str
    orders: tuple[Order, ...]

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to any leg."""
        return all(order.status.is_final for order in self.orders)


def advance(before: OrderStatus, after: OrderStatus) -> OrderStatus:
    """Return `after` if an order may go there from `before`.

    Raises:
        RuleBrokenError: no order can take that way; the report is older than what we know, or
            the data is wrong.
    """
    if after is before or after in LEGAL_NEXT[before]:
        return after
    raise RuleBrokenError(f"an order cannot go from {before} to {after}")


def client_order_id(
    installation: str, mode: str, bot_id: int, epoch: int, sequence: int, purpose: Purpose
) -> str:
    """Return the name of an order: deterministic, decodable, unique within an account.

    Args:
        installation: four characters that tell data folders apart.
        mode: the running mode; its first letter keeps environments apart.
        epoch: of the bot's lease; a second process of the bot has another one.
        sequence: of the intent, counting up within the bot.

    Returns:
        At most 36 characters of `[A-Za-z0-9-]`, such as `tfp-k7x2-12-3-45-B`.
    """
    prefix = order_prefix(installation, mode, bot_id)
    return f"{prefix}{epoch}-{sequence}-{purpose.value}"


def order_prefix(installation: str, mode: str, bot_id: int) -> str:
    """Return what the client order ids of one bot begin with."""
    return f"{fleet_prefix(installation, mode)}{bot_id}-"


def fleet_prefix(installation: str, mode: str) -> str:
    """Return what the client order ids of all bots of an installation begin with."""
    return f"tf{mode[0]}-{installation}-"
