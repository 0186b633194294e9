"""Arming: real money trades only for a bot that a person armed, up to an amount, for a while.

Arming is a step of its own: the symbol is typed again, the password too, and the key is looked at.
Any change of the bot's settings ends it, and so does another key. Exits and protection never ask.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.domain.bot import Bot
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.plan import Enter, Stay
from tradefleet.ports.access import Arming, Armings
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Rights
from tradefleet.ports.records import Snapshots

RIGHTS_GOOD_FOR_MS = 20 * MINUTE  # the hub looks at the key every ten
DAYS, MOST_DAYS = 30, 90
REASON = 10  # characters of a reason that is one
FIRST = 2  # times the smallest order: the first live round trip


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for when arming a bot.

    Attributes:
        symbol: typed again.
        cap: quote that one buy may spend at most.
        days: how long it lasts.
        reason: why a key that may withdraw, or of which that is not known, is used all the same.
    """

    symbol: str
    cap: Decimal
    days: int = DAYS
    reason: str = ""


@dataclass(frozen=True)
class Armoury:
    """Arms bots, and says why one is not."""

    armings: Armings
    snapshots: Snapshots
    clock: Clock
    instrument: Callable[[str], Instrument]

    def arm(self, bot: Bot, ask: Ask, actor: str) -> tuple[Arming, str]:
        """Arm a bot; return also what a person should know about the key.

        Raises:
            InputError: what was typed does not fit the bot; the key may do too much or too little,
                or what it may do is not known.
        """
        self._check_words(bot, ask)
        rights, key = self._rights()
        self._check_rights(rights, ask)
        now = self.clock.now()
        arming = Arming(
            bot.id, bot.settings.symbol, ask.cap, now, now + ask.days * DAY, actor, key, ask.reason
        )
        self.armings.arm(arming)
        if rights.fixed_address is False:
            return arming, (
                "The key works from any address. Restrict it to this machine's at the exchange: "
                "whoever gets it can trade with it."
            )
        return arming, ""

    def why_not(self, bot: Bot) -> str:
        """Return why a bot may not trade real money, and what to do; empty if it may."""
        rights = self.snapshots.get("rights")
        key = str(rights.value["key"]) if rights is not None else ""
        return why_not_armed(self.armings.get(bot.id), bot, self.clock.now(), key)

    def _check_words(self, bot: Bot, ask: Ask) -> None:
        symbol = bot.settings.symbol
        if ask.symbol != symbol:
            raise InputError(
                f"expected the bot's symbol typed again, {symbol}, was {ask.symbol!r}",
                field="symbol",
            )
        least = first_spend(self.instrument(symbol))
        if not least <= ask.cap <= bot.settings.trade_amount:
            raise InputError(
                f"expected an amount from {plain(least)} (twice the smallest order) to the bot's "
                f"budget of {plain(bot.settings.trade_amount)} {bot.quote}, was {plain(ask.cap)}",
                field="cap",
            )
        if not 1 <= ask.days <= MOST_DAYS:
            raise InputError(f"expected 1 to {MOST_DAYS} days, was {ask.days}", field="days")

    def _rights(self) -> tuple[Rights, str]:
        seen = self.snapshots.get("rights")
        if seen is None or self.clock.now() - seen.at > RIGHTS_GOOD_FOR_MS:
            raise InputError(
                "what the key may do at the exchange is not known at this moment: the hub asks "
                "when it starts and every ten minutes (`tradefleet up` starts it)",
                code="rights_unknown",
            )
        told = seen.value
        rights = Rights(told["trade"], told["withdraw"], told["fixed_address"])
        return rights, str(told["key"])

    @staticmethod
    def _check_rights(rights: Rights, ask: Ask) -> None:
        if not rights.trade:
            raise InputError(
                "the key may not trade; allow spot trading for it at the exchange",
                code="key_refused",
            )
        if rights.withdraw is not False and len(ask.reason.strip()) < REASON:
            what = "may withdraw money" if rights.withdraw else "may perhaps withdraw money"
            raise InputError(
                f"the key {what}, which Tradefleet never needs: take that right from it at the "
                f"exchange. To use it all the same, give a reason of at least {REASON} characters",
                field="reason",
                code="key_refused",
            )


def why_not_armed(arming: Arming | None, bot: Bot, now: int, key: str) -> str:
    """Return why a bot may not trade real money, and what to do; empty if it may.

    Args:
        arming: of the bot, if it has one.
        bot: as it is now.
        now: UTC milliseconds.
        key: what the key in use is known by; empty where nobody has seen it yet.
    """
    mend = f"Arm it on its page, or: tradefleet bot arm {bot.id}"
    if arming is None or arming.symbol != bot.settings.symbol:
        return f"{bot.settings.name} is not armed for real money. {mend}"
    if now >= arming.expires_at:
        return f"the arming of {bot.settings.name} has expired. {mend}"
    if key and arming.key != key:
        return f"{bot.settings.name} was armed for another key. {mend}"
    return ""


def first_spend(instrument: Instrument) -> Decimal:
    """Return what the first live buy spends: about twice the smallest order."""
    return FIRST * (instrument.min_notional or Decimal(5))


@dataclass(frozen=True)
class Licence:
    """What a bot's process asks before each entry with real money."""

    armings: Armings
    clock: Clock
    key: str

    def __call__(self, bot: Bot, ledger: Ledger, wanted: Enter) -> Enter | Stay:
        """Return the entry within what was armed, or why there is none."""
        arming = self.armings.get(bot.id)
        why = why_not_armed(arming, bot, self.clock.now(), self.key)
        if why or arming is None:
            return Stay(why)
        quote = ledger.instrument.quote
        if wanted.spend > arming.cap:
            said = f"at most {plain(arming.cap)} {quote} a buy, as armed"
            wanted = replace(wanted, spend=arming.cap, capped=said)
        least = first_spend(ledger.instrument)
        if wanted.spend > least and not came_round(ledger, arming):
            said = "the first live trade is small; the full amount comes after a whole round trip"
            wanted = replace(wanted, spend=least, capped=said)
        return wanted


def came_round(ledger: Ledger, arming: Arming) -> bool:
    """Whether the bot bought and sold since it was armed, with books that the exchange confirmed.

    A difference between books and exchange stops entries by itself.
    """
    return any(trade.entry_time >= arming.armed_at for trade in ledger.trades)
