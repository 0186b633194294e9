"""The live market, fed by another market behind the source's REST face."""

import asyncio
import json
from decimal import Decimal

import httpx2
import pytest

from tradefleet.domain.candle import MINUTE, SECOND
from tradefleet.domain.errors import ExchangeUnavailableError, InputError
from tradefleet.domain.order import Side
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS, instrument
from tradefleet.exchange.markets.live import LiveMarket
from tradefleet.exchange.markets.live_books import LiveBooks
from tradefleet.exchange.markets.source import Source
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.protocols import Level

NOON = 1_790_000_000_000
FEW = [coin for coin in COINS if coin.base in ("BTC", "ETH")]


class Feed:
    """A server that answers as Binance does, from a synthetic market."""

    def __init__(self, clock: ReplayClock) -> None:
        self.market = SyntheticMarket(clock, 7, coins=FEW)
        self.asked: list[str] = []
        self.silent: int | BaseException | None = None
        self.used = 0
        self.client = httpx2.AsyncClient(
            base_url="http://source", transport=httpx2.MockTransport(self._answer)
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/api/v3/")
        self.asked.append(path)
        if isinstance(self.silent, BaseException):
            raise self.silent
        if self.silent:
            return httpx2.Response(self.silent, headers={"Retry-After": "7"})
        list(self.market.advance())
        body = self._body(path, dict(request.url.params))
        return httpx2.Response(200, json=body, headers={"X-MBX-USED-WEIGHT-1M": str(self.used)})

    def _body(self, path, asked):
        names = list(self.market.rules().symbols)
        names = json.loads(asked["symbols"]) if "symbols" in asked else names
        if path == "klines":
            bounds = (int(asked[n]) if n in asked else None for n in ("startTime", "endTime"))
            return self.market.klines(
                asked["symbol"], asked["interval"], *bounds, int(asked["limit"])
            )
        if path == "ticker/price":
            return [{"symbol": n, "price": str(self.market.last_price(n))} for n in names]
        if path == "ticker/bookTicker":
            return [self._best(name) for name in names]
        if path == "depth":
            depth = self.market.depth(asked["symbol"], int(asked["limit"]))
            return {"bids": as_rows(depth.bids), "asks": as_rows(depth.asks)}
        return self.info(*names)

    def info(self, *names):
        known = self.market.rules().symbols
        return {"symbols": [known[name].entry for name in names]}

    def _best(self, symbol):
        depth = self.market.depth(symbol, 1)
        (bid,), (ask,) = depth.bids, depth.asks
        return {
            "symbol": symbol,
            "bidPrice": str(bid.price),
            "bidQty": str(bid.quantity),
            "askPrice": str(ask.price),
            "askQty": str(ask.quantity),
        }


def as_rows(levels):
    return [[str(level.price), str(level.quantity)] for level in levels]


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOON, speed=None)


@pytest.fixture
def feed(clock) -> Feed:
    return Feed(clock)


@pytest.fixture
def live(feed, clock) -> LiveMarket:
    return live_market(feed, clock)


def live_market(feed, clock, state=None, **kwargs) -> LiveMarket:
    info = feed.info("BTCUSDT", "ETHUSDT")
    return LiveMarket(Source(feed.client), info, clock, state, **kwargs)


def test_prices_and_rules_are_those_of_the_source(live, feed):
    asyncio.run(live.listen())
    assert set(live.rules().symbols) == {"BTCUSDT", "ETHUSDT"}
    assert live.last_price("ETHUSDT") == feed.market.last_price("ETHUSDT")
    assert live.stale_since() is None


