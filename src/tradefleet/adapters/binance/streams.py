"""Market and account streams: bells, never truth."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any

from websockets.asyncio.client import ClientConnection

from tradefleet.adapters.binance import failures, parse
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.stream import (
    SHUTDOWN,
    KeyNotAcceptedError,
    Line,
    Pace,
    Patience,
    SilenceAskedError,
    Stream,
)
from tradefleet.domain.order import Fill
from tradefleet.ports.clock import Clock

Feed = tuple[str, str]
OnCandle = Callable[[str, str, list[Any], bool, int], None]
OnOrders = Callable[[str, Sequence[str]], None]
OnFill = Callable[[str, Fill], None]
OnTransfer = Callable[[str, Decimal], None]

# The exchange takes five messages a second on one connection.
BETWEEN_MESSAGES_S = 0.25
MOST_NAMES = 200

_log = logging.getLogger(__name__)


class MarketStreams(Stream):
    """Candles of whatever is wanted, on one connection."""

    name = "market"

    def __init__(
        self,
        url: str,
        on_candle: OnCandle,
        on_open: Callable[[], None],
        patience: Patience | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Prepare.

        Args:
            url: root of the market streams.
            on_candle: called with symbol, interval, kline row, whether it is closed, and the
                exchange's time.
            on_open: called when a new connection is subscribed to everything.
            patience: how long to leave the exchange alone.
            pace: of its connections.
        """
        super().__init__(f"{url}/stream", on_open, patience, pace)
        self._on_candle = on_candle
        self._wanted: frozenset[str] = frozenset()

    def want(self, feeds: Collection[Feed]) -> None:
        """Say which (symbol, interval) to listen to from now on."""
        wanted = frozenset(f"{symbol.lower()}@kline_{interval}" for symbol, interval in feeds)
        if wanted != self._wanted:
            self._wanted = wanted
            for line in self._lines:
                line.changed.set()

    @property
    def silence_s(self) -> float | None:
        """No silence is too long while nothing is wanted."""
        return super().silence_s if self._wanted else None

    async def greet(self, connection: ClientConnection, line: Line) -> None:
        """Subscribe to what is wanted, and follow its changes."""
        subscribed: frozenset[str] = frozenset()
        number = 0
        while True:
            line.changed.clear()
            wanted = self._wanted
            for method, names in (
                ("SUBSCRIBE", sorted(wanted - subscribed)),
                ("UNSUBSCRIBE", sorted(subscribed - wanted)),
            ):
                for start in range(0, len(names), MOST_NAMES):
                    if number:
                        await asyncio.sleep(BETWEEN_MESSAGES_S)
                    number += 1
                    part = names[start : start + MOST_NAMES]
                    line.asks(number)
                    request = {"method": method, "params": part, "id": number}
                    await connection.send(json.dumps(request))
            subscribed = wanted
            line.has_asked()
            await line.changed.wait()

    def hear(self, message: Any, line: Line) -> None:
        """Take a candle or a confirmation; everything else is of no interest."""
        if "result" in message:
            line.answered(message.get("id"))
            return
        data = message.get("data") or message
        if data.get("e") != "kline":
            if "error" in message or "code" in message:
                _log.warning("the market stream refused something: %s", str(message)[:200])
            return
        kline = data["k"]
        row = parse.stream_candle(kline)
        self._on_candle(data["s"], kline["i"], row, bool(kline["x"]), int(data["E"]))


class AccountStream(Stream):
    """What happens to our orders and balances, through the WebSocket API.

    Attributes:
        on_fill: called with each fill and the client order id of its order, before `on_orders`.
        on_transfer: called with an asset and how much of it came in, or went out (below 0).
    """

    name = "account"

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        clock: Clock,
        on_orders: OnOrders,
        on_open: Callable[[], None],
        patience: Patience | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Prepare.

        Args:
            url: the WebSocket API.
            credentials: of the account.
            clock: follows the exchange.
            on_orders: called with the symbol and the client order ids of orders that changed (list
                names among them); with no symbol when only balances did.
            on_open: called once each new subscription stands.
            patience: how long to leave the exchange alone.
            pace: of its connections.
        """
        super().__init__(url, on_open, patience, pace)
        self._credentials = credentials
        self._clock = clock
        self._on_orders = on_orders
        self.on_fill: OnFill = lambda *_: None
        self.on_transfer: OnTransfer = lambda *_: None

    @property
    def silence_s(self) -> float | None:
        """An account may be quiet for days; pings find out whether the connection lives."""
        return None

    async def greet(self, connection: ClientConnection, line: Line) -> None:
        """Subscribe with a signature, which any kind of key can make."""
        params: dict[str, Any] = {
            "apiKey": self._credentials.key,
            "recvWindow": 5_000,
            "timestamp": self._clock.now(),
        }
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = self._credentials.sign(payload.encode())
        line.asks(1)
        request = {"id": 1, "method": "userDataStream.subscribe.signature", "params": params}
        await connection.send(json.dumps(request))
        line.has_asked()

    def hear(self, message: Any, line: Line) -> None:
        """Take an event of the account, or the confirmation of the subscription."""
        if "event" in message:
            if message["event"]["e"] == SHUTDOWN:
                line.is_due.set()
            else:
                self._take(message["event"])
        elif message.get("status") == 200:
            line.answered(message.get("id"))
        elif "status" in message:
            self._refused(message)

    def _refused(self, message: Any) -> None:
        """Say why there is no subscription; a WebSocket tells the *moment* to wait for."""
        error = message.get("error") or {}
        text = f"not subscribed: {str(error)[:200]}"
        if error.get("code") in failures.ACCESS_CODES:
            raise KeyNotAcceptedError(text)
        if message["status"] in (418, 429):
            until = int((error.get("data") or {}).get("retryAfter", 0))
            raise SilenceAskedError(until - self._clock.now(), text)
        raise ValueError(text)

    def _take(self, event: Any) -> None:
        kind = event["e"]
        if kind == "eventStreamTerminated":
            raise ValueError("the exchange ended the subscription")
        self._tell_money(kind, event)
        if kind == "executionReport":
            names = [name for name in (event["c"], event.get("C")) if name]
            self._on_orders(event["s"], names)
        elif kind == "listStatus":
            self._on_orders(event["s"], [event["C"], *(leg["c"] for leg in event["O"])])
        elif kind in ("outboundAccountPosition", "balanceUpdate", "externalLockUpdate"):
            self._on_orders("", ())

    def _tell_money(self, kind: str, event: Any) -> None:
        """Tell of money that moved; an event that cannot be read rings the bell all the same."""
        try:
            if kind == "executionReport" and event.get("x") == "TRADE":
                self.on_fill(event["c"], parse.stream_fill(event))
            elif kind == "balanceUpdate":
                self.on_transfer(event["a"], parse.transferred(event))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            _log.warning("an event of the account was not understood: %r in %.400s", error, event)
