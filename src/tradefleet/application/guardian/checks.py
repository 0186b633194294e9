"""What the guardian checks: facts in, findings out; nothing here asks or writes anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tradefleet.application.comparison import MISSING
from tradefleet.application.health import WORDS, ProcessHealth
from tradefleet.application.statement import statement
from tradefleet.domain.bot import Bot
from tradefleet.domain.instrument import plain
from tradefleet.ports.exchange import Balance
from tradefleet.ports.fleet import LeaseView
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import Snapshot, Totals

LOSS_LIMIT = "loss_limit"
SILENT_BOT_MS = 30_000
OLD_PRICES_MS = 60_000
UNKNOWN_MS = 60_000
CLOCK_OFF_MS = 500
DISK_LOW = 500 * 1024 * 1024
DISK_OUT = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scene:
    """What the guardian sees at one moment.

    Attributes:
        alive: ids of the bots whose process lives.
        intents: newest intents of the bots that hold something or have something open.
        processes: those that `up` starts.
        snapshots: `prices` and `market`, as far as there are any.
        clock_off_ms: how far the machine's clock is from the exchange's; None where that says
            nothing, because the exchange has a time of its own.
        disk_free: bytes.
        fleet_pause: why no bot of the fleet may enter, or an empty text.
    """

    now: int
    bots: Sequence[Bot] = ()
    leases: Mapping[int, LeaseView] = field(default_factory=dict)
    alive: frozenset[int] = frozenset()
    totals: Mapping[int, Totals] = field(default_factory=dict)
    intents: Mapping[int, Sequence[Intent]] = field(default_factory=dict)
    processes: Sequence[ProcessHealth] = ()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    wallet: Mapping[str, Balance] | None = None
    clock_off_ms: int | None = None
    disk_free: int | None = None
    fleet_pause: str = ""


def findings_of(scene: Scene) -> tuple[Finding, ...]:
    """Return everything that is wrong in the scene."""
    return (*_bots(scene), *_processes(scene), *_money(scene), *_machine(scene))


def _bots(scene: Scene) -> Iterator[Finding]:
    for bot in scene.bots:
        yield from _heartbeat(scene, bot)
        yield from _protection(scene, bot)
        yield from _unknown_orders(scene, bot)


def _heartbeat(scene: Scene, bot: Bot) -> Iterator[Finding]:
    if not bot.wish.wants_process or bot.failure:
        return
    view = scene.leases.get(bot.id)
    beat = view.heartbeat.at if view is not None and view.heartbeat is not None else 0
    if bot.id in scene.alive and (not beat or scene.now - beat <= SILENT_BOT_MS):
        return
    text = f"{bot.settings.name} should run and has been silent"
    since = f" for {(scene.now - beat) // 1000} s" if beat else ""
    yield _act("heartbeat_lost", f"{text}{since}; it is restarted", scene, bot.id)


def _protection(scene: Scene, bot: Bot) -> Iterator[Finding]:
    books = scene.totals.get(bot.id)
    if books is None or not books.quantity:
        return
    if not bot.settings.stop_loss and not bot.settings.take_profit:
        return  # the person switched it off
    resting = any(intent.state is IntentState.ACCEPTED for intent in scene.intents.get(bot.id, ()))
    view = scene.leases.get(bot.id)
    beat = view.heartbeat if view is not None and bot.id in scene.alive else None
    if resting or (beat is not None and beat.protection == "bot"):
        return
    text = (
        f"{bot.settings.name} holds {plain(books.quantity)} {bot.base} "
        "and no stop or target rests at the exchange"
    )
    yield _act("unprotected", text + _mend(scene, bot), scene, bot.id)


def _mend(scene: Scene, bot: Bot) -> str:
    if bot.id in scene.alive:
        return ""
    return "; it cannot run: see why" if bot.failure else "; start the bot to protect it"


def _unknown_orders(scene: Scene, bot: Bot) -> Iterator[Finding]:
    old = [
        intent
        for intent in scene.intents.get(bot.id, ())
        if intent.state is IntentState.OPEN and scene.now - intent.created_at > UNKNOWN_MS
    ]
    if old:
        text = f"{bot.settings.name} does not know what became of {len(old)} order(s)"
        mend = "" if bot.id in scene.alive else "; start the bot to find out"
        yield _act("unknown_order", text + mend, scene, bot.id)


def _processes(scene: Scene) -> Iterator[Finding]:
    for process in scene.processes:
        if process.name in ("exchange", "host") and not process.ok:
            yield _act(f"{process.name}_silent", WORDS[process.name], scene)
    prices = scene.snapshots.get("prices")
    if prices is not None and scene.now - prices.at > OLD_PRICES_MS:
        age = (scene.now - prices.at) // 1000
        yield _look("prices_old", f"the newest prices are {age} s old", scene)
    market = scene.snapshots.get("market")
    if market is not None and market.value.get("frozen_since"):
        yield _look(
            "market_frozen", "live prices cannot be had: they stand still, entries pause", scene
        )


def _money(scene: Scene) -> Iterator[Finding]:
    """Say that the fleet lost too much, and what the account holds too little of, to its owners."""
    if scene.fleet_pause:
        yield _act(LOSS_LIMIT, scene.fleet_pause, scene)
    if scene.wallet is None:
        return
    known = [bot for bot in scene.bots if bot.id in scene.totals]
    for line in statement(known, scene.totals, scene.wallet).values():
        if line.missing:
            together = "the bots own" if len(line.holders) > 1 else "the bot owns"
            text = (
                f"{together} {plain(line.owned)} {line.asset}, the account holds "
                f"{plain(line.wallet)}: {plain(line.missing)} {line.asset} were withdrawn or "
                "traded by hand"
            )
            for bot in known:
                if bot.id in line.holders:
                    said = f"{bot.settings.name}: {text}"
                    yield _act(f"{MISSING}{line.asset}", said, scene, bot.id)


def is_settled(scene: Scene) -> bool:
    """Whether the books should tell of everything that the wallet shows.

    They do not while the outcome of an order is open, nor while protection rests for a bot without
    a process: it may have filled, and the bot is first to be started to book that.
    """
    return not any(
        intent.state is IntentState.OPEN
        or (intent.state is IntentState.ACCEPTED and bot_id not in scene.alive)
        for bot_id, intents in scene.intents.items()
        for intent in intents
    )


def _machine(scene: Scene) -> Iterator[Finding]:
    if scene.clock_off_ms is not None and abs(scene.clock_off_ms) > CLOCK_OFF_MS:
        text = f"this machine's clock is {scene.clock_off_ms} ms off the exchange's; bots follow it"
        yield _look("clock_off", f"{text}, yet set the clock right", scene)
    if scene.disk_free is not None and scene.disk_free < DISK_LOW:
        text = f"the disk of the data folder has {scene.disk_free // 1024**2} MB left"
        low = scene.disk_free < DISK_OUT
        yield _act("disk_low", text, scene) if low else _look("disk_low", text, scene)


def _act(code: str, text: str, scene: Scene, bot_id: int = 0) -> Finding:
    return Finding(code, Severity.ACT, text, scene.now, bot_id)


def _look(code: str, text: str, scene: Scene) -> Finding:
    return Finding(code, Severity.LOOK, text, scene.now)
