"""Bad days of the streams: a bot whose bell is silent, wrong or late still learns what is true.

The bot holds a position with a target; the target fills while the streams are struck. Streams are
only a bell: whatever they say, the bot asks over REST, and an audit makes up for a bell that never
rings. Afterwards the streams must live again and ring for the next order.
"""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.rehearsal import BuiltInProcess, Rehearsal, Truth, wait_until
from tradefleet.adapters.binance.stream import Pace, Stream
from tradefleet.adapters.binance.streams import AccountStream, MarketStreams

PACE = Pace(silence_s=1.5, ping_s=0.3, answer_s=5.0, longest_pause_s=0.5)
BELL_S = 1.0


@dataclass(frozen=True, slots=True)
class StreamDay:
    """A bad day of the streams.

    Attributes:
        fault: a row of the exchange's table.
        reconnects: whether both streams must be opened anew, or only the account's, or none.
    """

    kind: str
    title: str = ""
    fault: Mapping[str, Any] = field(default_factory=dict)
    reconnects: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.title}".strip()


class Bells:
    """Both streams of an account in a thread of their own, as the hub runs them."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        socket = "ws" + rehearsal.exchange.url.removeprefix("http")
        self.rings = 0
        self.candles = 0
        self.market = MarketStreams(socket, self._candle, lambda: None, rehearsal.budget, PACE)
        self.market.want([("BTCUSDT", "1s")])
        self.account = AccountStream(
            f"{socket}/ws-api/v3",
            rehearsal.credentials,
            rehearsal.clock,
            self._ring,
            lambda: self._ring("", ()),
            rehearsal.budget,
            PACE,
        )
        self._rang = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def opened(self) -> dict[str, int]:
        """How many connections stood so far."""
        return {stream.name: stream.opened for stream in (self.market, self.account)}

    def wait(self) -> bool:
        """Return whether it rings within a moment."""
        rang = self._rang.wait(BELL_S)
        self._rang.clear()
        return rang

    def stop(self) -> None:
        """End both."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)

    def _ring(self, _symbol: str, _names: Any) -> None:
        self.rings += 1
        self._rang.set()

    def _candle(self, *_: Any) -> None:
        self.candles += 1

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        streams: tuple[Stream, ...] = (self.market, self.account)
        running = (stream.run() for stream in streams)
        self._task = asyncio.ensure_future(asyncio.gather(*running, return_exceptions=True))
        self._ready.set()
        await asyncio.gather(self._task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class StreamsPlayed:
    """How a bad day of the streams went."""

    day: StreamDay
    rehearsal: Rehearsal
    truth: Truth
    did: str
    opened: Mapping[str, int]


def play_streams(exchange: BuiltInProcess, day: StreamDay) -> StreamsPlayed:
    """Live through it."""
    rehearsal = Rehearsal(exchange)
    rehearsal.rest.measure_clock()
    bells = Bells(rehearsal)
    try:
        wait_until(lambda: min(bells.opened.values()) >= 1, "both streams")
        rehearsal.buy()
        before = dict(bells.opened)
        rang = _target_fills_while(exchange, day, rehearsal, bells)
        exchange.bring()
        _live_again(rehearsal, bells, day, before)
        opened = {name: bells.opened[name] - before[name] for name in before}
        again = ", ".join(f"{name} stream reconnected" for name, n in opened.items() if n)
        learned = "rung, then asked by REST" if rang else "no bell: the audit asked by REST"
        did = "; ".join(filter(None, (learned, again)))
        return StreamsPlayed(day, rehearsal, rehearsal.truth(), did, opened)
    finally:
        exchange.bring()
        bells.stop()
        rehearsal.close()


def _target_fills_while(
    exchange: BuiltInProcess, day: StreamDay, rehearsal: Rehearsal, bells: Bells
) -> bool:
    exchange.bring({"kind": day.kind, **day.fault})
    while bells.wait():
        pass  # what rang for the purchase
    exchange.move("BTCUSDT", "1.06")
    rang = bells.wait()
    rehearsal.keep(lambda: not rehearsal.holds, "the filled target")
    return rang


def _live_again(
    rehearsal: Rehearsal, bells: Bells, day: StreamDay, before: Mapping[str, int]
) -> None:
    """See that both streams live: they were opened anew where they had to be, and bring news."""
    wait_until(
        lambda: all(bells.opened[name] > before[name] for name in day.reconnects),
        f"new connections ({bells.market.state}, {bells.account.state})",
    )
    candles = bells.candles
    wait_until(lambda: bells.candles > candles, "candles")
    bells.wait()
    hand = {"kind": "manual_order", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.001"}
    rings = bells.rings

    def rings_again() -> bool:
        rehearsal.exchange.bring(hand | {"key": rehearsal.credentials.key})
        return bells.wait() and bells.rings > rings

    wait_until(rings_again, "the bell")


BOTH = ("market", "account")
REPORT = {"path": "executionReport"}
STREAM_DAYS = (
    StreamDay("event_missing", "of orders", REPORT),
    StreamDay("event_missing", "of everything", {}),
    StreamDay("event_duplicated", "", {}),
    StreamDay("event_late", "3 s", {"delay_ms": 3_000}),
    StreamDay("event_reordered", "", {"delay_ms": 500}),
    StreamDay("stream_cut", "with a goodbye", {}, BOTH),
    StreamDay("stream_cut", "abruptly", {"abrupt": True}, BOTH),
    StreamDay("stream_cut", "the account's", {"streams": "user"}, ("account",)),
    StreamDay("stream_silent", "", {}, BOTH),
    StreamDay("stream_terminated", "", {}, ("account",)),
    StreamDay("server_shutdown", "", {}, BOTH),
)
