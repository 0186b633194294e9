"""Market and account streams: bells, never truth. They reconnect for ever.

A connection ends when the exchange says so (`serverShutdown`, 24 hours), when it breaks, or when
it falls silent; the next one begins after a pause that grows with each failure. Whoever listens is
told of every new connection, because what happened in between has to be fetched.
"""

import asyncio
import json
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tradefleet.adapters.binance import parse
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.ports import Clock

Feed = tuple[str, str]
OnCandle = Callable[[str, str, list[Any], bool, int], None]
OnOrders = Callable[[str, Sequence[str]], None]

SILENCE_S = 60.0
# Binance cuts every connection at 24 hours; we choose the moment.
LIFE_S = 23.5 * 3_600
PING_S = 20.0
LONGEST_PAUSE_S = 15.0
# The exchange takes five messages a second on one connection.
BETWEEN_MESSAGES_S = 0.25
MOST_NAMES = 200
SHUTDOWN = "serverShutdown"

_BROKEN = (OSError, WebSocketException, TimeoutError)
# A message that is not what it should be ends the connection, never the process.
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)

_log = logging.getLogger(__name__)


class _EndOfConnectionError(Exception):
    """The exchange announced that it will close the connection."""


class Stream(ABC):
    """One connection after another.

    Attributes:
        state: `closed`, `open`, or why it is not open; for people.
        heard_at: `monotonic` of the newest message, 0 before the first.
    """

    name: str
    silence_s: float | None = SILENCE_S

    def __init__(self, url: str, on_open: Callable[[], None]) -> None:
        self._url = url
        self._on_open = on_open
        self.state = "closed"
        self.heard_at = 0.0

    @abstractmethod
    async def greet(self, connection: ClientConnection) -> None:
        """Say what we want on a new connection."""

    @abstractmethod
    def hear(self, message: Any) -> None:
        """Take a message."""

    async def run(self) -> None:
        """Listen for ever."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listen()
                self.state = "reconnecting"
            except (*_BROKEN, *_UNREADABLE) as error:
                before, self.state = self.state, f"{type(error).__name__}: {error}".rstrip(": ")
                if self.state != before:
                    _log.warning("%s stream lost: %s", self.name, self.state)
            lived_s = asyncio.get_running_loop().time() - began
            failures = 0 if lived_s > SILENCE_S else failures + 1
            longest = min(LONGEST_PAUSE_S, 0.25 * 2**failures)
            await asyncio.sleep(longest * random.uniform(0.5, 1.0))

    async def _listen(self) -> None:
        async with self._connected() as connection, asyncio.timeout(LIFE_S) as life:
            greeting = asyncio.create_task(self.greet(connection))
            try:
                await self._hear_all(connection)
            except TimeoutError:
                if not life.expired():
                    raise
            except _EndOfConnectionError:
                _log.info("%s stream: the exchange asks to reconnect", self.name)
            finally:
                greeting.cancel()

    async def _hear_all(self, connection: ClientConnection) -> None:
        self.state = "open"
        self._on_open()
        while True:
            async with asyncio.timeout(self.silence_s):
                text = await connection.recv()
            self.heard_at = asyncio.get_running_loop().time()
            message = json.loads(text)
            if message.get("e") == SHUTDOWN or message.get("stream") == f"!{SHUTDOWN}":
                raise _EndOfConnectionError
            self.hear(message)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        secure = self._url.startswith("wss:")
        async with connect(
            self._url,
            ping_interval=PING_S,
            ping_timeout=SILENCE_S,
            close_timeout=1,
            compression=None,
            max_size=None,
            proxy=True if secure else None,
        ) as connection:
            yield connection


class MarketStreams(Stream):
    """Candles of whatever is wanted, on one connection."""

    name = "market"

    def __init__(self, url: str, on_candle: OnCandle, on_open: Callable[[], None]) -> None:
        """Prepare.

        Args:
            url: root of the market streams.
            on_candle: called with symbol, interval, kline row, whether it is closed, and the
                exchange's time.
            on_open: called on every new connection.
        """
        super().__init__(f"{url}/stream", on_open)
        self._on_candle = on_candle
        self._wanted: frozenset[str] = frozenset()
        self._changed = asyncio.Event()

    def want(self, feeds: Collection[Feed]) -> None:
        """Say which (symbol, interval) to listen to from now on."""
        wanted = frozenset(f"{symbol.lower()}@kline_{interval}" for symbol, interval in feeds)
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    @property
    def silence_s(self) -> float | None:  # type: ignore[override]
        """No silence is too long while nothing is wanted."""
        return SILENCE_S if self._wanted else None

    async def greet(self, connection: ClientConnection) -> None:
        """Subscribe to what is wanted, and follow its changes."""
        subscribed: frozenset[str] = frozenset()
        number = 0
        while True:
            self._changed.clear()
            wanted = self._wanted
            for method, names in (
                ("SUBSCRIBE", sorted(wanted - subscribed)),
                ("UNSUBSCRIBE", sorted(subscribed - wanted)),
            ):
                for start in range(0, len(names), MOST_NAMES):
                    number += 1
                    part = names[start : start + MOST_NAMES]
                    request = {"method": method, "params": part, "id": number}
                    await connection.send(json.dumps(request))
                    await asyncio.sleep(BETWEEN_MESSAGES_S)
            subscribed = wanted
            await self._changed.wait()

    def hear(self, message: Any) -> None:
        """Take a candle; everything else is of no interest."""
        data = message.get("data") or message
        if data.get("e") != "kline":
            if "error" in message or "code" in message:
                _log.warning("the market stream refused something: %s", str(message)[:200])
            return
        kline = data["k"]
        row = parse.stream_candle(kline)
        self._on_candle(data["s"], kline["i"], row, bool(kline["x"]), int(data["E"]))


class AccountStream(Stream):
    """What happens to our orders and balances, through the WebSocket API."""

    name = "account"
    # An account may be quiet for days; pings find out whether the connection lives.
    silence_s = None

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        clock: Clock,
        on_orders: OnOrders,
        on_open: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            url: the WebSocket API.
            credentials: of the account.
            clock: follows the exchange.
            on_orders: called with the symbol and the client order ids of orders that changed (list
                names among them); with no symbol when only balances did.
            on_open: called once each new subscription stands.
        """
        super().__init__(url, lambda: None)
        self._credentials = credentials
        self._clock = clock
        self._on_orders = on_orders
        self._on_subscribed = on_open

    async def greet(self, connection: ClientConnection) -> None:
        """Subscribe with a signature, which any kind of key can make."""
        params: dict[str, Any] = {
            "apiKey": self._credentials.key,
            "recvWindow": 5_000,
            "timestamp": self._clock.now(),
        }
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = self._credentials.sign(payload.encode())
        request = {"id": 1, "method": "userDataStream.subscribe.signature", "params": params}
        await connection.send(json.dumps(request))

    def hear(self, message: Any) -> None:
        """Take an event of the account."""
        if "event" in message:
            if message["event"]["e"] == SHUTDOWN:
                raise _EndOfConnectionError
            self._take(message["event"])
        elif message.get("status") == 200:
            self._on_subscribed()
        elif "status" in message:
            raise ValueError(f"not subscribed: {str(message.get('error'))[:200]}")

    def _take(self, event: Any) -> None:
        kind = event["e"]
        if kind == "eventStreamTerminated":
            raise ValueError("the exchange ended the subscription")
        if kind == "executionReport":
            names = [name for name in (event["c"], event.get("C")) if name]
            self._on_orders(event["s"], names)
        elif kind == "listStatus":
            self._on_orders(event["s"], [event["C"], *(leg["c"] for leg in event["O"])])
        elif kind in ("outboundAccountPosition", "balanceUpdate", "externalLockUpdate"):
            self._on_orders("", ())
