"""The names of streams: which there are, and what they ask for."""

import re
from dataclasses import dataclass

from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.exchange.markets.klines import KLINE_INTERVALS

_SYMBOL = r"([^@!\s]{1,40})"
_CANDLES = re.compile(_SYMBOL + r"@kline_([0-9]+[smhdwM])(?:@([+-])([0-9]{1,2}):([0-9]{2}))?")
_BOOK = re.compile(_SYMBOL + r"@depth(5|10|20)?(@100ms|@1000ms)?")
_WINDOW = re.compile(_SYMBOL + r"@ticker_(1h|4h|1d)")
_PLAIN = re.compile(_SYMBOL + r"@(miniTicker|ticker|bookTicker|trade|aggTrade|avgPrice)")
_ALL = re.compile(r"!(miniTicker|ticker)(?:_(1h|4h|1d))?@arr(?:@[13]000ms)?")  # told each second
_FORM = re.compile(r"[^@\s]{1,41}(@[A-Za-z0-9_+:.-]{1,40}){1,3}")
_EARLIEST, _LATEST = -12 * HOUR, 14 * HOUR

WINDOWS = {"1h": HOUR, "4h": 4 * HOUR, "1d": 24 * HOUR}


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream, taken apart.

    Attributes:
        symbol: upper case; empty = of all symbols.
        kind: `kline`, `depth`, `trade` and so on.
        interval: of candles; of a rolling window, empty where it is 24 hours of `ticker`.
        zone: milliseconds that the clocks are ahead of UTC where candles begin.
        levels: of a partial book; 0 = differences.
        period_ms: how often a book is told.
    """

    name: str
    symbol: str
    kind: str
    interval: str = ""
    zone: int = 0
    levels: int = 0
    period_ms: int = 1_000


def is_well_formed(name: str) -> bool:
    """Whether a text looks like a stream's name; such ones may be followed, existing or not."""
    return _FORM.fullmatch(name) is not None


def parse(name: str) -> StreamName | None:
    """Return what a stream's name asks for, or None if there is no such stream."""
    if match := _CANDLES.fullmatch(name):
        return _candles(name, match)
    if match := _BOOK.fullmatch(name):
        symbol, levels, speed = match.groups()
        period = 100 if speed == "@100ms" else 1_000
        return StreamName(name, _upper(symbol), "depth", levels=int(levels or 0), period_ms=period)
    if match := _WINDOW.fullmatch(name):
        return StreamName(name, _upper(match[1]), "ticker", interval=match[2])
    if match := _PLAIN.fullmatch(name):
        return StreamName(name, _upper(match[1]), match[2])
    match = _ALL.fullmatch(name)
    # All tickers of 24 hours ended on 2026-03-26; of mini tickers there are no windows.
    if match is None or (match[1] == "ticker") != bool(match[2]):
        return None
    return StreamName(name, "", match[1], interval=match[2] or "")


def _candles(name: str, match: re.Match[str]) -> StreamName | None:
    symbol, interval, sign, hours, minutes = match.groups()
    zone = int(hours or 0) * HOUR + int(minutes or 0) * MINUTE
    zone = -zone if sign == "-" else zone
    if interval not in KLINE_INTERVALS or not _EARLIEST <= zone <= _LATEST:
        return None
    return StreamName(name, _upper(symbol), "kline", interval=interval, zone=zone)


def _upper(symbol: str) -> str:
    """Return a symbol as the exchange spells it; none if the stream's name is not lower case."""
    return symbol.upper() if symbol == symbol.lower() else ""
