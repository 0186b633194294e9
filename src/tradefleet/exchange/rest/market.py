"""Public endpoints: time, prices, candles, trades, the book."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from tradefleet.domain.candle import INTERVALS, MINUTE
from tradefleet.domain.instrument import Instrument
from tradefleet.exchange import errors
from tradefleet.exchange.books.tape import Printed
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import (
    INTEGER,
    SYMBOL,
    SYMBOLS,
    TEXT,
    TIME,
    WORD,
    Parameter,
)
from tradefleet.exchange.protocols import Level
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rules.averages import MINUTES
from tradefleet.exchange.tickers import Ticker

View = dict[str, Any]

_SYMBOL = Parameter("symbol", SYMBOL, required=True)
_SOME_SYMBOLS = (Parameter("symbol", SYMBOL), Parameter("symbols", SYMBOLS))
_LIMIT = Parameter("limit", INTEGER)
_RANGE = (Parameter("startTime", TIME), Parameter("endTime", TIME))
_MONTH = "1M"


def ping(_: Call) -> View:
    """Answer that the exchange is there."""
    return {}


def time(call: Call) -> View:
    """Return the exchange's time."""
    return {"serverTime": call.venue.now()}


def _chosen(call: Call) -> Sequence[Instrument]:
    engine, values = call.venue.engine, call.values
    if "symbol" in values and "symbols" in values:
        raise errors.bad_combination()
    if "symbol" in values:
        return [engine.instrument(values["symbol"])]
    if "symbols" in values:
        return [engine.instrument(symbol) for symbol in values["symbols"]]
    return list(engine.instruments.values())


# ---------------------------------------------------------------- candles and trades


def klines(call: Call) -> list[list[Any]]:
    """Return candles, the forming one included."""
    return call.venue.market.klines(*_asked(call))


async def fetch_klines(call: Call) -> None:
    """Let a market fed from afar get the candles it will be asked for."""
    await call.venue.market.fetch_klines(*_asked(call))


def _asked(call: Call) -> tuple[str, str, int | None, int | None, int]:
    """Return symbol, interval, start, end and limit."""
    values = call.values
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    interval = values["interval"]
    if interval not in INTERVALS and interval != _MONTH:
        raise ApiError(-1120, "Invalid interval.")
    if values.get("timeZone", "0") not in ("0", "+0", "00:00", "+00:00"):
        raise errors.invalid_data("timeZone")
    start, end = values.get("startTime"), values.get("endTime")
    return symbol, interval, start, end, call.limit(500, 1000)


def trades(call: Call) -> list[View]:
    """Return the newest trades, oldest first."""
    return [_trade_view(printed) for printed in _newest(call, call.limit(500, 1000))]


def aggregate_trades(call: Call) -> list[View]:
    """Return trades as aggregates of one each."""
    values, limit = call.values, call.limit(500, 1000)
    start, end = values.get("startTime"), values.get("endTime")
    first = values.get("fromId", 0)
    fitting = [
        printed
        for printed in _newest(call, None)
        if printed.id >= first
        and (start is None or printed.trade.time >= start)
        and (end is None or printed.trade.time <= end)
    ]
    from_the_start = first or start is not None
    return [_aggregate(p) for p in (fitting[:limit] if from_the_start else fitting[-limit:])]


def _newest(call: Call, count: int | None) -> Sequence[Printed]:
    symbol = call.venue.engine.instrument(call.values["symbol"]).symbol
    kept = list(call.venue.books.tape.newest(symbol))
    return kept if count is None else kept[-count:]


