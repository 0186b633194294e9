"""Upkeep: the journal agrees with the exchange, and the position is protected or flat.

It comes before every decision, after every entry, and in between whenever something rings.
"""

from tradefleet.application.desk import Desk
from tradefleet.application.interference import Interference
from tradefleet.application.narration import Narrator
from tradefleet.application.protection import Protection
from tradefleet.application.recovery import FILL_WITHIN_MS, Recovered, Recovery
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.errors import DataError, ExchangeError, InputError, RuleBrokenError
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import Purpose
from tradefleet.domain.position import ExitReason
from tradefleet.ports.exchange import MarketData
from tradefleet.ports.journal import Intent, IntentState


class Upkeep:
    """Looks after one bot's open orders and its position.

    Attributes:
        recovered: what the newest look made known.
    """

    def __init__(
        self,
        desk: Desk,
        market: MarketData,
        protection: Protection,
        narrator: Narrator,
        interference: Interference,
    ) -> None:
        self._desk = desk
        self._market = market
        self._protection = protection
        self._narrator = narrator
        self._interference = interference
        self._recovery = Recovery(desk)
        self._told_trades = len(desk.ledger.trades)
        self.recovered = Recovered()

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held."""
        return not self._desk.ledger.position.is_open

    @property
    def is_unsure(self) -> bool:
        """Whether an order's outcome is not known, or the exchange may be mistaken about one."""
        return bool(self.recovered.unknown) or self._recovery.misses_one

    def keep(self, settings: BotSettings, *, look_at_resting: bool = True) -> None:
        """Learn what became of open orders; leave the position protected or flat.

        Args:
            settings: the bot's, as they are now.
            look_at_resting: also ask about resting protection, because something rang or it has
                not been looked at for a while.
        """
        self._follow_rules(settings)
        self.recovered = recovered = self._settle(look_at_resting=look_at_resting)
        self.tell_closed(settings.name)
        self._interference.say(recovered.vanished, recovered.cut_short)
        if recovered.unknown:
            return  # what is held is not known: anything sent now could sell what is not ours
        for orphan in recovered.resting if self.is_flat else recovered.resting[:-1]:
            self._desk.cancel(orphan)
        if not self.is_flat:
            self._halt_if_forgotten()
            if not recovered.resting:  # what rests may still sell the rest
                self._protection.close_if_dust(even_unsold=self._is_a_fragment())
        if not self.is_flat:
            resting = recovered.resting[-1] if recovered.resting else None
            self._protection.keep(settings, resting, is_bare=resting in recovered.bare)
        if self.is_flat:
            self._protection.flat()
        self.tell_closed(settings.name)

    def sell_out(self, settings: BotSettings, reason: ExitReason) -> bool:
        """Sell what is held, whatever the strategy thinks; return whether the bot is flat."""
        self.keep(settings)
        if self.is_flat or self.recovered.unknown:
            return self.is_flat and not self.recovered.unknown
        gone = self._protection.leave(reason, self.resting())
        if not gone and not self.recovered.unknown:
            self._protection.close_if_dust(even_unsold=True)
        if self.is_flat:
            self._protection.flat()
        self.tell_closed(settings.name)
        return self.is_flat

    def resting(self) -> Intent | None:
        """Return the protection that works at the exchange, perhaps placed a moment ago."""
        known = self._desk.journal.open_intents()
        accepted = [intent for intent in known if intent.state is IntentState.ACCEPTED]
        return accepted[-1] if accepted else None

    def tell_closed(self, name: str) -> None:
        """Tell of trades that ended since the last time; `name` is the bot's."""
        ledger = self._desk.ledger
        for trade in ledger.trades[self._told_trades :]:
            self._narrator.closed(name, ledger.instrument, trade)
        self._told_trades = len(ledger.trades)

    def _follow_rules(self, settings: BotSettings) -> None:
        """Use the symbol's present rules: lots and ticks change while a position is held."""
        try:
            instrument = self._market.instrument(settings.symbol)
        except (InputError, DataError, ExchangeError):
            return  # the rules we know have to do: exits and protection must go on
        if instrument != self._desk.ledger.instrument:
            self._desk.books.reopen(instrument, settings.trade_amount)

    def _settle(self, *, look_at_resting: bool) -> Recovered:
        """Learn what became of open intents; call off an entry that does not fill in time."""
        recovered = self._recovery.settle(look_at_resting=look_at_resting)
        now = self._desk.clock.now()
        late = [i for i in recovered.unfilled if now - i.created_at >= FILL_WITHIN_MS]
        if not late:
            return recovered
        for intent in late:
            self._desk.call_off(intent)
        return self._recovery.settle(look_at_resting=False)

    def _is_a_fragment(self) -> bool:
        """Whether what is held is a part of an entry that was called off."""
        entry = self._desk.journal.newest_intent(Purpose.ENTRY)
        whole = entry.request.quantity if entry is not None else None
        return whole is not None and self._desk.ledger.position.bought < whole

    def _halt_if_forgotten(self) -> None:
        """Halt where the exchange knows nothing any more of what it held for this position.

        Raises:
            RuleBrokenError: the account is another one than the books tell of. What it holds now
                may be another bot's; selling it, or letting it rest, would take it away.
        """
        last = self._desk.journal.newest_intent(Purpose.PROTECTION)
        entry = self._desk.journal.newest_intent(Purpose.ENTRY)
        if last is None or last.state is not IntentState.FORGOTTEN:
            return
        if entry is not None and entry.sequence > last.sequence:
            return
        ledger = self._desk.ledger
        held = f"{plain(ledger.position.quantity)} {ledger.instrument.base}"
        raise RuleBrokenError(
            f"the exchange no longer knows the stop and target it held for {held}: the account was "
            "reset, or the key opens another one. These books are not true any more and nothing is "
            "sold on their word. Delete the bot, releasing its coins, and create a new one"
        )
