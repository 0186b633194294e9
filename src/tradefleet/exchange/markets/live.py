"""The live market: Binance's own prices, asked for every second.

Between two questions the price may have been elsewhere: what a second hides is not traded on.
After a silence the source is asked for the candles of the missed time, and those are traded on.
While it is silent prices stand still and `stale_since` says so; nothing else takes their place.

Followed every second are the symbols somebody looks into: asks for candles or for more of the book
than its best level. The prices of all others are asked for every ten seconds. The books of those
that somebody looked into within the last minute are the source's own, a few of them every second
in turn, as long as the source's limit of requests is not half used up.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from tradefleet.domain.candle import INTERVALS, SECOND
from tradefleet.domain.errors import ExchangeUnavailableError, InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Side
from tradefleet.exchange.clock import Clock
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.markets.candle_cache import CandleCache, Question, Series
from tradefleet.exchange.markets.klines import check_interval
from tradefleet.exchange.markets.live_books import LiveBooks, Rows
from tradefleet.exchange.markets.source import Source
from tradefleet.exchange.protocols import Depth, Level, MarketTrade

_STALE_MS = 15 * SECOND
_ALL_PRICES_MS = 10 * SECOND
_RULES_MS = 3_600 * SECOND
_CANDLES_MS = 2 * SECOND
_FORGET_MS = 600 * SECOND  # a candle series nobody asked for so long is no longer followed
_LONGEST_WAIT_MS = 30 * SECOND
_AT_ONCE = 4
_MISSED_ROWS = 1_000
_BOOK_LEVELS = 100  # the most that cost no more than five
_BOOKS_A_SECOND = 4
_IN_USE_MS = 60 * SECOND  # a book somebody looked into
_USED_WEIGHT = 3_000  # of the source's limit in a minute, above which no books are asked for

Pause = Callable[[float], Any]


class LiveMarket:
    """A `Market` that follows a source; `run` asks, `advance` tells what was heard."""

    name = "live"
    continuous = False

    def __init__(
        self,
        source: Source,
        exchange_info: Any,
        clock: Clock,
        state: dict[str, Any] | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Know the symbols; prices come with `run`.

        Args:
            source: whom to ask.
            exchange_info: its symbols as last heard, perhaps kept from an earlier day.
            clock: the wall clock.
            state: what `state()` said.
            pause: waits some seconds.
        """
        self._source = source
        self._clock = clock
        self._pause = pause
        self._instruments: dict[str, Instrument] = {}
        self._take_rules(exchange_info)
        kept = state or {"until": 0, "prices": {}}
        self._prices = {name: Decimal(text) for name, text in kept["prices"].items()}
        self._watched = dict.fromkeys(kept["prices"])
        self._books = LiveBooks()
        self._looked_into: dict[str, int] = {}  # when, by symbol; those asked for last come last
        self._followed: dict[Series, int] = {}
        self._candles = CandleCache()
        self._heard: deque[MarketTrade] = deque()
        self._heard_at = int(kept["until"])
        self._began = clock.now()
        self._asked: dict[str, int] = {}

    # ------------------------------------------------------------ listening

    async def run(self) -> None:
        """Ask the source every second; after a failure ever more rarely, up to twice a minute."""
        failures = 0
        while True:
            try:
                await self.listen()
                failures, wait = 0, SECOND
            except ExchangeUnavailableError as error:
                failures += 1
                wait = max(error.retry_after_ms, _longer(failures))
            except (LookupError, TypeError, ValueError, ArithmeticError):
                failures += 1  # an answer in another form than Binance's is as good as none
                wait = _longer(failures)
            await self._pause(wait / 1_000)

    async def listen(self) -> None:
        """Ask once for everything that is due.

        Raises:
            ExchangeUnavailableError: the source does not answer; what was heard before stands.
        """
        if self._is_due("rules", _RULES_MS, at_start=False):
            self._take_rules(await self._source.exchange_info())
        if self._heard_at and self.now() - self._heard_at > _STALE_MS:
            await self._hear_missed()
        if self._is_due("all", _ALL_PRICES_MS):
            everything = await self._source.prices()
            self._hear({name: at for name, at in everything.items() if name not in self._watched})
        watched = [name for name in self._watched if name in self._instruments]
        if watched:
            # Asked for last, books are never older than the prices that are told with them.
            prices = await self._source.prices(watched)
            best = await self._source.best(watched)
            books = await self._ask_for_books()
            self._hear_books(best, books)
            self._hear(prices)
        if self._is_due("candles", _CANDLES_MS):
            await self._follow()

    def _is_due(self, what: str, period: int, *, at_start: bool = True) -> bool:
        now = self.now()
        last = self._asked.get(what, 0 if at_start else self._began)
        if now - last < period:
            return False
        self._asked[what] = now
        return True

    def _take_rules(self, exchange_info: Any) -> None:
        self._rules = ExchangeRules.read(exchange_info)
        self._instruments = {name: known.instrument for name, known in self._rules.symbols.items()}

    def _hear(self, prices: dict[str, str]) -> None:
        now = self.now()
        for symbol, text in prices.items():
            if symbol in self._instruments:
                self._change(symbol, Decimal(text), now)

    def _change(self, symbol: str, price: Decimal, time: int) -> None:
        """Note a price; of a watched symbol that is a trade."""
        self._heard_at = time
        before = self._prices.get(symbol)
        self._prices[symbol] = price
        if symbol not in self._watched or before == price:
            return
        fell = before is not None and price < before
        best = self._books.best(symbol, Side.SELL if fell else Side.BUY)
        quantity = best.quantity if best is not None else Decimal(1)
        self._heard.append(MarketTrade(symbol, time, price, quantity, fell))

    def _hear_books(
        self, best: dict[str, tuple[str, str, str, str]], books: dict[str, tuple[Rows, Rows]]
    ) -> None:
        for symbol, (bid, bid_quantity, ask, ask_quantity) in best.items():
            self._books.hear_best(
                symbol,
                Level(Decimal(bid), Decimal(bid_quantity)),
                Level(Decimal(ask), Decimal(ask_quantity)),
            )
        for symbol, (bids, asks) in books.items():
            self._books.hear(symbol, bids, asks)

    async def _ask_for_books(self) -> dict[str, tuple[Rows, Rows]]:
        """Return some of the books in use, those first that were not asked for the longest."""
        now = self.now()
        self._looked_into = {
            name: at for name, at in self._looked_into.items() if now - at < _IN_USE_MS
        }
        if self._source.used_weight > _USED_WEIGHT:
            return {}
        books = {}
        for symbol in list(self._looked_into)[:_BOOKS_A_SECOND]:
            books[symbol] = await self._source.book(symbol, _BOOK_LEVELS)
            self._looked_into[symbol] = self._looked_into.pop(symbol)
        return books

    async def _hear_missed(self) -> None:
        """Trade on the extremes of the time the source was silent, in the finest candles it has."""
        missed = self.now() - self._heard_at
        lengths = sorted((length, name) for name, length in INTERVALS.items())
        interval = next(name for length, name in lengths if missed <= length * _MISSED_ROWS)
        points = []
        for symbol in self._watched:
            rows = await self._source.klines(
                symbol, interval, self._heard_at, self.now(), _MISSED_ROWS
            )
            for row in rows:
                third = (row[6] + 1 - row[0]) // 3
                rose = Decimal(row[4]) >= Decimal(row[1])
                turns = (row[3], row[2]) if rose else (row[2], row[3])
                path = (row[1], *turns, row[4])
                times = (row[0], row[0] + third, row[0] + 2 * third, row[6])
                points += [(t, symbol, Decimal(p)) for t, p in zip(times, path, strict=True)]
        now = self.now()
        for time, symbol, price in sorted(point for point in points if point[0] <= now):
            self._change(symbol, price, time)

    async def _follow(self) -> None:
        """Refresh the candles somebody looks at."""
        now = self.now()
        self._followed = {one: at for one, at in self._followed.items() if now - at < _FORGET_MS}
        followed = list(self._followed)
        for place in range(0, len(followed), _AT_ONCE):
            await asyncio.gather(*(self._refresh(one) for one in followed[place:][:_AT_ONCE]))

    async def _refresh(self, series: Series) -> None:
        known = self._candles.newest(series)
        start = known[-1][0] if known else None
        question = Question(series, start, None, _MISSED_ROWS)
        self._candles.extend(series, await self._ask_for_candles(question))

    async def _ask_for_candles(self, question: Question) -> list[list[Any]]:
        (symbol, interval, zone), start, end, limit = question
        return await self._source.klines(symbol, interval, start, end, limit, zone)

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """Ask the source for what `klines` is about to be asked; silence changes nothing."""
        check_interval(interval)
        self._known(symbol)
        self._watched[symbol] = None
        series = Series(symbol, interval, zone)
        is_new = series not in self._followed
        self._followed[series] = self.now()
        question = Question(series, start, end, limit)
        try:
            if is_new:
                await self._refresh(series)
            if not self._candles.covers(question):
                self._candles.remember(question, await self._ask_for_candles(question))
        except ExchangeUnavailableError:
            return

    # ------------------------------------------------------------ what was heard

    def rules(self) -> ExchangeRules:
        """Return the source's own exchangeInfo, read anew every hour."""
        return self._rules

    def now(self) -> int:
        """Return the wall clock's time."""
        return self._clock.now()

    def step(self, ms: int) -> None:
        """Refuse: the wall clock cannot be moved."""
        raise InputError(
            f"cannot advance by {ms} ms: live prices run by the wall clock", code="wall_clock"
        )

    def stale_since(self) -> int | None:
        """Return when the source last answered, if that is more than 15 seconds ago."""
        heard = self._heard_at or self._began
        return heard if self.now() - heard > _STALE_MS else None

    def advance(self) -> Iterator[MarketTrade]:
        """Yield what was heard since the last call."""
        while self._heard:
            yield self._heard.popleft()

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the last price heard."""
        self._known(symbol)
        return self._prices.get(symbol)

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the book as heard; of one that nobody looked into yet the best levels."""
        rules = self._known(symbol)
        if limit > 1:
            self._look_into(symbol)
        last = self._prices.get(symbol, Decimal(0))
        bids, asks = (self._books.offers(rules, taker, last) for taker in (Side.SELL, Side.BUY))
        return Depth(tuple(islice(bids, limit)), tuple(islice(asks, limit)))

    def _look_into(self, symbol: str) -> None:
        self._watched[symbol] = None
        self._looked_into[symbol] = self.now()

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield what a taker meets, best first."""
        rules = self._known(symbol)
        self._look_into(symbol)
        return self._books.offers(rules, side, self._prices.get(symbol, Decimal(0)))

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return what a taker meets at one price."""
        levels = self.offers(symbol, side)
        return sum((level.quantity for level in levels if level.price == price), Decimal(0))

    def take(self, symbol: str, level: Level) -> None:
        """Note what a taker got; it is missing until the source is heard again."""
        self._books.take(symbol, level)

    def traded(self, trade: MarketTrade) -> None:
        """Do nothing: the source's candles are the truth."""

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Refuse: these prices are Binance's."""
        raise InputError(
            f"cannot set {symbol} to {price}: live prices are not ours; use the synthetic market",
            code="live_prices",
        )

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> list[list[Any]]:
        """Return rows as the source gave them; those `fetch_klines` asked for, or as known."""
        check_interval(interval)
        self._known(symbol)
        return self._candles.answer(Question(Series(symbol, interval, zone), start, end, limit))

    def state(self) -> dict[str, Any]:
        """Return the watched symbols' prices and when they were heard."""
        prices = {name: self._prices.get(name) for name in self._watched}
        return {
            "until": self._heard_at,
            "prices": {name: str(price) for name, price in prices.items() if price is not None},
        }

    def _known(self, symbol: str) -> Instrument:
        try:
            return self._instruments[symbol]
        except KeyError:
            raise InputError(
                f"expected a symbol of the live market, was {symbol!r}",
                field="symbol",
                code="unknown_symbol",
            ) from None


def _longer(failures: int) -> int:
    """How long to wait after so many failures in a row, in milliseconds."""
    return min(SECOND << min(failures, 10), _LONGEST_WAIT_MS)