def _trade_view(printed: Printed) -> View:
    trade = printed.trade
    return {
        "id": printed.id,
        "price": amount(trade.price),
        "qty": amount(trade.quantity),
        "quoteQty": amount(trade.price * trade.quantity),
        "time": trade.time,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _aggregate(printed: Printed) -> View:
    trade = printed.trade
    return {
        "a": printed.id,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "f": printed.id,
        "l": printed.id,
        "T": trade.time,
        "m": trade.buyer_is_maker,
        "M": True,
    }


# ---------------------------------------------------------------- prices


def price(call: Call) -> View | list[View]:
    """Return last prices."""
    return _one_or_all(call, [_price_view(call, known.symbol) for known in _chosen(call)])


def _price_view(call: Call, symbol: str) -> View:
    last = call.venue.market.last_price(symbol)
    return {"symbol": symbol, "price": amount(last) if last is not None else "0.00000000"}


def book_ticker(call: Call) -> View | list[View]:
    """Return the best bids and asks."""
    return _one_or_all(call, [_best_view(call, known.symbol) for known in _chosen(call)])


def _best_view(call: Call, symbol: str) -> View:
    bid, ask = call.venue.tickers.best(symbol)
    return {
        "symbol": symbol,
        "bidPrice": amount(bid.price),
        "bidQty": amount(bid.quantity),
        "askPrice": amount(ask.price),
        "askQty": amount(ask.quantity),
    }


def day_ticker(call: Call) -> View | list[View]:
    """Return the figures of the last 24 hours."""
    kind = call.values.get("type", "FULL")
    if kind not in ("FULL", "MINI"):
        raise errors.invalid_data("type")
    tickers = [call.venue.tickers.ticker(known.symbol) for known in _chosen(call)]
    views = [mini_view(ticker) for ticker in tickers]
    if kind == "FULL":
        views = [view | _full_part(known) for view, known in zip(views, tickers, strict=True)]
    return _one_or_all(call, views)


def mini_view(ticker: Ticker) -> View:
    """Return the short form of a ticker."""
    return {
        "symbol": ticker.symbol,
        "openPrice": amount(ticker.open),
        "highPrice": amount(ticker.high),
        "lowPrice": amount(ticker.low),
        "lastPrice": amount(ticker.last),
        "volume": amount(ticker.volume),
        "quoteVolume": amount(ticker.quote),
        "openTime": ticker.open_time,
        "closeTime": ticker.close_time,
        "firstId": ticker.first_id,
        "lastId": ticker.last_id or -1,
        "count": ticker.count,
    }


def _full_part(ticker: Ticker) -> View:
    return {
        "priceChange": amount(ticker.change),
        "priceChangePercent": ticker.change_percent,
        "weightedAvgPrice": amount(ticker.average),
        "prevClosePrice": amount(ticker.open),
        "lastQty": amount(ticker.last_quantity),
        "bidPrice": amount(ticker.bid.price),
        "bidQty": amount(ticker.bid.quantity),
        "askPrice": amount(ticker.ask.price),
        "askQty": amount(ticker.ask.quantity),
    }


def _one_or_all(call: Call, views: list[View]) -> View | list[View]:
    return views[0] if "symbol" in call.values else views


def average_price(call: Call) -> View:
    """Return the average price of the last five minutes."""
    venue = call.venue
    symbol = venue.engine.instrument(call.values["symbol"]).symbol
    last = venue.market.last_price(symbol)
    value = amount(venue.engine.averages.price(symbol, last)) if last else "0.00000000"
    return {"mins": MINUTES, "price": value, "closeTime": venue.now() // MINUTE * MINUTE - 1}


def depth(call: Call) -> View:
    """Return the book."""
    symbol = call.venue.engine.instrument(call.values["symbol"]).symbol
    number, found = call.venue.order_books.snapshot(symbol, call.limit(100, 5000))
    return {
        "lastUpdateId": number,
        "bids": level_rows(found.bids),
        "asks": level_rows(found.asks),
    }


def level_rows(levels: Sequence[Level], limit: int | None = None) -> list[list[str]]:
    """Return price and quantity of the best levels."""
    return [[amount(level.price), amount(level.quantity)] for level in islice(levels, limit)]


# ---------------------------------------------------------------- what they cost


def _depth_weight(sent: dict[str, str]) -> int:
    text = sent.get("limit", "100")
    limit = int(text) if text.isascii() and text.isdigit() else 100
    return next((cost for most, cost in ((100, 5), (500, 25), (1000, 50)) if limit <= most), 250)


def _few_weight(sent: dict[str, str]) -> int:
    return 2 if "symbol" in sent else 4


def _day_weight(sent: dict[str, str]) -> int:
    if "symbol" in sent:
        return 2
    count = sent["symbols"].count(",") + 1 if "symbols" in sent else 1_000
    return 2 if count <= 20 else 40 if count <= 100 else 80


_KLINES = (
    _SYMBOL,
    Parameter("interval", TEXT, required=True),
    Parameter("timeZone", TEXT),
    *_RANGE,
    _LIMIT,
)

ENDPOINTS = (
    Endpoint("GET /ping", ping, method="ping"),
    Endpoint("GET /time", time, method="time"),
    Endpoint("GET /klines", klines, *_KLINES, weight=2, method="klines", prepare=fetch_klines),
    Endpoint("GET /uiKlines", klines, *_KLINES, weight=2, method="uiKlines", prepare=fetch_klines),
    Endpoint("GET /trades", trades, _SYMBOL, _LIMIT, weight=25, method="trades.recent"),
    Endpoint(
        "GET /aggTrades",
        aggregate_trades,
        _SYMBOL,
        Parameter("fromId", INTEGER),
        *_RANGE,
        _LIMIT,
        weight=4,
        method="trades.aggregate",
    ),
    Endpoint("GET /ticker/price", price, *_SOME_SYMBOLS, weight=_few_weight, method="ticker.price"),
    Endpoint(
        "GET /ticker/bookTicker",
        book_ticker,
        *_SOME_SYMBOLS,
        weight=_few_weight,
        method="ticker.book",
    ),
    Endpoint(
        "GET /ticker/24hr",
        day_ticker,
        *_SOME_SYMBOLS,
        Parameter("type", WORD),
        weight=_day_weight,
        method="ticker.24hr",
    ),
    Endpoint("GET /avgPrice", average_price, _SYMBOL, weight=2, method="avgPrice"),
    Endpoint("GET /depth", depth, _SYMBOL, _LIMIT, weight=_depth_weight, method="depth"),
)
