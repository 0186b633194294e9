"""The streams ring, and come back after whatever ends them."""

import asyncio
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.skips import shared_data
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.streams import AccountStream, MarketStreams, Stream
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


@pytest.mark.parametrize(
    "last_words",
    [
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',
        '{"e":"serverShutdown","E":1}',
        "rubbish",
        '{"data":{"e":"kline"}}',
        "",
    ],
)
def test_a_stream_that_ends_begins_again_and_says_so(last_words: str) -> None:
    async def story() -> None:
        opened: asyncio.Queue[bool] = asyncio.Queue()

        async def talk(connection: ServerConnection) -> None:
            if last_words:
                await connection.send(last_words)
                await connection.wait_closed()

        async with exchange(talk) as url:
            streams = MarketStreams(url, lambda *_: None, lambda: opened.put_nowait(True))
            async with running(streams), asyncio.timeout(10):
                await opened.get()
                await opened.get()

    asyncio.run(story())


def test_silence_is_noticed() -> None:
    class Impatient(MarketStreams):
        silence_s = 0.05

    async def story() -> None:
        opened: asyncio.Queue[bool] = asyncio.Queue()

        async def talk(connection: ServerConnection) -> None:
            await connection.wait_closed()

        async with exchange(talk) as url:
            streams = Impatient(url, lambda *_: None, lambda: opened.put_nowait(True))
            async with running(streams), asyncio.timeout(10):
                await opened.get()
                await opened.get()

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
        assert events == [
            "subscribed",
            ("BTCUSDT", ["cancel-1", "tfp-1-K"]),
            ("BTCUSDT", ["tfp-1-L", "tfp-1-K", "tfp-1-T"]),
            ("", []),
        ]

    asyncio.run(story())


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
                streams.hear(json.loads(brace + text))
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
            stream.hear(sample)
    assert ("ETHBTC", ["mUvoqJxFIILMdfAW5iGSOW"]) in heard
    assert len(heard) == 4
