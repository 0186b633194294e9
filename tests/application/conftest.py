"""A bot on a fake exchange."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.exchange import FakeExchange
from tests.fakes.store import FakeFindings, ListLog, NoNews, a_bot
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.application.desk import OrderNames
from tradefleet.application.narration import Narrator
from tradefleet.application.trader import Trader
from tradefleet.application.world import World
from tradefleet.domain.bot import Bot
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import InputError
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.signal import Action, Reason, Signal, hold
from tradefleet.domain.strategy import Headline, Strategy

CHECK = 15 * MINUTE


class Scripted(Strategy):
    """Says what the test says next."""

    key = "scripted"
    warmup = 10  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.next: Signal | Exception = hold("nothing to do")

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        said, self.next = self.next, hold("nothing to do")
        if isinstance(said, Exception):
            raise said
        return said


BUY = Signal(Action.BUY, (Reason("RSI below 30 (now 25)"),))
SELL = Signal(Action.SELL, (Reason("RSI above 70 (now 75)"),))


class Stage:
    """A bot, its world, and the means to kill and start it again."""

    def __init__(self, exchange: FakeExchange, bot: Bot | None = None) -> None:
        self.clock = exchange.clock
        self.exchange = exchange
        self.broker: object = exchange
        self.journal: object = MemoryJournal()
        self.findings = FakeFindings()
        self.log = ListLog()
        self.strategy = Scripted()
        self.gone = ""  # why there is no strategy
        self.bot = bot or a_bot()
        self.epoch = 0
        self.is_frozen = False
        self.surroundings: object = None
        self.trader: Trader = self.start()

    def start(self) -> Trader:
        """Begin a new process: only what the journal and the exchange know is left."""
        self.epoch += 1
        self.trader = Trader(
            self.bot,
            OrderNames("k7x2", "paper", self.bot.id, self.epoch),
            World(
                self.exchange,
                self.broker,  # type: ignore[arg-type]
                self.clock,
                NoNews(),
                self.findings,
                lambda: self.is_frozen,
                self.surroundings,  # type: ignore[arg-type]
            ),
            self.journal,  # type: ignore[arg-type]
            self.strategy_for,
            Narrator(self.log),
        )
        return self.trader

    def strategy_for(self, _settings: object) -> Scripted:
        if self.gone:
            raise InputError(self.gone)
        return self.strategy

    def cycle(self, signal: Signal | Exception | None = None) -> str:
        """Let the next evaluation come, in which the strategy says `signal`; return the outcome."""
        self.clock.advance(ms=CHECK)
        if signal is not None:
            self.strategy.next = signal
        decision = self.trader.cycle()
        assert decision is not None
        return decision.outcome

    def look_twice(self) -> None:
        """Look after the position two times a second apart: a single print is not believed."""
        self.trader.keep()
        self.clock.advance(seconds=1)
        self.trader.keep()

    def change(self, **settings: object) -> None:
        """Change the bot's settings, as the page does."""
        changed = replace(self.bot.settings, **settings)  # type: ignore[arg-type]
        self.bot = replace(self.bot, settings=changed, version=self.bot.version + 1)
        self.trader.adopt(self.bot)

    @property
    def ledger(self) -> Ledger:
        return self.trader.ledger

    @property
    def is_protected(self) -> bool:
        covered = self.exchange.instrument_.floor_quantity(self.ledger.position.quantity)
        return self.exchange.locked == covered


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange(clock)


@pytest.fixture
def stage(exchange: FakeExchange) -> Stage:
    return Stage(exchange)
