"""Figures of the last 24 hours, computed from candles at most once a second a symbol."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.domain.candle import DAY, SECOND
from tradefleet.exchange.books.tape import Tape
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.merged_book import MergedBook
from tradefleet.exchange.protocols import Depth, Level, Market
from tradefleet.exchange.rules.averages import sum_of

_INTERVAL, _ROWS = "5m", 289  # a day and the candle that forms
_OPEN_TIME, _OPEN, _HIGH, _LOW, _VOLUME, _QUOTE, _COUNT = 0, 1, 2, 3, 5, 7, 8
_EMPTY = Level(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Ticker:
    """What happened to a symbol within a day.

    Attributes:
        open_time, close_time: of the day, UTC milliseconds; it begins with a whole candle.
        count: trades.
        last_id: number of the last trade.
    """

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    last_quantity: Decimal
    volume: Decimal
    quote: Decimal
    open_time: int
    close_time: int
    count: int
    last_id: int
    bid: Level
    ask: Level

    @property
    def change(self) -> Decimal:
        """Last price less the first."""
        return self.last - self.open

    @property
    def change_percent(self) -> str:
        """The change in percent, three decimals."""
        return f"{self.change / self.open * 100 if self.open else ZERO:.3f}"

    @property
    def average(self) -> Decimal:
        """Quote per base over everything traded."""
        return self.quote / self.volume if self.volume else self.last

    @property
    def first_id(self) -> int:
        """Number of the first trade, as far as trades are numbered."""
        return max(1, self.last_id - self.count + 1) if self.last_id else -1


class Tickers:
    """The tickers of a market."""

    def __init__(self, market: Market, book: MergedBook, tape: Tape) -> None:
        self._market = market
        self._book = book
        self._tape = tape
        self._known: dict[str, tuple[int, Ticker]] = {}

    def ticker(self, symbol: str) -> Ticker:
        """Return the figures of a symbol."""
        second = self._market.now() // SECOND
        known = self._known.get(symbol)
        if known is None or known[0] != second:
            known = self._known[symbol] = second, self._compute(symbol)
        return known[1]

    def best(self, symbol: str) -> tuple[Level, Level]:
        """Return the best bid and ask; empty levels where there is none."""
        depth: Depth = self._book.depth(symbol, 1)
        bid = depth.bids[0] if depth.bids else _EMPTY
        return bid, depth.asks[0] if depth.asks else _EMPTY

    def _compute(self, symbol: str) -> Ticker:
        now = self._market.now()
        rows: list[list[Any]] = self._market.klines(symbol, _INTERVAL, now - DAY, None, _ROWS)
        last = self._market.last_price(symbol) or ZERO
        newest = list(self._tape.newest(symbol))[-1:]
        bid, ask = self.best(symbol)
        return Ticker(
            symbol=symbol,
            open=Decimal(rows[0][_OPEN]) if rows else last,
            high=max((Decimal(row[_HIGH]) for row in rows), default=last),
            low=min((Decimal(row[_LOW]) for row in rows), default=last),
            last=last,
            last_quantity=newest[0].trade.quantity if newest else ZERO,
            volume=sum_of(rows, _VOLUME),
            quote=sum_of(rows, _QUOTE),
            open_time=rows[0][_OPEN_TIME] if rows else now - DAY,
            close_time=now,
            count=sum(row[_COUNT] for row in rows),
            last_id=self._tape.last_id(symbol),
            bid=bid,
            ask=ask,
        )
