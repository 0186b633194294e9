"""The hub's desk: answers what bots ask, and rings them when something happened.

Everything here runs in one event loop; questions to the exchange and the store go through
`aside`, which runs plain functions in threads of their own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from tradefleet.application.hub.feeds import MOST_ROWS, Feed, Row
from tradefleet.domain.errors import ExchangeUnavailableError, InputError, TradefleetError
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import RingKind

Json = dict[str, Any]
Listener = Callable[[Json], None]

# A price of the stream older than this is asked for by REST.
PRICE_AGE_MS = 3_000
# A feed is refreshed at most so often; a market that stands still would be asked all the time.
REFRESH_S = 1.0
IDLE_S = 600.0
MOST_HISTORY = 10_000
# Rules that an order broke are fetched anew at most so often.
DOUBT_S = 10.0
# How long after its close a candle may be missing before REST is asked for it.
LATE_MS = 1_500

_log = logging.getLogger(__name__)


class Source(Protocol):
    """Public market data as the exchange writes it; blocks."""

    def exchange_info(self, symbols: Sequence[str] = ()) -> Json:
        """Return `rateLimits` and the entries of these symbols, or of all (`symbols`)."""

    def closed_rows(
        self, symbol: str, interval: str, count: int, closed_until: int = 0
    ) -> list[Row]:
        """Return kline rows of the newest closed candles, oldest first."""

    def prices(self) -> dict[str, str]:
        """Return the last price of every symbol."""

    def day_tickers(self) -> dict[str, dict[str, str]]:
        """Return the last 24 hours of every symbol."""


class Budget(Protocol):
    """What this machine's address and the account may ask of the exchange."""

    limit: int
    silent_until: int
    refused: int

    @property
    def used(self) -> int:
        """Weight used in the running minute."""

    @property
    def orders_used(self) -> Mapping[str, tuple[int, int]]:
        """Unfilled orders of the account and their limit, by window."""

    def wait_ms(self, weight: int, urgent: bool, orders: int = 0) -> int:
        """Reserve weight and orders and return 0, or return how long to wait."""

    def hear(self, told: Json) -> None:
        """Take note of what an answer of the exchange told about our use of its limits."""

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long; blocks while it is remembered."""


class SharedClock(Clock, Protocol):
    """The exchange's clock, as every process of this machine may take it over."""

    base_ms: float
    measured_at: float | None


