"""The trader: one bot's cycle, from the newest candle to the record of what was done.

    upkeep -> candles -> signal -> plan -> order -> upkeep -> record

Upkeep settles open orders and leaves the position protected or flat; a plan is made with the rules
of the entry gate. The trader holds no facts of its own: the journal does. Errors of the exchange
are not caught here; they leave the intent open, and the next cycle's upkeep settles it.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from tradefleet.application.books import Books
from tradefleet.application.cage import Absent, Cage
from tradefleet.application.decision_record import DecisionRecord, Outcome
from tradefleet.application.desk import Desk, OrderNames
from tradefleet.application.entry import Entry
from tradefleet.application.entry_gate import EntryGate
from tradefleet.application.interference import Interference
from tradefleet.application.narration import Narrator
from tradefleet.application.protection import Protection
from tradefleet.application.refusals import Refusals
from tradefleet.application.upkeep import Upkeep
from tradefleet.application.window import why_unfit, window_length
from tradefleet.application.world import World
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.candle import DAY, Candles
from tradefleet.domain.errors import (
    DataError,
    ExchangeUnavailableError,
    InputError,
    OrderRefusedError,
    OutcomeUnknownError,
    StrategyError,
)
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.plan import Enter, Exit, Plan, Stay, plan
from tradefleet.domain.position import ExitReason
from tradefleet.domain.rules import Rule, build_rules
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.ports.journal import Decision, Journal
from tradefleet.ports.strategies import Decider

StrategyFor = Callable[[BotSettings], Decider]

NEWS_MS = DAY


class Trader:
    """Runs one bot's trading.

    Attributes:
        protection: of the position.
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
        self._strategy_for = strategy_for
        self._narrator = narrator
        instrument = world.market.instrument(bot.settings.symbol)
        self._books = Books(journal, instrument, bot.settings.trade_amount)
        desk = Desk(names, world.broker, journal, self._books, world.clock)
        self.protection = Protection(desk, world.market, narrator, world.findings)
        interference = Interference(desk, world.findings)
        self._upkeep = Upkeep(desk, world.market, self.protection, narrator, interference)
        self._cage = Cage(bot.id, world.clock, world.findings, narrator)
        self._refusals = Refusals(desk)
        self._gate = EntryGate(world, desk, self._cage, self._refusals)
        self._entry = Entry(desk, world.market)
        self._record = DecisionRecord(desk, narrator)
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
        return bool(self._upkeep.recovered.unknown)

    @property
    def is_unsure(self) -> bool:
        """Whether another look is due at once."""
        return self._upkeep.is_unsure or self.protection.is_unsure

    @property
    def waiting_for(self) -> str:
        """What the bot waits for, in one sentence."""
        return self._record.waiting_for

    @property
    def last_decision_at(self) -> int:
        """When it last decided, by the exchange's clock; 0 before the first time."""
        return self._record.newest_at

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
        """Take up strategy and rules; what is held is looked after without a strategy too."""
        self._rules: tuple[Rule, ...] = build_rules(settings.rules)
        try:
            self._strategy: Decider = self._strategy_for(settings)
        except (InputError, StrategyError) as error:
            if not self.ledger.position.is_open:
                raise
            self._strategy = Absent(str(error))

    def sell_out(self, reason: ExitReason = ExitReason.MANUAL) -> bool:
        """Sell what is held, whatever the strategy thinks; return whether the bot is flat."""
        return self._upkeep.sell_out(self.bot.settings, reason)

    # ------------------------------------------------------------ between cycles

    def keep(self, *, look_at_resting: bool = True) -> None:
        """Bring the journal in line with the exchange; leave the position protected or flat.

        Args:
            look_at_resting: also ask about resting protection, because something rang or it has
                not been looked at for a while.
        """
        self._upkeep.keep(self.bot.settings, look_at_resting=look_at_resting)

    def compare(self) -> None:
        """Compare the books with the wallet and the resting orders; a difference pauses entries."""
        self._gate.compare()

    def glance(self) -> None:
        """Look at the price; the exchange's clock comes along with it."""
        with suppress(DataError):
            self.price = self._world.market.price(self.bot.settings.symbol).value

    # ------------------------------------------------------------ the cycle

    def cycle(self, not_before: int = 0, *, look_at_resting: bool = True) -> Decision | None:
        """Walk once from the candle to the record.

        Args:
            not_before: the newest candle must have closed by then; if the exchange does not
                have it yet, nothing is decided and None returned.
            look_at_resting: as for `keep`.

        Raises:
            InputError, StrategyError: nothing is held, and there is no strategy to buy by.
        """
        began = self._world.clock.monotonic()
        self.keep(look_at_resting=look_at_resting)
        if isinstance(self._strategy, Absent):
            self._equip(self.bot.settings)  # it may be back; with nothing held it must be
        candles, why = self._candles()
        if candles is None:
            return self._record.keep(None, hold(why), Outcome("held", why))
        if candles.last_close_time + 1 < not_before:
            return None
        self.price = candles.last_close
        asked = self._world.clock.monotonic()
        signal, failed = self._opinion(candles)
        began += self._world.clock.monotonic() - asked  # thinking is no delay
        came = self._act(self._plan(signal, candles), signal, began)
        try:
            # What was just bought is protected before anything else.
            self.keep(look_at_resting=False)
        finally:
            came = Outcome("failed", came.sentence) if failed else came
            decision = self._record.keep(candles, signal, came)
        return decision

    def _candles(self) -> tuple[Candles | None, str]:
        """Return the newest closed candles, or why there are none."""
        settings, count = self.bot.settings, window_length(self._strategy.warmup)
        try:
            candles = self._world.market.closed_candles(settings.symbol, settings.interval, count)
        except DataError as error:
            return None, str(error)
        return (candles, "") if len(candles) else (None, "no candles yet")

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

    def _plan(self, signal: Signal, candles: Candles) -> Plan:
        recovered, settings = self._upkeep.recovered, self.bot.settings
        if recovered.unknown:
            return Stay("waiting to learn what became of an order")
        buys = signal.action is Action.BUY and self._upkeep.is_flat
        if buys and (why := self._gate.why_not(self.bot, candles, recovered.resting)):
            return Stay(why)
        seen = self._gate.circumstances(self.bot, self._rules, signal, candles)
        wanted = plan(settings, signal, self.ledger, seen, self._rules)
        if isinstance(wanted, Enter) and self._world.licence is not None:
            wanted = self._world.licence(self.bot, self.ledger, wanted)
        if not isinstance(wanted, Enter):
            return wanted
        why = self._entry.why_not(settings, signal, wanted.spend, candles.last_close)
        return Stay(why) if why else wanted

    def _act(self, wanted: Plan, signal: Signal, began: float) -> Outcome:
        try:
            if isinstance(wanted, Enter):
                return self._enter(wanted, signal, began)
            if isinstance(wanted, Exit):
                return self._exit(wanted)
        except OutcomeUnknownError as error:
            return Outcome("unknown", str(error))
        denied = signal.action is Action.BUY and self._upkeep.is_flat
        return Outcome("denied" if denied else "held", wanted.why)

    def _enter(self, wanted: Enter, signal: Signal, began: float) -> Outcome:
        assert self.price is not None
        try:
            order = self._entry.buy(self.bot.settings, signal, wanted.spend, self.price, began)
        except ExchangeUnavailableError as error:  # a moment later is too late: wait for a candle
            return Outcome("refused", f"the exchange took no order: {error}")
        except OrderRefusedError as error:
            return Outcome("refused", self._refusals.count(wanted.spend, error))
        self._refusals.forget()
        if not order.executed_quantity and not order.status.is_final:
            return Outcome(
                "unknown", f"the order to buy waits at its limit of {plain(order.price)}"
            )
        if not order.executed_quantity:
            return Outcome("refused", f"the exchange ended the order unfilled ({order.status})")
        self._narrator.opened(self.bot.settings.name, self.ledger)
        said = f"bought {self._amount(order.executed_quantity)}: {signal.sentence}"
        return Outcome("bought", f"{said} ({wanted.capped})" if wanted.capped else said)

    def _exit(self, wanted: Exit) -> Outcome:
        before = self.ledger.position.quantity
        self.protection.leave(wanted.reason, self._upkeep.resting())
        sold = before - self.ledger.position.quantity
        if not sold:
            by = {"exchange": "the exchange", "bot": "the bot itself"}.get(self.protection.by)
            stays = f"stays protected by {by}" if by else "is NOT protected"
            return Outcome("refused", f"nothing could be sold, the position {stays}")
        return Outcome("sold", f"sold {self._amount(sold)}")

    def _amount(self, quantity: Decimal) -> str:
        return f"{plain(quantity)} {self.ledger.instrument.base}"
