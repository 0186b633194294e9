"""The fleet: create, change, start, stop and delete bots.

Nothing here starts a process or touches the exchange: it writes wishes into the store, and
whoever runs the bots follows them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tradefleet.application.allotment import Allotment
from tradefleet.application.arming import Armoury, Ask
from tradefleet.application.bot_state import is_alive
from tradefleet.application.stop_receipt import Receipt, receipt_of
from tradefleet.application.terms import Terms
from tradefleet.domain.bot import Bot, BotSettings, Halt, Wish
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.ports.access import Arming
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Balance
from tradefleet.ports.fleet import Bots, Leases, LeaseView
from tradefleet.ports.halts import BotReceipt, Halts, StandingHalt
from tradefleet.ports.notices import Activities, Activity
from tradefleet.ports.records import Records, Totals

STOP_WISHES = {"keep": Wish.STOP_KEEP, "sell": Wish.STOP_SELL}
DISPOSITIONS = ("refuse", "sell", "release")
STOP_PATIENCE_SECONDS = 15.0

ARM_FIRST = (
    "A bot that trades real money is created stopped and then armed, a step of its own that asks "
    "for its symbol, an amount and the password. Create it without starting it."
)


@dataclass(frozen=True)
class Fleet:
    """What a person can do with bots; every change is validated, audited, and safe to repeat.

    Attributes:
        armoury: arms bots where real money trades; None where it is pretended.
        lift_kill_file: takes the file `KILL` away, which would raise a halt again.
        wait: lets seconds pass while a bot stops.
    """

    bots: Bots
    leases: Leases
    records: Records
    halts: Halts
    activities: Activities
    clock: Clock
    terms: Terms
    armoury: Armoury | None = None
    lift_kill_file: Callable[[], None] = lambda: None
    wait: Callable[[float], object] = time.sleep
    # Between looking and writing nobody else in this process may write.
    _lock: threading.RLock = field(default_factory=threading.RLock)
    # Keys of requests that made a bot: a repeat is not judged by the money the first one took.
    _made: dict[str, int] = field(default_factory=dict)

    def create(
        self,
        settings: BotSettings,
        actor: str,
        *,
        start: bool = False,
        key: str = "",
        bot_id: int | None = None,
        spent: Decimal = Decimal(0),
    ) -> Bot:
        """Add a bot, stopped unless `start`; the same non-empty `key` makes one bot only.

        Args:
            settings: what the person wants.
            actor: who wants it.
            start: right away.
            key: of the request.
            bot_id: an id to take instead of the next one.
            spent: quote of its amount that lies in coins already, where a position is taken over.

        Raises:
            InputError: the settings cannot be traded, the wallet has not got the money, or the id
                is or was in use (`id_taken`).
            DataError: the exchange was never reached.
        """
        with self._lock:
            if start:
                if self.armoury is not None:
                    raise InputError(ARM_FIRST, code="not_armed")
                self._refuse_while_halted()
            if key in self._made:
                return self.bots.get(self._made[key])
            instrument = self.terms.check(settings)
            more = settings.trade_amount - spent
            self.allotment.refuse_beyond_wallet(more, settings.trade_amount)
            bot = self.bots.create(
                settings,
                instrument.base,
                instrument.quote,
                self.clock.now(),
                key=key,
                bot_id=bot_id,
            )
            if key:
                self._made[key] = bot.id
            self._note(actor, "create", bot, f"{settings.symbol} {settings.strategy}")
            return self.start(bot.id, actor) if start else bot

    def change(
        self, bot_id: int, changes: Mapping[str, Any], version: int | None, actor: str
    ) -> Bot:
        """Change fields of `BotSettings`; a running bot follows at its next evaluation.

        Raises:
            InputError: a field cannot be used; the symbol or strategy of a bot that holds; another
                change came first (`stale_version`).
            DataError: the exchange was never reached.
        """
        with self._lock:
            bot = self.bots.get(bot_id)
            wanted = replace(bot.settings, **changes)
            if wanted == bot.settings:
                return bot
            instrument = self.terms.check(wanted)
            self.allotment.refuse_change(bot, wanted)
            was_armed = self.armoury is not None and self.armoury.armings.get(bot_id) is not None
            changed = self.bots.update(
                bot_id,
                wanted,
                version or bot.version,
                base=instrument.base,
                quote=instrument.quote,
            )
            self._note(actor, "update", changed, ", ".join(sorted(changes)))
            if was_armed:
                self._note(actor, "disarm", changed, "what was armed was the bot as it was")
            return changed

    def start(self, bot_id: int, actor: str) -> Bot:
        """Wish that a bot runs; asking again changes nothing.

        Raises:
            InputError: it is not armed for real money; the whole fleet is halted.
        """
        self._refuse_unarmed(bot_id)
        self._refuse_while_halted()
        return self._wish(bot_id, Wish.RUN, actor, "start")

    def pause(self, bot_id: int, actor: str) -> Bot:
        """Wish that a running bot enters nothing new; its exits go on.

        Raises:
            InputError: the bot is not meant to run.
        """
        with self._lock:
            if not self.bots.get(bot_id).wish.wants_process:
                raise InputError(
                    "only a running bot can be paused; this one is stopped", code="not_running"
                )
            return self._wish(bot_id, Wish.PAUSE, actor, "pause")

    def stop(self, bot_id: int, how: str, actor: str) -> tuple[Bot, Receipt]:
        """Wish that a bot stops: `keep` leaves its position protected, `sell` sells it first."""
        bot = self._wish(bot_id, _stop_wish(how), actor, "stop")
        self.halts.expect(bot.id, bot.version, self.clock.now())
        return bot, self._receipt(bot, how, self.leases.all().get(bot_id))

    def panic(self, how: str, actor: str) -> tuple[Receipt, ...]:
        """Halt the whole fleet in one write that every bot obeys until `reset`.

        Args:
            how: `pause` ends entries, `keep` also the bots, `sell` also their positions.
            actor: who wants it.

        Returns:
            What it means for each bot at this moment; what came of it each tells by itself
            (`told`).
        """
        if how not in set(Halt):
            raise InputError(f"expected pause, keep or sell, was {how!r}", field="how")
        self.halts.raise_halt(Halt(how), actor, self.clock.now())
        leases = self.leases.all()
        return tuple(self._receipt(bot, how, leases.get(bot.id)) for bot in self.bots.all())

    def arm(self, bot_id: int, ask: Ask, actor: str) -> tuple[Arming, str]:
        """Let a bot trade real money; return also what to know about the key.

        Raises:
            InputError: money is pretended here; or as `Armoury.arm`. That it was refused is in the
                audit log.
        """
        armoury, bot = self._armoury(), self.bots.get(bot_id)
        try:
            return armoury.arm(bot, ask, actor)
        except InputError as error:
            self.refused_to_arm(bot_id, str(error), actor)
            raise

    def refused_to_arm(self, bot_id: int, why: str, actor: str) -> None:
        """Write into the audit log that somebody tried to arm a bot and was refused."""
        self.activities.record(Activity(self.clock.now(), actor, "arm_refused", why, bot_id))

    def disarm(self, bot_id: int, actor: str) -> bool:
        """End an arming: no more entries with real money; return whether there was one."""
        return self._armoury().armings.disarm(bot_id, actor, self.clock.now())

    def _armoury(self) -> Armoury:
        if self.armoury is None:
            raise InputError("only bots that trade real money are armed (TRADING_MODE=live)")
        return self.armoury

    def halted(self) -> StandingHalt | None:
        """Return the halt of the whole fleet, if one stands."""
        return self.halts.standing()

    def told(self, version: int | None = None, bot_id: int = 0) -> tuple[BotReceipt, ...]:
        """Return what bots found at the exchange when they stopped.

        Args:
            version: of one bot as it was told to stop; None = all that answer the standing halt.
            bot_id: whose receipt it is to be.
        """
        receipts = self.halts.receipts()
        if version is not None:
            one = receipts.get(bot_id)
            return (one,) if one is not None and one.version >= version else ()
        halt = self.halts.standing()
        if halt is None:
            return ()
        known = {bot.id for bot in self.bots.all()}
        return tuple(r for r in receipts.values() if r.halt == halt.id and r.bot_id in known)

    def reset(self, actor: str, *, resume: bool) -> bool:
        """End the halt, and take the file `KILL` away; return whether one stood.

        Args:
            actor: who ends it.
            resume: bots go on as they were told before; without it those that ran stay stopped.

        Raises:
            InputError: the file `KILL` cannot be removed, so that the halt would come back.
        """
        try:
            self.lift_kill_file()
        except OSError as error:
            raise InputError(
                f"the file KILL in the data folder cannot be removed ({error.strerror}); while it "
                "is there every bot stays stopped. Remove it by hand and reset again",
                code="kill_file",
            ) from None
        return self.halts.reset(actor, self.clock.now(), resume=resume)

    def delete(self, bot_id: int, disposition: str, actor: str) -> str:
        """Remove a bot for good; its history stays.

        Args:
            disposition: what becomes of a position: `refuse` deletes only a bot that holds
                nothing, `sell` sells first, `release` leaves the coins in the wallet.

        Returns:
            What became of it, for people; empty if the bot is still selling or stopping and
            should be deleted again when it has stopped.
        """
        if disposition not in DISPOSITIONS:
            raise InputError(
                f"expected one of {', '.join(DISPOSITIONS)}, was {disposition!r}",
                field="disposition",
                code="bad_disposition",
            )
        bot = self.bots.get(bot_id)
        if disposition == "refuse" and self.books(bot).quantity:
            raise InputError(
                f"{bot.settings.name} holds {plain(self.books(bot).quantity)} {bot.base}. "
                "Sell it with the bot, release the coins to the wallet, or wait until it has sold.",
                field="disposition",
                code="holding",
            )
        wish = Wish.STOP_SELL if disposition == "sell" else Wish.STOP_KEEP
        self._wish(bot_id, wish, actor, "stop")
        if not self._has_stopped(bot, flat=disposition != "release"):
            return ""
        with self._lock:
            books = self.books(bot)
            self.bots.delete(bot_id)
            self._note(actor, "delete", bot, disposition)
        if not books.quantity:
            return f"{bot.settings.name} is deleted; it held nothing."
        return (
            f"{bot.settings.name} is deleted; {plain(books.quantity)} {bot.base} stay in the "
            "wallet and belong to no bot. A stop or target that rests at the exchange for them "
            "stays there until it fills or you cancel it."
        )

    @property
    def allotment(self) -> Allotment:
        """Return whose money is whose."""
        return Allotment(self.bots, self.records, self.terms.market)

    def books(self, bot: Bot) -> Totals:
        """Return a bot's figures."""
        return self.allotment.books(bot)

    def wallet(self) -> tuple[Mapping[str, Balance], int]:
        """Return the wallet by asset and when it was seen; `DataError` if it never was."""
        return self.allotment.wallet()

    def unallocated(self) -> Decimal:
        """Return the quote in the wallet that belongs to no bot; below 0 if bots own more.

        Raises:
            DataError: the wallet was never seen.
        """
        return self.allotment.unallocated()

    def _wish(self, bot_id: int, wish: Wish, actor: str, action: str) -> Bot:
        with self._lock:
            bot = self.bots.get(bot_id)
            # What a bot shows while all are halted may be the halt's and not its own.
            if bot.wish is wish and not bot.failure and self.halts.standing() is None:
                return bot
            self._note(actor, action, bot, wish.value)
            return self.bots.wish(bot.id, wish)

    def _note(self, actor: str, action: str, bot: Bot, detail: str) -> None:
        now = self.clock.now()
        self.activities.record(
            Activity(now, actor, action, f"{bot.settings.name}: {detail}", bot.id)
        )

    def _has_stopped(self, bot: Bot, *, flat: bool) -> bool:
        """Wait a while until no process runs the bot (and nothing is held, if `flat`)."""
        patience = self.clock.monotonic() + STOP_PATIENCE_SECONDS
        while True:
            alive = is_alive(self.leases.all().get(bot.id), self.clock.now())
            if not alive and not (flat and self.books(bot).quantity):
                return True
            if self.clock.monotonic() >= patience:
                return False
            self.wait(0.2)

    def _receipt(self, bot: Bot, how: str, view: LeaseView | None) -> Receipt:
        return receipt_of(bot, how, view, self.books(bot).quantity, self.clock.now())

    def _refuse_while_halted(self) -> None:
        if halt := self.halts.standing():
            raise InputError(
                f"all bots are halted ({halt.how}) by {halt.actor}; nothing starts until that is "
                "reset, on the page or with `tradefleet panic --reset`",
                code="halted",
            )

    def _refuse_unarmed(self, bot_id: int) -> None:
        if self.armoury is not None and (why := self.armoury.why_not(self.bots.get(bot_id))):
            raise InputError(f"{why}. Nothing was started.", code="not_armed")


def _stop_wish(how: str) -> Wish:
    if how not in STOP_WISHES:
        raise InputError(f"expected keep or sell, was {how!r}", field="how", code="bad_how")
    return STOP_WISHES[how]