def test_a_change_of_a_watched_price_is_a_trade_and_of_another_is_none(live, feed, clock):
    async def listen() -> None:
        await live.fetch_klines("BTCUSDT", "1m", None, None, 5)
        await live.listen()
        list(live.advance())
        feed.market.set_price("BTCUSDT", Decimal(90000))
        feed.market.set_price("ETHUSDT", Decimal(3000))
        clock.step(SECOND)
        await live.listen()

    asyncio.run(listen())
    (trade,) = live.advance()
    assert trade.symbol == "BTCUSDT"
    assert trade.price == feed.market.last_price("BTCUSDT")
    assert trade.buyer_is_maker
    assert trade.quantity > 0
    assert list(live.advance()) == []


def test_candles_are_the_sources_own_and_follow_it(live, feed, clock):
    async def look() -> None:
        await live.fetch_klines("BTCUSDT", "1m", None, None, 300)
        await live.listen()
        assert live.klines("BTCUSDT", "1m", None, None, 300) == feed.market.klines(
            "BTCUSDT", "1m", None, None, 300
        )
        clock.step(3 * MINUTE)
        await live.listen()

    asyncio.run(look())
    expected = feed.market.klines("BTCUSDT", "1m", None, None, 300)
    assert live.klines("BTCUSDT", "1m", None, None, 300) == expected
    assert live.klines("BTCUSDT", "1m", expected[-2][0], None, 5) == expected[-2:]


def test_candles_of_the_past_are_fetched_once(live, feed):
    async def look() -> None:
        for _ in range(3):
            await live.fetch_klines("BTCUSDT", "1m", NOON - 5000 * MINUTE, None, 10)

    asyncio.run(look())
    start = NOON - 5000 * MINUTE
    expected = feed.market.klines("BTCUSDT", "1m", start, None, 10)
    assert live.klines("BTCUSDT", "1m", start, None, 10) == expected
    assert live.klines("ETHUSDT", "1m", None, None, 10) == []


def test_a_silent_source_freezes_the_prices_and_is_told(live, feed, clock):
    async def lose() -> None:
        await live.listen()
        feed.silent = httpx2.ConnectError("no route")
        clock.step(20 * SECOND)
        with pytest.raises(ExchangeUnavailableError, match="no route"):
            await live.listen()
        await live.fetch_klines("BTCUSDT", "5m", None, None, 5)

    asyncio.run(lose())
    assert live.stale_since() == NOON
    assert live.last_price("BTCUSDT") is not None
    assert list(live.advance()) == []


def test_the_missed_time_is_traded_on_when_the_source_is_back(live, feed, clock):
    async def lose() -> None:
        await live.fetch_klines("BTCUSDT", "1m", None, None, 5)
        await live.listen()
        list(live.advance())
        clock.step(30 * MINUTE)
        await live.listen()

    asyncio.run(lose())
    trades = list(live.advance())
    rows = feed.market.klines("BTCUSDT", "1m", NOON + MINUTE, None, 28)
    assert live.stale_since() is None
    assert [trade.time for trade in trades] == sorted(trade.time for trade in trades)
    assert min(trade.price for trade in trades) <= min(Decimal(row[3]) for row in rows)
    assert max(trade.price for trade in trades) >= max(Decimal(row[2]) for row in rows)


def test_a_restart_knows_the_last_prices_and_what_was_watched(live, feed, clock):
    async def watch(market) -> None:
        await market.fetch_klines("BTCUSDT", "1m", None, None, 5)
        await market.listen()

    asyncio.run(watch(live))
    state = json.loads(json.dumps(live.state()))
    again = live_market(feed, clock, state)
    assert again.last_price("BTCUSDT") == live.last_price("BTCUSDT")
    assert again.last_price("ETHUSDT") is None
    feed.market.set_price("BTCUSDT", Decimal(90000))
    clock.step(SECOND)
    asyncio.run(again.listen())
    assert [trade.symbol for trade in again.advance()] == ["BTCUSDT"]


def test_it_asks_more_rarely_while_the_source_refuses_and_obeys_its_wish(feed, clock):
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        feed.silent = [None, 500, 500, 429, asyncio.CancelledError()][len(waits)]
        clock.step(10 * SECOND)

    live = live_market(feed, clock, pause=pause)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(live.run())
    assert waits == [1, 7, 7, 8], "it wished for 7 s; ours would be 1, 2, 4, 8"


