"""The filters of a symbol: how exchangeInfo tells them and what each allows.

Each filter is read from its entry and holds an order to its part of the rules; a limit of zero is
switched off. Filters with names unknown here are told to clients as they came and bind nobody.
Texts, fields and rules: Binance spot docs, filters.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.decimals import ZERO

Entry = Mapping[str, Any]
Average = Callable[[int], Decimal]
"""Returns the average price of so many minutes; of none, the last price."""


class AskedOrder(Protocol):
    """What the filters look at of an order; an order without a price executes at market."""

    @property
    def side(self) -> Side:
        """Which way it goes."""

    @property
    def type(self) -> OrderType:
        """Its type."""

    @property
    def quantity(self) -> Decimal | None:
        """Base; None in a market order by quote."""

    @property
    def quote_quantity(self) -> Decimal | None:
        """Quote to spend or receive."""

    @property
    def price(self) -> Decimal | None:
        """Its limit."""

    @property
    def stop_price(self) -> Decimal | None:
        """Its trigger."""

    @property
    def iceberg_quantity(self) -> Decimal:
        """How much of it the book shows at a time; 0 = all."""

    @property
    def trailing_delta(self) -> int:
        """Basis points a trigger follows the price at; 0 = it does not."""


class OrderFilter(Protocol):
    """A rule that looks at one order by itself."""

    @property
    def name(self) -> str:
        """The filter's type, as a refusal names it."""

    def allows(self, ticket: AskedOrder, average: Average, /) -> bool:
        """Whether an order keeps the rule."""


@dataclass(frozen=True, slots=True)
class PriceFilter:
    """Limits and grid of `price` and `stopPrice`."""

    name: ClassVar[str] = "PRICE_FILTER"
    least: Decimal
    most: Decimal
    tick: Decimal

    @classmethod
    def read(cls, entry: Entry) -> "PriceFilter":
        """Read exchangeInfo's form."""
        return cls(*(_decimal(entry, name) for name in ("minPrice", "maxPrice", "tickSize")))

    def allows(self, ticket: AskedOrder, _: Average, /) -> bool:
        """Whether both prices are within the limits and on the grid."""
        return all(
            price is None or _fits(price, self.least, self.most, self.tick)
            for price in (ticket.price, ticket.stop_price)
        )


@dataclass(frozen=True, slots=True)
class PercentPrice:
    """How far a price may be from the average: for both sides alike, or for each its own.

    Attributes:
        bid, ask: (down, up) factors of the average price, for buys and sells.
        minutes: of the average.
    """

    name: str
    bid: tuple[Decimal, Decimal]
    ask: tuple[Decimal, Decimal]
    minutes: int

    @classmethod
    def read(cls, entry: Entry) -> "PercentPrice":
        """Read exchangeInfo's form."""
        name = entry["filterType"]
        by_side = ("bidMultiplier", "askMultiplier")
        prefixes = by_side if name == "PERCENT_PRICE_BY_SIDE" else ("multiplier", "multiplier")
        bid, ask = (
            (_decimal(entry, prefix + "Down"), _decimal(entry, prefix + "Up"))
            for prefix in prefixes
        )
        return cls(name, bid, ask, _count(entry, "avgPriceMins"))

    def allows(self, ticket: AskedOrder, average: Average, /) -> bool:
        """Whether the limit price is near enough to the average."""
        if ticket.price is None:
            return True
        down, up = self.bid if ticket.side is Side.BUY else self.ask
        middle = average(self.minutes)
        return _within(ticket.price, middle * down, middle * up)


@dataclass(frozen=True, slots=True)
class LotSize:
    """Limits and grid of `quantity` and `icebergQty`."""

    name: ClassVar[str] = "LOT_SIZE"
    least: Decimal
    most: Decimal
    step: Decimal

    @classmethod
    def read(cls, entry: Entry) -> "LotSize":
        """Read exchangeInfo's form."""
        return cls(*(_decimal(entry, name) for name in ("minQty", "maxQty", "stepSize")))

    def allows(self, ticket: AskedOrder, _: Average, /) -> bool:
        """Whether both quantities are within the limits and on the grid."""
        return all(
            not quantity or self.fits(quantity)
            for quantity in (ticket.quantity, ticket.iceberg_quantity)
        )

    def fits(self, quantity: Decimal) -> bool:
        """Whether a quantity of base is within the limits and on the grid."""
        return _fits(quantity, self.least, self.most, self.step)


