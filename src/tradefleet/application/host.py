"""The host: what the person wants of every bot, made true, again and again.

Pure reconciliation: wishes on one side, leases on the other; what differs becomes a start, a
request to stop or, for a process that hangs, a kill. It keeps no list of its own that could be
wrong: after its own restart it finds the living bots by their leases, after a reboot it finds none
and starts them all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tradefleet.application.restarts import TOO_OFTEN, Restarts
from tradefleet.domain.bot import Bot, Halt, Wish
from tradefleet.domain.errors import StoreError
from tradefleet.ports.clock import Clock
from tradefleet.ports.fleet import Bots, Launcher, Leases, LeaseView, Processes
from tradefleet.ports.halts import Halts, StandingHalt
from tradefleet.ports.notices import Finding, Findings, Severity
from tradefleet.ports.records import Records, Snapshots

HANGS_AFTER_S = 90.0
ASLEEP_AFTER_S = 10.0  # between two looks: then the machine stood still, and the bots with it
ASK_AGAIN_S = 10.0
SAY_S = 4.0
SCREEN_BOTS = 10
VISITS_AT_ONCE = 4


HALT_TEXT = {
    Halt.SELL: "all bots are stopped and sell what they hold",
    Halt.KEEP: "all bots are stopped, their positions stay protected",
    Halt.PAUSE: "no bot buys anything; positions are looked after",
}


class Deed(Enum):
    """What is to be done about a bot's process."""

    NOTHING = auto()
    START = auto()
    ASK_TO_STOP = auto()
    KILL = auto()
    GIVE_UP = auto()


def decide(
    bot: Bot | None, *, alive: bool, hangs: bool, errand: bool, restarts: Restarts, now: float
) -> Deed:
    """Return what is to be done about one bot.

    Args:
        bot: None if it was deleted while its process lives.
        alive: whether a living process holds its lease.
        hangs: whether that process has not beaten for a long time.
        errand: a stopped bot has something to sell, or to book what happened meanwhile.
        restarts: its starts so far.
        now: monotonic seconds.
    """
    if alive:
        if hangs:
            return Deed.KILL
        if bot is not None and (_wants_process(bot) or _still_sells(bot, errand)):
            return Deed.NOTHING
        return Deed.ASK_TO_STOP
    if bot is None or bot.failure or not (bot.wish.wants_process or errand):
        return Deed.NOTHING
    if restarts.is_coming(now):
        return Deed.NOTHING
    if restarts.too_often(now):
        return Deed.GIVE_UP
    return Deed.START if restarts.may_start(now) else Deed.NOTHING


def _wants_process(bot: Bot) -> bool:
    return bot.wish.wants_process and not bot.failure


def _still_sells(bot: Bot, errand: bool) -> bool:
    """Whether a process ends by itself, and not before: asked to, it gives an outage up."""
    return errand and bot.wish is Wish.STOP_SELL and not bot.failure


class Service(Protocol):
    """A process beside the bots: the hub, or the paper exchange."""

    @property
    def name(self) -> str:
        """Its name, also of its lock."""

    def is_alive(self) -> bool:
        """Return whether it lives."""

    def launch(self) -> None:
        """Start it."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the host reads and writes.

    Attributes:
        kill_flag: what the file `KILL` in the data folder says: `sell`, `keep`, or nothing where
            there is none. It works where everything else is dead.
    """

    bots: Bots
    leases: Leases
    records: Records
    findings: Findings
    snapshots: Snapshots
    halts: Halts
    kill_flag: Callable[[], str]


@dataclass
class _Watched:
    """What the host remembers of one bot while it runs itself."""

    restarts: Restarts
    beat: int = -1
    beat_seen: float = 0.0
    asked: float | None = None
    is_fine: bool = False


