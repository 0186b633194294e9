"""Figures of a span of time that ends now, computed from candles at most once a second a symbol."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from tradefleet.domain.candle import DAY, HOUR, MINUTE, SECOND
from tradefleet.exchange.books.tape import Tape
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.merged_book import MergedBook
from tradefleet.exchange.markets.klines import open_of
from tradefleet.exchange.protocols import Depth, Level, Market
from tradefleet.exchange.rules.averages import Averages, sum_of

NO_TRADE = -1
_MOST_HOURS = 7 * 24 + 1
_OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _QUOTE, _COUNT = 1, 2, 3, 4, 5, 7, 8
_EMPTY = Level(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What happened to a symbol within a span of time.

    Attributes:
        open_time, close_time: of the span, UTC milliseconds.
        open, high, low: 0 where nothing was traded.
        count: trades.
        first_id, last_id: numbers of the first and the last trade; -1 = there is none.
    """

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    volume: Decimal
    quote: Decimal
    open_time: int
    close_time: int
    count: int
    first_id: int
    last_id: int

    @property
    def change(self) -> Decimal:
        """Last price less the first."""
        return self.last - self.open if self.open else ZERO

    @property
    def change_percent(self) -> str:
        """The change in percent, three decimals."""
        return f"{self.change / self.open * 100 if self.open else ZERO:.3f}"

    @property
    def average(self) -> Decimal:
        """Quote per base over everything traded."""
        return self.quote / self.volume if self.volume else ZERO


@dataclass(frozen=True, slots=True)
class Ticker(Statistics):
    """The last 24 hours, and how the symbol stands.

    Attributes:
        before: the last price before the 24 hours.
    """

    before: Decimal
    last_quantity: Decimal
    bid: Level
    ask: Level


@dataclass(frozen=True, slots=True)
class Average:
    """The average price of the last minutes; `time` is that of the last trade."""

    price: Decimal
    time: int


class Tickers:
    """The figures of a market."""

    def __init__(self, market: Market, book: MergedBook, tape: Tape, averages: Averages) -> None:
        self._market = market
        self._book = book
        self._tape = tape
        self._averages = averages
        self._known: dict[tuple[str, str, int], tuple[int, Any]] = {}

    def ticker(self, symbol: str) -> Ticker:
        """Return the last 24 hours of a symbol, counted in whole minutes."""
        found: Ticker = self._once(("day", symbol, DAY), lambda: self._day(symbol))
        return found

    def rolling(self, symbol: str, length: int) -> Statistics:
        """Return a span of `length` milliseconds, a multiple of a minute, and up to one more."""
        began = (self._market.now() - length) // MINUTE * MINUTE
        found: Statistics = self._once(
            ("rolling", symbol, length), lambda: self._since(symbol, began)
        )
        return found

    def trading_day(self, symbol: str, zone: int) -> Statistics:
        """Return the present day; its clocks are `zone` milliseconds ahead of UTC."""
        began = open_of("1d", self._market.now(), zone)
        found: Statistics = self._once(
            ("trading", symbol, zone), lambda: self._since(symbol, began, began + DAY - 1, zone)
        )
        return found

    def best(self, symbol: str) -> tuple[Level, Level]:
        """Return the best bid and ask; empty levels where there is none."""
        depth: Depth = self._book.depth(symbol, 1)
        bid = depth.bids[0] if depth.bids else _EMPTY
        return bid, depth.asks[0] if depth.asks else _EMPTY

    def average(self, symbol: str) -> Average:
        """Return the average price by which orders are judged."""
        last = self._market.last_price(symbol)
        printed = self._tape.last(symbol)
        time = printed.trade.time if printed is not None else self._market.now()
        return Average(self._averages.price(symbol, last) if last else ZERO, time)

    def _once(self, what: tuple[str, str, int], compute: Callable[[], Statistics]) -> Any:
        """Return what was computed in this second already, or compute it."""
        second = self._market.now() // SECOND
        known = self._known.get(what)
        if known is None or known[0] != second:
            known = self._known[what] = second, compute()
        return known[1]

    def _day(self, symbol: str) -> Ticker:
        now = self._market.now()
        began = (now - DAY) // MINUTE * MINUTE
        figures = self._since(symbol, began)
        earlier = self._market.klines(symbol, "1m", None, began - 1, 1)
        printed = self._tape.last(symbol)
        bid, ask = self.best(symbol)
        known = {field.name: getattr(figures, field.name) for field in fields(Statistics)}
        return Ticker(
            **known | {"open_time": now - DAY},
            before=Decimal(earlier[0][_CLOSE]) if earlier else figures.open,
            last_quantity=printed.trade.quantity if printed is not None else ZERO,
            bid=bid,
            ask=ask,
        )

    def _since(self, symbol: str, began: int, ends: int | None = None, zone: int = 0) -> Statistics:
        rows = [
            row for row in self._rows(symbol, began, zone) if row[_COUNT] or float(row[_VOLUME])
        ]
        last_id = self._tape.last_id(symbol) if rows else 0
        count = sum(row[_COUNT] for row in rows)
        return Statistics(
            symbol=symbol,
            open=Decimal(rows[0][_OPEN]) if rows else ZERO,
            high=max((Decimal(row[_HIGH]) for row in rows), default=ZERO),
            low=min((Decimal(row[_LOW]) for row in rows), default=ZERO),
            last=self._market.last_price(symbol) or ZERO,
            volume=sum_of(rows, _VOLUME),
            quote=sum_of(rows, _QUOTE),
            open_time=began,
            close_time=self._market.now() if ends is None else ends,
            count=count,
            first_id=max(1, last_id - count + 1) if last_id else NO_TRADE,
            last_id=last_id or NO_TRADE,
        )

    def _rows(self, symbol: str, began: int, zone: int) -> list[list[Any]]:
        """Return the candles since a whole minute: of minutes up to a whole hour, then of hours."""
        klines = self._market.klines
        hour = open_of("1h", began + HOUR - 1, zone)
        rows = klines(symbol, "1m", began, hour - 1, HOUR // MINUTE) if began < hour else []
        return [*rows, *klines(symbol, "1h", hour, None, _MOST_HOURS, zone)]
