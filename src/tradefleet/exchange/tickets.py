"""What is asked for: an order as a request states it, checked for form and completeness."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import STOPS, TimeInForce
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import CLIENT_ID, DECIMAL, INTEGER, SYMBOL, TEXT, Parameter
from tradefleet.exchange.self_trades import STP_MODES

# What each type needs besides symbol and side; nothing else of `_CONDITIONAL` may come with it.
_NEEDS: dict[OrderType, tuple[str, ...]] = {
    OrderType.LIMIT: ("timeInForce", "quantity", "price"),
    OrderType.MARKET: (),
    OrderType.LIMIT_MAKER: ("quantity", "price"),
    OrderType.STOP_LOSS: ("quantity",),
    OrderType.TAKE_PROFIT: ("quantity",),
    OrderType.STOP_LOSS_LIMIT: ("timeInForce", "quantity", "price"),
    OrderType.TAKE_PROFIT_LIMIT: ("timeInForce", "quantity", "price"),
}
_SIDES, _TYPES = dict(Side.__members__), dict(OrderType.__members__)
_TIMES_IN_FORCE = dict(TimeInForce.__members__)
_OF_MARKET = ("quantity", "quoteOrderQty")  # exactly one of these
_OF_STOPS = ("stopPrice", "trailingDelta")  # one of these, or both
_ICEBERGS = frozenset(
    {
        OrderType.LIMIT,
        OrderType.LIMIT_MAKER,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
    }
)
Named = Callable[[str], str]
_CONDITIONAL = ("timeInForce", "quantity", "quoteOrderQty", "price", *_OF_STOPS)

ORDER_PARAMETERS = (
    Parameter("symbol", SYMBOL, required=True),
    Parameter("side", TEXT, required=True),
    Parameter("type", TEXT, required=True),
    Parameter("timeInForce", TEXT),
    Parameter("quantity", DECIMAL),
    Parameter("quoteOrderQty", DECIMAL),
    Parameter("price", DECIMAL),
    Parameter("stopPrice", DECIMAL),
    Parameter("newClientOrderId", CLIENT_ID),
    Parameter("newOrderRespType", TEXT),
    Parameter("selfTradePreventionMode", TEXT),
    Parameter("strategyId", INTEGER),
    Parameter("strategyType", INTEGER),
    Parameter("icebergQty", DECIMAL),
    Parameter("trailingDelta", INTEGER),
)


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """An order as asked for.

    Attributes:
        client_id: empty = the exchange chooses one.
        quantity: base; None in a market order by quote.
        quote_quantity: quote to spend or receive.
        stp_mode: of self-trade prevention; empty = the symbol's default.
        iceberg_quantity: how much of it the book shows at a time; 0 = all.
        response: `ACK`, `RESULT` or `FULL`.
        trailing_delta: basis points the price must turn to trigger a stop; 0 = it does not trail.
    """

    symbol: str
    side: Side
    type: OrderType
    client_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    response: str = "ACK"
    strategy_id: int = 0
    strategy_type: int = 0
    stp_mode: str = ""
    iceberg_quantity: Decimal = ZERO
    trailing_delta: int = 0


@dataclass(frozen=True, slots=True)
class OcoTicket:
    """An OCO list as asked for."""

    client_id: str
    above: OrderTicket
    below: OrderTicket


@dataclass(frozen=True, slots=True)
class OtoTicket:
    """An OTO list as asked for.

    Attributes:
        pending: one order, or the legs of a pair, the one above the market first; without
            quantities if the list pays.
        pays: they sell what the working order will have received.
    """

    client_id: str
    working: OrderTicket
    pending: tuple[OrderTicket, ...]
    pays: bool = False


def order_ticket(
    values: Mapping[str, Any], named: Named = str, *, sized: bool = True
) -> OrderTicket:
    """Return the order that a request asks for.

    Args:
        values: the request, by the names that the parameters of a single order have.
        named: returns the name that such a parameter has in the request.
        sized: it has a quantity; otherwise it gets one later.

    Raises:
        ApiError: an unknown word, or parameters that do not go with the type.
    """
    side, kind = read_side(values["side"]), read_type(values["type"])
    _check_presence(kind, values, named, sized=sized)
    return OrderTicket(
        symbol=values["symbol"],
        side=side,
        type=kind,
        client_id=values.get("newClientOrderId", ""),
        time_in_force=read_time_in_force(values.get("timeInForce", "GTC")),
        quantity=values.get("quantity"),
        quote_quantity=values.get("quoteOrderQty"),
        price=values.get("price"),
        stop_price=values.get("stopPrice"),
        response=read_response(values, kind),
        strategy_id=values.get("strategyId", 0),
        strategy_type=read_strategy_type(values.get("strategyType", 0), named),
        stp_mode=read_stp(values),
        iceberg_quantity=read_iceberg(kind, values, named),
        trailing_delta=read_trailing(values),
    )


def read_side(text: str) -> Side:
    """Return the side, or refuse with -1117."""
    if text not in _SIDES:
        raise ApiError(-1117, "Invalid side.")
    return _SIDES[text]


def read_type(text: str) -> OrderType:
    """Return the order type, or refuse with -1116."""
    if text not in _TYPES:
        raise ApiError(-1116, "Invalid orderType.")
    return _TYPES[text]


def read_time_in_force(text: str) -> TimeInForce:
    """Return how long an order lives, or refuse with -1115."""
    if text not in _TIMES_IN_FORCE:
        raise ApiError(-1115, "Invalid timeInForce.")
    return _TIMES_IN_FORCE[text]


def read_response(values: Mapping[str, Any], kind: OrderType | None = None) -> str:
    """Return how much the answer should say; FULL is the default of MARKET and LIMIT."""
    usual = "FULL" if kind in (OrderType.MARKET, OrderType.LIMIT) else "ACK"
    text: str = values.get("newOrderRespType", usual)
    if text not in ("ACK", "RESULT", "FULL"):
        raise errors.invalid_data("newOrderRespType")
    return text


def read_stp(values: Mapping[str, Any]) -> str:
    """Return the mode of self-trade prevention; empty = the symbol's default."""
    mode: str = values.get("selfTradePreventionMode", "")
    if mode and mode not in STP_MODES:
        raise errors.invalid_data("selfTradePreventionMode")
    return mode