def test_a_taker_walks_from_the_best_level_into_the_assumed_ones(live, feed, clock):
    async def watch() -> None:
        await live.fetch_klines("ETHUSDT", "1m", None, None, 5)
        await live.listen()

    asyncio.run(watch())
    depth = live.depth("ETHUSDT", 5)
    best = feed.market.depth("ETHUSDT", 1)
    assert (depth.bids[0], depth.asks[0]) == (best.bids[0], best.asks[0])
    assert tuple(live.offers("ETHUSDT", Side.BUY))[:5] == depth.asks
    for level in depth.asks[:2]:
        live.take("ETHUSDT", level)
    assert live.depth("ETHUSDT", 1).asks == depth.asks[2:3]
    assert live.offered("ETHUSDT", Side.BUY, depth.asks[0].price) == 0
    assert live.offered("ETHUSDT", Side.SELL, depth.bids[0].price) == depth.bids[0].quantity
    clock.step(SECOND)
    asyncio.run(live.listen())
    assert live.depth("ETHUSDT", 1) == feed.market.depth("ETHUSDT", 1)


def test_the_book_of_a_symbol_somebody_looks_into_is_the_sources_own(live, feed, clock):
    asyncio.run(live.listen())
    live.depth("ETHUSDT", 5)
    asyncio.run(live.listen())
    assert live.depth("ETHUSDT", 100) == feed.market.depth("ETHUSDT", 100)
    (_, second, *_) = live.offers("ETHUSDT", Side.BUY)
    live.take("ETHUSDT", Level(second.price, second.quantity / 2))
    assert live.offered("ETHUSDT", Side.BUY, second.price) == second.quantity / 2
    assert feed.asked.count("depth") == 1

    clock.step(61 * SECOND)  # nobody looked into it for a minute
    asyncio.run(live.listen())
    assert feed.asked.count("depth") == 1


def test_books_are_asked_for_in_turn_a_few_every_second(feed, clock):
    feed.market = SyntheticMarket(clock, 7)
    live = LiveMarket(Source(feed.client), feed.info(*feed.market.rules().symbols), clock)
    asyncio.run(live.listen())
    for symbol in feed.market.rules().symbols:
        live.depth(symbol, 20)
    for _ in range(len(feed.market.rules().symbols) // 4 + 1):
        before = feed.asked.count("depth")
        asyncio.run(live.listen())
        assert feed.asked.count("depth") - before == 4
    for symbol in feed.market.rules().symbols:
        assert live.depth(symbol, 100) == feed.market.depth(symbol, 100)


def test_no_books_are_asked_for_when_half_of_the_limit_is_used(live, feed):
    feed.used = 3_001
    live.depth("ETHUSDT", 5)
    asyncio.run(live.listen())
    assert "depth" not in feed.asked


def test_of_a_book_heard_before_those_levels_remain_that_are_behind_the_best():
    books = LiveBooks()
    books.hear("ETHUSDT", [["9", "1"], ["8", "2"]], [["10", "1"], ["11", "2"], ["12", "3"]])
    books.hear_best("ETHUSDT", Level(Decimal(9), Decimal(5)), Level(Decimal(11), Decimal(7)))
    rules = instrument(FEW[1])

    def levels(side):
        return [(level.price, level.quantity) for level in books.offers(rules, side, Decimal(0))]

    assert levels(Side.BUY) == [(11, 7), (12, 3)]
    assert levels(Side.SELL) == [(9, 5), (8, 2)]


def test_what_is_not_ours_to_move_is_refused(live):
    with pytest.raises(InputError, match="live prices are not ours"):
        live.set_price("BTCUSDT", Decimal(1))
    with pytest.raises(InputError, match="wall clock"):
        live.step(1)
    with pytest.raises(InputError, match="expected a symbol"):
        live.depth("XYZUSDT", 1)
