"""The streams ring, and come back after whatever ends them."""

import asyncio
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.skips import shared_data
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.stream import Line, Pace, Stream
from tradefleet.adapters.binance.streams import AccountStream, MarketStreams
from tradefleet.adapters.clock import ExchangeClock

KLINE = {
    "stream": "btcusdt@kline_1s",
    "data": {
        "e": "kline",
        "E": 1_700_000_001_002,
        "s": "BTCUSDT",
        "k": {
            "t": 1_700_000_000_000,
            "T": 1_700_000_000_999,
            "i": "1s",
            "o": "1",
            "h": "2",
            "l": "0.5",
            "c": "1.5",
            "v": "9",
            "n": 3,
            "x": True,
            "q": "13",
            "V": "4",
            "Q": "6",
            "B": "0",
        },
    },
}

Talk = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def exchange(talk: Talk) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


@asynccontextmanager
async def running(stream: Stream) -> AsyncIterator[None]:
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_what_is_wanted_is_subscribed_and_closed_candles_arrive_as_rows() -> None:
    async def story() -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()

        async def talk(connection: ServerConnection) -> None:
            assert connection.request is not None
            request = json.loads(await connection.recv())
            assert request["method"] == "SUBSCRIBE"
            assert request["params"] == ["btcusdt@kline_1s"]
            await connection.send(json.dumps({"result": None, "id": request["id"]}))
            await connection.send(json.dumps(KLINE))
            await connection.wait_closed()

        async with exchange(talk) as url:
            streams = MarketStreams(url, lambda *candle: heard.put_nowait(candle), lambda: None)
            streams.want([("BTCUSDT", "1s")])
            async with running(streams), asyncio.timeout(10):
                symbol, interval, row, closed, at = await heard.get()
        assert (symbol, interval, closed, at) == ("BTCUSDT", "1s", True, 1_700_000_001_002)
        assert row[:7] == [1_700_000_000_000, "1", "2", "0.5", "1.5", "9", 1_700_000_000_999]

    asyncio.run(story())


def test_what_is_wanted_may_change_on_a_living_connection() -> None:
    async def story() -> None:
        requests: asyncio.Queue[Any] = asyncio.Queue()

        async def talk(connection: ServerConnection) -> None:
            async for text in connection:
                requests.put_nowait(json.loads(text))

        async with exchange(talk) as url:
            streams = MarketStreams(url, lambda *_: None, lambda: None)
            streams.want([("BTCUSDT", "1m")])
            async with running(streams), asyncio.timeout(10):
                assert (await requests.get())["params"] == ["btcusdt@kline_1m"]
                streams.want([("ETHUSDT", "5m")])
                changes = [await requests.get(), await requests.get()]
        assert {c["method"]: c["params"] for c in changes} == {
            "SUBSCRIBE": ["ethusdt@kline_5m"],
            "UNSUBSCRIBE": ["btcusdt@kline_1m"],
        }

    asyncio.run(story())


async def confirm(connection: ServerConnection) -> Any:
    """Confirm what is asked for first; return it."""
    request = json.loads(await connection.recv())
    status = {"status": 200} if "userData" in request["method"] else {}
    await connection.send(json.dumps({"id": request["id"], "result": None} | status))
    return request


def a_market(url: str, pace: Pace | None = None, patience: Budget | None = None) -> MarketStreams:
    streams = MarketStreams(url, lambda *_: None, lambda: None, patience, pace)
    streams.want([("BTCUSDT", "1s")])
    return streams


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "last_words", ["rubbish", '{"data":{"e":"kline"}}', "[1]", "[" * 9_000, ""]
)
def test_a_stream_that_breaks_begins_again_and_says_so(last_words: str) -> None:
    async def story() -> None:
        async def talk(connection: ServerConnection) -> None:
            await confirm(connection)
            if last_words:
                await connection.send(last_words)
                await connection.wait_closed()

        async with exchange(talk) as url:
            streams = a_market(url)
            async with running(streams):
                await until(lambda: streams.opened >= 2)

    asyncio.run(story())


def test_N14_silence_is_noticed() -> None:
    async def story() -> None:
        async def talk(connection: ServerConnection) -> None:
            await confirm(connection)
            await connection.wait_closed()

        async with exchange(talk) as url:
            streams = a_market(url, Pace(silence_s=0.05))
            async with running(streams):
                await until(lambda: streams.opened >= 2)

    asyncio.run(story())


def test_a_subscription_that_is_never_confirmed_is_tried_again() -> None:
    async def story() -> None:
        asked: list[Any] = []

        async def talk(connection: ServerConnection) -> None:
            asked.append(await connection.recv())
            await connection.wait_closed()

        async with exchange(talk) as url:
            streams = a_market(url, Pace(answer_s=0.1))
            async with running(streams):
                await until(lambda: len(asked) >= 2)
        assert streams.opened == 0

    asyncio.run(story())


SHUTDOWNS = [
    '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',
    '{"e":"serverShutdown","E":1}',
]


