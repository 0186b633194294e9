"""The guardian's rounds: look, say what is wrong, raise alarms, keep the equity, send messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tradefleet.application.comparison import MISSING
from tradefleet.application.guardian.checks import Scene, findings_of, is_settled
from tradefleet.application.guardian.hours import Hours
from tradefleet.application.guardian.others import Others
from tradefleet.application.guardian.outside import Outside
from tradefleet.application.guardian.summary import Summary
from tradefleet.application.guardian.worth import FLEET, Worth
from tradefleet.application.health import look_at_processes
from tradefleet.application.market_view import MarketView
from tradefleet.domain.bot import Bot
from tradefleet.domain.candle import HOUR
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import ProtectionRequest
from tradefleet.domain.position import Trade
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Broker
from tradefleet.ports.fleet import Bots, Leases, Processes
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Activities, Finding, Findings, Message, Outbox, Severity
from tradefleet.ports.records import Records, Snapshot, Snapshots, Totals

# What is wrong for a moment while a process starts or a fill is being booked is no finding yet.
PATIENCE_MS = 30_000
# Where no order is open, the books tell of everything a few seconds after the wallet shows it.
# Nobody waits for that where every change of the wallet is accounted for.
MONEY_PATIENCE_MS = 5_000
AT_ONCE = {"disk_low", "market_frozen", "prices_old", "unknown_order"}
SUMMARY_LATE_MS = 10 * 60_000
TRADES_LOOKED_AT = 20
INTENTS_LOOKED_AT = 20
RESTART_HOST_EVERY_MS = 30_000


@dataclass(frozen=True, slots=True)
class GuardianParts:
    """Everything the guardian is given.

    Attributes:
        clock: the exchange's; `wall` is this machine's, by which the host tells the time.
        restart_host: starts the host, if it is not there.
        clock_off_ms: how far the machine's clock is from the exchange's; None where the exchange
            has a time of its own.
        disk_free: bytes left on the disk of the data folder.
        summary_hours: between two summaries; 0 = none.
        notify_trades: also a message for each trade.
        hours: the person's day.
        why_no_entry: why no bot of the fleet may enter at this time, or an empty text.
        others: what the account's events tell of deposits, withdrawals and trades by hand.
    """

    bots: Bots
    leases: Leases
    records: Records
    snapshots: Snapshots
    findings: Findings
    outbox: Outbox
    activities: Activities
    processes: Processes
    market: MarketView
    broker: Broker
    clock: Clock
    wall: Clock
    mode: str
    restart_host: Callable[[], None]
    clock_off_ms: Callable[[], int | None]
    disk_free: Callable[[], int]
    worth: Worth
    summary_hours: int = 6
    notify_trades: bool = False
    why_no_entry: Callable[[int], str] = lambda _: ""
    hours: Hours = Hours()
    others: Others = field(default_factory=Others)


class Guardian:
    """Each method is one round, to be made again and again; none needs another."""

    def __init__(self, parts: GuardianParts) -> None:
        self._parts = parts
        self._wrong_since: dict[tuple[str, int], int] = {}
        self._host_restarted_at = 0
        self._alarmed: dict[tuple[str, int], Finding] = {}
        self._trades_since = parts.clock.now()
        self._outside = Outside(
            parts.others, parts.records, parts.snapshots, parts.findings, parts.activities
        )

    # ------------------------------------------------------------ what is wrong

    def look(self) -> None:
        """Check everything; open and close findings; put alarms into the outbox."""
        parts, now = self._parts, self._parts.clock.now()
        scene = self._scene(now)
        wrong = {(finding.code, finding.bot_id): finding for finding in findings_of(scene)}
        if ("host_silent", FLEET) in wrong:
            self._restart_host(now)
        self._wrong_since = {key: self._wrong_since.get(key, now) for key in wrong}
        money_patience = self._look_at_wallet(scene)
        mine = {key for key in wrong if self._has_lasted(key, now, money_patience)}
        for key in mine:
            parts.findings.open(wrong[key])
        self._close_what_is_over(mine, {bot.id for bot in scene.bots})
        self._raise_alarms(now)
        parts.snapshots.put("guardian", {"ok": True, "detail": ""}, now)

    def _look_at_wallet(self, scene: Scene) -> int:
        """Book what others did; return how long money may be missing before that is a finding."""
        patience = MONEY_PATIENCE_MS if is_settled(scene) else PATIENCE_MS
        if scene.wallet is None:
            return patience
        self._outside.look(scene.wallet, scene.totals, scene.now, patience)
        return 0 if self._outside.is_accounted_for else patience

    def _has_lasted(self, key: tuple[str, int], now: int, money_patience: int) -> bool:
        patience = money_patience if key[0].startswith(MISSING) else PATIENCE_MS
        return key[0] in AT_ONCE or now - self._wrong_since[key] >= patience

    def _close_what_is_over(self, mine: set[tuple[str, int]], bot_ids: set[int]) -> None:
        for finding in self._parts.findings.all():
            key = (finding.code, finding.bot_id)
            gone = finding.bot_id != FLEET and finding.bot_id not in bot_ids
            if gone or (_is_the_guardians(finding.code) and key not in mine):
                self._parts.findings.close(*key)

    def _restart_host(self, now: int) -> None:
        if now - self._host_restarted_at >= RESTART_HOST_EVERY_MS:
            self._host_restarted_at = now
            self._parts.restart_host()

    def _raise_alarms(self, now: int) -> None:
        """Send one message for each red finding that is new, and one when it is over."""
        names = {bot.id: bot.settings.name for bot in self._parts.bots.all()}
        open_now = {
            (finding.code, finding.bot_id): finding
            for finding in self._parts.findings.all()
            if finding.severity is Severity.ACT
        }
        for finding in open_now.values():
            self._say("alarm", f"⚠ {_about(finding, names)}", now, f"{_key(finding)}:open")
        for key in self._alarmed.keys() - open_now.keys():
            finding = self._alarmed[key]
            self._say("alarm", f"✓ Over: {_about(finding, names)}", now, f"{_key(finding)}:over")
        self._alarmed = open_now

    def _scene(self, now: int) -> Scene:
        parts = self._parts
        bots, leases, totals = parts.bots.all(), parts.leases.all(), parts.records.totals()
        seen = parts.market.wallet()
        return Scene(
            now=now,
            bots=bots,
            leases=leases,
            alive=frozenset(
                bot_id
                for bot_id, view in leases.items()
                if parts.processes.is_alive(view.lease.holder)
            ),
            totals=totals,
            intents=self._intents(bots, totals),
            processes=look_at_processes(parts.snapshots, parts.clock, parts.wall),
            snapshots=self._snapshots(),
            wallet=seen[0] if seen is not None else None,
            clock_off_ms=parts.clock_off_ms(),
            disk_free=parts.disk_free(),
            fleet_pause=parts.why_no_entry(now),
        )

    def _intents(
        self, bots: Sequence[Bot], totals: Mapping[int, Totals]
    ) -> dict[int, tuple[Intent, ...]]:
        """Return the newest intents of every bot that ever traded."""
        return {
            bot.id: self._parts.records.intents(bot.id, INTENTS_LOOKED_AT)
            for bot in bots
            if bot.id in totals or bot.wish.wants_process
        }

    def _snapshots(self) -> dict[str, Snapshot]:
        names = ("prices", "market")
        found = {name: self._parts.snapshots.get(name) for name in names}
        return {name: snapshot for name, snapshot in found.items() if snapshot is not None}

    def look_after_the_stopped(self) -> None:
        """Tell the host whose resting protection ended while no process of the bot lived."""
        parts = self._parts
        leases, totals = parts.leases.all(), parts.records.totals()
        ended = [
            bot.id
            for bot in parts.bots.all()
            if bot.id in totals
            and totals[bot.id].quantity
            and not bot.wish.wants_process
            and (bot.id not in leases or not parts.processes.is_alive(leases[bot.id].lease.holder))
            and self._has_ended(bot.id)
        ]
        if ended:
            parts.snapshots.put("ended_protection", {"bots": ended}, parts.clock.now())

    def _has_ended(self, bot_id: int) -> bool:
        for intent in self._parts.records.intents(bot_id, INTENTS_LOOKED_AT):
            request = intent.request
            if intent.state is IntentState.ACCEPTED and isinstance(request, ProtectionRequest):
                found = self._parts.broker.find_protection(request)
                return found is not None and found.is_final
        return False

    # ------------------------------------------------------------ messages

    def summarise(self) -> None:
        """Put a summary into the outbox once each period, counted from the person's midnight."""
        hours, now = self._parts.summary_hours, self._parts.clock.now()
        slot = self._parts.hours.period_start(now, hours) if hours else 0
        if now - slot > SUMMARY_LATE_MS:
            return
        parts, since = self._parts, slot - hours * HOUR
        told = Summary(
            mode=parts.mode,
            quote=parts.market.quote,
            at=self._parts.hours.local(slot),
            hours=hours,
            account=self._parts.worth.account(),
            before=parts.records.equity(FLEET, since),
            bots=parts.bots.all(),
            totals=parts.records.totals(),
            trades=[t for _, t in parts.records.trades(limit=1_000) if since <= t.exit_time < slot],
            findings=parts.findings.all(),
        )
        self._say("summary", told.text, now, f"summary:{slot}")

    def tell_trades(self) -> None:
        """Put a message into the outbox for each trade that was closed since the last time."""
        if not self._parts.notify_trades:
            return
        names = {bot.id: bot for bot in self._parts.bots.all()}
        newest = self._parts.records.trades(limit=TRADES_LOOKED_AT)
        for bot_id, trade in reversed(newest):
            if trade.exit_time >= self._trades_since and bot_id in names:
                text = _trade_text(names[bot_id], trade)
                key = f"trade:{bot_id}:{trade.exit_time}"
                self._say("trade", text, self._parts.clock.now(), key)

    def forget_old(self) -> None:
        """Bound what grows."""
        self._parts.records.forget_old(self._parts.clock.now())

    def _say(self, kind: str, text: str, now: int, key: str) -> None:
        self._parts.outbox.put(Message(kind, text, now, key))


def _is_the_guardians(code: str) -> bool:
    """Whether the guardian alone opens and closes findings of this code."""
    return code.startswith(MISSING) or code in {
        "heartbeat_lost",
        "unprotected",
        "unknown_order",
        "exchange_silent",
        "host_silent",
        "prices_old",
        "market_frozen",
        "clock_off",
        "disk_low",
    }


def _key(finding: Finding) -> str:
    return f"alarm:{finding.code}:{finding.bot_id}:{finding.opened_at}"


def _about(finding: Finding, names: Mapping[int, str]) -> str:
    name = names.get(finding.bot_id, "")
    return finding.text if not name or name in finding.text else f"{name}: {finding.text}"


def _trade_text(bot: Bot, trade: Trade) -> str:
    return (
        f"{bot.settings.name} sold {plain(trade.quantity)} {bot.base} "
        f"at {plain(trade.exit_price.quantize(Decimal('1e-8')))} ({trade.exit_reason}): "
        f"{trade.profit:+.2f} {bot.quote} ({trade.profit_percent:+.2f}%)"
    )