@dataclass(frozen=True, slots=True)
class MarketLotSize(LotSize):
    """Further limits of orders that execute at market."""

    name: ClassVar[str] = "MARKET_LOT_SIZE"

    @classmethod
    def read(cls, entry: Entry) -> "MarketLotSize":
        """Read exchangeInfo's form."""
        return cls(*(_decimal(entry, name) for name in ("minQty", "maxQty", "stepSize")))

    def allows(self, ticket: AskedOrder, _: Average, /) -> bool:
        """Whether the quantity of an order at market keeps its own limits."""
        at_market = ticket.price is None and ticket.quantity is not None
        return not at_market or self.fits(ticket.quantity or ZERO)


@dataclass(frozen=True, slots=True)
class Notional:
    """What an order may be worth, in quote: the older filter has no upper limit.

    Attributes:
        least_for_market, most_for_market: whether the limits bind orders at market.
        minutes: of the average price by which those are judged.
    """

    name: str
    least: Decimal
    most: Decimal
    least_for_market: bool
    most_for_market: bool
    minutes: int

    @classmethod
    def read(cls, entry: Entry) -> "Notional":
        """Read exchangeInfo's form."""
        name, minutes = entry["filterType"], _count(entry, "avgPriceMins")
        least = _decimal(entry, "minNotional")
        if name == "MIN_NOTIONAL":
            return cls(name, least, ZERO, bool(entry.get("applyToMarket", True)), False, minutes)
        for_market = bool(entry.get("applyMinToMarket", True)), bool(entry.get("applyMaxToMarket"))
        return cls(name, least, _decimal(entry, "maxNotional"), *for_market, minutes)

    def allows(self, ticket: AskedOrder, average: Average, /) -> bool:
        """Whether the order is worth enough, and not too much."""
        at_market = ticket.price is None
        least = self.least if self.least_for_market or not at_market else ZERO
        most = self.most if self.most_for_market or not at_market else ZERO
        if not least and not most:
            return True
        worth = ticket.quote_quantity
        if ticket.quantity is not None:
            price = average(self.minutes) if ticket.price is None else ticket.price
            worth = ticket.quantity * price
        return worth is None or _within(worth, least, most)


@dataclass(frozen=True, slots=True)
class IcebergParts:
    """How many parts an iceberg may show one after the other."""

    name: ClassVar[str] = "ICEBERG_PARTS"
    most: int

    @classmethod
    def read(cls, entry: Entry) -> "IcebergParts":
        """Read exchangeInfo's form."""
        return cls(_count(entry, "limit"))

    def allows(self, ticket: AskedOrder, _: Average, /) -> bool:
        """Whether the visible part is large enough."""
        if not ticket.iceberg_quantity or ticket.quantity is None or not self.most:
            return True
        return ticket.quantity <= ticket.iceberg_quantity * self.most


