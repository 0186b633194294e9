"""A bot's end of the hub's socket: plain, synchronous, and able to do without."""

import json
import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradefleet.adapters.binance import parse
from tradefleet.adapters.binance.budget import Budget, hold_back
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.hub.wire import Json, line, short_path
from tradefleet.domain import errors
from tradefleet.domain.candle import Candles, interval_ms
from tradefleet.domain.instrument import Instrument
from tradefleet.ports.exchange import Price, Ring, RingKind

# Longer than the hub itself waits for the exchange.
ANSWER_S = 12.0
RETRY_S = 1.0
RULES_AGE_S = 60.0
MOST_ROWS = 1_000
# A bot says what it heard with its next question; there are seldom more than two.
MOST_TOLD = 20

_log = logging.getLogger(__name__)


def connect(path: Path, timeout_s: float) -> socket.socket | None:
    """Return a connection to the hub, or None if there is no hub."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        with short_path(path) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        return None
    return connection


class HubLink:
    """Questions to the hub, one at a time. Every answer also brings the exchange's clock."""

    def __init__(self, path: Path, clock: ExchangeClock) -> None:
        self._path = path
        self._clock = clock
        self._connection: socket.socket | None = None
        self._rest = b""
        self._try_at = float("-inf")

    @property
    def lost(self) -> bool:
        """Whether there is no hub as far as we know."""
        return self._connection is None

    def ask(self, question: Json) -> Json | None:
        """Return the hub's answer, or None if there is no hub.

        Raises:
            TradefleetError: the hub says why it has no answer.
        """
        if not self._connected():
            return None
        try:
            answer = self._exchange(question)
        except (OSError, ValueError) as error:
            _log.warning("the hub is lost (%r): working alone", error)
            self.close()
            return None
        if "base" in answer:
            self._clock.adopt(answer["base"])
        if "error" in answer:
            raise _failure(answer)
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self) -> bool:
        now = self._clock.monotonic()
        if self._connection is None and now >= self._try_at:
            self._try_at = now + RETRY_S
            self._rest = b""
            self._connection = connect(self._path, ANSWER_S)
        return self._connection is not None

    def _exchange(self, question: Json) -> Json:
        assert self._connection is not None
        self._connection.sendall(line(question))
        parts = [self._rest]
        while b"\n" not in parts[-1]:
            part = self._connection.recv(262_144)
            if not part:
                raise ConnectionError("the hub hung up")
            parts.append(part)
        text, _, self._rest = b"".join(parts).partition(b"\n")
        answer: Json = json.loads(text)
        return answer


class HubBell:
    """Keeps `Bell`: rings of the hub, on a connection of their own."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._connection: socket.socket | None = None
        self._rest = b""
        self._watch: Json = {}
        self._try_at = float("-inf")

    def fileno(self) -> int:
        """Return a descriptor to wait on, or -1 while there is no hub."""
        return -1 if self._connection is None else self._connection.fileno()

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        """Say what to be woken for; survives the hub's restarts."""
        self._watch = {"symbol": symbol, "interval": interval, "prefix": order_prefix}
        if self._connection is not None:
            self._hang_up()
        self._connect()

    def heard(self) -> tuple[Ring, ...]:
        """Return what rang since the last call, without waiting; reconnects if need be."""
        if self._connection is None:
            if not self._connect():
                return ()
            # Something may have happened while nobody could ring.
            return (Ring(RingKind.ACCOUNT, self._watch["symbol"]),)
        try:
            rings = self._read()
        except (OSError, ValueError):
            self._hang_up()
            return (Ring(RingKind.HUB_LOST),)
        return tuple(rings)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._hang_up()

    def _connect(self) -> bool:
        if not self._watch or self._monotonic() < self._try_at:
            return False
        self._try_at = self._monotonic() + RETRY_S
        self._connection = connect(self._path, RETRY_S)
        if self._connection is None:
            return False
        try:
            self._connection.sendall(line({"watch": self._watch}))
        except OSError:
            self._hang_up()
            return False
        self._connection.setblocking(False)
        return True

    def _hang_up(self) -> None:
        assert self._connection is not None
        self._connection.close()
        self._connection = None
        self._rest = b""

    def _read(self) -> list[Ring]:
        assert self._connection is not None
        while True:
            try:
                part = self._connection.recv(65_536)
            except BlockingIOError:
                break
            if not part:
                raise ConnectionError("the hub hung up")
            self._rest += part
        *lines, self._rest = self._rest.split(b"\n")
        rings = [json.loads(text) for text in lines]
        return [
            Ring(RingKind(ring["ring"]), ring.get("symbol", ""), ring.get("order", ""))
            for ring in rings
        ]


