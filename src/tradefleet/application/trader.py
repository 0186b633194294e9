"""The trader: one bot's cycle, from the newest candle to the record of what was done.

    recover -> protection in place? -> risk exits -> strategy exit -> entry

It holds no facts of its own: the journal does. Errors of the exchange are not caught here; they
leave the intent open, and the next cycle's recovery settles it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.application.books import Books
from tradefleet.application.cage import Cage
from tradefleet.application.comparison import compare, why_unsettled
from tradefleet.application.desk import Desk, OrderNames
from tradefleet.application.entry import Entry
from tradefleet.application.narration import Narrator
from tradefleet.application.protection import Protection
from tradefleet.application.recovery import Recovered, Recovery
from tradefleet.application.surroundings import Surroundings
from tradefleet.application.window import why_unfit, window_length
from tradefleet.domain.bot import Bot, BotSettings, Wish
from tradefleet.domain.candle import DAY, MINUTE, Candles
from tradefleet.domain.errors import (
    DataError,
    ExchangeError,
    ExchangeUnavailableError,
    InputError,
    OrderRefusedError,
    OutcomeUnknownError,
    RuleBrokenError,
)
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.order import Purpose
from tradefleet.domain.plan import Enter, Exit, Plan, Stay, plan
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import entry_budget
from tradefleet.domain.rules import Circumstances, Rule, Spread, build_rules
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Balance, Broker, MarketData
from tradefleet.ports.journal import Decision, Intent, IntentState, Journal
from tradefleet.ports.news import News
from tradefleet.ports.notices import Findings
from tradefleet.ports.strategies import Decider

StrategyFor = Callable[[BotSettings], Decider]

# A limit entry that has not filled whole by then is called off, and what it brought is protected.
# The bot looks once a second, so it is over within five seconds.
FILL_WITHIN_MS = 3_000
NEWS_MS = DAY
# Refused orders cost request weight: after so many in a row the bot waits before the next one.
PATIENCE_WITH_REFUSALS = 3
AFTER_REFUSALS_MS = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class World:
    """What a trader trades in: the exchange, the time, the news and where it says what is wrong.

    Attributes:
        is_frozen: whether the paper market's live prices stand still.
        surroundings: what rules may look at beyond the bot; None where it is alone.
        licence: bounds each entry with real money, or forbids it; None where money is pretended.
    """

    market: MarketData
    broker: Broker
    clock: Clock
    news: News
    findings: Findings
    is_frozen: Callable[[], bool] = lambda: False
    surroundings: Surroundings | None = None
    licence: Callable[[Bot, Ledger, Enter], Enter | Stay] | None = None


class Trader:
    """Runs one bot's trading.

    Attributes:
        waiting_for: what the bot waits for, in one sentence.
        last_decision_at: when it last decided, by the exchange's clock; 0 before the first time.
        price: the newest price it saw.
    """

    def __init__(
        self,
        bot: Bot,
        names: OrderNames,
        world: World,
        journal: Journal,
        strategy_for: StrategyFor,
        narrator: Narrator,
    ) -> None:
        """Bring a bot up; nothing is sent and nothing recovered yet.

        Raises:
            InputError: its strategy, parameters or rules cannot be used.
        """
        self.bot = bot
        self._world = world
        self._journal = journal
        self._strategy_for = strategy_for
        self._narrator = narrator
        instrument = world.market.instrument(bot.settings.symbol)
        self._books = Books(journal, instrument, bot.settings.trade_amount)
        self._desk = Desk(names, world.broker, journal, self._books, world.clock)
        self._entry = Entry(self._desk, world.market)
        self._recovery = Recovery(self._desk)
        self.protection = Protection(self._desk, world.market, narrator, world.findings)
        self._recovered = Recovered()
        self._difference = ""
        self._cage = Cage(bot.id, world.clock, world.findings, narrator)
        self._refusals = 0
        self._refused_at = 0
        self._why_refused = ""
        self._told_trades = len(self._books.ledger.trades)
        self.waiting_for = ""
        self.last_decision_at = 0
        self.price: Decimal | None = None
        self._equip(bot.settings)

    # ------------------------------------------------------------ what others look at

    @property
    def ledger(self) -> Ledger:
        """The bot's money now."""
        return self._books.ledger

    @property
    def has_unknown(self) -> bool:
        """Whether the outcome of an order is not known."""
        return bool(self._recovered.unknown)

    # ------------------------------------------------------------ the person's hand

    def adopt(self, bot: Bot) -> None:
        """Use changed settings or another wish from here on.

        Raises:
            InputError: the new strategy, parameters or rules cannot be used.
        """
        if bot.settings != self.bot.settings:
            instrument = self._world.market.instrument(bot.settings.symbol)
            self._books.reopen(instrument, bot.settings.trade_amount)
            self._equip(bot.settings)
            self._narrator.note("⚙️ Settings changed, they count from now on")
        self.bot = bot

    def _equip(self, settings: BotSettings) -> None:
        self._strategy: Decider = self._strategy_for(settings)
        self._rules: tuple[Rule, ...] = build_rules(settings.rules)

    # ------------------------------------------------------------ recover, protect, risk exits

    def keep(self, *, look_at_resting: bool = True) -> None:
        """Bring the journal in line with the exchange; leave the position protected or flat.

        Args:
            look_at_resting: also ask about resting protection, because something rang or it has
                not been looked at for a while.
        """
        self._follow_rules()
        self._recovered = recovered = self._settle(look_at_resting=look_at_resting)
        self._tell_closed()
        if recovered.unknown:
            return  # what is held is not known: anything sent now could sell what is not ours
        for orphan in recovered.resting if self._is_flat else recovered.resting[:-1]:
            self._desk.cancel(orphan)
        if not self._is_flat:
            self._halt_if_forgotten()
            self.protection.lost(recovered.vanished)
            if not recovered.resting:  # what rests may still sell the rest
                self.protection.close_if_dust(even_unsold=self._is_a_fragment())
        if not self._is_flat:
            resting = recovered.resting[-1] if recovered.resting else None
            self.protection.keep(self.bot.settings, resting, is_bare=resting in recovered.bare)
        if self._is_flat:
            self.protection.flat()
        self._tell_closed()

    def _settle(self, *, look_at_resting: bool) -> Recovered:
        """Learn what became of open intents; call off an entry that does not fill in time."""
        recovered = self._recovery.settle(look_at_resting=look_at_resting)
        now = self._world.clock.now()
        late = [i for i in recovered.unfilled if now - i.created_at >= FILL_WITHIN_MS]
        if not late:
            return recovered
        for intent in late:
            self._desk.call_off(intent)
        return self._recovery.settle(look_at_resting=False)

    def _is_a_fragment(self) -> bool:
        """Whether what is held is a part of an entry that was called off."""
        entry = self._journal.newest_intent(Purpose.ENTRY)
        whole = entry.request.quantity if entry is not None else None
        return whole is not None and self.ledger.position.bought < whole

    def _follow_rules(self) -> None:
        """Use the symbol's present rules: lots and ticks change while a position is held."""
        try:
            instrument = self._world.market.instrument(self.bot.settings.symbol)
        except (InputError, DataError, ExchangeError):
            return  # the rules we know have to do: exits and protection must go on
        if instrument != self.ledger.instrument:
            self._books.reopen(instrument, self.bot.settings.trade_amount)

    def _halt_if_forgotten(self) -> None:
        """Halt where the exchange knows nothing any more of what it held for this position.

        Raises:
            RuleBrokenError: the account is another one than the books tell of. What it holds now
                may be another bot's; selling it, or letting it rest, would take it away.
        """
        last = self._journal.newest_intent(Purpose.PROTECTION)
        entry = self._journal.newest_intent(Purpose.ENTRY)
        if last is None or last.state is not IntentState.FORGOTTEN:
            return
        if entry is not None and entry.sequence > last.sequence:
            return
        held = self._amount(self.ledger.position.quantity)
        raise RuleBrokenError(
            f"the exchange no longer knows the stop and target it held for {held}: the account was "
            "reset, or the key opens another one. These books are not true any more and nothing is "
            "sold on their word. Delete the bot, releasing its coins, and create a new one"
        )

    def compare(self) -> None:
        """Compare the books with the wallet and the resting orders; a difference pauses entries."""
        self._difference = compare(self._desk, self._world.findings)

    def glance(self) -> None:
        """Look at the price; the exchange's clock comes along with it."""
        with suppress(DataError):
            self.price = self._world.market.price(self.bot.settings.symbol).value

    def sell_out(self, reason: ExitReason = ExitReason.MANUAL) -> bool:
        """Sell what is held, whatever the strategy thinks; return whether the bot is flat."""
        self.keep()
        if self._is_flat or self._recovered.unknown:
            return self._is_flat and not self._recovered.unknown
        gone = self.protection.leave(reason, self._resting())
        if not gone and not self._recovered.unknown:
            self.protection.close_if_dust(even_unsold=True)
        self._tell_closed()
        return self._is_flat

    # ------------------------------------------------------------ strategy exit, entry

    def cycle(self, not_before: int = 0, *, look_at_resting: bool = True) -> Decision | None:
        """Walk once from the candle to the record.

        Args:
            not_before: the newest candle must have closed by then; if the exchange does not
                have it yet, nothing is decided and None returned.
            look_at_resting: as for `keep`.
        """
        self.keep(look_at_resting=look_at_resting)
        settings = self.bot.settings
        count = window_length(self._strategy.warmup)
        try:
            candles = self._world.market.closed_candles(settings.symbol, settings.interval, count)
        except DataError as error:
            return self._record(None, hold(str(error)), "held", str(error))
        if not len(candles):
            return self._record(None, hold("no candles yet"), "held", "no candles yet")
        if candles.last_close_time + 1 < not_before:
            return None
        self.price = candles.last_close
        signal, failed = self._opinion(candles)
        wanted = self._consider(signal, candles)
        outcome, sentence = self._act(wanted, signal)
        try:
            # What was just bought is protected before anything else.
            self.keep(look_at_resting=False)
        finally:
            decision = self._record(candles, signal, "failed" if failed else outcome, sentence)
        return decision

    def _opinion(self, candles: Candles) -> tuple[Signal, bool]:
        """Return what the strategy says, and whether it failed to say anything."""
        if why := why_unfit(candles, self._strategy.warmup, self._world.clock.now()):
            return hold(why), False
        news = None
        if self._strategy.needs_news:
            until = candles.last_close_time
            news = self._world.news.between(until - NEWS_MS, until, self.ledger.instrument.base)
        name = self.bot.settings.strategy
        signal, failed = self._cage.ask(name, self._strategy, candles, news)
        # One that thought for longer than a candle speaks of a market that is gone.
        late = why_unfit(candles, self._strategy.warmup, self._world.clock.now())
        return (hold(late), failed) if late else (signal, failed)

    def _consider(self, signal: Signal, candles: Candles) -> Plan:
        if self._recovered.unknown:
            return Stay("waiting to learn what became of an order")
        if signal.action is Action.BUY and self._is_flat and (why := self._why_no_entry(candles)):
            return Stay(why)
        settings, seen = self.bot.settings, self._circumstances(signal, candles)
        wanted = plan(settings, signal, self.ledger, seen, self._rules)
        if not isinstance(wanted, Enter):
            return wanted
        if why := self._entry.why_not(settings, signal):
            return Stay(why)
        if self._world.licence is not None:
            return self._world.licence(self.bot, self.ledger, wanted)
        return wanted

    def _circumstances(self, signal: Signal, candles: Candles) -> Circumstances:
        """Return what the rules look at; more than the bot itself only where one may veto."""
        world, settings, ledger = self._world, self.bot.settings, self.ledger
        seen = Circumstances(ledger, world.clock.now(), candles.last_close)
        if signal.action is not Action.BUY or not self._is_flat or not self._rules:
            return seen
        looks_at_book = any(isinstance(rule, Spread) for rule in self._rules)
        seen = replace(
            seen,
            spend=entry_budget(settings, ledger, signal),
            spread=world.market.spread(settings.symbol) if looks_at_book else None,
            closed_at=candles.last_close_time,
        )
        around = world.surroundings
        return seen if around is None else around.widen(self.bot.id, seen)

    def _why_no_entry(self, candles: Candles) -> str:
        if self.bot.wish is not Wish.RUN:
            return "paused: no new entries"
        if self._world.is_frozen():
            return "the market is frozen: live prices do not come in, so nothing is bought"
        around = self._world.surroundings
        if around is not None and (why := around.why_no_entry(self._world.clock.now())):
            return why
        if why := self._cage.why_no_entry:
            return why
        waited = self._world.clock.now() - self._refused_at
        if self._refusals >= PATIENCE_WITH_REFUSALS and waited < AFTER_REFUSALS_MS:
            return self._why_refused
        if self._difference:
            self.compare()
        if why := self._difference or why_unsettled(self._desk, self._world.findings):
            return why
        if self._recovered.resting:
            return "waiting for the exchange to end the last protection"
        last = self._journal.newest_intent(Purpose.ENTRY)
        if last is not None and last.created_at > candles.last_close_time:
            return "this candle was acted on already"
        return ""

    def _act(self, wanted: Plan, signal: Signal) -> tuple[str, str]:
        """Do what was planned; return the outcome in one word and in one sentence."""
        try:
            if isinstance(wanted, Enter):
                return self._enter(wanted, signal)
            if isinstance(wanted, Exit):
                return self._exit(wanted)
        except OutcomeUnknownError as error:
            return "unknown", str(error)
        denied = signal.action is Action.BUY and self._is_flat
        return ("denied" if denied else "held"), wanted.why

    def _enter(self, wanted: Enter, signal: Signal) -> tuple[str, str]:
        assert self.price is not None
        try:
            order = self._entry.buy(self.bot.settings, signal, wanted.spend, self.price)
        except ExchangeUnavailableError as error:  # a moment later is too late: wait for a candle
            return "refused", f"the exchange took no order: {error}"
        except OrderRefusedError as error:
            return "refused", self._count_refusal(wanted, error)
        self._refusals = 0
        if not order.executed_quantity and not order.status.is_final:
            return "unknown", f"the order to buy waits at its limit of {plain(order.price)}"
        if not order.executed_quantity:
            return "refused", f"the exchange ended the order unfilled ({order.status})"
        self._narrator.opened(self.bot.settings.name, self.ledger)
        said = f"bought {self._amount(order.executed_quantity)}: {signal.sentence}"
        return "bought", f"{said} ({wanted.capped})" if wanted.capped else said

    def _exit(self, wanted: Exit) -> tuple[str, str]:
        before = self.ledger.position.quantity
        self.protection.leave(wanted.reason, self._resting())
        sold = before - self.ledger.position.quantity
        if not sold:
            by = {"exchange": "the exchange", "bot": "the bot itself"}.get(self.protection.by)
            stays = f"stays protected by {by}" if by else "is NOT protected"
            return "refused", f"nothing could be sold, the position {stays}"
        return "sold", f"sold {self._amount(sold)}"

    def _count_refusal(self, wanted: Enter, error: OrderRefusedError) -> str:
        self._refusals += 1
        self._refused_at = self._world.clock.now()
        self._why_refused = self._explain(wanted, error)
        return self._why_refused

    def _explain(self, wanted: Enter, error: OrderRefusedError) -> str:
        quote = self.ledger.instrument.quote
        free = wanted.spend
        with suppress(ExchangeError):
            free = self._world.broker.balances().get(quote, Balance()).free
        if free < wanted.spend:
            return (
                f"waiting for funds: the account has {plain(free)} {quote} free, "
                f"the bot needs {plain(wanted.spend)}"
            )
        return f"the exchange refused: {error}"

    def _resting(self) -> Intent | None:
        """Return the protection that works at the exchange, perhaps placed a moment ago."""
        known = self._journal.open_intents()
        accepted = [intent for intent in known if intent.state is IntentState.ACCEPTED]
        return accepted[-1] if accepted else None

    # ------------------------------------------------------------ the record

    def _record(
        self, candles: Candles | None, signal: Signal, outcome: str, sentence: str
    ) -> Decision:
        now = self._world.clock.now()
        decision = Decision(
            close_time=candles.last_close_time if candles is not None else now,
            at=now,
            action=signal.action,
            outcome=outcome,
            sentence=sentence,
            price=candles.last_close if candles is not None else Decimal(0),
            reasons=signal.reasons,
            values=signal.values,
        )
        self._journal.record_decision(decision)
        self.last_decision_at = now
        acted = outcome in ("bought", "sold")
        self.waiting_for = (acted and signal.waiting_for) or sentence
        self._tell(decision, signal)
        return decision

    def _tell(self, decision: Decision, signal: Signal) -> None:
        if decision.outcome in ("denied", "refused", "unknown"):
            self._narrator.warn(decision.sentence)
        elif decision.outcome == "bought":
            self._narrator.recovered("✅ Nothing is in the way any more")
        if not self._is_flat and self.price is not None:
            self._narrator.position(self.ledger, self.price)
        self._narrator.evaluated(self.ledger, signal.action, decision.price, decision.sentence)

    def _tell_closed(self) -> None:
        ledger = self.ledger
        for trade in ledger.trades[self._told_trades :]:
            self._narrator.closed(self.bot.settings.name, ledger.instrument, trade)
        self._told_trades = len(ledger.trades)

    @property
    def _is_flat(self) -> bool:
        return not self.ledger.position.is_open

    def _amount(self, quantity: Decimal) -> str:
        return f"{plain(quantity)} {self.ledger.instrument.base}"
