"""What the market streams say: the payloads of Binance spot, web-socket-streams.md."""

from typing import Any

from tradefleet.exchange.decimals import amount
from tradefleet.exchange.order_books import Difference
from tradefleet.exchange.protocols import Level
from tradefleet.exchange.rest.market import level_rows
from tradefleet.exchange.tickers import NO_TRADE, Average, Statistics, Ticker

Message = dict[str, Any]


def candle(
    symbol: str, interval: str, row: list[Any], last_id: int, now: int, *, is_closed: bool
) -> Message:
    """Return what is said of a kline row; `last_id` numbers its last trade, 0 = not known."""
    count = row[8]
    has_ids = count and last_id
    return {
        "e": "kline",
        "E": now,
        "s": symbol,
        "k": {
            "t": row[0],
            "T": row[6],
            "s": symbol,
            "i": interval,
            "f": max(1, last_id - count + 1) if has_ids else NO_TRADE,
            "L": last_id if has_ids else NO_TRADE,
            "o": row[1],
            "c": row[4],
            "h": row[2],
            "l": row[3],
            "v": row[5],
            "n": count,
            "x": is_closed,
            "q": row[7],
            "V": row[9],
            "Q": row[10],
            "B": "0",
        },
    }


def mini_ticker(found: Statistics, now: int) -> Message:
    """Return the short form of the last 24 hours."""
    return {
        "e": "24hrMiniTicker",
        "E": now,
        "s": found.symbol,
        "c": amount(found.last),
        "o": amount(found.open),
        "h": amount(found.high),
        "l": amount(found.low),
        "v": amount(found.volume),
        "q": amount(found.quote),
    }


def window_ticker(found: Statistics, window: str, now: int) -> Message:
    """Return what happened within a rolling window."""
    return mini_ticker(found, now) | {
        "e": f"{window}Ticker",
        "p": amount(found.change),
        "P": found.change_percent,
        "w": amount(found.average),
        "O": found.open_time,
        "C": found.close_time,
        "F": found.first_id,
        "L": found.last_id,
        "n": found.count,
    }


def ticker(found: Ticker, now: int) -> Message:
    """Return the last 24 hours, and how the symbol stands."""
    return window_ticker(found, "24hr", now) | {
        "x": amount(found.before),
        "Q": amount(found.last_quantity),
        "b": amount(found.bid.price),
        "B": amount(found.bid.quantity),
        "a": amount(found.ask.price),
        "A": amount(found.ask.quantity),
    }


def best(symbol: str, number: int, bid: Level, ask: Level) -> Message:
    """Return the best levels of a book in its state of that number."""
    return {
        "u": number,
        "s": symbol,
        "b": amount(bid.price),
        "B": amount(bid.quantity),
        "a": amount(ask.price),
        "A": amount(ask.quantity),
    }


def average(symbol: str, found: Average, minutes: int, now: int) -> Message:
    """Return the average price."""
    return {
        "e": "avgPrice",
        "E": now,
        "s": symbol,
        "i": f"{minutes}m",
        "w": amount(found.price),
        "T": found.time,
    }


def book_change(symbol: str, changes: list[Difference], now: int) -> Message:
    """Return what changed in a book, of several changes in a row the last state of each level."""
    bids = {level.price: level for change in changes for level in change.bids}
    asks = {level.price: level for change in changes for level in change.asks}
    return {
        "e": "depthUpdate",
        "E": now,
        "s": symbol,
        "U": changes[0].first,
        "u": changes[-1].last,
        "b": level_rows(tuple(bids.values())),
        "a": level_rows(tuple(asks.values())),
    }
