"""Public endpoints: last, best and average prices, and statistics of a span of time."""

import re
from collections.abc import Callable
from typing import Any

from tradefleet.domain.candle import DAY, HOUR, MINUTE
from tradefleet.exchange import errors
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.markets.klines import MAX_LIMIT
from tradefleet.exchange.parameters import TEXT, WORD, Parameter
from tradefleet.exchange.rest.asked_symbols import (
    ONE_SYMBOL,
    SOME_SYMBOLS,
    SYMBOL_STATUS,
    asked_symbol,
    count_of_symbols,
    named_symbols,
    one_or_all,
)
from tradefleet.exchange.rest.candles import TIME_ZONE, asked_zone
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rules.averages import MINUTES
from tradefleet.exchange.tickers import Statistics, Ticker

View = dict[str, Any]

_WINDOW = re.compile(r"([1-9][0-9]?)([mhd])")
_UNITS = {"m": (MINUTE, 59), "h": (HOUR, 23), "d": (DAY, 7)}
_ALL = 1_000  # symbols, where a request names none
_FETCHED = 20  # symbols of a request whose candles are asked for


def price(call: Call) -> View | list[View]:
    """Return last prices."""
    return one_or_all(call, [_price_view(call, known.symbol) for known in named_symbols(call)])


def _price_view(call: Call, symbol: str) -> View:
    last = call.venue.market.last_price(symbol)
    return {"symbol": symbol, "price": amount(last) if last is not None else "0.00000000"}


def book_ticker(call: Call) -> View | list[View]:
    """Return the best bids and asks."""
    return one_or_all(call, [_best_view(call, known.symbol) for known in named_symbols(call)])


def _best_view(call: Call, symbol: str) -> View:
    bid, ask = call.venue.tickers.best(symbol)
    return {
        "symbol": symbol,
        "bidPrice": amount(bid.price),
        "bidQty": amount(bid.quantity),
        "askPrice": amount(ask.price),
        "askQty": amount(ask.quantity),
    }


def average_price(call: Call) -> View:
    """Return the average price of the last five minutes."""
    venue, symbol = call.venue, asked_symbol(call)
    average = venue.tickers.average(symbol)
    return {"mins": MINUTES, "price": amount(average.price), "closeTime": average.time}


# ---------------------------------------------------------------- statistics


async def fetch_candles(call: Call) -> None:
    """Let a market fed from afar get the candles that statistics of named symbols are made of."""
    names = call.values.get("symbols", [])[:_FETCHED] or [call.values.get("symbol")]
    for symbol in filter(None, names):
        known = call.venue.engine.instrument(symbol).symbol
        for interval in ("1m", "1h"):
            await call.venue.market.fetch_klines(known, interval, None, None, MAX_LIMIT)


def day_ticker(call: Call) -> View | list[View]:
    """Return the figures of the last 24 hours."""
    is_full = _is_full(call)
    tickers = [call.venue.tickers.ticker(known.symbol) for known in named_symbols(call)]
    views = [_ticker_view(one) if is_full else mini_view(one) for one in tickers]
    return one_or_all(call, views)


def trading_day(call: Call) -> View | list[View]:
    """Return the figures of the present day of a time zone."""
    zone = asked_zone(call)
    return _statistics(call, lambda symbol: call.venue.tickers.trading_day(symbol, zone))


def rolling_window(call: Call) -> View | list[View]:
    """Return the figures of a span that ends now and began with a minute."""
    length = _window(call.values.get("windowSize", "1d"))
    return _statistics(call, lambda symbol: call.venue.tickers.rolling(symbol, length))


def _statistics(call: Call, of: Callable[[str], Statistics]) -> View | list[View]:
    view = full_view if _is_full(call) else mini_view
    return one_or_all(call, [view(of(known.symbol)) for known in named_symbols(call, needed=True)])


def _is_full(call: Call) -> bool:
    kind: str = call.values.get("type", "FULL")
    if kind not in ("FULL", "MINI"):
        raise errors.invalid_data("type")
    return kind == "FULL"


def _window(text: str) -> int:
    """Return how long a window is, in milliseconds."""
    match = _WINDOW.fullmatch(text)
    if match is not None:
        unit, most = _UNITS[match[2]]
        if int(match[1]) <= most:
            return int(match[1]) * unit
    raise errors.invalid_data("windowSize")


def mini_view(found: Statistics) -> View:
    """Return the short form of statistics."""
    return {
        "symbol": found.symbol,
        "openPrice": amount(found.open),
        "highPrice": amount(found.high),
        "lowPrice": amount(found.low),
        "lastPrice": amount(found.last),
        "volume": amount(found.volume),
        "quoteVolume": amount(found.quote),
        "openTime": found.open_time,
        "closeTime": found.close_time,
        "firstId": found.first_id,
        "lastId": found.last_id,
        "count": found.count,
    }


def full_view(found: Statistics) -> View:
    """Return the long form of statistics."""
    return {
        "symbol": found.symbol,
        "priceChange": amount(found.change),
        "priceChangePercent": found.change_percent,
        "weightedAvgPrice": amount(found.average),
    } | mini_view(found)


def _ticker_view(ticker: Ticker) -> View:
    return full_view(ticker) | {
        "prevClosePrice": amount(ticker.before),
        "lastQty": amount(ticker.last_quantity),
        "bidPrice": amount(ticker.bid.price),
        "bidQty": amount(ticker.bid.quantity),
        "askPrice": amount(ticker.ask.price),
        "askQty": amount(ticker.ask.quantity),
    }


# ---------------------------------------------------------------- what they cost


def _few_weight(sent: dict[str, str]) -> int:
    return 2 if "symbol" in sent else 4


def _day_weight(sent: dict[str, str]) -> int:
    count = count_of_symbols(sent, _ALL)
    return 2 if count <= 20 else 40 if count <= 100 else 80


def _each_weight(sent: dict[str, str]) -> int:
    return min(200, 4 * count_of_symbols(sent, 1))


_TYPE = Parameter("type", WORD)

ENDPOINTS = (
    Endpoint(
        "GET /ticker/price",
        price,
        *SOME_SYMBOLS,
        SYMBOL_STATUS,
        weight=_few_weight,
        method="ticker.price",
    ),
    Endpoint(
        "GET /ticker/bookTicker",
        book_ticker,
        *SOME_SYMBOLS,
        SYMBOL_STATUS,
        weight=_few_weight,
        method="ticker.book",
    ),
    Endpoint(
        "GET /ticker/24hr",
        day_ticker,
        *SOME_SYMBOLS,
        SYMBOL_STATUS,
        _TYPE,
        weight=_day_weight,
        method="ticker.24hr",
        prepare=fetch_candles,
    ),
    Endpoint(
        "GET /ticker/tradingDay",
        trading_day,
        *SOME_SYMBOLS,
        SYMBOL_STATUS,
        TIME_ZONE,
        _TYPE,
        weight=_each_weight,
        method="ticker.tradingDay",
        prepare=fetch_candles,
    ),
    Endpoint(
        "GET /ticker",
        rolling_window,
        *SOME_SYMBOLS,
        SYMBOL_STATUS,
        Parameter("windowSize", TEXT),
        _TYPE,
        weight=_each_weight,
        method="ticker",
        prepare=fetch_candles,
    ),
    Endpoint("GET /avgPrice", average_price, ONE_SYMBOL, weight=2, method="avgPrice"),
)
