"""The signed endpoint of matches that self-trade prevention kept from becoming trades."""

from typing import Any

from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import INTEGER, SYMBOL, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.views import prevented_view

View = dict[str, Any]


def prevented_matches(call: Call) -> list[View]:
    """Return the prevented matches of an order, or the one with a number."""
    values, limit = call.values, call.limit(500, 1000)
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    number, order_id = values.get("preventedMatchId"), values.get("orderId")
    first = values.get("fromPreventedMatchId")
    is_by_number = number is not None
    if is_by_number == (order_id is not None) or (is_by_number and first is not None):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    found = [
        match
        for match in call.venue.books.prevented(call.account.uid)
        if match.symbol == symbol
        and number in (None, match.id)
        and order_id in (None, match.taker_order_id, match.maker_order_id)
        and (first is None or match.id >= first)
    ]
    return [prevented_view(match) for match in found[:limit]]


def _weight(sent: dict[str, str]) -> int:
    return 20 if "orderId" in sent else 2


ENDPOINTS = (
    Endpoint(
        "GET /myPreventedMatches",
        prevented_matches,
        Parameter("symbol", SYMBOL, required=True),
        Parameter("preventedMatchId", INTEGER),
        Parameter("orderId", INTEGER),
        Parameter("fromPreventedMatchId", INTEGER),
        Parameter("limit", INTEGER),
        weight=_weight,
        signed=True,
        method="myPreventedMatches",
    ),
)