class Host:
    """Reconciles the fleet, one tick after the other."""

    def __init__(
        self,
        fleet: Fleet,
        processes: Processes,
        launchers: Mapping[str, Launcher],
        setting: str,
        services: Sequence[Service],
        clock: Clock,
    ) -> None:
        """Prepare a host.

        Args:
            fleet: the store's ports.
            processes: of this machine.
            launchers: the usable ones by name; `screen` is absent where screen is not installed.
            setting: `LAUNCHER`: auto, screen, host or process.
            services: kept alive beside the bots, in this order.
            clock: the system's own: the host knows no exchange.
        """
        self._fleet = fleet
        self._processes = processes
        self._launchers = launchers
        self._setting = setting
        self._services = services
        self._clock = clock
        self._watched: dict[int, _Watched] = {}
        self._service_restarts = {service.name: Restarts() for service in services}
        self._troubled = set(self._service_restarts)  # what an earlier host said may be over
        self._was_halted = True  # the same
        self._say_at = 0.0
        self._looked_at = self._awake_since = clock.monotonic()
        self._visited_at = 0

    def tick(self) -> None:
        """Look once and do what is to be done."""
        now = self._clock.monotonic()
        if now - self._looked_at > ASLEEP_AFTER_S:
            self._awake_since = now
        self._looked_at = now
        for service in self._services:
            self._keep_alive(service, now)
        halt = self._heed_halt()
        bots = {bot.id: bot for bot in self._fleet.bots.all()}
        leases = self._fleet.leases.all()
        errands = self._errands(bots, halt)
        launcher, sentence = choose_launcher(self._setting, self._launchers, _wanted(bots))
        for bot_id in bots.keys() | leases.keys():
            bot, view = bots.get(bot_id), leases.get(bot_id)
            self._reconcile(bot_id, bot, view, bot_id in errands, launcher, now)
        if now >= self._say_at:
            self._say_at = now + SAY_S
            said = {"ok": True, "detail": "", "launcher": launcher.name, "sentence": sentence}
            self._fleet.snapshots.put("host", said, self._clock.now())

    def ended(self, name: str) -> None:
        """Hear that a process this host started is gone: `bot 3`, or a service's name."""
        kind, _, number = name.partition(" ")
        if kind == "bot" and int(number) in self._watched:
            self._watched[int(number)].restarts.ended()
        elif name in self._service_restarts:
            self._service_restarts[name].ended()

    def _heed_halt(self) -> StandingHalt | None:
        """Put what the file `KILL` says into the store, and say that a halt stands."""
        halt = self._fleet.halts.standing()
        asked = self._fleet.kill_flag()
        if asked and Halt(asked).is_beyond(halt.how if halt else None):
            halt = self._fleet.halts.raise_halt(Halt(asked), "file KILL", self._clock.now())
        if halt is not None:
            self._warn("halted", f"{HALT_TEXT[halt.how]}; it stands until it is reset")
        elif self._was_halted:
            self._fleet.findings.close("halted")
        self._was_halted = halt is not None
        return halt

    # ------------------------------------------------------------ bots

    def _reconcile(
        self,
        bot_id: int,
        bot: Bot | None,
        view: LeaseView | None,
        errand: bool,
        launcher: Launcher,
        now: float,
    ) -> None:
        watched = self._watched.setdefault(bot_id, _Watched(Restarts()))
        alive = view is not None and self._processes.is_alive(view.lease.holder)
        if view is not None and alive and view.lease.holder.is_bookkeeper:
            return  # over in a moment; ending it would end the dashboard or a command
        deed = decide(
            bot,
            alive=alive,
            hangs=alive and self._hangs(watched, view, now),
            errand=errand,
            restarts=watched.restarts,
            now=now,
        )
        if not alive:
            watched.beat, watched.asked, watched.is_fine = -1, None, False
            if bot is None or bot.failure or not (bot.wish.wants_process or errand):
                watched.restarts.forget()
        if deed is Deed.START:
            watched.restarts.started(now)
            launcher.launch(bot_id)
        elif deed is Deed.GIVE_UP:
            self._give_up(bot_id)
        elif view is not None and deed is Deed.KILL:
            self._processes.kill(view.lease.holder)
            self._warn("bot_hung", f"bot {bot_id} hung and was ended by force", bot_id)
        elif view is not None and deed is Deed.ASK_TO_STOP:
            self._ask_to_stop(watched, view, now)
        elif alive and not watched.is_fine:
            watched.is_fine = True
            for code in ("bot_failed", "bot_hung", "crash_loop"):
                self._fleet.findings.close(code, bot_id)

    def _hangs(self, watched: _Watched, view: LeaseView | None, now: float) -> bool:
        """Whether the heartbeat stands still while we are awake: a sleeping laptop is no hang."""
        beat = view.heartbeat.at if view is not None and view.heartbeat is not None else 0
        if beat != watched.beat:
            watched.beat, watched.beat_seen = beat, now
        return now - max(watched.beat_seen, self._awake_since) > HANGS_AFTER_S

    def _ask_to_stop(self, watched: _Watched, view: LeaseView, now: float) -> None:
        if watched.asked is None or now >= watched.asked + ASK_AGAIN_S:
            watched.asked = now
            self._processes.ask_to_stop(view.lease.holder)

    def _give_up(self, bot_id: int) -> None:
        why = f"its process died {TOO_OFTEN} times within 10 minutes; its log says why"
        self._fleet.bots.fail(bot_id, why)
        self._warn("crash_loop", f"bot {bot_id} was stopped: {why}", bot_id)

    def _errands(self, bots: Mapping[int, Bot], halt: StandingHalt | None) -> set[int]:
        """Return the stopped bots that have something to do all the same."""
        stopped = {bot.id: bot for bot in bots.values() if not bot.wish.wants_process}
        errands: set[int] = set()
        if any(bot.wish is Wish.STOP_SELL for bot in stopped.values()):
            totals = self._fleet.records.totals()
            errands = {
                bot.id
                for bot in stopped.values()
                if bot.wish is Wish.STOP_SELL and bot.id in totals and totals[bot.id].quantity
            }
        errands |= self._owe_a_receipt(stopped, halt)
        ended = self._fleet.snapshots.get("ended_protection")
        if ended is not None and ended.at > self._visited_at:
            self._visited_at = ended.at
            errands |= stopped.keys() & set(ended.value["bots"])
        return errands

    def _owe_a_receipt(self, stopped: Mapping[int, Bot], halt: StandingHalt | None) -> set[int]:
        """Return the stopped bots that have to ask the exchange what rests there, and say so.

        Who was stopped before the halt answers it as well. Whoever holds goes first; the rest
        follows a few at a time, so that a large fleet does not stand in its way.
        """
        halts = self._fleet.halts
        owing = set(halts.owing() & stopped.keys())
        if halt is not None:
            receipts = halts.receipts()
            owing |= {
                bot_id
                for bot_id in stopped
                if bot_id not in receipts or receipts[bot_id].halt != halt.id
            }
        owing = {bot_id for bot_id in owing if not stopped[bot_id].failure}
        if not owing:
            return owing
        totals = self._fleet.records.totals()
        holding = {bot_id for bot_id in owing if bot_id in totals and totals[bot_id].quantity}
        return holding | set(sorted(owing - holding)[:VISITS_AT_ONCE])

    # ------------------------------------------------------------ services

    def _keep_alive(self, service: Service, now: float) -> None:
        restarts = self._service_restarts[service.name]
        if service.is_alive():
            if service.name in self._troubled and not restarts.too_often(now):
                self._troubled.remove(service.name)
                self._fleet.findings.close(f"{service.name}_crashing")
            return
        if restarts.is_coming(now) or not restarts.may_start(now):
            return
        if restarts.too_often(now):
            self._troubled.add(service.name)
            self._warn(f"{service.name}_crashing", f"the {service.name} dies again and again")
        restarts.started(now)
        service.launch()

    def _warn(self, code: str, text: str, bot_id: int = 0) -> None:
        self._fleet.findings.open(Finding(code, Severity.ACT, text, self._clock.now(), bot_id))