class Hub:
    """What bots watch and ask. Survives an exchange that is away: questions then fail, clearly.

    Attributes:
        want: is told which candle streams are needed, whenever that changes.
        prices: last prices of the streams: symbol to (text, exchange time).
        symbols: exchangeInfo's entries by symbol.
        drift_ms: how far the streams' time is ahead of our clock.
    """

    def __init__(
        self,
        source: Source,
        budget: Budget,
        clock: SharedClock,
        aside: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        """Make a hub that watches nothing yet.

        Args:
            source: asked only through `aside`.
            budget: of this machine's address.
            clock: follows the exchange.
            aside: runs a blocking function elsewhere.
        """
        self._source = source
        self._budget = budget
        self._clock = clock
        self._aside = aside
        self.want: Callable[[Collection[tuple[str, str]]], None] = lambda _: None
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._refreshing: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._listeners: dict[Listener, tuple[str, str, str]] = {}
        self.prices: dict[str, tuple[str, int]] = {}
        self.symbols: dict[str, Json] = {}
        self.drift_ms = 0
        self._doubted_at: dict[str, float] = {}
        self._asking_prices = asyncio.Lock()
        self._asks: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "candles": self._candles,
            "history": self._history,
            "price": self._price,
            "instrument": self._instrument,
            "weight": self._weight,
            "silence": self._silence,
            "clock": self._tell_time,
        }

    @property
    def listeners(self) -> int:
        """How many bots are listening."""
        return len(self._listeners)

    @property
    def feeds(self) -> Collection[tuple[str, str]]:
        """Which candles are kept."""
        return self._feeds.keys()

    def fed(self) -> list[tuple[str, str, list[Row]]]:
        """Return the closed candles that are held, by symbol and interval."""
        return [(feed.symbol, feed.interval, [*feed.rows]) for feed in self._feeds.values()]

    # ------------------------------------------------------------ questions

    async def answer(self, question: Json) -> Json:
        """Return the answer to a bot's question; a failure is an answer too (`error`)."""
        try:
            ask = self._asks.get(question.get("ask", ""))
            if ask is None:
                raise InputError(f"the hub cannot be asked for {question.get('ask')!r}")
            answer = await ask(question)
        except TradefleetError as error:
            answer = _failure(error)
        except (KeyError, TypeError, ValueError) as error:
            answer = _failure(InputError(f"the hub does not understand {question!r}: {error!r}"))
        return answer if self._clock.measured_at is None else answer | {"base": self._clock.base_ms}

    async def _candles(self, question: Json) -> Json:
        count = min(int(question["count"]), MOST_ROWS)
        feed = self._feed(question["symbol"], question["interval"])
        feed.wanted_at = self._clock.monotonic()
        feed.depth = max(feed.depth, count)
        full = feed.holds(count)
        if not full or not feed.is_current(self._clock.now()):
            await self._refresh(feed, patient=full)
        after = int(question.get("after", -1))
        if feed.reaches(count, after):
            return {"rows": feed.after(after), "whole": False}
        return {"rows": feed.window(count), "whole": True}

    async def _history(self, question: Json) -> Json:
        """Answer with many candles at once, for the eye; nobody keeps them."""
        symbol, interval = str(question["symbol"]), str(question["interval"])
        count = min(int(question["count"]), MOST_HISTORY)
        rows = await self._aside(lambda: self._source.closed_rows(symbol, interval, count))
        return {"rows": [row[:6] for row in rows]}

    async def _price(self, question: Json) -> Json:
        symbol = question["symbol"]
        async with self._asking_prices:  # whoever waited finds the answer to the first one
            if self._clock.now() - self.prices.get(symbol, ("", 0))[1] > PRICE_AGE_MS:
                await self.fetch_prices()
        value, at = self.prices.get(symbol, ("", 0))
        if not value:
            raise unknown_symbol(symbol)
        return {"value": value, "at": at}

    async def fetch_prices(self) -> None:
        """Ask for the last price of every symbol; a newer one of a stream stays."""
        asked_at = self._clock.now()
        for symbol, value in (await self._aside(self._source.prices)).items():
            if self.prices.get(symbol, ("", 0))[1] <= asked_at:
                self.prices[symbol] = (value, asked_at)

    async def _instrument(self, question: Json) -> Json:
        symbol = question["symbol"]
        doubted = question.get("fresh", False) and self._may_fetch_again(symbol)
        if symbol not in self.symbols or doubted:
            await self.fetch_symbols([symbol])
        return {"instrument": self.symbols[symbol]}

    def _may_fetch_again(self, symbol: str) -> bool:
        """Whether a doubted rule may be asked for; many bots may doubt it at once."""
        now = self._clock.monotonic()
        if now - self._doubted_at.get(symbol, float("-inf")) < DOUBT_S:
            return False
        self._doubted_at[symbol] = now
        return True

    async def fetch_symbols(self, symbols: Sequence[str] = ()) -> None:
        """Ask for the rules of these symbols, or of all."""
        told = await self._aside(lambda: self._source.exchange_info(symbols))
        self.symbols.update({row["symbol"]: row for row in told["symbols"]})

    async def _weight(self, question: Json) -> Json:
        for told in question.get("told", ()):
            self._budget.hear(told)
        if silent_ms := int(question.get("silent_ms", 0)):
            await self._silence({"ms": silent_ms})
        urgent, orders = bool(question.get("urgent", False)), int(question.get("orders", 0))
        return {"wait_ms": self._budget.wait_ms(int(question["weight"]), urgent, orders)}

    async def _silence(self, question: Json) -> Json:
        ms = int(question["ms"])
        await self._aside(lambda: self._budget.silence(ms))
        return {}

    async def _tell_time(self, _question: Json) -> Json:
        return {}  # every answer carries the clock

    # ------------------------------------------------------------ bells

    def watch(self, listener: Listener, question: Json) -> None:
        """Ring a listener from now on for a symbol's candles and its own orders."""
        symbol, interval = str(question["symbol"]), str(question["interval"])
        feed = self._feed(symbol, interval)
        feed.wanted_at = self._clock.monotonic()
        self._listeners[listener] = (symbol, interval, str(question["prefix"]))

    def forget(self, listener: Listener) -> None:
        """Ring a listener no more."""
        self._listeners.pop(listener, None)

    def candle(self, symbol: str, interval: str, row: Row, closed: bool, at: int) -> None:
        """Take a candle of the stream; one that comes late or twice changes nothing."""
        now = self._clock.now()
        if not at < self.prices.get(symbol, ("", 0))[1] <= now + PRICE_AGE_MS:
            self.prices[symbol] = (str(row[4]), at)
            self.drift_ms = at - now
        feed = self._feeds.get((symbol, interval))
        if feed is None or not closed or int(row[0]) <= feed.newest:
            return
        if feed.takes_from_stream and feed.append(row):
            self._ring_candle(feed)
        else:
            self._start_refresh(feed, closed_until=int(row[6]))

    def orders_changed(self, symbol: str, names: Iterable[str]) -> None:
        """Ring whoever owns one of these client order ids."""
        for name in names:
            for listener, (_, _, prefix) in list(self._listeners.items()):
                if prefix and name.startswith(prefix):
                    listener({"ring": RingKind.ACCOUNT, "symbol": symbol, "order": name})

    def account_may_have_changed(self) -> None:
        """Ring everybody: the account stream was away for a while."""
        for listener, (symbol, _, _) in list(self._listeners.items()):
            listener({"ring": RingKind.ACCOUNT, "symbol": symbol, "order": ""})

    def _ring_candle(self, feed: Feed) -> None:
        for listener, (symbol, interval, _) in list(self._listeners.items()):
            if (symbol, interval) == (feed.symbol, feed.interval):
                listener({"ring": RingKind.CANDLE, "symbol": symbol})

    # ------------------------------------------------------------ feeds

    def look_after_feeds(self) -> None:
        """Fetch what the streams did not bring in time, and drop what nobody wants any more."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        watched = {(symbol, interval) for symbol, interval, _ in self._listeners.values()}
        for key, feed in list(self._feeds.items()):
            if key not in watched and monotonic - feed.wanted_at > IDLE_S:
                del self._feeds[key]
                self.want(self._feeds.keys())
            elif not feed.is_current(now - LATE_MS) and self._may_try(feed):
                self._start_refresh(feed)

    def refresh_all(self) -> None:
        """Fetch what may have been missed: the market stream was away for a while."""
        for feed in self._feeds.values():
            feed.tried_at = float("-inf")
        self.look_after_feeds()

    def _feed(self, symbol: str, interval: str) -> Feed:
        key = (symbol, interval)
        if key not in self._feeds:
            self._feeds[key] = Feed(symbol, interval)
            self._feeds[key].wanted_at = self._clock.monotonic()
            self.want(self._feeds.keys())
        return self._feeds[key]

    def _may_try(self, feed: Feed) -> bool:
        # The longer a market stands still, the less often it is asked, at least every 30 s.
        due_at = feed.newest + 2 * feed.length
        overdue_s = (self._clock.now() - due_at) / 1_000 if feed.rows else 0.0
        pause_s = min(30.0, max(REFRESH_S, overdue_s / 10))
        return self._clock.monotonic() - feed.tried_at >= pause_s

    async def _refresh(self, feed: Feed, patient: bool) -> None:
        """Bring a feed up to date; with `patient`, what we have will do where that fails."""
        running = self._refreshing.get((feed.symbol, feed.interval))
        if running is None:
            if patient and not self._may_try(feed):
                return
            running = self._start_refresh(feed)
        try:
            await asyncio.shield(running)
        except ExchangeUnavailableError:
            if not patient:
                raise

    def _start_refresh(self, feed: Feed, closed_until: int = 0) -> asyncio.Task[None]:
        key = (feed.symbol, feed.interval)
        running = self._refreshing.get(key)
        if running is None:
            running = asyncio.create_task(self._fetch(feed, closed_until))
            self._refreshing[key] = running
            running.add_done_callback(lambda task: self._refreshed(key, task))
        return running

    def _refreshed(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        del self._refreshing[key]
        if task.cancelled():
            return
        error, feed = task.exception(), self._feeds.get(key)
        if feed is None:
            return
        if isinstance(error, InputError):
            del self._feeds[key]  # no such symbol: nothing to keep fresh
            self.want(self._feeds.keys())
        elif error is not None and feed.trouble != str(error):
            _log.warning("candles of %s %s not fetched: %s", *key, error)
        feed.trouble = str(error or "")

    async def _fetch(self, feed: Feed, closed_until: int) -> None:
        feed.tried_at = self._clock.monotonic()
        asked = feed.missing(max(self._clock.now(), closed_until))
        rows = await self._aside(
            lambda: self._source.closed_rows(feed.symbol, feed.interval, asked, closed_until)
        )
        if feed.merge(rows, asked):
            self._ring_candle(feed)


def _failure(error: TradefleetError) -> Json:
    said: Json = {"error": type(error).__name__, "text": str(error)}
    for name in ("code", "field", "retry_after_ms"):
        if value := getattr(error, name, None):
            said[name] = value
    return said


def unknown_symbol(symbol: str) -> InputError:
    """Return the error for a symbol the exchange does not have."""
    return InputError(
        f"expected a symbol the exchange has, such as BTCUSDT, was {symbol[:40]!r}",
        field="symbol",
        code="unknown_symbol",
    )
