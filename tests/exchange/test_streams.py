"""The market streams, without a socket."""

from dataclasses import replace

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.fixed_market import BTCUSDT, START, FixedMarket
from tests.exchange.peer import connected
from tradefleet.domain.candle import DAY, HOUR
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket

MIDNIGHT = 1_790_000_000_000 // DAY * DAY
CLOCK = ReplayClock(MIDNIGHT + 12 * HOUR, speed=None)
COIN = [coin for coin in COINS if coin.base == "BTC"]


def test_streams_named_in_the_path_come_bare():
    with connected(desk := Desk(), "/ws/btcusdt@trade") as peer:
        desk.market.move("101", "2")
        peer.pass_time(0)

        assert peer.next() == {
            "e": "trade",
            "E": desk.market.now(),
            "s": "BTCUSDT",
            "t": 1,
            "p": "101.00000000",
            "q": "2.00000000",
            "T": desk.market.now(),
            "m": False,
            "M": True,
        }


def test_combined_streams_come_wrapped():
    with connected(desk := Desk(), "/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker") as peer:
        desk.market.move("101")
        peer.pass_time(0)

        got = {message["stream"]: message["data"] for message in (peer.next(), peer.next())}
        assert got["btcusdt@aggTrade"]["a"] == 1
        assert sorted(got["btcusdt@bookTicker"]) == ["A", "B", "a", "b", "s", "u"]


def test_a_peer_subscribes_asks_and_leaves():
    with connected(Desk(), "/ws/0") as peer:
        assert peer.ask("SUBSCRIBE", ["btcusdt@trade", "!miniTicker@arr"])["result"] is None
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["btcusdt@trade", "!miniTicker@arr"]
        assert peer.ask("UNSUBSCRIBE", ["btcusdt@trade"])["result"] is None
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["!miniTicker@arr"]
        assert peer.ask("SET_PROPERTY", ["combined", True])["result"] is None
        assert peer.ask("GET_PROPERTY", ["combined"])["result"] is True


def test_a_candle_is_told_while_it_forms_and_once_when_it_closes():
    desk = Desk()
    left = 60_000 - desk.market.now() % 60_000
    with connected(desk, "/ws/btcusdt@kline_1m") as peer:
        peer.pass_time(0)
        forming = peer.next()["k"]
        peer.pass_time(left)
        closed, fresh = peer.next()["k"], peer.next()["k"]

    assert (forming["x"], closed["x"], fresh["x"]) == (False, True, False)
    assert forming["t"] == closed["t"] == fresh["t"] - 60_000
    assert closed["T"] == closed["t"] + 59_999


def test_book_differences_join_a_snapshot():
    with connected(desk := Desk(), "/ws/btcusdt@depth@100ms") as peer:
        peer.pass_time(100)
        snapshot = desk.get("/depth", symbol="BTCUSDT", limit=1000).json()
        desk.market.move("101")
        peer.pass_time(100)
        change = peer.next()

    assert change["U"] == snapshot["lastUpdateId"] + 1
    book = dict(map(tuple, snapshot["asks"])) | dict(map(tuple, change["a"]))
    asks = [[price, left] for price, left in sorted(book.items()) if float(left)]
    now = desk.get("/depth", symbol="BTCUSDT", limit=1000).json()
    assert sorted(asks) == sorted(now["asks"])


def test_what_one_order_takes_at_one_price_is_told_as_one():
    desk = Desk()
    with connected(desk, "/stream?streams=btcusdt@aggTrade/btcusdt@trade") as peer:
        alike = {"selfTradePreventionMode": "NONE"}
        desk.send("POST", "/order", **LIMIT | alike | {"side": "SELL", "price": "100.5"})
        desk.send("POST", "/order", **BUY | alike | {"quantity": "2.5"})
        got = [peer.next() for _ in range(5)]

    trades = [one["data"] for one in got if one["stream"] == "btcusdt@trade"]
    wholes = [one["data"] for one in got if one["stream"] == "btcusdt@aggTrade"]
    assert [trade["q"] for trade in trades] == ["1.00000000", "1.00000000", "0.50000000"]
    assert [(one["a"], one["f"], one["l"], one["q"]) for one in wholes] == [
        (1, 1, 2, "2.00000000"),
        (2, 3, 3, "0.50000000"),
    ]


