"""Protection: an open position has a stop and a target, at the exchange wherever it takes them.

What the exchange cannot hold (filters, too many stop orders, no order lists) the bot watches
itself and says so. Where the price is already beyond a level the position is sold at once.
"""

from decimal import Decimal

from tradefleet.application.comparison import compare
from tradefleet.application.desk import Desk
from tradefleet.application.interference import PROTECTION_LOST
from tradefleet.application.narration import Narrator
from tradefleet.application.prints import Prints
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.errors import DataError, OrderRefusedError
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.order import ProtectionRequest, Purpose
from tradefleet.domain.plan import STOP_LIMIT_SLACK, can_rest, may_stay, sellable
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels, entry_percents, levels, moved_stop
from tradefleet.ports.exchange import MarketData, Price
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Finding, Findings, Severity

# How long we wait before asking again for what the exchange refused.
PROTECT_AGAIN_MS = 60_000
SELL_AGAIN_MS = 10_000
PRICE_LASTS_S = 1.0
NEVER = float("-inf")
# A stop that would trigger at once, among other things.
REFUSED_BY_THE_ENGINE = -2010


def wanted_levels(
    settings: BotSettings, ledger: Ledger, entry: Intent | None, last: Intent | None
) -> Levels:
    """Return where the open position is to end by itself.

    What the entry's signal brought along stands above the bot's settings. Settings that changed
    count from now on, except that a stop never moves away from the price.

    Args:
        settings: the bot's, as they are now.
        entry: the newest entry.
        last: the newest protection, whatever became of it.
    """
    own = (None, None) if entry is None else (entry.stop_loss, entry.take_profit)
    percents = entry_percents(settings, *own)
    wanted = levels(ledger.instrument, ledger.position.entry_price, *percents)
    is_ours = last is not None and (entry is None or last.sequence > entry.sequence)
    if not is_ours or last is None or not isinstance(last.request, ProtectionRequest):
        return wanted
    same = percents == (last.stop_loss, last.take_profit)
    if same and _may_stay(last, wanted, ledger.position.entry_price):
        return Levels(last.request.stop_price, last.request.target_price)
    stops = [stop for stop in (wanted.stop, last.request.stop_price) if stop is not None]
    return Levels(max(stops, default=None), wanted.target)


def _may_stay(last: Intent, wanted: Levels, entry_price: Decimal) -> bool:
    """Whether the levels of the newest protection may stay: see `may_stay`."""
    request = last.request
    assert isinstance(request, ProtectionRequest)
    if not request.comes_with_entry or last.state is not IntentState.ACCEPTED:
        return False
    return may_stay(Levels(request.stop_price, request.target_price), wanted, entry_price)


