"""The names of streams: which there are, and what they ask for."""

import re
from dataclasses import dataclass

from tradefleet.domain.candle import INTERVALS

_NAME = re.compile(r"^([a-z0-9_.-]{1,20})@([a-zA-Z]+)([0-9]*)(?:_([0-9]+[smhdwM]))?(@100ms)?$")
_PLAIN = frozenset({"miniTicker", "ticker", "bookTicker", "trade", "aggTrade"})
_LEVELS = frozenset({"", "5", "10", "20"})
ALL_MINI_TICKERS = "!miniTicker@arr"


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream, taken apart.

    Attributes:
        symbol: upper case; empty = of all symbols.
        kind: `kline`, `depth`, `trade` and so on.
        interval: of candles.
        levels: of a partial book; 0 = differences.
        period_ms: how often a book is told.
    """

    name: str
    symbol: str
    kind: str
    interval: str = ""
    levels: int = 0
    period_ms: int = 1_000


def parse(name: str) -> StreamName | None:
    """Return what a stream's name asks for, or None if there is no such stream."""
    if name == ALL_MINI_TICKERS:
        return StreamName(name, "", "miniTicker")
    match = _NAME.match(name)
    if match is None:
        return None
    symbol, kind, levels, interval, fast = match.groups()
    if kind == "kline" and (interval in INTERVALS or interval == "1M") and not (levels or fast):
        return StreamName(name, symbol.upper(), kind, interval=interval)
    if kind == "depth" and levels in _LEVELS and interval is None:
        period = 100 if fast else 1_000
        return StreamName(name, symbol.upper(), kind, levels=int(levels or 0), period_ms=period)
    if kind in _PLAIN and not (levels or interval or fast):
        return StreamName(name, symbol.upper(), kind)
    return None
