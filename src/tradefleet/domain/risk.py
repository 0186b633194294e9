"""Risk: how much to buy, where the stop and the target lie, and the rules that may veto an entry.

Rules block entries only, never exits. No rule is on by default.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.signal import Signal
from tradefleet.domain.strategy import Parameter, unknown_name

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a position ends by itself; None = that side is off."""

    stop: Decimal | None
    target: Decimal | None


def entry_budget(settings: BotSettings, ledger: Ledger, signal: Signal) -> Decimal:
    """Return the quote an entry may spend, fee included.

    Compounding spends all the bot's own cash; a fixed bot at most `trade_amount` of it. A signal
    may ask for a fraction of the bot's cash.
    """
    cash = ledger.cash if signal.fraction is None else ledger.cash * signal.fraction
    if settings.sizing is Sizing.FIXED:
        cash = min(cash, settings.trade_amount)
    return max(cash, Decimal(0))


def levels(
    instrument: Instrument, entry_price: Decimal, stop_loss: Decimal, take_profit: Decimal
) -> Levels:
    """Return stop and target for an average entry price, rounded to the safe side.

    Where a coarse tick would put a level on the entry price or beyond it, it lies on the nearest
    tick that is a loss, or a profit: a stop at the entry price would end every trade at once.

    Args:
        instrument: whose tick they are rounded to: the stop up, the target down.
        entry_price: average fill price, quote per base.
        stop_loss, take_profit: percent; 0 = off.
    """
    stop = target = None
    tick = instrument.tick_size
    if stop_loss:
        stop = instrument.price_up(entry_price * (1 - stop_loss / HUNDRED))
        stop = min(stop, instrument.price_up(entry_price) - tick)
    if take_profit:
        target = instrument.price_down(entry_price * (1 + take_profit / HUNDRED))
        target = max(target, instrument.price_down(entry_price) + tick)
    return Levels(stop, target)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at before an entry.

    Attributes:
        now: UTC milliseconds.
        price: the newest price, quote per base.
    """

    ledger: Ledger
    now: int
    price: Decimal


class Rule(ABC):
    """A veto on entries, with parameters like a strategy's."""

    key: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, **values: Any) -> None:
        """Set parameters by name; an unknown name or illegal value is an `InputError`."""
        declared = self.parameters()
        for name, value in values.items():
            if name not in declared:
                raise self._refused(name, unknown_name("parameter", name, declared))
            try:
                vars(self)[name] = declared[name].check(value)
            except InputError as error:
                raise self._refused(name, str(error)) from error

    def _refused(self, name: str, why: str) -> InputError:
        return InputError(why, field=f"rules.{self.key}.{name}", code="bad_rule")

    @classmethod
    def parameters(cls) -> dict[str, Parameter[Any]]:
        """Return the declared parameters by name."""
        return {k: v for k, v in vars(cls).items() if isinstance(v, Parameter)}

    @abstractmethod
    def veto(self, circumstances: Circumstances) -> str:
        """Return why there must be no entry now, or an empty text."""


class Cooldown(Rule):
    """Waits after every closed trade."""

    key = "cooldown"
    title = "Pause after a trade"
    minutes = Parameter(30, minimum=1, maximum=10_080, help="Minutes without an entry.")

    def veto(self, circumstances: Circumstances) -> str:
        """Veto while the newest trade is too fresh."""
        trades = circumstances.ledger.trades
        if not trades:
            return ""
        left = trades[-1].exit_time + self.minutes * MINUTE - circumstances.now
        return f"cooling down for another {-(-left // MINUTE)} minutes" if left > 0 else ""


class LossStreak(Rule):
    """Stops entries after several losses in a row, until the next day."""

    key = "loss_streak"
    title = "Losses in a row"
    losses = Parameter(3, minimum=1, maximum=100, help="Losing trades in a row that pause entries.")
    hours = Parameter(24, minimum=1, maximum=720, help="Hours the pause lasts.")

    def veto(self, circumstances: Circumstances) -> str:
        """Veto while the last trades were all losses and the pause has not passed."""
        last = circumstances.ledger.trades[-self.losses :]
        if len(last) < self.losses or any(trade.profit >= 0 for trade in last):
            return ""
        if circumstances.now - last[-1].exit_time >= self.hours * 60 * MINUTE:
            return ""
        return f"{self.losses} losses in a row, entries pause for {self.hours} hours"


class DailyLoss(Rule):
    """Stops entries once a day has cost too much (UTC days)."""

    key = "daily_loss"
    title = "Loss limit per day"
    percent = Parameter(5.0, minimum=0.1, maximum=100.0, help="Percent of the budget, per day.")

    def veto(self, circumstances: Circumstances) -> str:
        """Veto while today's closed trades lost the limit or more."""
        ledger = circumstances.ledger
        today = circumstances.now - circumstances.now % DAY
        lost = -sum((t.profit for t in ledger.trades if t.exit_time >= today), Decimal(0))
        limit = ledger.budget * Decimal(str(self.percent)) / HUNDRED
        if lost < limit:
            return ""
        quote = ledger.instrument.quote
        return f"lost {plain(lost)} {quote} today, the limit is {plain(limit)} {quote}"


RULES: dict[str, type[Rule]] = {rule.key: rule for rule in (Cooldown, LossStreak, DailyLoss)}


def build_rules(
    chosen: Mapping[str, Mapping[str, Any]], known: Mapping[str, type[Rule]] = RULES
) -> tuple[Rule, ...]:
    """Return the rules a bot's settings name, in the order of `known`.

    Raises:
        InputError: an unknown rule or parameter.
    """
    for key in chosen:
        if key not in known:
            raise InputError(unknown_name("rule", key, known), field="rules", code="unknown_rule")
    return tuple(rule(**chosen[key]) for key, rule in known.items() if key in chosen)


def first_veto(rules: Iterable[Rule], circumstances: Circumstances) -> str:
    """Return the first rule's reason against an entry, or an empty text."""
    for rule in rules:
        if why := rule.veto(circumstances):
            return f"{rule.title}: {why}"
    return ""