@pytest.mark.parametrize("shutdown", ["", *SHUTDOWNS], ids=["before 24 h", "combined", "raw"])
def test_N17_the_next_connection_listens_before_the_old_one_is_left(shutdown: str) -> None:
    """Either by our own watch or because the exchange says so; no event falls in between."""

    async def story() -> None:
        heard: list[int] = []
        open_now: list[ServerConnection] = []
        counts: list[int] = []

        async def talk(connection: ServerConnection) -> None:
            await confirm(connection)
            open_now.append(connection)
            counts.append(len(open_now))
            for each in open_now:  # both hear it: the old one still listens
                await each.send(json.dumps(KLINE | {"number": len(counts)}))
            if shutdown and len(counts) == 1:
                await connection.send(shutdown)
            await connection.wait_closed()
            open_now.remove(connection)

        async with exchange(talk) as url:
            life_s = 3_600 if shutdown else 0.1
            streams = MarketStreams(
                url, lambda *_: heard.append(1), lambda: None, None, Pace(life_s=life_s)
            )
            streams.want([("BTCUSDT", "1s")])
            async with running(streams):
                await until(lambda: streams.opened >= 2 and len(open_now) == 1)
            assert counts[:2] == [1, 2]
            assert len(heard) >= 2

    asyncio.run(story())


def test_a_terminated_subscription_is_made_anew() -> None:
    async def story() -> None:
        async def talk(connection: ServerConnection) -> None:
            await confirm(connection)
            event = {"e": "eventStreamTerminated", "E": 1}
            await connection.send(json.dumps({"subscriptionId": 0, "event": event}))
            await connection.wait_closed()

        async with exchange(talk) as url:
            stream = an_account(url)
            async with running(stream):
                await until(lambda: stream.opened >= 2)

    asyncio.run(story())


def an_account(url: str, patience: Budget | None = None) -> AccountStream:
    return AccountStream(
        url, Credentials("k", "s"), ExchangeClock(), lambda *_: None, lambda: None, patience
    )


@pytest.mark.parametrize("status", [403, 418, 429])
def test_a_handshake_that_is_refused_silences_everything(status: int) -> None:
    async def story() -> None:
        tried: list[int] = []

        def refuse(connection: ServerConnection, _request: Any) -> Any:
            tried.append(status)
            response = connection.respond(status, "slow down")
            response.headers["Retry-After"] = "40"
            return response

        async def talk(_connection: ServerConnection) -> None:
            raise AssertionError("nobody gets here")

        budget = Budget(ExchangeClock())
        async with serve(talk, "127.0.0.1", 0, process_request=refuse) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            streams = a_market(f"ws://127.0.0.1:{port}", patience=budget)
            async with running(streams):
                await until(lambda: budget.silent_for_ms() > 30_000)
                await until(lambda: "silent" in streams.state)
        assert tried == [status]

    asyncio.run(story())


def test_a_websocket_tells_the_moment_until_which_to_be_silent() -> None:
    async def story() -> None:
        async def talk(connection: ServerConnection) -> None:
            await connection.recv()
            error = {"code": -1003, "msg": "banned", "data": {"retryAfter": clock.now() + 40_000}}
            await connection.send(json.dumps({"id": 1, "status": 418, "error": error}))
            await connection.wait_closed()

        clock = ExchangeClock()
        budget = Budget(clock)
        async with exchange(talk) as url, running(an_account(url, budget)):
            await until(lambda: budget.silent_for_ms() > 30_000)

    asyncio.run(story())


def test_a_key_that_is_not_accepted_is_not_hammered_with() -> None:
    async def story() -> None:
        asked: list[Any] = []

        async def talk(connection: ServerConnection) -> None:
            asked.append(await connection.recv())
            error = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
            await connection.send(json.dumps({"id": 1, "status": 401, "error": error}))
            await connection.wait_closed()

        async with exchange(talk) as url:
            stream = an_account(url)
            async with running(stream):
                await until(lambda: "-2015" in stream.state)
                for _ in range(20):  # a first pause would long be over
                    await asyncio.sleep(0.02)
        assert len(asked) == 1

    asyncio.run(story())


