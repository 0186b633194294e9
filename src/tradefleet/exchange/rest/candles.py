"""Public endpoints: candles."""

import re
from collections.abc import Sequence
from typing import Any

from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.exchange import errors
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.markets.klines import DEFAULT_LIMIT, KLINE_INTERVALS, MAX_LIMIT
from tradefleet.exchange.parameters import TEXT, Parameter
from tradefleet.exchange.rest.asked_symbols import LIMIT, ONE_SYMBOL, TIMES, asked_symbol
from tradefleet.exchange.rest.endpoint import Call, Endpoint

TIME_ZONE = Parameter("timeZone", TEXT)

_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?")
_EARLIEST, _LATEST = -12 * HOUR, 14 * HOUR


def klines(call: Call) -> Sequence[list[Any]]:
    """Return candles, the forming one included."""
    return call.venue.market.klines(*_asked(call))


async def fetch_klines(call: Call) -> None:
    """Let a market fed from afar get the candles it will be asked for."""
    await call.venue.market.fetch_klines(*_asked(call))


def _asked(call: Call) -> tuple[str, str, int | None, int | None, int, int]:
    """Return symbol, interval, start, end, limit and zone."""
    values = call.values
    symbol, interval = asked_symbol(call), values["interval"]
    if interval not in KLINE_INTERVALS:
        raise ApiError(-1120, "Invalid interval.")
    limit = call.limit(DEFAULT_LIMIT, MAX_LIMIT)
    zone = asked_zone(call)
    return symbol, interval, values.get("startTime"), values.get("endTime"), limit, zone


def asked_zone(call: Call) -> int:
    """Return how far the clocks of a request are ahead of UTC, in milliseconds.

    Raises:
        ApiError: -1130, it is no zone from -12:00 to +14:00.
    """
    text = call.values.get("timeZone", "0")
    match = _ZONE.fullmatch(text.strip())  # an unescaped + arrives as a blank
    if match is None:
        raise errors.invalid_data("timeZone")
    sign, hours, minutes = match.groups()
    zone = int(hours) * HOUR + int(minutes or 0) * MINUTE
    zone = -zone if sign == "-" else zone
    if int(minutes or 0) > 59 or not _EARLIEST <= zone <= _LATEST:
        raise errors.invalid_data("timeZone")
    return zone


_PARAMETERS = (
    ONE_SYMBOL,
    Parameter("interval", TEXT, required=True),
    TIME_ZONE,
    *TIMES,
    LIMIT,
)

ENDPOINTS = tuple(
    Endpoint(f"GET /{name}", klines, *_PARAMETERS, weight=2, method=name, prepare=fetch_klines)
    for name in ("klines", "uiKlines")
)