class HubMarketData:
    """Keeps `MarketData`: the hub's candles and prices, or our own over REST without a hub."""

    def __init__(
        self, link: HubLink, alone: BinanceMarketData, monotonic: Callable[[], float]
    ) -> None:
        """Prepare.

        Args:
            link: to the hub.
            alone: asked where there is no hub.
            monotonic: seconds.
        """
        self._link = link
        self._alone = alone
        self._monotonic = monotonic
        self._windows: dict[tuple[str, str], list[list[Any]]] = {}
        self._rules: dict[str, tuple[float, Instrument]] = {}
        self._doubted: set[str] = set()

    @property
    def alone(self) -> bool:
        """Whether the last answer had to do without the hub."""
        return self._link.lost

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; `InputError` (`unknown_symbol`) if the exchange has none."""
        fetched_at, known = self._rules.get(symbol, (0.0, None))
        if known is not None and self._monotonic() - fetched_at < RULES_AGE_S:
            return known
        question = {"ask": "instrument", "symbol": symbol, "fresh": symbol in self._doubted}
        answer = self._link.ask(question)
        self._doubted.discard(symbol)
        if answer is None:
            return self._alone.instrument(symbol)
        found = parse.instrument(answer["instrument"])
        self._rules[symbol] = (self._monotonic(), found)
        return found

    def doubt(self, symbol: str) -> None:
        """Fetch a symbol's rules anew when they are asked for next: an order broke them."""
        self._rules.pop(symbol, None)
        self._doubted.add(symbol)
        self._alone.doubt(symbol)

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        """Return the newest `count` closed candles, or all there are, oldest first."""
        if count > MOST_ROWS:
            return self._alone.closed_candles(symbol, interval, count)
        known = self._windows.get((symbol, interval), [])
        question = {"ask": "candles", "symbol": symbol, "interval": interval, "count": count}
        if len(known) >= count:
            question["after"] = known[-1][0]
        answer = self._link.ask(question)
        if answer is None:
            return self._alone.closed_candles(symbol, interval, count)
        rows = answer["rows"]
        window = (rows if answer["whole"] else known + rows)[-count:]
        self._windows[symbol, interval] = window
        return Candles(interval_ms(interval), window)

    def price(self, symbol: str) -> Price:
        """Return the last price; `DataError` if there is none."""
        answer = self._link.ask({"ask": "price", "symbol": symbol})
        if answer is None:
            return self._alone.price(symbol)
        return Price(Decimal(answer["value"]), answer["at"])

    def spread(self, symbol: str) -> Decimal | None:
        """Return how far bid and ask are apart, in percent; asked at the exchange, where due."""
        return self._alone.spread(symbol)


class HubGovernor:
    """Keeps `Governor`: asks the hub for weight; without a hub, a small budget of its own."""

    def __init__(self, link: HubLink, alone: Budget) -> None:
        self._link = link
        self._alone = alone
        self._told: list[Json] = []

    def admit(self, weight: int, urgent: bool, orders: int = 0) -> None:
        """Reserve weight and orders, or raise `ExchangeUnavailableError` with the time to wait."""
        silent_ms = self._alone.silent_for_ms()
        question = {
            "ask": "weight",
            "weight": weight,
            "urgent": urgent,
            "orders": orders,
            "told": self._told,
            "silent_ms": silent_ms,  # a hub that has just begun may not know it yet
        }
        answer = self._link.ask(question)
        self._told = []
        if answer is None or silent_ms:
            self._alone.admit(weight, urgent, orders)
        else:
            hold_back(answer["wait_ms"])

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take note of what an answer told; the hub hears it with our next question."""
        self._told = [*self._told, dict(told)][-MOST_TOLD:]
        self._alone.hear(told)

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long, and tell the hub."""
        self._alone.silence(ms)
        with suppress(errors.TradefleetError):  # it hears of it again with our next question
            self._link.ask({"ask": "silence", "ms": ms})

    def adopt_limits(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the limits over; the hub knows them by itself."""
        self._alone.adopt_limits(rows)


def set_clock(link: HubLink, measure: Callable[[], None]) -> None:
    """Take the exchange's clock over from the hub; without a hub, measure it."""
    if link.ask({"ask": "clock"}) is None:
        measure()


def _failure(answer: Json) -> errors.TradefleetError:
    text, code = answer.get("text", ""), answer.get("code")
    kind = answer["error"]
    if kind == errors.InputError.__name__:
        return errors.InputError(text, field=answer.get("field", ""), code=code or "invalid")
    if kind == errors.DataError.__name__:
        return errors.DataError(text)
    if kind == errors.AccessDeniedError.__name__:
        return errors.AccessDeniedError(text, code=code)
    return errors.ExchangeUnavailableError(
        text, code=code, retry_after_ms=answer.get("retry_after_ms", 0)
    )
