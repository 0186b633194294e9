"""A world for one bot to live through recorded candles in: exchange, hub and bot, all real.

The exchange (`tradefleet exchange --speed step`) and the bot (`tradefleet bot run`) are processes
of their own on a data folder that is thrown away; they speak HTTP. The hub lives in this process:
its clock and its bell are what moves the bot from step to step.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import tradefleet
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.hub.server import HubServer
from tradefleet.adapters.stepped.clock import StandingClock
from tradefleet.adapters.stepped.exchange import SteppedExchange
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.news import SqlNews
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.hub.hub import Hub
from tradefleet.application.parity.lived import Lived
from tradefleet.application.parity.steps import AFTER_CLOSE_MS, GoOn, check_interval, live_through
from tradefleet.bootstrap.backtest import Ready
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.bot import BotSettings, Wish
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import TradefleetError
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.ports.journal import IntentState
from tradefleet.settings import Settings, load_settings

BOT = 1
STARTS_WITHIN_S = 60.0
DECIDES_WITHIN_S = 60.0
ENDS_WITHIN_S = 5.0
PAUSE_S = 0.003  # each look at the store takes the bot's processor away
EVERYTHING = 10**9
NEWEST = 6  # intents of one evaluation, and more


class ParityError(TradefleetError):
    """The bot could not live through the candles; says what broke."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By what the exchange takes the bot's orders.

    Attributes:
        fee: what it takes of each fill.
        rules: file of an exchangeInfo; None = ticks and lots by the decimals of the candles.
    """

    fee: Decimal
    rules: Path | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """What a bot did, and in which world: the candles that it saw, the rules it traded by."""

    lived: Lived
    setup: Setup


def walk(made: Ready, terms: Terms, go_on: GoOn) -> Walk:
    """Let a bot live through the candles of a backtest.

    Raises:
        InputError: the candles are too short, or the exchange cannot trade them.
        ParityError: a process ended, or the bot did not decide.
    """
    check_interval(made.setup)
    root = Path(tempfile.mkdtemp(prefix="tradefleet-verify-"))
    try:
        with _leaving_in_order():
            return asyncio.run(_walk(made, terms, go_on, root))
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def _leaving_in_order() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end this process with all it has started."""

    def leave(number: int, _frame: Any) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _walk(made: Ready, terms: Terms, go_on: GoOn, root: Path) -> Walk:
    folder = DataFolder(root / "data")
    folder.prepare()
    _bring_strategies(folder)
    with contextlib.ExitStack() as stack:
        start = stack.enter_context(_processes(root, folder))
        setup = made.setup
        exchange_runs = start("exchange", *_exchange_words(setup, terms, folder))
        await _until(folder.exchange_address.exists, exchange_runs, STARTS_WITHIN_S)
        exchange = SteppedExchange(paper_address(folder))
        stack.callback(exchange.close)
        store = Store.locate("", folder.root, "paper")
        stack.callback(store.close)
        migrate(store)
        SqlNews(store).add(setup.news)
        async with _hub(paper_address(folder), folder, exchange) as hub:
            world = _World(hub, exchange, store, setup.settings)
            instrument = await world.prepare(setup.settings)
            world.process = start("bot", "run", str(BOT), "--launcher", "process")
            await world.begin()
            seen = setup.candles.between(0, await live_through(setup, world, go_on))
        return Walk(world.lived(), replace(setup, candles=seen, instrument=instrument))


class _World:
    """One bot and its exchange; keeps `SteppedWorld`."""

    process: "_Process"

    def __init__(
        self, hub: "_SteppedHub", exchange: SteppedExchange, store: Store, settings: BotSettings
    ) -> None:
        self._hub = hub
        self._exchange = exchange
        self._bots = SqlBots(store)
        self._records = SqlRecords(store)
        self._settings = settings
        self._account: Any = None
        self._before = 0  # decisions that do not count

    async def prepare(self, settings: BotSettings) -> Instrument:
        """Make the bot, with its money at the exchange; return the rules it trades by."""
        instrument = await asyncio.to_thread(self._hub.source.instrument, settings.symbol)
        self._exchange.give(instrument.quote, settings.trade_amount)
        named = replace(settings, name="verify")
        self._bots.create(named, instrument.base, instrument.quote, self._hub.clock.now())
        self._bots.wish(BOT, Wish.PAUSE)
        return instrument

    async def begin(self) -> None:
        """Let the bot come up: what it thinks before the first candle is of no interest."""
        await self._decided(0, STARTS_WITHIN_S)
        self._bots.wish(BOT, Wish.RUN)
        self._account = self._exchange.account()
        self._before = len(self._records.decisions(BOT, EVERYTHING))

    async def go_to(self, at: int) -> None:
        """Let the exchange's time be `at`, and return once the bot has decided there."""
        moved = self._exchange.advance(at - self._hub.clock.now())
        self._hub.clock.stand(moved)
        if self._account["openOrders"] and self._exchange.account() != self._account:
            self._hub.desk.account_may_have_changed()
        self._hub.desk.refresh_all()
        await self._decided(moved, DECIDES_WITHIN_S)
        outcome = self._records.decisions(BOT, 1)[0].outcome
        if outcome == "unknown":
            await _until(self._is_settled, self.process, DECIDES_WITHIN_S)
        if outcome != "held" or self._account["openOrders"]:
            self._account = self._exchange.account()

    async def _decided(self, at: int, patience_s: float) -> None:
        def has_decided() -> bool:
            newest = self._records.decisions(BOT, 1)
            return bool(newest) and newest[0].at >= at

        await _until(has_decided, self.process, patience_s)

    def _is_settled(self) -> bool:
        """Whether the bot knows what became of everything it sent."""
        newest = self._records.intents(BOT, NEWEST)
        return all(intent.state is not IntentState.OPEN for intent in newest)

    def lived(self) -> Lived:
        """Return what the bot wrote down."""
        decisions = self._records.decisions(BOT, EVERYTHING)
        return Lived(
            decisions=tuple(reversed(decisions))[self._before :],
            trades=tuple(t for _, t in reversed(self._records.trades(BOT, EVERYTHING))),
            held=self._records.totals()[BOT],
        )


