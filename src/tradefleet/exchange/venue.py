"""The exchange as one thing: its market, its books, its limits, who listens."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tradefleet.exchange.agenda import Agenda
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.broadcast import Broadcast
from tradefleet.exchange.engine.engine import Engine
from tradefleet.exchange.markets.disturbed import DisturbedMarket
from tradefleet.exchange.order_books import OrderBooks
from tradefleet.exchange.protocols import Log, Market, MarketTrade
from tradefleet.exchange.rules.connection_limits import ConnectionLimits
from tradefleet.exchange.rules.request_limits import RequestLimits
from tradefleet.exchange.tickers import Tickers

_COMPACT_BYTES = 32 * 1024 * 1024  # of log, before it is replaced by the state


class Venue:
    """Everything the faces (REST, streams, control) work on. Used from one event loop only.

    Attributes:
        seen_by_reads: what queries of accounts look at; on a bad day it lags behind.
    """

    def __init__(
        self,
        market: Market,
        log: Log,
        books: Books | None = None,
        *,
        patience: int = 1,
        describe: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        """Open the exchange.

        Args:
            market: where prices come from.
            log: the memory; already replayed into `books`.
            books: what is remembered; new ones if not given.
            patience: how much faster than real time the market's clock runs.
            describe: what the market is, to be kept with its state.
        """
        self.market = DisturbedMarket(market)
        self.books = books or Books()
        self.broadcast = Broadcast()
        self.engine = Engine(self.market, self.books, log, self.broadcast)
        self.limits = RequestLimits(self.engine.rulebook.exchange.rate_limits)
        self.connection_limits = ConnectionLimits()
        self.agenda = Agenda()
        self.tickers = Tickers(self.market, self.engine.book, self.books.tape, self.engine.averages)
        self.order_books = OrderBooks(self.engine.book, self.now)
        self.patience = patience
        self.seen_by_reads = self
        self.failure: Exception | None = None
        self._describe = describe or dict
        self._log = log

    def now(self) -> int:
        """Return the exchange's time, UTC milliseconds."""
        return self.market.now()

    def steady_now(self) -> int:
        """Return the time by which things are done later: the exchange's, without jumps."""
        return self.market.steady_now()

    def set_price(self, symbol: str, price: Decimal, *, jumps: bool = False) -> MarketTrade:
        """Let a trade happen at a price now, and the orders react.

        Args:
            symbol: -1121 if there is none.
            price: where; the market goes on from there.
            jumps: a market that passes through every price does not this time.

        Raises:
            InputError: the market cannot do so.
        """
        instrument = self.engine.instrument(symbol)
        self.catch_up()
        trade = self.market.set_price(instrument.symbol, price)
        self.engine.on_trade(replace(trade, opening=trade.opening or jumps), fills_all=True)
        self.keep()
        return trade

    def fail(self, error: Exception) -> None:
        """Note that a change broke half way: the memory is right, what is in hand is not."""
        self.failure = error

    def catch_up(self) -> None:
        """Let everything happen that the market has done until now.

        Raises:
            Exception: a change broke earlier; the process must end and read its memory again.
        """
        if self.failure is not None:
            raise self.failure
        self.engine.catch_up()
        self.engine.rulebook.refresh()

    def keep(self) -> None:
        """Write the market's state down; replace the log by the state when it has grown."""
        self.books.market = self._market_record()
        if self._log.size > _COMPACT_BYTES:
            self.compact()
        else:
            ids = self.books.tape.last_ids()
            self._log.append({"market": self.books.market, "trade_ids": ids})

    def compact(self) -> None:
        """Replace the log by the whole state."""
        self.books.market = self._market_record()
        self._log.compact(self.books.snapshot())

    def _market_record(self) -> dict[str, Any]:
        state = self.market.state()
        return {**self._describe(), "state": state, "skew": self.market.largest_skew}