DAY_TICKER = "e E s p P w x c Q b B a A o h l v q O C F L n"
WINDOW_TICKER = "e E s p P o h l c w v q O C F L n"
PAYLOADS = {
    "btcusdt@kline_1m": ("kline", "e E s k"),
    "btcusdt@kline_1d@+08:00": ("kline", "e E s k"),
    "btcusdt@miniTicker": ("24hrMiniTicker", "e E s c o h l v q"),
    "btcusdt@ticker": ("24hrTicker", DAY_TICKER),
    "btcusdt@ticker_1h": ("1hTicker", WINDOW_TICKER),
    "btcusdt@ticker_4h": ("4hTicker", WINDOW_TICKER),
    "btcusdt@ticker_1d": ("1dTicker", WINDOW_TICKER),
    "btcusdt@bookTicker": (None, "u s b B a A"),
    "btcusdt@trade": ("trade", "e E s t p q T m M"),
    "btcusdt@aggTrade": ("aggTrade", "e E s a p q f l T m M"),
    "btcusdt@avgPrice": ("avgPrice", "e E s i w T"),
    "btcusdt@depth5": (None, "lastUpdateId bids asks"),
    "btcusdt@depth10@100ms": (None, "lastUpdateId bids asks"),
    "btcusdt@depth20": (None, "lastUpdateId bids asks"),
    "btcusdt@depth": ("depthUpdate", "e E s U u b a"),
    "btcusdt@depth@100ms": ("depthUpdate", "e E s U u b a"),
}
CANDLE = "t T s i f L o c h l v n x q V Q B"


@pytest.mark.parametrize("stream", PAYLOADS)
def test_every_stream_has_the_fields_of_the_documentation(stream):
    event, fields = PAYLOADS[stream]
    desk = Desk()
    with connected(desk, f"/ws/{stream}") as peer:
        peer.pass_time(0)
        desk.market.move("101")
        peer.pass_time(2_000)
        told = peer.next()

    assert set(told) == set(fields.split())
    assert told.get("e") == event
    assert "k" not in told or set(told["k"]) == set(CANDLE.split())


def test_how_to_answer_is_signed_like_everything_else():
    desk = Desk()
    wish = {"returnRateLimits": "false"}  # ccxt sends false, and signs it as this text
    with connected(desk, "/ws-api/v3") as peer:
        signed = peer.ask("account.status", desk.ws_params(**wish) | {"returnRateLimits": False})
        public = peer.ask("time", {"returnRateLimits": False})
        unsigned = peer.ask("account.status", desk.ws_params() | {"returnRateLimits": False})

    assert (signed["status"], public["status"]) == (200, 200)
    assert "rateLimits" not in signed | public
    assert unsigned["error"]["code"] == -1022


@pytest.mark.parametrize(
    ("stream", "like"),
    [
        ("!miniTicker@arr", "btcusdt@miniTicker"),
        ("!miniTicker@arr@1000ms", "btcusdt@miniTicker"),  # as python-binance names it
        ("!ticker_1h@arr", "btcusdt@ticker_1h"),
        ("!ticker_4h@arr", "btcusdt@ticker_4h"),
        ("!ticker_1d@arr", "btcusdt@ticker_1d"),
    ],
)
def test_tickers_of_all_symbols_tell_of_those_that_changed(stream, like):
    desk = Desk(FixedMarket(instruments=(BTCUSDT, replace(BTCUSDT, symbol="ETHUSDT", base="ETH"))))
    with connected(desk, f"/ws/{stream}") as peer:
        peer.pass_time(1_000)
        first = peer.next()
        peer.pass_time(1_000)
        desk.market.move("101", symbol="ETHUSDT")
        peer.pass_time(1_000)
        second = peer.next()

    assert [set(one) for one in first] == [set(PAYLOADS[like][1].split())] * 2
    assert [one["s"] for one in first] == ["BTCUSDT", "ETHUSDT"]
    assert [one["s"] for one in second] == ["ETHUSDT"]


