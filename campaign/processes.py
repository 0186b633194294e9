"""The processes of a simulated world: they are started, turned, killed, frozen and buried here."""

import traceback
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from campaign.crash import Killed, Watched
from campaign.sql_store import TwofoldLeases
from campaign.store import SimJournal
from campaign.strategy import Whim
from campaign.wire import Line
from campaign.witness import Witness
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.application.bot_process import BotParts, BotProcess, ExitCode
from tradefleet.application.rhythm import Rhythm
from tradefleet.application.world import World as TraderWorld
from tradefleet.domain.bot import Bot, Wish
from tradefleet.domain.errors import ExchangeError
from tradefleet.domain.ledger import Ledger
from tradefleet.ports.exchange import Ring
from tradefleet.ports.fleet import Holder, Lease, Leases

if TYPE_CHECKING:
    from campaign.world import World

KEY, SECRET = "campaign-key-0123456789", "campaign-secret-9876543210"
# Where a death matters most; elsewhere it comes less often.
_DANGEROUS = ("record_intent", "settle_intent", "book", "POST", "DELETE")
_USUAL = Rhythm()
HANDS_ARE_SLOW = 3  # where bots look rarely they look for new wishes more rarely still


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

    def __init__(
        self, processes: "Processes", world: "World", bot_id: int, pid: int, host: str
    ) -> None:
        self.bot_id, self.pid, self.host = bot_id, pid, host
        self.began_at = world.clock.ms
        self.is_busy = self.is_over = self.is_frozen = self.is_looked_at = False
        self.rings: list[Ring] = []
        self.clock = ExchangeClock(world.clock.monotonic, world.clock.now)
        self.turn_at = 0
        self.process = BotProcess(bot_id, processes.parts(self))

    @property
    def ledger(self) -> Ledger | None:
        """The books as the process has them in hand, once it has any; looking harms nobody."""
        trader = self.process._trader
        self.is_looked_at = True
        try:
            return None if trader is None else trader.ledger
        finally:
            self.is_looked_at = False


