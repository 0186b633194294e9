"""One simulated world: bots, exchange, network, people and time, all from one seed.

Everything that happens stands on one calendar. While a bot waits for the network the calendar goes
on, other bots included: a request that takes nine seconds is nine seconds in which
prices move, people act and another process of the same bot may start.
"""

import hashlib
import heapq
import math
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random

from campaign.clock import VirtualClock
from campaign.crash import Killed, Watched
from campaign.dice import Dice, draw
from campaign.market import COINS, INTERVAL, SimData, SimMarket
from campaign.oracle import Oracle
from campaign.people import People
from campaign.sql_store import SqlRoom, TwofoldBots, TwofoldLeases
from campaign.store import Disk, Facts, SimBots, SimFindings, SimJournal, SimLeases
from campaign.strategy import Whim
from campaign.tally import Tally
from campaign.wire import Line
from campaign.witness import Learnt, Witness
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.application.bot_process import BotParts, BotProcess, ExitCode
from tradefleet.application.rhythm import Rhythm
from tradefleet.application.world import World as TraderWorld
from tradefleet.domain.bot import Bot, BotSettings, Wish
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.errors import ExchangeError
from tradefleet.domain.ledger import Ledger
from tradefleet.exchange.books.accounts import Credential
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.rest.face import RestFace
from tradefleet.exchange.venue import Venue
from tradefleet.ports.exchange import Ring, RingKind
from tradefleet.ports.fleet import Holder, Lease, Leases

KEY, SECRET = "campaign-key-0123456789", "campaign-secret-9876543210"
TICK_MS = 30_000  # where bots look rarely it is twice as long
STEP = 0.0009  # of the price in half a minute; a day moves some 5 %
SLOW = 12  # a rhythm so slow that half a minute is nothing
CALM_MS = 40 * MINUTE
SELL_MS = 8 * MINUTE
# Where a death matters most; elsewhere it comes less often.
_DANGEROUS = ("record_intent", "settle_intent", "book", "POST", "DELETE")
_USUAL = Rhythm()


class _Forgetful(MemoryLog):
    """The exchange's log: counts the changes and keeps none.

    Attributes:
        changes: how many there were.
    """

    changes = 0

    def append(self, record: dict[str, object]) -> None:
        """Count a change."""
        self.changes += 1


class _Log:
    """A bot's log, in which no secret may stand."""

    def __init__(self, world: "World", bot_id: int) -> None:
        self._world, self._bot_id = world, bot_id

    def info(self, text: str) -> None:
        """Look at a line."""
        if SECRET[:12] in text or KEY in text:
            self._world.oracle.violated("I5", f"a secret in the log: {text}", self._bot_id)

    warning = error = info