class Protection:
    """Keeps one bot's position protected, or sells it.

    Attributes:
        by: who protects it: `exchange`, `bot`, `none`, or empty when flat.
        levels: where it ends by itself; both None when flat.
        is_unsure: a single print lies beyond a level; another look is due at once.
    """

    def __init__(
        self, desk: Desk, market: MarketData, narrator: Narrator, findings: Findings
    ) -> None:
        self._desk = desk
        self._market = market
        self._narrator = narrator
        self._findings = findings
        self._protect_again_at = 0
        self._sell_again_at = 0
        self._is_forgotten = False
        self._prints: Prints | None = None
        self._price: Price | None = None
        self._asked_at = NEVER
        self.is_unsure = False
        self.by = ""
        self.levels = Levels(None, None)

    def keep(self, settings: BotSettings, resting: Intent | None, *, is_bare: bool = False) -> None:
        """Leave the open position protected, or flat.

        Args:
            settings: the bot's, as they are now.
            resting: the protection that works at the exchange now.
            is_bare: its stop is over and only the target rests.
        """
        self._is_forgotten = False
        self.by = self.by or "none"  # until it is protected, which a refused exit may leave undone
        journal = self._desk.journal
        wanted = wanted_levels(
            settings,
            self._desk.ledger,
            journal.newest_intent(Purpose.ENTRY),
            journal.newest_intent(Purpose.PROTECTION),
        )
        seen = self._look()
        wanted = self._tightened(settings, wanted, seen)
        self.is_unsure = False
        # What is too small for a stop of its own is left to the target that may yet sell it.
        is_whole = not is_bare or not self._sellable()
        if resting is not None and is_whole and self._is_as_wanted(resting, wanted):
            self._rests(wanted)
            if seen is not None and (why := self._failed_by(resting, wanted, seen)):
                self.leave(why, resting)
            return
        wanted = self._on_ticks(wanted)
        if resting is not None and self._is_moved(resting, wanted):
            return
        if resting is not None and not self._taken_away(resting):
            return
        if seen is not None and (why := self._passed(wanted, seen)):
            self.leave(why, None)
        elif wanted == Levels(None, None):
            self.by, self.levels = "none", wanted
        elif self.by != "bot" or wanted != self.levels or self._now() >= self._protect_again_at:
            self._place(wanted)

    def leave(self, reason: ExitReason, resting: Intent | None) -> bool:
        """Sell the whole position at market; return whether it is gone.

        Protection is taken away first; if one of its legs was filled meanwhile, that was the exit.
        """
        if self._now() < self._sell_again_at:
            return False
        self._ask_price()
        if resting is not None and not self._taken_away(resting):
            return False
        while quantity := self._sellable():
            try:
                order = self._desk.sell(quantity, reason)
            except OrderRefusedError as error:
                self._exit_refused(error)
                return False
            if not order.executed_quantity:
                break
        self.close_if_dust()
        return not self._desk.ledger.position.is_open

    def close_if_dust(self, *, even_unsold: bool = False) -> None:
        """Book what is left as dust, once an exit has left too little to sell.

        Args:
            even_unsold: also where nothing was sold, because the person wants out.
        """
        position = self._desk.ledger.position
        if position.is_open and (position.sold or even_unsold) and not self._sellable():
            self._desk.books.book_dust(self._desk.clock.now())

    def flat(self) -> None:
        """Forget the position that is gone, and what was wrong with its protection."""
        if not self._is_forgotten:
            self._is_forgotten = True
            for code in (PROTECTION_LOST, "protection_by_bot", "exit_refused"):
                self._findings.close(code, self._desk.names.bot_id)
        self.by, self.levels = "", Levels(None, None)
        self._prints, self.is_unsure = None, False
        self._protect_again_at = self._sell_again_at = 0

    def _place(self, wanted: Levels) -> None:
        forms = _forms(self._desk.ledger, wanted) if self._sellable() else []
        for form in forms:
            try:
                state = self._desk.protect(form)
            except OrderRefusedError as error:
                if why := self._refused_as_passed(error, wanted):
                    self.leave(why, None)
                    return
                self._narrator.warn(f"the exchange refused the protection: {error}")
                continue
            if state in (IntentState.ACCEPTED, IntentState.DONE):
                self._rests(wanted)
                self._findings.close("protection_by_bot", self._desk.names.bot_id)
                return
        self._watch_ourselves(wanted)

    def _refused_as_passed(self, error: OrderRefusedError, wanted: Levels) -> ExitReason | None:
        """Return the level a refused order is beyond; the engine itself is a second witness."""
        seen = self._look()
        if seen is None:
            return None
        if error.code == REFUSED_BY_THE_ENGINE:
            return seen.may_have_passed(wanted)
        return self._passed(wanted, seen)

    def _tightened(self, settings: BotSettings, wanted: Levels, seen: Prints | None) -> Levels:
        """Move the stop towards the price, where the bot's settings ask for that; never away."""
        instrument, position = self._desk.ledger.instrument, self._desk.ledger.position
        stops = [stop for stop in (wanted.stop, self.levels.stop) if stop is not None]
        stop = max(stops, default=None)
        if seen is not None:
            stop = moved_stop(settings, instrument, position, stop, seen.risen_to)
        return Levels(stop, wanted.target)

    def _is_moved(self, resting: Intent, wanted: Levels) -> bool:
        """Move a lone stop in one request, where the symbol takes that; return whether it is done.

        What is refused is done in two steps: the limit for stop orders counts the old one too, and
        of what is refused by half nothing rests any more.
        """
        request, ledger = resting.request, self._desk.ledger
        assert isinstance(request, ProtectionRequest)
        is_lone = request.stop_price is not None and request.target_price is None
        if wanted.stop is None or not (is_lone and ledger.instrument.replace_allowed):
            return False
        if _forms(ledger, wanted)[:1] != [Levels(wanted.stop, None)]:
            return False
        try:
            self._desk.move_stop(resting, wanted.stop)
        except OrderRefusedError:
            return False
        self._rests(wanted)
        return True

    def _on_ticks(self, wanted: Levels) -> Levels:
        """Return levels the exchange takes now: a stop that goes on may have had finer ticks."""
        if wanted.stop is None:
            return wanted
        return Levels(self._desk.ledger.instrument.price_up(wanted.stop), wanted.target)

    def _rests(self, wanted: Levels) -> None:
        if self.by != "exchange" or self.levels != wanted:
            self._narrator.protected(self._desk.ledger.instrument, wanted, "exchange")
        self.by, self.levels = "exchange", wanted

    def _watch_ourselves(self, wanted: Levels) -> None:
        if self.by != "bot":
            self._narrator.protected(self._desk.ledger.instrument, wanted, "bot")
            self._say(
                "protection_by_bot",
                Severity.LOOK,
                "the exchange does not hold the stop and target of this position; the bot watches "
                "the price itself, which protects only while it runs",
            )
        self.by, self.levels = "bot", wanted
        self._protect_again_at = self._now() + PROTECT_AGAIN_MS

    def _is_as_wanted(self, resting: Intent, wanted: Levels) -> bool:
        request = resting.request
        assert isinstance(request, ProtectionRequest)
        # A list without a target is what was left where the exchange refused the whole: the bot
        # watches the target itself.
        same_target = request.target_price in (None, wanted.target)
        return request.stop_price == wanted.stop and same_target

    def _passed(self, wanted: Levels, seen: Prints) -> ExitReason | None:
        why = seen.passed(wanted)
        self.is_unsure |= why is None and seen.may_have_passed(wanted) is not None
        return why

    def _failed_by(self, resting: Intent, wanted: Levels, seen: Prints) -> ExitReason | None:
        """Return why the position must be sold although its protection rests.

        A stop-limit whose limit was jumped over rests for ever; a market stop that has not sold
        well beyond its price has failed.
        """
        request = resting.request
        assert isinstance(request, ProtectionRequest)
        last = request.stop_limit_price
        if last is None and request.stop_price is not None:
            last = request.stop_price * (1 - STOP_LIMIT_SLACK)
        target = wanted.target if request.target_price is None else None
        return self._passed(Levels(wanted.stop if last is None else last, target), seen)

    def _taken_away(self, resting: Intent) -> bool:
        """Cancel protection; return whether it is gone and something is still held."""
        state = self._desk.cancel(resting)
        if state is IntentState.ACCEPTED:
            return False
        self.by = "none"
        self.close_if_dust()  # a leg that filled meanwhile was the exit
        return self._desk.ledger.position.is_open

    def _exit_refused(self, error: OrderRefusedError) -> None:
        self._sell_again_at = self._now() + SELL_AGAIN_MS
        self._say("exit_refused", Severity.ACT, f"nothing could be sold: {error}")
        self._narrator.warn(f"nothing could be sold: {error}")
        compare(self._desk, self._findings)  # says what is missing

    def _say(self, code: str, severity: Severity, text: str) -> None:
        finding = Finding(code, severity, text, self._now(), self._desk.names.bot_id)
        self._findings.open(finding)

    def _now(self) -> int:
        return self._desk.clock.now()

    def _sellable(self) -> Decimal:
        ledger = self._desk.ledger
        if not ledger.position.is_open:
            return Decimal(0)
        self._ask_price()
        price = ledger.position.entry_price if self._price is None else self._price.value
        return sellable(ledger, price)

    def _ask_price(self) -> None:
        """Have a price of the last second.

        What was asked for before protection is taken away is not asked for again after it: each
        question would be a moment without a stop.
        """
        now = self._desk.clock.monotonic()
        if now - self._asked_at <= PRICE_LASTS_S:
            return
        try:
            self._price = self._market.price(self._desk.ledger.instrument.symbol)
        except DataError:
            self._price = None
        self._asked_at = now

    def _look(self) -> Prints | None:
        """Look at the price; return what was seen lately, or None where there is no price."""
        self._asked_at = NEVER
        self._ask_price()
        if self._price is None:
            return None
        if self._prints is None:
            self._prints = Prints(self._desk.ledger.position.entry_price)
        self._prints.see(self._price, self._now())
        return self._prints


def _forms(ledger: Ledger, wanted: Levels) -> list[Levels]:
    """Return what to ask the exchange for, the best first."""
    instrument = ledger.instrument
    stops = instrument.order_types & {"STOP_LOSS", "STOP_LOSS_LIMIT"}
    forms = []
    if wanted.stop is None or stops and wanted.target is not None and instrument.oco_allowed:
        forms.append(wanted)
    if stops and wanted.stop is not None:
        forms.append(Levels(wanted.stop, None))
    held = ledger.position.quantity
    return [form for form in forms if can_rest(instrument, held, form)]