class Processes:
    """Every process there is.

    Attributes:
        alive: those that run or are frozen.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._pids = count(100)
        self.alive: list[Running] = []

    def start(self, bot_id: int, host: str = "here") -> None:
        """Start a process for a bot; whether it may run its lease says."""
        world = self._world
        if not world.bots.rows[bot_id].failure:
            try:
                running = Running(self, world, bot_id, next(self._pids), host)
            except Killed:
                world.after(1_000, lambda: self.start(bot_id, host))
                return
            self.alive.append(running)
            self._turn_after(running, 0)

    def parts(self, running: "Running") -> BotParts:
        """Return what a new process is given."""
        world = self._world
        passing = partial(self._pass, running)
        clock = running.clock
        line = Line(world, Random(world.random.random()), passing)
        rest = Rest(
            "http://sim",
            clock,
            world.governor,
            Credentials(KEY, SECRET),
            line,  # type: ignore[arg-type]
        )
        if not world.hub_is_there:
            with suppress(ExchangeError):
                rest.measure_clock()
        broker = Witness(
            BinanceBroker(rest, world.data, lambda seconds: world.pass_time(int(seconds * 1_000))),
            world.facts[running.bot_id],
            world.learnt,
        )

        def journal(bot: Bot, lease: Lease) -> Watched:
            memory = SimJournal(world.facts[bot.id], lease, world.leases, world.disk)
            pen = world.sql.journal(bot, lease, memory) if world.sql else memory
            return Watched(pen, passing, self._write_failed)

        return BotParts(
            bots=world.bots,  # type: ignore[arg-type]
            leases=self._leases(running.host),
            journal_for=journal,
            world=TraderWorld(world.data, broker, clock, _NoNews(), world.findings),  # type: ignore[arg-type]
            bell=_Bell(world),
            log=_Log(world, running.bot_id),
            strategy_for=lambda _: Whim(world, running.bot_id),
            holder=Holder(running.pid, float(running.pid), running.host, "boot", "campaign"),
            installation="k7x2",
            mode="paper",
            folder_is_there=lambda: True,
            rhythm=self._rhythm(),
        )

    def _leases(self, host: str) -> Leases:
        world = self._world
        if world.sql:
            return TwofoldLeases(world.sql.store, world.leases, host)
        return world.leases

    def _pass(self, running: Running, point: str) -> None:
        """A process passes a crash point: it may die here, or freeze."""
        world = self._world
        world.tally.points[point] += 1
        if world.calm or running.is_looked_at:
            return
        if world.freeze_next_ms:
            self._freeze(running)
        chance = world.weather.kill * (5 if point.startswith(_DANGEROUS) else 0.3)
        dies = world.random.random() < chance
        if world.kill_at is not None and world.kill_at[0] == point:
            world.kill_at = (point, world.kill_at[1] - 1)
            dies = world.kill_at[1] == 0
        if dies:
            world.tally.kills[point] += 1
            raise Killed

    def _write_failed(self, call: str) -> None:
        self._world.tally.met[f"{call} fails"] += 1

    def _freeze(self, running: Running) -> None:
        world = self._world
        ms, world.freeze_next_ms = world.freeze_next_ms, 0
        # Who waits for an answer meanwhile goes on only after this one does: it is in its call.
        frozen = [other for other in self.alive if other.is_busy and not other.is_frozen]
        for one in frozen:
            one.is_frozen = True
        for silent_ms in (38_000, 100_000):
            if ms > silent_ms:
                world.after(silent_ms, lambda: self.start(running.bot_id, "elsewhere"))
        world.pass_time(ms)
        for one in frozen:
            one.is_frozen = False
        world.trouble()

    def _turn_after(self, running: Running, ms: int) -> None:
        world = self._world
        at = world.clock.ms + ms
        running.turn_at = at
        world.after(ms, lambda: self._turn(running, at))

    def _turn(self, running: Running, at: int) -> None:
        world = self._world
        if running.is_over or running.is_busy or running.turn_at != at:
            return
        running.is_busy = True
        rings, running.rings = tuple(running.rings), []
        world.tally.turns += 1
        if world.hub_is_there:  # each of its answers brings the exchange's time along
            running.clock.adopt(world.market.now() - world.clock.monotonic() * 1_000)
        try:
            wait = running.process.turn(rings)
        except Killed:
            self._died(running)
            return
        except Exception:  # noqa: BLE001 - whatever escapes is a crash of the product: a finding
            world.oracle.violated("I12", traceback.format_exc(limit=-4), running.bot_id)
            self._died(running)
            return
        finally:
            running.is_busy = False
        world.oracle.look()
        if wait is None:
            self._ended(running)
        else:
            world.oracle.after_turn(running)
            self._turn_after(running, 0 if running.rings else max(1, int(wait * 1_000)))

    def _died(self, running: Running) -> None:
        world = self._world
        self._bury(running)
        world.trouble()
        world.after(world.random.randint(1, 30) * 1_000, lambda: self._restart(running))

    def _restart(self, dead: Running) -> None:
        if self._world.bots.rows[dead.bot_id].wish.wants_process or self._holds(dead.bot_id):
            self.start(dead.bot_id, dead.host)

    def _holds(self, bot_id: int) -> bool:
        world = self._world
        return bool(world.facts[bot_id].live) or world.bots.rows[bot_id].wish is Wish.STOP_SELL

    def _ended(self, running: Running) -> None:
        world = self._world
        self._bury(running)
        bot = world.bots.rows[running.bot_id]
        if running.process.exit_code is ExitCode.FAILED:
            world.tally.failures[bot.failure[:60]] += 1
            world.oracle.violated("I14", f"stopped itself: {bot.failure}", bot.id)
        elif bot.wish.wants_process and running.process.exit_code is ExitCode.DONE:
            world.after(1_000, lambda: self.start(bot.id, running.host))

    def _bury(self, running: Running) -> None:
        running.is_over = True
        self.alive.remove(running)
        self._world.leases.dead.add(running.pid)

    def is_down(self, bot_id: int) -> bool:
        """Whether nobody runs a bot, or whoever does stands still."""
        return all(r.is_frozen for r in self.alive if r.bot_id == bot_id)

    def started_at(self, bot_id: int) -> int:
        """Return when the process of a bot began."""
        began = [running.began_at for running in self.alive if running.bot_id == bot_id]
        return max(began, default=self._world.clock.ms)

    def ring(self, running: Running, ring: Ring) -> None:
        """Wake a process with what the hub told it."""
        if self._world.hub_is_there and not running.is_over:
            running.rings.append(ring)
            if not running.is_busy:
                self._turn_after(running, 20)

    def _rhythm(self) -> Rhythm:
        times = self._world.weather.rhythm
        if times == 1:
            return Rhythm()
        longer = Rhythm(**{name: pause * times for name, pause in asdict(_USUAL).items()})
        return replace(longer, hand=longer.hand * HANDS_ARE_SLOW)
