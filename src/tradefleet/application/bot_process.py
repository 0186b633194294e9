"""One bot's process: what is due when, what the person wishes, and what the world hears of it.

Plain synchronous code that is turned by its waker (`run_bot`): each turn does what is due and says
how long nothing will be. Recovery and protection come before evaluations, always; an outage is
waited out in seconds, not in evaluations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from tradefleet.application.desk import OrderNames
from tradefleet.application.narration import Narrator
from tradefleet.application.outage import Outage
from tradefleet.application.parting import Parting, what_is_left
from tradefleet.application.pulse import pulse
from tradefleet.application.rhythm import LAG_S, UNKNOWN_S, Rhythm
from tradefleet.application.schedule import AT_ONCE, Evaluation, next_evaluation
from tradefleet.application.trader import StrategyFor, Trader
from tradefleet.application.world import World
from tradefleet.domain.bot import Bot, Halt, Wish, heeding
from tradefleet.domain.errors import (
    DataError,
    ExchangeError,
    InputError,
    LeaseError,
    OutcomeUnknownError,
    RuleBrokenError,
    StoreError,
    StrategyError,
)
from tradefleet.ports.exchange import Bell, Ring, RingKind
from tradefleet.ports.fleet import BotLog, Bots, Holder, Lease, Leases
from tradefleet.ports.halts import Halts
from tradefleet.ports.journal import Journal
from tradefleet.ports.notices import Finding, Severity

LATE_CANDLE_MS = 500
LATE_CANDLE_PATIENCE_MS = 5_000
STOP_S = 10.0  # for an order whose outcome is not known when the bot is to stop


class ExitCode(IntEnum):
    """How a bot's process ends."""

    DONE = 0
    TAKEN = 3  # another process runs the bot
    FAILED = 4  # it cannot run; the reason stands in the store


@dataclass(frozen=True, slots=True)
class BotParts:
    """Everything a bot's process is given.

    Attributes:
        installation: four characters that tell data folders apart; part of every order's name.
        folder_is_there: whether the data folder still exists.
        halts: where the receipt of a stop is left; None leaves none.
        kill_flag: what the file `KILL` says: `sell`, `keep` or nothing.
    """

    bots: Bots
    leases: Leases
    journal_for: Callable[[Bot, Lease], Journal]
    world: World
    bell: Bell
    log: BotLog
    strategy_for: StrategyFor
    holder: Holder
    installation: str
    mode: str
    folder_is_there: Callable[[], bool]
    halts: Halts | None = None
    kill_flag: Callable[[], str] = str
    rhythm: Rhythm = Rhythm()