def test_the_account_stream_subscribes_with_a_signature_and_names_orders() -> None:
    async def story() -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        report = {"e": "executionReport", "s": "BTCUSDT", "c": "cancel-1", "C": "tfp-1-K"}
        legs = [{"s": "BTCUSDT", "i": 1, "c": "tfp-1-K"}, {"s": "BTCUSDT", "i": 2, "c": "tfp-1-T"}]
        status = {"e": "listStatus", "s": "BTCUSDT", "C": "tfp-1-L", "O": legs}
        moved = {"e": "outboundAccountPosition", "B": []}

        async def talk(connection: ServerConnection) -> None:
            request = json.loads(await connection.recv())
            params = request["params"]
            signature = params.pop("signature")
            payload = "&".join(f"{k}={params[k]}" for k in sorted(params))
            assert request["method"] == "userDataStream.subscribe.signature"
            assert hmac.new(b"secret", payload.encode(), hashlib.sha256).hexdigest() == signature
            await connection.send('{"id":1,"status":200,"result":{"subscriptionId":0}}')
            for event in (report, status, moved, {"e": "somethingNew"}):
                await connection.send(json.dumps({"subscriptionId": 0, "event": event}))
            await connection.wait_closed()

        async with exchange(talk) as url:
            stream = AccountStream(
                url,
                Credentials("key", "secret"),
                ExchangeClock(),
                lambda symbol, names: heard.put_nowait((symbol, list(names))),
                lambda: heard.put_nowait("subscribed"),
            )
            async with running(stream), asyncio.timeout(10):
                events = [await heard.get() for _ in range(4)]
        assert "subscribed" in events
        assert [event for event in events if event != "subscribed"] == [
            ("BTCUSDT", ["cancel-1", "tfp-1-K"]),
            ("BTCUSDT", ["tfp-1-L", "tfp-1-K", "tfp-1-T"]),
            ("", []),
        ]

    asyncio.run(story())


def test_the_account_stream_tells_of_fills_and_transfers() -> None:
    told: list[Any] = []
    stream = an_account("ws://nowhere")
    stream.on_fill = lambda name, fill: told.append((name, fill.moved("ETH", "USDT")))
    stream.on_transfer = lambda asset, amount: told.append((asset, amount))
    trade = {
        "e": "executionReport", "x": "TRADE", "s": "ETHUSDT", "c": "by hand", "C": "", "S": "BUY",
        "i": 5, "t": 9, "L": "2500.0", "l": "2", "Y": "5000", "n": "0.002", "N": "ETH", "T": 1,
        "m": False,
    }  # fmt: skip
    for event in (
        {"e": "balanceUpdate", "a": "BTC", "d": "-0.5", "T": 1},
        {"e": "balanceUpdate", "a": "BTC", "d": "0.25", "T": 1},
        trade,
        {**trade, "x": "NEW"},
    ):
        stream.hear({"subscriptionId": 0, "event": event}, Line())

    assert told == [
        ("BTC", Decimal("-0.5")),
        ("BTC", Decimal("0.25")),
        ("by hand", {"ETH": Decimal("1.998"), "USDT": Decimal(-5_000)}),
    ]


@pytest.mark.parametrize("amount", ["NaN", "", "-", None])
def test_an_event_that_cannot_be_read_rings_all_the_same(amount: Any) -> None:
    rung: list[Any] = []
    stream = AccountStream(
        "ws://nowhere",
        Credentials("k", "s"),
        ExchangeClock(),
        lambda *heard: rung.append(heard),
        lambda: None,
    )
    stream.on_fill = stream.on_transfer = lambda *_: rung.append("believed")
    for event in (
        {"e": "balanceUpdate", "a": "BTC", "d": amount},
        {"e": "executionReport", "x": "TRADE", "s": "ETHUSDT", "c": "by hand", "C": ""},
    ):
        stream.hear({"event": event}, Line())

    assert rung == [("", ()), ("ETHUSDT", ["by hand"])]


def test_a_refused_subscription_is_tried_again() -> None:
    async def story() -> None:
        asked: asyncio.Queue[Any] = asyncio.Queue()

        async def talk(connection: ServerConnection) -> None:
            asked.put_nowait(await connection.recv())
            await connection.send('{"id":1,"status":400,"error":{"code":-1021,"msg":"late"}}')
            await connection.wait_closed()

        async with exchange(talk) as url:
            stream = AccountStream(
                url, Credentials("k", "s"), ExchangeClock(), lambda *_: None, lambda: None
            )
            async with running(stream), asyncio.timeout(10):
                await asked.get()
                await asked.get()

    asyncio.run(story())


def test_a_recorded_session_of_the_exchange_is_heard_to_its_end() -> None:
    candles: list[Any] = []
    streams = MarketStreams("ws://nowhere", lambda *candle: candles.append(candle), lambda: None)
    for name in ("binance-ws-2021", "BTCUSDT-raw-20240808"):
        packed = shared_data() / f"streams/{name}.txt.gz"
        for line in gzip.decompress(packed.read_bytes()).decode().splitlines():
            _, brace, text = line.partition("{")
            if brace:
                streams.hear(json.loads(brace + text), Line())
    assert {candle[0] for candle in candles} == {"LRCBTC", "NKNUSDT"}


def test_every_recorded_account_event_is_understood() -> None:
    samples = json.loads((shared_data() / "api_samples/binance-spot-api-samples.json").read_text())
    heard: list[Any] = []
    stream = AccountStream(
        "ws://nowhere",
        Credentials("k", "s"),
        ExchangeClock(),
        lambda symbol, names: heard.append((symbol, list(names))),
        lambda: None,
    )
    for name, sample in samples.items():
        if name.endswith("_wrapped"):
            stream.hear(sample, Line())
    assert ("ETHBTC", ["mUvoqJxFIILMdfAW5iGSOW"]) in heard
    assert len(heard) == 4