def read_iceberg(kind: OrderType, values: Mapping[str, Any], named: Named = str) -> Decimal:
    """Return how much of an order the book shows; 0 = all."""
    quantity: Decimal = values.get("icebergQty", ZERO)
    if quantity and kind not in _ICEBERGS:
        raise errors.not_required(named("icebergQty"))
    if quantity and values.get("timeInForce", "GTC") != TimeInForce.GTC:
        raise errors.order_refused(errors.BAD_COMBINATION)
    if quantity > values.get("quantity", quantity):
        raise errors.order_refused("IcebergQty exceeds QTY.")
    return quantity


def read_trailing(values: Mapping[str, Any]) -> int:
    """Return by how many basis points the price must turn; 0 = the stop does not trail."""
    delta: int = values.get("trailingDelta", 0)
    if not delta and "trailingDelta" in values:
        raise errors.filter_failure("TRAILING_DELTA")
    return delta


def read_strategy_type(number: int, named: Named = str) -> int:
    """Return the caller's own number; those below a million are Binance's."""
    if 0 < number < 1_000_000:
        raise errors.invalid_data(named("strategyType"))
    return number


def _check_presence(
    kind: OrderType, values: Mapping[str, Any], named: Named, *, sized: bool
) -> None:
    needed = _NEEDS[kind]
    if kind is OrderType.MARKET and sized:
        if "quantity" in values and "quoteOrderQty" in values:
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if "quantity" not in values and "quoteOrderQty" not in values:
            raise errors.missing_both("quantity", "quoteOrderQty")
        needed = _OF_MARKET
    for name in _NEEDS[kind]:
        if name not in values and (sized or name != "quantity"):
            raise errors.missing(named(name))
    if kind in STOPS:
        if not any(name in values for name in _OF_STOPS):
            raise errors.missing_both(*map(named, _OF_STOPS))
        needed += _OF_STOPS
    for name in _CONDITIONAL:
        if name in values and name not in needed:
            raise errors.not_required(named(name))