class BotProcess:
    """Runs one bot until it is asked to stop.

    Attributes:
        exit_code: how it ended, once `turn` returned None.
    """

    def __init__(self, bot_id: int, parts: BotParts) -> None:
        self._id = bot_id
        self._parts = parts
        self._rhythm = parts.rhythm
        self._narrator = Narrator(parts.log)
        world = parts.world
        self._outage = Outage(bot_id, world.clock, world.findings, self._narrator)
        self._parting = Parting(parts.halts, parts.kill_flag, world.broker, world.clock)
        self._lease: Lease | None = None
        self._trader: Trader | None = None
        self._bot: Bot | None = None
        self._stopping = self._candle_rang = False
        # When what is due, in monotonic seconds; 0 = at once.
        self._hand_at = self._watch_at = self._audit_at = self._beat_at = self._stop_by = 0.0
        self._second_look_at = 0.0
        self._next = AT_ONCE  # a person wants to see a decision
        self.exit_code = ExitCode.DONE

    def turn(self, rings: Sequence[Ring] = (), *, asked_to_stop: bool = False) -> float | None:
        """Do what is due.

        Args:
            rings: what the bell rang for since the last turn.
            asked_to_stop: somebody sent SIGTERM or SIGHUP: finish, then stop.

        Returns:
            Seconds until something will be due, or None when the process is to end.
        """
        if not self._parts.folder_is_there():
            return None  # everything of it is gone; there is nowhere to write to
        try:
            return self._turn(rings, asked_to_stop)
        except LeaseError as error:
            self._narrator.failed(str(error))
            self._lease = None
            self._end(ExitCode.TAKEN)
        except (RuleBrokenError, InputError, StrategyError) as error:
            self._fail(str(error))
        return None

    def _turn(self, rings: Sequence[Ring], asked_to_stop: bool) -> float | None:
        now = self._monotonic()
        self._heed(rings, now)
        if self._bot is None or asked_to_stop or now >= self._hand_at:
            self._read_wish()
        if asked_to_stop:
            self._stop()
        if not self._may_end(asked_to_stop) and not self._outage.rests and self._work_is_due(now):
            self._try_to_work()
        if self._may_end(asked_to_stop):
            self._end(ExitCode.DONE)
            return None
        if self._monotonic() >= self._beat_at:
            self._beat()
        return self._wait()

    # ------------------------------------------------------------ the person's hand

    def _read_wish(self) -> None:
        self._hand_at = self._monotonic() + self._rhythm.hand
        try:
            bot = self._parts.bots.get(self._id)
        except InputError:  # deleted
            return self._stop()
        except StoreError as error:
            self._narrator.warn(str(error))
            if self._bot is None:
                return None
            bot = self._bot  # the file is heard where the store is not
        if asked := self._parts.kill_flag():
            bot = heeding(bot, Halt(asked))
        if self._lease is None:
            self._lease = self._parts.leases.acquire(self._id, self._parts.holder, self._now())
            self._narrator.starting(bot.settings.name)
        if self._bot is None or bot.wish is not self._bot.wish:
            self._parting.told(bot)
        self._bot = bot
        if not bot.wish.wants_process or bot.failure:
            self._stop()
        return None

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._stop_by = self._monotonic() + STOP_S
            self._watch_at = 0.0

    def _may_end(self, asked_to_stop: bool) -> bool:
        """Whether the process may end.

        A stopped bot still brings its books and its protection in order once, and sells where
        that was wished; an exchange that is away ends the one, not the other.
        """
        if not self._stopping or self._bot is None or self._bot.failure:
            return self._stopping
        gives_up = self._outage.is_on and asked_to_stop
        sells = self._bot.wish is Wish.STOP_SELL
        if self._trader is None:
            return gives_up or (self._outage.is_on and not sells)
        if sells:
            held = self._trader.ledger.position.is_open
            return gives_up or not (held or self._trader.has_unknown)
        return not self._trader.has_unknown or self._monotonic() >= self._stop_by

    # ------------------------------------------------------------ the work

    def _heed(self, rings: Sequence[Ring], now: float) -> None:
        for ring in rings:
            if ring.kind is RingKind.ACCOUNT:
                self._audit_at = self._watch_at = now
                self._second_look_at = now + LAG_S
            elif ring.kind is RingKind.HUB_LOST:
                self._watch_at = min(self._watch_at, now + self._rhythm.watch_alone)
            else:
                self._candle_rang = True

    def _work_is_due(self, now: float) -> bool:
        """Whether more is to be done than to look at the person's wish: mostly it is not."""
        trader = self._trader
        return (
            trader is None
            or trader.bot is not self._bot
            or self._stopping
            or self._candle_rang
            or self._outage.is_on
            or self._parting.is_owed
            or now >= self._watch_at
            or self._now() >= self._next.at
        )

    def _try_to_work(self) -> None:
        """Do what is due; wait out what passes."""
        try:
            self._work(self._trader or self._start())
        except OutcomeUnknownError as error:
            self._narrator.warn(str(error))
            self._outage.postpone(UNKNOWN_S)
            self._watch_at = self._audit_at = 0.0  # whatever broke off is looked after first
        except (ExchangeError, DataError, StoreError) as error:
            self._outage.goes_on(error)
            self._watch_at = self._audit_at = self._beat_at = 0.0
        else:
            if self._outage.is_on:
                self._outage.is_over()
                self._beat_at = 0.0

    def _start(self) -> Trader:
        assert self._bot is not None
        assert self._lease is not None
        parts, bot = self._parts, self._bot
        names = OrderNames(parts.installation, parts.mode, bot.id, self._lease.epoch)
        journal = parts.journal_for(bot, self._lease)
        self._parting.opened(names, journal)
        trader = Trader(bot, names, parts.world, journal, parts.strategy_for, self._narrator)
        parts.bell.watch(bot.settings.symbol, bot.settings.interval, names.prefix)
        trader.keep()
        trader.compare()
        self._trader = trader
        return trader

    def _work(self, trader: Trader) -> None:
        assert self._bot is not None
        if trader.bot is not self._bot:
            self._adopt(trader, self._bot)
        self._watch(trader, sells=self._stopping and self._bot.wish is Wish.STOP_SELL)
        if self._candle_rang:
            self._candle_rang = False
            trader.glance()  # the clock of a replayed market jumps from candle to candle
        if not self._stopping and self._now() >= self._next.at:
            # What rang and what was said a moment ago counts for this entry.
            self._heed(self._parts.bell.heard(), self._monotonic())
            self._read_wish()
            self._adopt(trader, self._bot)
        if not self._stopping and self._now() >= self._next.at:
            self._evaluate(trader)
        if not self._stopping and self._parting.is_owed:
            self._leave_receipt()
        pause = self._rhythm.watch_pause(
            trader.protection.by, is_unsure=trader.is_unsure, is_alone=self._is_alone
        )
        self._watch_at = min(self._watch_at, self._monotonic() + pause)

    def _watch(self, trader: Trader, *, sells: bool) -> None:
        """Look after the position, if that is due; the next look is then set anew."""
        now = self._monotonic()
        if sells:
            trader.sell_out()
        elif now >= self._watch_at:
            look = now >= self._audit_at or self._is_alone
            trader.keep(look_at_resting=look)
            if look:
                self._audit_at = now + self._rhythm.audit
                if now < self._second_look_at:  # what rang may not show in the first answer
                    self._audit_at = min(self._audit_at, self._second_look_at)
        else:
            return
        self._watch_at = float("inf")

    def _adopt(self, trader: Trader, bot: Bot) -> None:
        changed = bot.settings != trader.bot.settings
        trader.adopt(bot)
        if changed:
            self._next = min(self._next, self._after_this(), key=lambda due: due.at)
            self._watch_at = 0.0

    def _evaluate(self, trader: Trader) -> None:
        late = self._now() - self._next.close > LATE_CANDLE_PATIENCE_MS
        before = trader.last_decision_at
        try:
            look = self._is_alone or self._monotonic() >= self._audit_at
            decided = trader.cycle(0 if late else self._next.close, look_at_resting=look)
        finally:
            if trader.last_decision_at != before:
                self._next = self._after_this()
                self._beat_at = 0.0
        if decided is None:
            self._next = replace(self._next, at=self._now() + LATE_CANDLE_MS)

    def _after_this(self) -> Evaluation:
        assert self._bot is not None
        return next_evaluation(self._bot.settings, self._id, self._now())

    # ------------------------------------------------------------ the end

    def _fail(self, why: str) -> None:
        """Stop by itself: going on could harm. What rests at the exchange stays there."""
        self._narrator.failed(why)
        try:
            self._parts.bots.fail(self._id, why)
            name = self._bot.settings.name if self._bot is not None else f"bot {self._id}"
            text = f"{name} stopped itself: {why}"
            self._parts.world.findings.open(
                Finding("bot_failed", Severity.ACT, text, self._now(), self._id)
            )
        except (StoreError, InputError) as error:
            self._narrator.failed(str(error))
        return self._end(ExitCode.FAILED)

    def _end(self, code: ExitCode) -> None:
        self.exit_code = code
        if code is ExitCode.DONE and self._parting.is_owed and self._stopping:
            self._leave_receipt()
        if self._lease is not None:
            try:
                self._parts.leases.release(self._lease)
            except StoreError as error:
                self._narrator.failed(str(error))
        if code is ExitCode.DONE:
            self._parts.world.findings.close("strategy_failing", self._id)  # it does so no more
            self._narrator.stopping(what_is_left(self._trader))

    def _leave_receipt(self) -> None:
        """Say what is left; that it cannot be written down must not keep the bot from ending."""
        if self._bot is None:
            return
        ledger = self._trader.ledger if self._trader else None
        try:
            self._parting.leave_receipt(self._bot, ledger, self._outage.why)
        except StoreError as error:
            self._narrator.failed(f"the receipt of this stop could not be written: {error}")

    # ------------------------------------------------------------ what the world hears

    def _beat(self) -> None:
        assert self._lease is not None
        self._beat_at = self._monotonic() + self._rhythm.beat
        heartbeat = pulse(
            self._trader,
            self._now(),
            stopping=self._stopping,
            outage=self._outage.why,
            next_at=self._next.at,
            alone=self._is_alone,
        )
        try:
            self._parts.leases.beat(self._lease, heartbeat)
        except StoreError as error:
            self._narrator.warn(str(error))

    @property
    def _is_alone(self) -> bool:
        return self._parts.bell.fileno() < 0

    def _wait(self) -> float:
        now = self._monotonic()
        if self._outage.rests:
            due = [self._outage.retry_at]
        else:
            due = [self._watch_at]
            if not self._stopping:
                due.append(now + (self._next.at - self._now()) / 1000)
        return max(0.0, min(*due, self._beat_at, self._hand_at) - now)

    def _now(self) -> int:
        return self._parts.world.clock.now()

    def _monotonic(self) -> float:
        return self._parts.world.clock.monotonic()
