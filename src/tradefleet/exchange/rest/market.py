"""Public endpoints: whether it is there, its time, the book."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from tradefleet.exchange.decimals import amount
from tradefleet.exchange.protocols import Level
from tradefleet.exchange.rest.asked_symbols import LIMIT, ONE_SYMBOL, SYMBOL_STATUS, asked_symbol
from tradefleet.exchange.rest.endpoint import Call, Endpoint

View = dict[str, Any]


def ping(_: Call) -> View:
    """Answer that the exchange is there."""
    return {}


def time(call: Call) -> View:
    """Return the exchange's time."""
    return {"serverTime": call.venue.now()}


def depth(call: Call) -> View:
    """Return the book."""
    number, found = call.venue.order_books.snapshot(asked_symbol(call), call.limit(100, 5000))
    return {
        "lastUpdateId": number,
        "bids": level_rows(found.bids),
        "asks": level_rows(found.asks),
    }


def level_rows(levels: Sequence[Level], limit: int | None = None) -> list[list[str]]:
    """Return price and quantity of the best levels."""
    return [[amount(level.price), amount(level.quantity)] for level in islice(levels, limit)]


def _depth_weight(sent: dict[str, str]) -> int:
    text = sent.get("limit", "100")
    limit = int(text) if text.isascii() and text.isdigit() else 100
    return next((cost for most, cost in ((100, 5), (500, 25), (1000, 50)) if limit <= most), 250)


ENDPOINTS = (
    Endpoint("GET /ping", ping, method="ping"),
    Endpoint("GET /time", time, method="time"),
    Endpoint(
        "GET /depth",
        depth,
        ONE_SYMBOL,
        LIMIT,
        SYMBOL_STATUS,
        weight=_depth_weight,
        method="depth",
    ),
)