@dataclass(frozen=True, slots=True)
class TrailingDelta:
    """How far a trailing stop may follow, in basis points.

    Attributes:
        above, below: (least, most) where the trigger lies above or below the market.
    """

    name: ClassVar[str] = "TRAILING_DELTA"
    above: tuple[int, int]
    below: tuple[int, int]

    @classmethod
    def read(cls, entry: Entry) -> "TrailingDelta":
        """Read exchangeInfo's form."""
        above, below = (
            (_count(entry, f"minTrailing{where}Delta"), _count(entry, f"maxTrailing{where}Delta"))
            for where in ("Above", "Below")
        )
        return cls(above, below)

    def allows(self, ticket: AskedOrder, _: Average, /) -> bool:
        """Whether the distance is within the limits of its direction."""
        if not ticket.trailing_delta:
            return True
        is_stop_loss = ticket.type in (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
        triggers_above = is_stop_loss == (ticket.side is Side.BUY)
        least, most = self.above if triggers_above else self.below
        return least <= ticket.trailing_delta <= most


@dataclass(frozen=True, slots=True)
class CountLimit:
    """How many open orders of a sort one account may have, in a symbol or everywhere.

    Attributes:
        counted: the field of `Counts`.
        most: 0 = no limit.
    """

    name: str
    counted: str
    most: int

    @classmethod
    def read(cls, entry: Entry) -> "CountLimit":
        """Read exchangeInfo's form."""
        name = entry["filterType"]
        field, counted = _COUNTED[name.removeprefix("EXCHANGE_")]
        return cls(name, counted, _count(entry, field))


@dataclass(frozen=True, slots=True)
class Counts:
    """Open orders and lists: those there are, or those asked for."""

    orders: int = 0
    stops: int = 0
    icebergs: int = 0
    lists: int = 0


_COUNTED = {
    "MAX_NUM_ORDERS": ("maxNumOrders", "orders"),
    "MAX_NUM_ALGO_ORDERS": ("maxNumAlgoOrders", "stops"),
    "MAX_NUM_ICEBERG_ORDERS": ("maxNumIcebergOrders", "icebergs"),
    "MAX_NUM_ORDER_LISTS": ("maxNumOrderLists", "lists"),
}
# In the order in which they are checked.
_OF_ONE_ORDER: dict[str, Callable[[Entry], OrderFilter]] = {
    "PRICE_FILTER": PriceFilter.read,
    "PERCENT_PRICE": PercentPrice.read,
    "PERCENT_PRICE_BY_SIDE": PercentPrice.read,
    "LOT_SIZE": LotSize.read,
    "MARKET_LOT_SIZE": MarketLotSize.read,
    "ICEBERG_PARTS": IcebergParts.read,
    "TRAILING_DELTA": TrailingDelta.read,
    "MIN_NOTIONAL": Notional.read,
    "NOTIONAL": Notional.read,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """All filters of a symbol.

    Attributes:
        of_order: those that look at one order by itself, in the order of the checks.
        counts: limits of what may be open at a time.
        max_amends: of one order; 0 = no limit.
        max_position: base an account may own or have bids for; 0 = no limit.
    """

    of_order: tuple[OrderFilter, ...] = ()
    counts: tuple[CountLimit, ...] = ()
    max_amends: int = 0
    max_position: Decimal = ZERO

    @classmethod
    def read(cls, entries: Iterable[Entry]) -> "Filters":
        """Read the `filters` of an entry of exchangeInfo; unknown ones are left out."""
        told = {entry["filterType"]: entry for entry in entries}
        amends, position = told.get("MAX_NUM_ORDER_AMENDS"), told.get("MAX_POSITION")
        return cls(
            tuple(_read(tuple(told[name].items())) for name in _OF_ONE_ORDER if name in told),
            count_limits(told.values()),
            _count(amends, "maxNumOrderAmends") if amends else 0,
            _decimal(position, "maxPosition") if position else ZERO,
        )

    def first_broken(self, ticket: AskedOrder, average: Average) -> str:
        """Return the name of the first filter an order breaks, or an empty text."""
        for rule in self.of_order:
            if not rule.allows(ticket, average):
                return rule.name
        return ""

    def lots(self) -> list[LotSize]:
        """Return the filters that bind the quantity of an order at market."""
        return [rule for rule in self.of_order if isinstance(rule, LotSize)]

    def find(self, kind: type[Any]) -> Any:
        """Return the filter of a class, or None."""
        return next((rule for rule in self.of_order if type(rule) is kind), None)


# Thousands of symbols have the same few hundred filters: each is kept once.
@lru_cache(maxsize=4_096)
def _read(items: tuple[tuple[str, Any], ...]) -> OrderFilter:
    entry = dict(items)
    return _OF_ONE_ORDER[entry["filterType"]](entry)


@lru_cache(maxsize=4_096)
def _kept(items: tuple[tuple[str, Any], ...]) -> Entry:
    return dict(items)


def kept_once(entries: Iterable[Entry]) -> list[Entry]:
    """Return the same filters, in memory once for all symbols."""
    return [
        _kept(tuple(entry.items())) if entry["filterType"] in _OF_ONE_ORDER else entry
        for entry in entries
    ]


def count_limits(entries: Iterable[Entry]) -> tuple[CountLimit, ...]:
    """Return the limits of open orders among filters of a symbol or of the exchange."""
    return tuple(
        CountLimit.read(entry)
        for entry in entries
        if entry["filterType"].removeprefix("EXCHANGE_") in _COUNTED
    )


def _decimal(entry: Entry, name: str) -> Decimal:
    """Return a limit; one that is not told is switched off."""
    text = entry.get(name, "0")
    try:
        value = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise ValueError(f"expected a decimal text for {name}, was {text!r}")
    return value


def _count(entry: Entry, name: str) -> int:
    value = entry.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"expected a whole number for {name}, was {value!r}")
    return value


def _within(value: Decimal, least: Decimal, most: Decimal) -> bool:
    return value >= least and (not most or value <= most)


def _fits(value: Decimal, least: Decimal, most: Decimal, step: Decimal) -> bool:
    return _within(value, least, most) and (not step or value % step == 0)