class _Bell:
    """The hub's bell: the world rings it by turning the process."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def fileno(self) -> int:
        """Return a descriptor while there is a hub."""
        return 99 if self._world.hub_is_there else -1

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        """Listen: the world knows what each bot trades."""

    def heard(self) -> tuple[()]:
        """Return nothing: rings come with the turn."""
        return ()


class _NoNews:
    def between(self, since: int, until: int, symbol: str = "") -> tuple[()]:
        """Return no headlines."""
        return ()


class Running:
    """A process that lives."""

    def __init__(self, world: "World", bot_id: int, pid: int, host: str) -> None:
        self.bot_id, self.pid, self.host = bot_id, pid, host
        self.began_at = world.clock.ms
        self.is_busy = self.is_over = self.is_frozen = self.is_looked_at = False
        self.rings: list[Ring] = []
        self.clock = ExchangeClock(world.clock.monotonic, world.clock.now)
        self.turn_at = 0
        self.process = BotProcess(bot_id, world.parts(self))

    @property
    def ledger(self) -> Ledger | None:
        """The books as the process has them in hand, once it has any; looking harms nobody."""
        trader = self.process._trader
        self.is_looked_at = True
        try:
            return None if trader is None else trader.ledger
        finally:
            self.is_looked_at = False


class World:
    """A run of one seed.

    Attributes:
        calm: the faults have stopped; everything must come to an end now.
        trouble_at: when something was last made to go wrong.
        next_send_meets: the fate of the next request that changes something; empty = by chance.
        next_send: which request that is, such as `POST /order`; empty = any.
        freeze_next_ms: the next process that makes a step stands still for so long.
    """

    def __init__(self, seed: int, weather: Dice | None = None, sql: SqlRoom | None = None) -> None:
        self.seed = seed
        random = Random(seed)
        self.weather = weather or draw(random)
        self.random = Random(random.random())
        self.sql = sql
        self.tally = Tally(runs=1, on_sqlite=int(sql is not None))
        self.learnt = Learnt(self.tally)
        self.clock = VirtualClock()
        self.began_at = self.clock.ms
        self.calm = False
        self.trouble_at = -DAY
        self.hub_is_there = True
        self.next_send_meets = self.next_send = ""
        self.freeze_next_ms = 0
        self.strategy_fails_until = 0
        self.every = 15 * MINUTE
        self.kill_at: tuple[str, int] | None = None
        self._calendar: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count()
        self._pids = count(100)
        self._open_the_exchange(random)
        self._found_the_fleet(random)
        self.oracle = Oracle(self)
        self.people = People(self, Random(random.random()))
        self.running: list[Running] = []

    def _open_the_exchange(self, random: Random) -> None:
        self.market = SimMarket(self.clock, Random(random.random()), self.weather.thin)
        self.data = SimData(self.market, self.clock)
        self.log = _Forgetful()
        self.venue = Venue(self.market, self.log)
        self.face = RestFace(self.venue)
        money = {"USDT": Decimal(2_000), "BTC": Decimal("0.05"), "DOGE": Decimal(9_000)}
        self.account = self.venue.engine.open_account(
            Credential(KEY, "HMAC", SECRET), ("SPOT",), money
        )
        self.venue.broadcast.follow_account(self.account.uid, self)
        self.governor = Budget(self.clock)

    def _found_the_fleet(self, random: Random) -> None:
        symbols = list(COINS)
        bots = []
        for bot_id in range(1, self.weather.bots + 1):
            settings = BotSettings(
                f"bot {bot_id}",
                random.choice(symbols),
                "whim",
                Decimal(random.choice((50, 100, 300))),
                every="15m",
                stop_loss=Decimal(random.choice((1, 2, 4))),
                take_profit=Decimal(random.choice((0, 2, 5))),
                price_cap=Decimal(random.choice(("0", "0.05", "0.3"))),
                trailing_stop=Decimal(random.choice((0, 0, 1, 3))),
                break_even=Decimal(random.choice((0, 0, 1))),
            )
            base = settings.symbol.removesuffix("USDT")
            bots.append(Bot(bot_id, settings, base, "USDT", Wish.RUN))
        self.bots = self._bots(bots)
        self._traded = sorted({bot.settings.symbol for bot in bots})
        self.leases = SimLeases(self.clock)
        self.findings = SimFindings()
        self.facts = {bot.id: Facts() for bot in bots}
        self.disk = Disk(Random(random.random()), 0.0 if self.sql else self.weather.store)

    def _bots(self, bots: list[Bot]) -> SimBots:
        if self.sql:
            return TwofoldBots(bots, self.clock, self.sql.store)
        return SimBots(bots, self.clock)

    # ------------------------------------------------------------ time

    def after(self, ms: int, event: Callable[[], None]) -> None:
        """Put something on the calendar."""
        heapq.heappush(self._calendar, (self.clock.ms + max(ms, 0), next(self._numbers), event))

    def pass_time(self, ms: int) -> None:
        """Let time pass, and happen what is due meanwhile."""
        until = self.clock.ms + ms
        while self._calendar and self._calendar[0][0] <= until:
            time, _, event = heapq.heappop(self._calendar)
            self.clock.ms = max(self.clock.ms, time)
            event()
        self.clock.ms = max(self.clock.ms, until)

    def trouble(self) -> None:
        """Note that something was just made to go wrong."""
        self.trouble_at = self.clock.ms

    # ------------------------------------------------------------ a run

    def run(self, days: float) -> Tally:
        """Play a run: first anything may go wrong, then nothing does and all must come right."""
        self.begin()
        self.people.begin()
        self.pass_time(int(days * DAY))
        return self.finish()

    def begin(self) -> None:
        """Let the market move and every bot have a process."""
        for close in range(3):
            self.market.close_candle(self.clock.ms - (3 - close) * INTERVAL - 1)
        self.after(0, self._tick)
        self.after(INTERVAL - self.clock.ms % INTERVAL, self._close_candle)
        for bot_id in self.bots.rows:
            self.start(bot_id)

    def finish(self) -> Tally:
        """Stop all faults; what they broke must mend itself, and every position be sold."""
        self._calm_down()
        self.pass_time(CALM_MS)
        self.oracle.at_rest()
        for bot_id in self.bots.rows:
            self.bots.wish(bot_id, Wish.STOP_SELL)
            self.start(bot_id)
        self.pass_time(SELL_MS)
        self.oracle.at_rest()
        self.tally.bot_days += len(self.bots.rows) * (self.clock.ms - self.began_at) / DAY
        self.tally.faults["store"] += self.disk.struck
        self._count_outcomes()
        if self.sql:
            for bot_id, text in self.sql.differences(self.facts, self.bots):
                self.oracle.violated("I12", text, bot_id)
        self.tally.traces[self.seed] = self._trace()
        return self.tally

    def _rhythm(self) -> Rhythm:
        longer = {name: pause * self.weather.rhythm for name, pause in asdict(_USUAL).items()}
        return Rhythm(**longer)

    def _calm_down(self) -> None:
        """Stop all faults; what they broke must mend itself now."""
        self.calm, self.next_send_meets, self.next_send = True, "", ""
        rhythm = self.weather.rhythm
        self.weather = Dice(rhythm=rhythm, density=0.0, bots=self.weather.bots)
        self.disk.chance = 0.0
        self.hub_is_there, self.freeze_next_ms, self.strategy_fails_until = True, 0, 0
        self.data.stale_until = self.data.gap_until = 0
        self.market.set_status("TRADING")
        self.account.permissions = ("SPOT",)
        self.trouble()
        for bot_id in self.bots.rows:
            self.restart_wish(bot_id)

    def _tick(self) -> None:
        ticks = 1 if self.weather.rhythm < SLOW else 2
        for symbol in self._traded:
            self.market.move(symbol, self.random.gauss(1.0, STEP * math.sqrt(ticks)))
        self.venue.catch_up()
        self.oracle.look()
        self.after(TICK_MS * ticks, self._tick)

    def _close_candle(self) -> None:
        self.market.close_candle(self.clock.ms - 1)
        for running in self.running:
            self._ring(running, Ring(RingKind.CANDLE))
        self.after(INTERVAL, self._close_candle)

    # ------------------------------------------------------------ processes

    def start(self, bot_id: int, host: str = "here") -> None:
        """Start a process for a bot; whether it may run its lease says."""
        if not self.bots.rows[bot_id].failure:
            try:
                running = Running(self, bot_id, next(self._pids), host)
            except Killed:
                self.after(1_000, lambda: self.start(bot_id, host))
                return
            self.running.append(running)
            self._turn_after(running, 0)

    def parts(self, running: "Running") -> BotParts:
        """Return what a new process is given."""
        passing = partial(self._pass, running)
        clock = running.clock
        line = Line(self, Random(self.random.random()), passing)
        rest = Rest(
            "http://sim",
            clock,
            self.governor,
            Credentials(KEY, SECRET),
            line,  # type: ignore[arg-type]
        )
        if not self.hub_is_there:
            with suppress(ExchangeError):
                rest.measure_clock()
        broker = Witness(
            BinanceBroker(rest, self.data, lambda seconds: self.pass_time(int(seconds * 1_000))),
            self.facts[running.bot_id],
            self.learnt,
        )

        def journal(bot: Bot, lease: Lease) -> Watched:
            memory = SimJournal(self.facts[bot.id], lease, self.leases, self.disk)
            pen = self.sql.journal(bot, lease, memory) if self.sql else memory
            return Watched(pen, passing, self._write_failed)

        return BotParts(
            bots=self.bots,  # type: ignore[arg-type]
            leases=self._leases(running.host),
            journal_for=journal,
            world=TraderWorld(self.data, broker, clock, _NoNews(), self.findings),  # type: ignore[arg-type]
            bell=_Bell(self),
            log=_Log(self, running.bot_id),
            strategy_for=lambda _: Whim(self, running.bot_id),
            holder=Holder(running.pid, float(running.pid), running.host, "boot", "campaign"),
            installation="k7x2",
            mode="paper",
            folder_is_there=lambda: True,
            rhythm=self._rhythm(),
        )

    def _leases(self, host: str) -> Leases:
        if self.sql:
            return TwofoldLeases(self.sql.store, self.leases, host)
        return self.leases

    def _pass(self, running: Running, point: str) -> None:
        """A process passes a crash point: it may die here, or freeze."""
        self.tally.points[point] += 1
        if self.calm or running.is_looked_at:
            return
        if self.freeze_next_ms:
            self._freeze(running)
        chance = self.weather.kill * (5 if point.startswith(_DANGEROUS) else 0.3)
        dies = self.random.random() < chance
        if self.kill_at is not None and self.kill_at[0] == point:
            self.kill_at = (point, self.kill_at[1] - 1)
            dies = self.kill_at[1] == 0
        if dies:
            self.tally.kills[point] += 1
            raise Killed

    def _write_failed(self, call: str) -> None:
        self.tally.met[f"{call} fails"] += 1

    def _freeze(self, running: Running) -> None:
        ms, self.freeze_next_ms = self.freeze_next_ms, 0
        running.is_frozen = True
        for silent_ms in (38_000, 100_000):
            if ms > silent_ms:
                self.after(silent_ms, lambda: self.start(running.bot_id, "elsewhere"))
        self.pass_time(ms)
        running.is_frozen = False
        self.trouble()

    def _turn_after(self, running: Running, ms: int) -> None:
        at = self.clock.ms + ms
        running.turn_at = at
        self.after(ms, lambda: self._turn(running, at))

    def _turn(self, running: Running, at: int) -> None:
        if running.is_over or running.is_busy or running.turn_at != at:
            return
        running.is_busy = True
        rings, running.rings = tuple(running.rings), []
        self.tally.turns += 1
        if self.hub_is_there:  # each of its answers brings the exchange's time along
            running.clock.adopt(self.market.now() - self.clock.monotonic() * 1_000)
        try:
            wait = running.process.turn(rings)
        except Killed:
            self._died(running)
            return
        except Exception:  # noqa: BLE001 - whatever escapes is a crash of the product: a finding
            self.oracle.violated("I12", traceback.format_exc(limit=-4), running.bot_id)
            self._died(running)
            return
        finally:
            running.is_busy = False
        self.oracle.look()
        if wait is None:
            self._ended(running)
        else:
            self.oracle.after_turn(running)
            self._turn_after(running, 0 if running.rings else max(1, int(wait * 1_000)))

    def _died(self, running: Running) -> None:
        self._bury(running)
        self.trouble()
        self.after(self.random.randint(1, 30) * 1_000, lambda: self._restart(running))

    def _restart(self, dead: Running) -> None:
        if self.bots.rows[dead.bot_id].wish.wants_process or self._holds(dead.bot_id):
            self.start(dead.bot_id, dead.host)

    def _holds(self, bot_id: int) -> bool:
        return bool(self.facts[bot_id].live) or self.bots.rows[bot_id].wish is Wish.STOP_SELL

    def _ended(self, running: Running) -> None:
        self._bury(running)
        bot = self.bots.rows[running.bot_id]
        if running.process.exit_code is ExitCode.FAILED:
            self.tally.failures[bot.failure[:60]] += 1
            self.oracle.violated("I14", f"stopped itself: {bot.failure}", bot.id)
        elif bot.wish.wants_process and running.process.exit_code is ExitCode.DONE:
            self.after(1_000, lambda: self.start(bot.id, running.host))

    def _bury(self, running: Running) -> None:
        running.is_over = True
        self.running.remove(running)
        self.leases.dead.add(running.pid)

    # ------------------------------------------------------------ what others ask

    def restart_wish(self, bot_id: int) -> None:
        """Let a person start a bot again."""
        self.bots.wish(bot_id, Wish.RUN)
        if self.is_down(bot_id):
            self.start(bot_id)

    def is_down(self, bot_id: int) -> bool:
        """Whether nobody runs a bot, or whoever does stands still."""
        return all(r.is_frozen for r in self.running if r.bot_id == bot_id)

    def started_at(self, bot_id: int) -> int:
        """Return when the process of a bot began."""
        began = [running.began_at for running in self.running if running.bot_id == bot_id]
        return max(began, default=self.clock.ms)

    def allotted(self) -> Decimal:
        """Return the cash that belongs to bots."""
        return sum(
            (bot.settings.trade_amount + self.oracle.truths[bot.id].flow
             for bot in self.bots.rows.values()),
            Decimal(0),
        )  # fmt: skip

    def spare(self, base: str) -> Decimal:
        """Return the coins that belong to no bot."""
        balance = self.account.balance(base)
        held = (
            self.oracle.truths[bot.id].base for bot in self.bots.rows.values() if bot.base == base
        )
        return balance.free + balance.locked - sum(held, Decimal(0))

    def terminate(self) -> None:
        """Take note that the account's events end: they do not."""

    def account_message(self, uid: int, event: dict[str, object]) -> None:
        """Let the hub ring for what happened on the account."""
        if event.get("e") not in ("executionReport", "listStatus"):
            return
        for running in self.running:
            if self.bots.rows[running.bot_id].settings.symbol == event["s"]:
                self._ring(running, Ring(RingKind.ACCOUNT, str(event["s"])))

    def _ring(self, running: Running, ring: Ring) -> None:
        if self.hub_is_there and not running.is_over:
            running.rings.append(ring)
            if not running.is_busy:
                self._turn_after(running, 20)

    def _count_outcomes(self) -> None:
        for facts in self.facts.values():
            for intent in facts.intents.values():
                self.tally.settled[f"{intent.purpose.name.lower()} {intent.state.value}"] += 1

    def _trace(self) -> str:
        """Return what tells this run from every other."""
        digest = hashlib.sha256()
        for facts in self.facts.values():
            for intent in facts.intents.values():
                digest.update(f"{intent.sequence}{intent.purpose}{intent.state}".encode())
        for truth in self.oracle.truths.values():
            for trade in truth.trades.values():
                digest.update(f"{trade.id}{trade.price}{trade.quantity}{trade.fee}".encode())
        digest.update(str(self.tally.requests).encode())
        return digest.hexdigest()[:16]