def choose_launcher(
    setting: str, launchers: Mapping[str, Launcher], bots: int
) -> tuple[Launcher, str]:
    """Return the launcher for the next bot, and one sentence for the page about why.

    Args:
        setting: `LAUNCHER`.
        launchers: the usable ones by name.
        bots: how many are to run.
    """
    if setting == "auto":
        if "screen" not in launchers:
            return launchers["host"], "Bots run in the host: screen is not installed."
        if bots > SCREEN_BOTS:
            return launchers["host"], f"Bots run in the host: more than {SCREEN_BOTS} are wanted."
        return launchers["screen"], "Bots run in screen sessions; attach with screen -r bot_N."
    if setting not in launchers:
        return launchers["host"], f"Bots run in the host: {setting} is not installed."
    sentences = {
        "screen": "Bots run in screen sessions; attach with screen -r bot_N.",
        "host": "Bots run in the host, which shares its memory with them.",
        "process": "Each bot runs as a process of its own.",
    }
    return launchers[setting], sentences[setting]


def _wanted(bots: Mapping[int, Bot]) -> int:
    return sum(1 for bot in bots.values() if bot.wish.wants_process)


def tick_safely(host: Host) -> str:
    """Tick once; return what passes by itself and kept it from working, or an empty text."""
    try:
        host.tick()
    except (StoreError, OSError) as error:
        return str(error)
    return ""
