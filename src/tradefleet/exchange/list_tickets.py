"""What is asked for with a list: its orders, each of whose parameters begins with the leg's name.

Names, what is mandatory and what is refused: Binance spot docs, rest-api.md (order lists),
faqs/opo.md and errors.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import TimeInForce
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import (
    CLIENT_ID,
    DECIMAL,
    INTEGER,
    SYMBOL,
    TEXT,
    Kind,
    Parameter,
)
from tradefleet.exchange.rules.pairs import above_and_below, check_types
from tradefleet.exchange.tickets import (
    OcoTicket,
    OrderTicket,
    OtoTicket,
    order_ticket,
    read_side,
    read_type,
)

Values = Mapping[str, Any]

# What a leg's parameters are called behind its name, and what those of a single order are called.
_LEG: tuple[tuple[str, str, Kind], ...] = (
    ("Type", "type", TEXT),
    ("Side", "side", TEXT),
    ("ClientOrderId", "newClientOrderId", CLIENT_ID),
    ("Quantity", "quantity", DECIMAL),
    ("Price", "price", DECIMAL),
    ("StopPrice", "stopPrice", DECIMAL),
    ("TrailingDelta", "trailingDelta", INTEGER),
    ("TimeInForce", "timeInForce", TEXT),
    ("IcebergQty", "icebergQty", DECIMAL),
    ("StrategyId", "strategyId", INTEGER),
    ("StrategyType", "strategyType", INTEGER),
    ("PegPriceType", "pegPriceType", TEXT),
    ("PegOffsetType", "pegOffsetType", TEXT),
    ("PegOffsetValue", "pegOffsetValue", INTEGER),
)
_OF_STOPS = frozenset({"StopPrice", "TrailingDelta"})
_OF_PAIR = frozenset({"Side", "Quantity"})  # what the legs of a pair share
_WORKING_TYPES = (OrderType.LIMIT, OrderType.LIMIT_MAKER)
_PEG_PRICES, _PEG_OFFSETS = ("PRIMARY_PEG", "MARKET_PEG"), ("PRICE_LEVEL",)


def _leg(
    prefix: str,
    *needed: str,
    without: frozenset[str] = frozenset(),
    names: tuple[tuple[str, str, Kind], ...] = _LEG,
) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(prefix + suffix, kind, required=suffix in needed)
        for suffix, _, kind in names
        if suffix not in without
    )


_ANY_LIST = (
    Parameter("symbol", SYMBOL, required=True),
    Parameter("listClientOrderId", CLIENT_ID),
    Parameter("newOrderRespType", TEXT),
    Parameter("selfTradePreventionMode", TEXT),
)
_SIDE, _QUANTITY = (
    Parameter("side", TEXT, required=True),
    Parameter("quantity", DECIMAL, required=True),
)
_WORKING = _leg("working", "Type", "Side", "Price", "Quantity", without=_OF_STOPS)
_PENDING_SIDE = Parameter("pendingSide", TEXT, required=True)
_PENDING_PAIR = (
    *_leg("pendingAbove", "Type", without=_OF_PAIR),
    *_leg("pendingBelow", "Type", without=_OF_PAIR),
)

OCO_PARAMETERS = (
    *_ANY_LIST,
    _SIDE,
    _QUANTITY,
    *_leg("above", "Type", without=_OF_PAIR),
    *_leg("below", "Type", without=_OF_PAIR),
)
OTO_PARAMETERS = (*_ANY_LIST, *_WORKING, *_leg("pending", "Type", "Side", "Quantity"))
OPO_PARAMETERS = (
    *_ANY_LIST,
    *_WORKING,
    *_leg("pending", "Type", "Side", without=frozenset({"Quantity"})),
)
OPOCO_PARAMETERS = (*_ANY_LIST, *_WORKING, _PENDING_SIDE, *_PENDING_PAIR)
OTOCO_PARAMETERS = (*OPOCO_PARAMETERS, Parameter("pendingQuantity", DECIMAL, required=True))
OLD_OCO_PARAMETERS = (
    *_ANY_LIST,
    _SIDE,
    _QUANTITY,
    Parameter("price", DECIMAL, required=True),
    Parameter("limitClientOrderId", CLIENT_ID),
    Parameter("limitStrategyId", INTEGER),
    Parameter("limitStrategyType", INTEGER),
    Parameter("limitIcebergQty", DECIMAL),
    Parameter("stopPrice", DECIMAL),
    Parameter("trailingDelta", INTEGER),
    Parameter("stopClientOrderId", CLIENT_ID),
    Parameter("stopStrategyId", INTEGER),
    Parameter("stopStrategyType", INTEGER),
    Parameter("stopLimitPrice", DECIMAL),
    Parameter("stopIcebergQty", DECIMAL),
    Parameter("stopLimitTimeInForce", TEXT),
)


@dataclass(frozen=True, slots=True)
class _Leg:
    """One order among the parameters of a list.

    Attributes:
        names: of its parameters in the request, by what a single order calls them.
    """

    names: Mapping[str, str]

    def of(self, values: Values) -> dict[str, Any]:
        """Return its parameters, under the names that a single order gives them."""
        return {name: values[sent] for name, sent in self.names.items() if sent in values}

    def named(self, name: str) -> str:
        """Return what the request calls a parameter of a single order."""
        return self.names.get(name, name)


def _names(prefix: str, **others: str) -> _Leg:
    names = {name: prefix + suffix for suffix, name, _ in _LEG} | others
    return _Leg({**names, "selfTradePreventionMode": "selfTradePreventionMode", "symbol": "symbol"})


_WORKING_LEG, _PENDING_LEG = _names("working"), _names("pending")
_ABOVE, _BELOW = (_names(prefix, side="side", quantity="quantity") for prefix in ("above", "below"))
_PENDING_ABOVE, _PENDING_BELOW = (
    _names(prefix, side="pendingSide", quantity="pendingQuantity")
    for prefix in ("pendingAbove", "pendingBelow")
)
_OLD_LIMIT = _names("limit", side="side", quantity="quantity", price="price")
_OLD_STOP = _names(
    "stop",
    side="side",
    quantity="quantity",
    stopPrice="stopPrice",
    trailingDelta="trailingDelta",
    price="stopLimitPrice",
    timeInForce="stopLimitTimeInForce",
)


def oco_ticket(values: Values) -> OcoTicket:
    """Return the OCO list that a request asks for."""
    return OcoTicket(_list_name(values), *_pair(values, _ABOVE, _BELOW))


def old_oco_ticket(values: Values) -> OcoTicket:
    """Return the OCO list that a request in the deprecated form asks for: a limit and a stop."""
    kind = OrderType.STOP_LOSS_LIMIT if "stopLimitPrice" in values else OrderType.STOP_LOSS
    limit = _ticket({**values, "limitType": OrderType.LIMIT_MAKER}, _OLD_LIMIT)
    stop = _ticket({**values, "stopType": kind}, _OLD_STOP)
    return OcoTicket(_list_name(values), *above_and_below(stop, limit))


def oto_ticket(values: Values) -> OtoTicket:
    """Return the OTO list that a request asks for."""
    return _oto(values, (_ticket(values, _PENDING_LEG),))


def otoco_ticket(values: Values) -> OtoTicket:
    """Return the OTO list with a pending pair that a request asks for."""
    return _oto(values, _pair(values, _PENDING_ABOVE, _PENDING_BELOW))


def opo_ticket(values: Values) -> OtoTicket:
    """Return the OTO list that pays its pending order, as a request asks for it."""
    return _opo(values, (_ticket(values, _PENDING_LEG, sized=False),))


def opoco_ticket(values: Values) -> OtoTicket:
    """Return the OTO list that pays its pending pair, as a request asks for it."""
    return _opo(values, _pair(values, _PENDING_ABOVE, _PENDING_BELOW, sized=False))


def _list_name(values: Values) -> str:
    name: str = values.get("listClientOrderId", "")
    return name


def _oto(values: Values, pending: tuple[OrderTicket, ...], *, pays: bool = False) -> OtoTicket:
    if read_type(values["workingType"]) not in _WORKING_TYPES:
        raise ApiError(-1159, "Order type not supported for the working order of an OTO.")
    return OtoTicket(_list_name(values), _ticket(values, _WORKING_LEG), pending, pays)


def _opo(values: Values, pending: tuple[OrderTicket, ...]) -> OtoTicket:
    ticket = _oto(values, pending, pays=True)
    if ticket.working.side is not Side.BUY:
        raise ApiError(-1222, "Working order in an OPO list must be a bid.")
    if any(leg.side is not Side.SELL for leg in pending):
        raise ApiError(-1223, "Pending orders in an OPO list must be asks.")
    return ticket


def _pair(
    values: Values, above: _Leg, below: _Leg, *, sized: bool = True
) -> tuple[OrderTicket, OrderTicket]:
    side = read_side(values[above.named("side")])
    types = (read_type(values[leg.named("type")]) for leg in (above, below))
    check_types(side, *types)
    return _ticket(values, above, sized=sized), _ticket(values, below, sized=sized)


def _ticket(values: Values, leg: _Leg, *, sized: bool = True) -> OrderTicket:
    own = leg.of(values)
    _refuse_pegged(own)
    if "icebergQty" in own and own.get("timeInForce", TimeInForce.GTC) != TimeInForce.GTC:
        name = leg.named("icebergQty")
        text = "is not supported if `aboveTimeInForce`/`belowTimeInForce` is not GTC."
        raise ApiError(-1160, f"Parameter '{name}' {text}")
    return order_ticket(own, leg.named, sized=sized)


def _refuse_pegged(own: Values) -> None:
    """Refuse a price that follows the book; no symbol has pegged orders."""
    if own.get("pegPriceType", _PEG_PRICES[0]) not in _PEG_PRICES:
        raise ApiError(-1210, "Invalid pegPriceType.")
    if own.get("pegOffsetType", _PEG_OFFSETS[0]) not in _PEG_OFFSETS:
        raise ApiError(-1211, "Invalid pegOffsetType.")
    if any(name.startswith("peg") for name in own):
        raise errors.order_refused("Pegged orders are not supported for this symbol.")