@pytest.mark.parametrize(
    ("stream", "period"),
    [
        ("btcusdt@kline_1s", 1_000),
        ("btcusdt@kline_1m", 2_000),
        ("btcusdt@miniTicker", 1_000),
        ("btcusdt@ticker", 1_000),
        ("btcusdt@ticker_1h", 1_000),
        ("btcusdt@avgPrice", 1_000),
        ("btcusdt@bookTicker", 100),
        ("btcusdt@depth5", 1_000),
        ("btcusdt@depth5@100ms", 100),
        ("btcusdt@depth", 1_000),
        ("btcusdt@depth@100ms", 100),
    ],
)
def test_streams_tell_what_changes_at_their_speed(stream, period):
    desk = Desk()
    desk.market.time = desk.market.time // 60_000 * 60_000
    with connected(desk, f"/stream?streams={stream}") as peer:
        peer.pass_time(0)
        for beat in range(60):
            desk.market.move(str(200 + beat))
            peer.pass_time(100)
        peer.ask("LIST_SUBSCRIPTIONS")
        told = peer.heard

    assert len(told) in (6_000 // period, 6_000 // period + 1)
    times = [one["data"]["E"] for one in told if "E" in one["data"]]
    assert {later - before for before, later in zip(times, times[1:], strict=False)} <= {period}


def test_differences_of_a_second_are_those_of_its_tenths_together():
    desk = Desk()
    names = "btcusdt@depth/btcusdt@depth@100ms"
    with connected(desk, f"/stream?streams={names}") as peer:
        peer.pass_time(1_000)
        peer.ask("LIST_SUBSCRIPTIONS")
        peer.heard.clear()
        for beat in range(10):
            desk.market.move(str(200 + beat))
            peer.pass_time(100)
        peer.ask("LIST_SUBSCRIPTIONS")
        fine = [m["data"] for m in peer.heard if m["stream"] == "btcusdt@depth@100ms"]
        (coarse,) = [m["data"] for m in peer.heard if m["stream"] == "btcusdt@depth"]

    assert (coarse["U"], coarse["u"]) == (fine[0]["U"], fine[-1]["u"])
    assert [one["U"] for one in fine[1:]] == [one["u"] + 1 for one in fine[:-1]]
    for side in "ba":
        assert dict(coarse[side]) == {price: left for one in fine for price, left in one[side]}


def test_a_candle_numbers_its_own_trades_only():
    desk = Desk(SyntheticMarket(clock := ReplayClock(MIDNIGHT - 1_500, speed=None), 7, coins=COIN))
    with connected(desk, "/ws/btcusdt@kline_1m") as peer:
        clock.step(1_000)
        peer.tick()
        clock.step(10_000)
        peer.tick()
        told = [peer.next()["k"] for _ in range(3)]

    _, closed, forming = told
    assert (closed["x"], forming["x"]) == (True, False)
    assert forming["f"] == closed["L"] + 1
    assert forming["L"] - forming["f"] + 1 == forming["n"]


def test_a_candle_of_a_zone_opens_at_its_midnight():
    with connected(Desk(SyntheticMarket(CLOCK, 7, coins=COIN)), "/ws") as peer:
        peer.ask("SUBSCRIBE", ["btcusdt@kline_1d@+08:00"])
        peer.tick()
        candle = peer.next()["k"]

    assert (candle["t"] % DAY, candle["i"]) == (16 * HOUR, "1d")


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
@pytest.mark.parametrize("path", ["/ws/btcusdt@trade?", "/stream?streams=btcusdt@trade&"])
def test_times_come_in_microseconds_for_who_asks(path, unit):
    desk = Desk()
    with connected(desk, f"{path}timeUnit={unit}") as fine:
        desk.market.move("101")
        fine.pass_time(0)
        told = fine.next()
    trade = told.get("data", told)

    assert (trade["E"], trade["T"], trade["t"]) == (START * 1_000, START * 1_000, 1)


def test_a_candle_in_microseconds_ends_with_the_last_one():
    desk = Desk()
    with connected(desk, "/ws/btcusdt@kline_1m?timeUnit=MICROSECOND") as peer:
        peer.pass_time(0)
        candle = peer.next()["k"]

    opened = START // 60_000 * 60_000_000
    assert (candle["t"], candle["T"]) == (opened, opened + 59_999_999)


def test_a_unit_of_time_that_is_none_is_no_connection():
    with pytest.raises(WebSocketDenialResponse) as refused, connected(Desk(), "/ws?timeUnit=DAY"):
        pass

    assert refused.value.json()["code"] == -1194


@pytest.mark.parametrize("path", ["/ws", "/stream", "/ws-api/v3"])
def test_a_connection_ends_after_a_day_of_the_exchanges_time(path):
    desk = Desk()
    with connected(desk, path) as peer:
        peer.pass_time(DAY - 1)
        assert peer.ask("LIST_SUBSCRIPTIONS" if path != "/ws-api/v3" else "ping")["id"] == 1
        peer.pass_time(1)
        with pytest.raises(WebSocketDisconnect):
            peer.next()


@pytest.mark.parametrize("path", ["/ws", "/ws-api/v3"])
def test_three_hundred_connections_in_five_minutes_are_the_most(path):
    desk = Desk()
    with desk.client as client:
        for _ in range(300):
            with client.websocket_connect(path):
                pass
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(path):
            pass
        assert refused.value.status_code == 429
        assert int(refused.value.headers["Retry-After"]) > 0
        with client.websocket_connect("/ws-api/v3" if path == "/ws" else "/ws"):
            pass  # another service has a count of its own
        desk.market.step(5 * 60_000)
        with client.websocket_connect(path):
            pass
