"""Bots that enter again and again before the built-in exchange, in real processes' rhythm."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from tests.contracts.rehearsal import BuiltInProcess
from tests.fakes.store import FakeBell, FakeFindings, ListLog, NoNews
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.binance.transport import DEADLINE_S, PatientTransport
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.migrate import migrate
from tradefleet.application.bot_process import BotParts, BotProcess
from tradefleet.application.world import World
from tradefleet.domain.bot import Bot, BotSettings, Wish
from tradefleet.domain.candle import Candles
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Side
from tradefleet.domain.signal import Action, Reason, Signal, hold
from tradefleet.domain.strategy import Headline, Strategy
from tradefleet.ports.fleet import Lease
from tradefleet.ports.journal import IntentState

HAND_S = 0.25  # the longest between two looks of the hand
RICH = "1000000"  # USDT of each account


@dataclass
class Watch:
    """What one bot met, in milliseconds.

    Attributes:
        naked: without a stop, each time.
        known: from the fill until the bot knew that its stop rests.
        is_protected: now.
    """

    naked: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    bought_at: int = 0
    is_protected: bool = False


class WatchedJournal(SqlJournal):
    """The real journal; what it is told of protection is noted."""

    def __init__(self, store: Store, bot: Bot, lease: Lease, watch: Watch, now: Callable[[], int]):
        super().__init__(store, bot, lease)
        self._watch = watch
        self._now = now

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent."""
        super().settle_intent(sequence, state, detail, naked_ms)
        if naked_ms is None:
            return
        self._watch.naked.append(naked_ms)
        if not self._watch.is_protected:
            self._watch.known.append(self._now() - self._watch.bought_at)
        self._watch.is_protected = True

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills."""
        for booked in fills:
            if booked.fill.side is Side.BUY:
                self._watch.bought_at = booked.fill.time
            else:
                self._watch.is_protected = False
        return super().book(fills)


class Turns(Strategy):
    """Buys, and sells what is protected or holds it; looks at no candle."""

    key = "turns"
    warmup = 2  # type: ignore[assignment]

    def __init__(self, watch: Watch, *, sells: bool) -> None:
        super().__init__()
        self._watch = watch
        self._sells = sells

    def decide(self, _candles: Candles, _news: Sequence[Headline] | None = None) -> Signal:
        """Say what comes next."""
        if not self._watch.is_protected:
            return Signal(Action.BUY, (Reason("flat"),))
        return Signal(Action.SELL, (Reason("protected"),)) if self._sells else hold("rides")


class Actor:
    """A bot with an account and an address of its own."""

    def __init__(self, exchange: BuiltInProcess, store: Store, *, sells: bool, **settings: Any):
        credentials, address = exchange.open_account(RICH)
        self.clock = ExchangeClock()
        budget = Budget(self.clock)
        transport = PatientTransport(DEADLINE_S, verify=None, local_address=address)
        http = httpx2.Client(transport=transport, timeout=DEADLINE_S)
        self.rest = Rest(exchange.url, self.clock, budget, credentials, http)
        self.rest.measure_clock()
        market = BinanceMarketData(self.rest, self.clock, budget.adopt_limits)
        self.watch = Watch()
        bots, processes = SqlBots(store), LinuxProcesses()
        asked = {"symbol": "BTCUSDT", "trade_amount": Decimal(1_000), **settings}
        made = BotSettings(f"bot {address}", strategy="turns", interval="1s", every="1s", **asked)
        self.symbol = made.symbol
        bot = bots.create(made, made.symbol.removesuffix("USDT"), "USDT", self.clock.now())
        bots.wish(bot.id, Wish.RUN)
        self.process = BotProcess(
            bot.id,
            BotParts(
                bots,
                SqlLeases(store, processes),
                lambda bot, lease: WatchedJournal(store, bot, lease, self.watch, self.clock.now),
                World(
                    market, BinanceBroker(self.rest, market), self.clock, NoNews(), FakeFindings()
                ),
                FakeBell(hub=False),
                ListLog(),
                lambda _: Turns(self.watch, sells=sells),
                processes.here("benchmark"),
                "k7x2",
                "paper",
                lambda: True,
            ),
        )
        self.due = 0.0

    def turn(self) -> None:
        """Do what is due."""
        wait = self.process.turn()
        assert wait is not None, self.process.exit_code
        self.due = time.monotonic() + wait

    def orders(self) -> list[dict[str, Any]]:
        """Return all orders of its account, as the exchange tells them."""
        query = {"symbol": self.symbol, "limit": 1_000}
        return self.rest.read("/allOrders", query, list, weight=20, signed=True)


@contextmanager
def stage() -> Iterator[tuple[BuiltInProcess, Store]]:
    """Bring up an exchange and an empty store; take both down."""
    with BuiltInProcess() as exchange, tempfile.TemporaryDirectory(prefix="naked-") as folder:
        store = Store.locate("", Path(folder), "paper")
        migrate(store)
        try:
            yield exchange, store
        finally:
            store.close()


def live(
    actors: Sequence[Actor],
    done: Callable[[], bool],
    patience_s: float,
    hand: Callable[[], None] | None = None,
) -> None:
    """Let bots live as their wakers do, until it is done; a hand may act between their turns."""
    ends_at = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"not done within {patience_s:.0f} s")
        for actor in actors:
            if time.monotonic() >= actor.due:
                actor.turn()
        if hand is not None:
            hand()
        pause = min(actor.due for actor in actors) - time.monotonic()
        time.sleep(min(max(0.0, pause), HAND_S))
