"""The feeds behind the market streams: each is computed only while somebody follows it."""

import asyncio
from typing import Any

from tradefleet.domain.candle import MINUTE, SECOND
from tradefleet.exchange.rest.market import level_rows
from tradefleet.exchange.rules.averages import MINUTES
from tradefleet.exchange.streams import messages
from tradefleet.exchange.streams.names import WINDOWS, StreamName, parse
from tradefleet.exchange.tickers import Statistics
from tradefleet.exchange.venue import Venue

_MOST_CANDLES = 1_000  # closed between two ticks


class Feeds:
    """Tells the followers of candles, tickers and books what is new."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._names: dict[str, StreamName | None] = {}
        self._told_at: dict[str, int] = {}
        self._candle: dict[str, int] = {}
        self._last: dict[str, Any] = {}
        self._fetching: set[asyncio.Future[None]] = set()
        self._tell = {
            "kline": self._tell_candles,
            "bookTicker": self._tell_best,
            "ticker": self._tell_ticker,
            "miniTicker": self._tell_ticker,
            "avgPrice": self._tell_average,
            "depth": self._tell_book,
        }

    def tick(self, now: int) -> None:
        """Tell what is new since the last tick.

        Args:
            now: a time up to which the market was caught up with: what closed by then is whole.
        """
        self._venue.broadcast.flush()
        followed = list(self._venue.broadcast.streams())
        if len(followed) != len(self._names) or any(name not in self._names for name in followed):
            self._take_stock(followed)
        for stream in tuple(self._names.values()):
            if stream is not None and stream.kind in self._tell:
                self._tell[stream.kind](stream, now)

    def _take_stock(self, followed: list[str]) -> None:
        self._names = {name: self._existing(name) for name in followed}
        self._told_at = {
            name: at
            for name, at in self._told_at.items()
            if name.removeprefix("fetch ") in self._names
        }
        self._candle = {name: at for name, at in self._candle.items() if name in self._names}
        self._last = {name: told for name, told in self._last.items() if name in self._names}
        streams = [stream for stream in self._names.values() if stream is not None]
        self._venue.order_books.watch(
            {one.name: one.symbol for one in streams if one.kind == "depth" and not one.levels}
        )

    def _existing(self, name: str) -> StreamName | None:
        stream = parse(name)
        is_of_all = name.startswith("!")
        known = stream is not None and stream.symbol in self._venue.engine.rulebook.exchange.symbols
        return stream if is_of_all or known else None

    def _is_due(self, name: str, now: int, period: int) -> bool:
        if 0 <= now - self._told_at.get(name, 0) < period:  # the clock may jump back
            return False
        self._told_at[name] = now
        return True

    def _is_new(self, name: str, told: Any) -> bool:
        if self._last.get(name) == told:
            return False
        self._last[name] = told
        return True

    # ------------------------------------------------------------ candles

    def _tell_candles(self, stream: StreamName, now: int) -> None:
        """Tell every candle that closed, and the forming one every second or two if it changed."""
        self._fetch(stream, now)
        started = self._candle.get(stream.name)
        period = SECOND if stream.interval == "1s" else 2 * SECOND
        opened = self._last.get(stream.name)
        closes = opened is None or now > opened[6]
        if not closes and 0 <= now - self._told_at.get(stream.name, 0) < period:
            return
        limit = _MOST_CANDLES if started else 1
        rows = self._venue.market.klines(
            stream.symbol, stream.interval, started, None, limit, stream.zone
        )
        last_id = self._venue.books.tape.last_id(stream.symbol)
        after = sum(row[8] for row in rows)
        for row in rows:
            after -= row[8]
            is_closed = now > row[6]
            if is_closed or row != opened:
                message = messages.candle(
                    stream.symbol, stream.interval, row, max(last_id - after, 0), now,
                    is_closed=is_closed,
                )  # fmt: skip
                self._venue.broadcast.publish(stream.name, message)
        if rows:
            newest = rows[-1]
            self._candle[stream.name] = newest[0] if now <= newest[6] else newest[6] + 1
            self._last[stream.name] = newest if now <= newest[6] else None
        self._told_at[stream.name] = now

    def _fetch(self, stream: StreamName, now: int) -> None:
        """Let a market fed from afar follow the candles that are told."""
        if self._is_due(f"fetch {stream.name}", now, MINUTE):
            wish = self._venue.market.fetch_klines(
                stream.symbol, stream.interval, None, None, 1, stream.zone
            )
            task = asyncio.ensure_future(wish)
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    # ------------------------------------------------------------ prices

    def _tell_ticker(self, stream: StreamName, now: int) -> None:
        if not self._is_due(stream.name, now, SECOND):
            return
        if stream.symbol:
            message = self._ticker(stream, self._statistics(stream, stream.symbol), now)
            self._venue.broadcast.publish(stream.name, message)
        else:
            self._tell_changed(stream, now)

    def _tell_changed(self, stream: StreamName, now: int) -> None:
        """Tell the tickers of those symbols in which something happened."""
        symbols = self._venue.engine.rulebook.exchange.symbols
        found = {symbol: self._statistics(stream, symbol) for symbol in symbols}
        state = {
            symbol: (one.count, one.last, one.open, one.volume) for symbol, one in found.items()
        }
        told = self._last.get(stream.name, {})
        self._last[stream.name] = state
        changed = [
            self._ticker(stream, one, now)
            for symbol, one in found.items()
            if told.get(symbol) != state[symbol]
        ]
        if changed:
            self._venue.broadcast.publish(stream.name, changed)

    def _statistics(self, stream: StreamName, symbol: str) -> Statistics:
        tickers = self._venue.tickers
        if stream.interval:
            return tickers.rolling(symbol, WINDOWS[stream.interval])
        return tickers.ticker(symbol)

    def _ticker(self, stream: StreamName, found: Statistics, now: int) -> messages.Message:
        if stream.interval:
            return messages.window_ticker(found, stream.interval, now)
        if stream.kind == "miniTicker":
            return messages.mini_ticker(found, now)
        return messages.ticker(self._venue.tickers.ticker(found.symbol), now)

    def _tell_best(self, stream: StreamName, _: int) -> None:
        bid, ask = self._venue.tickers.best(stream.symbol)
        if self._is_new(stream.name, (bid, ask)):
            number, _depth = self._venue.order_books.snapshot(stream.symbol, 1)
            message = messages.best(stream.symbol, number, bid, ask)
            self._venue.broadcast.publish(stream.name, message)

    def _tell_average(self, stream: StreamName, now: int) -> None:
        if not self._is_due(stream.name, now, SECOND):
            return
        found = self._venue.tickers.average(stream.symbol)
        if self._is_new(stream.name, found):
            message = messages.average(stream.symbol, found, MINUTES, now)
            self._venue.broadcast.publish(stream.name, message)

    # ------------------------------------------------------------ books

    def _tell_book(self, stream: StreamName, now: int) -> None:
        if not self._is_due(stream.name, now, stream.period_ms):
            return
        if stream.levels:
            number, depth = self._venue.order_books.snapshot(stream.symbol, stream.levels)
            bids, asks = level_rows(depth.bids), level_rows(depth.asks)
            if self._is_new(stream.name, (bids, asks)):
                message: Any = {"lastUpdateId": number, "bids": bids, "asks": asks}
                self._venue.broadcast.publish(stream.name, message)
            return
        changes = self._venue.order_books.differences(stream.name)
        if changes:
            message = messages.book_change(stream.symbol, changes, now)
            self._venue.broadcast.publish(stream.name, message)
