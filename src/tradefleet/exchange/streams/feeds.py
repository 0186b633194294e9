"""The feeds behind the market streams: each is computed only while somebody follows it."""

from typing import Any

from tradefleet.domain.candle import SECOND
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.rest.market import level_rows
from tradefleet.exchange.streams.names import StreamName, parse
from tradefleet.exchange.tickers import Ticker
from tradefleet.exchange.venue import Venue

_MOST_CANDLES = 1_000  # closed between two ticks


class Feeds:
    """Tells the followers of candles, tickers and books what is new."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._names: dict[str, StreamName] = {}
        self._told_at: dict[str, int] = {}
        self._candle: dict[str, int] = {}
        self._last: dict[str, Any] = {}

    def tick(self, now: int) -> None:
        """Tell what is new since the last tick.

        Args:
            now: a time up to which the market was caught up with: what closed by then is whole.
        """
        followed = list(self._venue.broadcast.streams())
        if len(followed) != len(self._names) or any(name not in self._names for name in followed):
            self._take_stock(followed)
        for stream in tuple(self._names.values()):
            if stream.kind == "kline":
                self._tell_candles(stream, now)
            elif stream.kind == "bookTicker":
                self._tell_best(stream)
            elif stream.kind in ("ticker", "miniTicker"):
                if self._is_due(stream.name, now, SECOND):
                    self._tell_ticker(stream, now)
            elif stream.kind == "depth" and self._is_due(stream.name, now, stream.period_ms):
                self._tell_book(stream, now)

    def _take_stock(self, followed: list[str]) -> None:
        parsed = {name: parse(name) for name in followed}
        self._names = {name: found for name, found in parsed.items() if found is not None}
        self._told_at = {name: at for name, at in self._told_at.items() if name in self._names}
        self._candle = {name: at for name, at in self._candle.items() if name in self._names}
        self._last = {name: told for name, told in self._last.items() if name in self._names}
        self._venue.order_books.watch(
            {s.name: s.symbol for s in self._names.values() if s.kind == "depth" and not s.levels}
        )

    def _is_due(self, name: str, now: int, period: int) -> bool:
        if 0 <= now - self._told_at.get(name, 0) < period:  # the clock may jump back
            return False
        self._told_at[name] = now
        return True

    # ------------------------------------------------------------ candles

    def _tell_candles(self, stream: StreamName, now: int) -> None:
        """Tell every candle that closed, and the forming one every second or two if it changed."""
        started = self._candle.get(stream.name)
        period = SECOND if stream.interval == "1s" else 2 * SECOND
        opened = self._last.get(stream.name)
        closes = opened is None or now > opened[6]
        if not closes and 0 <= now - self._told_at.get(stream.name, 0) < period:
            return
        rows = self._venue.market.klines(
            stream.symbol, stream.interval, started, None, _MOST_CANDLES if started else 1
        )
        for row in rows:
            is_closed = now > row[6]
            if is_closed or row != opened:
                self._tell_candle(stream, row, now, is_closed=is_closed)
        if rows:
            newest = rows[-1]
            self._candle[stream.name] = newest[0] if now <= newest[6] else newest[6] + 1
            self._last[stream.name] = newest if now <= newest[6] else None
        self._told_at[stream.name] = now

    def _tell_candle(
        self, stream: StreamName, row: list[Any], now: int, *, is_closed: bool
    ) -> None:
        count, last_id = row[8], self._venue.books.tape.last_id(stream.symbol)
        candle = {
            "t": row[0],
            "T": row[6],
            "s": stream.symbol,
            "i": stream.interval,
            "f": max(1, last_id - count + 1) if count and last_id else -1,
            "L": last_id if count and last_id else -1,
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
        }
        message = {"e": "kline", "E": now, "s": stream.symbol, "k": candle}
        self._venue.broadcast.publish(stream.name, message)

    # ------------------------------------------------------------ tickers

    def _tell_ticker(self, stream: StreamName, now: int) -> None:
        ticker_of = self._venue.tickers.ticker
        if not stream.symbol:
            tickers = [ticker_of(symbol) for symbol in self._venue.engine.rulebook.exchange.symbols]
            message: Any = [_mini(ticker, now) for ticker in tickers]
        elif stream.kind == "miniTicker":
            message = _mini(ticker_of(stream.symbol), now)
        else:
            message = _full(ticker_of(stream.symbol), now)
        self._venue.broadcast.publish(stream.name, message)

    def _tell_best(self, stream: StreamName) -> None:
        best = self._venue.tickers.best(stream.symbol)
        if self._last.get(stream.name) == best:
            return
        self._last[stream.name] = best
        bid, ask = best
        number, _ = self._venue.order_books.snapshot(stream.symbol, 1)
        message = {
            "u": number,
            "s": stream.symbol,
            "b": amount(bid.price),
            "B": amount(bid.quantity),
            "a": amount(ask.price),
            "A": amount(ask.quantity),
        }
        self._venue.broadcast.publish(stream.name, message)

    # ------------------------------------------------------------ books

    def _tell_book(self, stream: StreamName, now: int) -> None:
        if stream.levels:
            number, depth = self._venue.order_books.snapshot(stream.symbol, stream.levels)
            bids, asks = level_rows(depth.bids), level_rows(depth.asks)
            if self._last.get(stream.name) != (bids, asks):
                self._last[stream.name] = (bids, asks)
                message = {"lastUpdateId": number, "bids": bids, "asks": asks}
                self._venue.broadcast.publish(stream.name, message)
            return
        for change in self._venue.order_books.differences(stream.name):
            message = {
                "e": "depthUpdate",
                "E": now,
                "s": stream.symbol,
                "U": change.first,
                "u": change.last,
                "b": level_rows(change.bids),
                "a": level_rows(change.asks),
            }
            self._venue.broadcast.publish(stream.name, message)


def _mini(ticker: Ticker, now: int) -> dict[str, Any]:
    return {
        "e": "24hrMiniTicker",
        "E": now,
        "s": ticker.symbol,
        "c": amount(ticker.last),
        "o": amount(ticker.open),
        "h": amount(ticker.high),
        "l": amount(ticker.low),
        "v": amount(ticker.volume),
        "q": amount(ticker.quote),
    }


def _full(ticker: Ticker, now: int) -> dict[str, Any]:
    return _mini(ticker, now) | {
        "e": "24hrTicker",
        "p": amount(ticker.change),
        "P": ticker.change_percent,
        "w": amount(ticker.average),
        "x": amount(ticker.before),
        "Q": amount(ticker.last_quantity),
        "b": amount(ticker.bid.price),
        "B": amount(ticker.bid.quantity),
        "a": amount(ticker.ask.price),
        "A": amount(ticker.ask.quantity),
        "O": ticker.open_time,
        "C": ticker.close_time,
        "F": ticker.first_id,
        "L": ticker.last_id,
        "n": ticker.count,
    }