# ------------------------------------------------------------ the hub


@dataclass(frozen=True, slots=True)
class _SteppedHub:
    desk: Hub
    clock: StandingClock
    source: BinanceMarketData


@contextlib.asynccontextmanager
async def _hub(
    address: str, folder: DataFolder, exchange: SteppedExchange
) -> AsyncIterator[_SteppedHub]:
    clock = StandingClock(exchange.advance(AFTER_CLOSE_MS))
    budget = Budget(clock)
    rest = Rest(address, clock, budget)
    source = BinanceMarketData(rest, clock, budget.adopt_limits)
    desk = Hub(source, budget, clock, asyncio.to_thread)
    serving = asyncio.create_task(HubServer(folder.hub_socket, desk).serve())
    try:
        yield _SteppedHub(desk, clock, source)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        rest.close()


# ------------------------------------------------------------ files


def _exchange_words(setup: Setup, terms: Terms, folder: DataFolder) -> list[str]:
    """Write down what the exchange plays and for whom; return the words that start it so."""
    settings = setup.settings
    market = folder.root / f"{settings.symbol}-{settings.interval}.csv"
    _write_candles(market, setup.candles)
    accounts = folder.root / "accounts.json"
    accounts.touch(mode=0o600)
    key, secret = folder.paper_account()
    fee = {"maker": plain(terms.fee), "taker": plain(terms.fee)}
    account = {"key": key, "secret": secret, "balances": {}, "commission": fee}
    accounts.write_text(json.dumps([account]), "utf-8")
    first = time.gmtime(int(setup.candles.open_time[setup.first]) // 1000)
    words = ["--port", "0", "--market", str(market), "--speed", "step", "--accounts", str(accounts)]
    words += ["--start", time.strftime("%Y-%m-%dT%H:%M:%S", first)]
    return words if terms.rules is None else [*words, "--rules", str(terms.rules.absolute())]


def _write_candles(path: Path, candles: Candles) -> None:
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    rows = zip(candles.open_time.tolist(), *(column.tolist() for column in columns), strict=True)
    with path.open("w", encoding="ascii") as file:
        file.write("open_time,open,high,low,close,volume\n")
        file.writelines(f"{','.join(map(repr, row))}\n" for row in rows)


def _bring_strategies(folder: DataFolder) -> None:
    """Let the bot find the person's own strategies."""
    theirs = DataFolder(load_settings().home).strategies
    if theirs.is_dir():
        shutil.copytree(theirs, folder.strategies, dirs_exist_ok=True)


# ------------------------------------------------------------ processes


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    child: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """Raise if it has ended, with its last words."""
        if self.child.poll() is not None:
            last = self.log.read_text("utf-8", "replace").strip().splitlines()[-3:]
            raise ParityError(f"the {self.name} ended: {' '.join(last) or 'without a word'}")

    def end(self) -> None:
        """End it, and whatever it has started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.child.poll() is not None:
                return
            os.killpg(self.child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(ENDS_WITHIN_S)


@contextlib.contextmanager
def _processes(root: Path, folder: DataFolder) -> Iterator[Callable[..., _Process]]:
    """Yield what starts our own commands on a data folder; all of them end with it."""
    started: list[_Process] = []
    environment = _environment(folder)

    def start(*words: str) -> _Process:
        log = root / f"{words[0]}.log"
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "tradefleet", *words],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end them in order
            )
        started.append(_Process(words[0], child, log))
        return started[-1]

    try:
        yield start
    finally:
        for process in reversed(started):
            process.end()


def _environment(folder: DataFolder) -> Mapping[str, str]:
    """Return our environment with nothing of the person's own installation in it."""
    names = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in names}
    ours = str(Path(tradefleet.__file__).parents[1])  # the very code that runs here
    paths = os.pathsep.join(filter(None, [ours, kept.get("PYTHONPATH")]))
    return kept | {
        "TRADEFLEET_HOME": str(folder.root),
        "TRADING_MODE": "paper",
        "PYTHONPATH": paths,
    }


async def _until(look: Callable[[], bool], process: _Process, patience_s: float) -> None:
    """Return once something is so, while a process lives."""
    ends_at = time.monotonic() + patience_s
    while not look():
        process.check()
        if time.monotonic() > ends_at:
            raise ParityError(f"the {process.name} did not answer within {patience_s:.0f} s")
        await asyncio.sleep(PAUSE_S)
