"""Rules: what may veto an entry, in order, each with its reason and the distance to its limit.

Rules block entries only, never exits. No rule is on by default.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tradefleet.domain.candle import DAY, HOUR, MINUTE, SECOND
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.strategy import Parameter, unknown_name

HUNDRED = Decimal(100)
ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Slippage:
    """How much more than the price it was decided at an entry paid, in percent; below 0 = less."""

    at: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at before an entry; None where it is not known.

    Attributes:
        now: UTC milliseconds.
        price: the newest price, quote per base.
        spend: quote this entry would cost.
        others_in_asset: quote the other bots of the fleet paid for what they hold of this asset, or
            are about to pay.
        others_open: how many of the other bots hold a position or are buying one.
        spread: between the best bid and the best ask, percent of their middle.
        slippages: of the bot's entries, oldest first.
        closed_at: when the newest candle closed, UTC milliseconds.
        failed_at: when the strategy failed, UTC milliseconds, oldest first.
    """

    ledger: Ledger
    now: int
    price: Decimal
    spend: Decimal = ZERO
    others_in_asset: Decimal = ZERO
    others_open: int = 0
    spread: Decimal | None = None
    slippages: tuple[Slippage, ...] = ()
    closed_at: int | None = None
    failed_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a rule is from its limit.

    Attributes:
        text: as `lost 3.2 of 5 USDT today`.
        share: of the limit that is used up, 0 to 1 and beyond; None where nobody can say.
    """

    text: str
    share: Decimal | None


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

    def distance(self, circumstances: Circumstances) -> Distance:
        """Return how far the rule is from its limit; without one, whether it vetoes."""
        why = self.veto(circumstances)
        return Distance(why or "nothing in the way", ONE if why else ZERO)


class Limit(Rule):
    """A rule that measures something and vetoes once it reaches its limit."""

    @abstractmethod
    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return what is used (None = unknown), the limit, and both in one sentence."""

    def veto(self, circumstances: Circumstances) -> str:
        """Veto once the limit is reached; what cannot be measured counts as reached."""
        used, limit, text = self.measure(circumstances)
        return text if used is None or used >= limit else ""

    def distance(self, circumstances: Circumstances) -> Distance:
        """Return what is used of the limit."""
        used, limit, text = self.measure(circumstances)
        return Distance(text, None if used is None else max(ZERO, used / limit))


class Cap(Limit):
    """A rule that allows up to its limit, the limit included."""

    def veto(self, circumstances: Circumstances) -> str:
        """Veto above the limit; what cannot be measured counts as above."""
        used, limit, text = self.measure(circumstances)
        return text if used is None or used > limit else ""


class Cooldown(Rule):
    """Waits after every closed trade."""

    key = "cooldown"
    title = "Pause after a trade"
    minutes = Parameter(30, minimum=1, maximum=10_080, help="Minutes without an entry.")

    def veto(self, circumstances: Circumstances) -> str:
        """Veto while the newest trade is too fresh."""
        left = self._left(circumstances)
        return f"cooling down for another {-(-left // MINUTE)} minutes" if left > 0 else ""

    def distance(self, circumstances: Circumstances) -> Distance:
        """Return the minutes left."""
        left = max(0, self._left(circumstances))
        text = self.veto(circumstances) or f"over; it lasts {self.minutes} minutes"
        return Distance(text, Decimal(left) / (self.minutes * MINUTE))

    def _left(self, circumstances: Circumstances) -> int:
        trades = circumstances.ledger.trades
        if not trades:
            return 0
        return int(trades[-1].exit_time + self.minutes * MINUTE - circumstances.now)


class LossStreak(Rule):
    """Stops entries after several losses in a row, until the next day."""

    key = "loss_streak"
    title = "Losses in a row"
    losses = Parameter(3, minimum=1, maximum=100, help="Losing trades in a row that pause entries.")
    hours = Parameter(24, minimum=1, maximum=720, help="Hours the pause lasts.")

    def veto(self, circumstances: Circumstances) -> str:
        """Veto while the last trades were all losses and the pause has not passed."""
        if self._streak(circumstances) < self.losses:
            return ""
        return f"{self.losses} losses in a row, entries pause for {self.hours} hours"

    def distance(self, circumstances: Circumstances) -> Distance:
        """Return the length of the streak that counts now."""
        streak = self._streak(circumstances)
        return Distance(f"{streak} of {self.losses} losses in a row", Decimal(streak) / self.losses)

    def _streak(self, circumstances: Circumstances) -> int:
        """Return how many of the last trades were losses; 0 once the pause has passed."""
        trades = circumstances.ledger.trades[-self.losses :]
        losing = next((n for n, t in enumerate(reversed(trades)) if t.profit >= 0), len(trades))
        rested = losing and circumstances.now - trades[-1].exit_time >= self.hours * HOUR
        return 0 if losing == self.losses and rested else losing


class DailyLoss(Limit):
    """Stops entries once a day has cost too much (UTC days)."""

    key = "daily_loss"
    title = "Loss limit per day"
    percent = Parameter(5.0, minimum=0.1, maximum=100.0, help="Percent of the budget, per day.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return what today's closed trades lost."""
        ledger = circumstances.ledger
        today = circumstances.now - circumstances.now % DAY
        lost = -sum((t.profit for t in ledger.trades if t.exit_time >= today), ZERO)
        limit = ledger.budget * _exact(self.percent) / HUNDRED
        return lost, limit, f"{lost_of(lost, limit, ledger.instrument.quote)} today"


class Drawdown(Limit):
    """Stops entries once the bot's money has fallen too far from its highest point."""

    key = "drawdown"
    title = "Drawdown"
    percent = Parameter(15.0, minimum=0.1, maximum=100.0, help="Percent below the highest point.")
    days = Parameter(7, minimum=1, maximum=365, help="Days looked back; older trades are forgiven.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return how far closed trades brought the money below its highest point in the window."""
        ledger, since = circumstances.ledger, circumstances.now - self.days * DAY
        older = (trade.profit for trade in ledger.trades if trade.exit_time < since)
        worth = highest = ledger.budget + sum(older, ZERO)
        for trade in _since(ledger.trades, since):
            worth += trade.profit
            highest = max(highest, worth)
        fallen = (highest - worth) / highest * HUNDRED if highest > 0 else HUNDRED
        limit = _exact(self.percent)
        text = f"{_short(fallen)} of {plain(limit)} % below the highest of {self.days} days"
        return fallen, limit, text


class StopCluster(Limit):
    """Stops entries once several stop losses were hit within some hours."""

    key = "stop_cluster"
    title = "Cluster of stop losses"
    stops = Parameter(3, minimum=1, maximum=100, help="Stop losses that pause entries.")
    hours = Parameter(12, minimum=1, maximum=720, help="Hours within which they count.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return how many stop losses were hit in the window."""
        recent = _since(circumstances.ledger.trades, circumstances.now - self.hours * HOUR)
        hit = sum(1 for trade in recent if trade.exit_reason is ExitReason.STOP_LOSS)
        return (
            Decimal(hit),
            Decimal(self.stops),
            (f"{hit} of {self.stops} stop losses within {self.hours} hours"),
        )


class Exposure(Cap):
    """Limits what all bots together have in this coin."""

    key = "exposure"
    title = "Exposure per coin"
    most = Parameter(
        500.0, minimum=1.0, maximum=1e9, help="Quote all bots together may have in the coin."
    )

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return what the others have in the coin together with this entry."""
        used = circumstances.others_in_asset + circumstances.spend
        limit, instrument = _exact(self.most), circumstances.ledger.instrument
        text = f"{_short(used)} of {plain(limit)} {instrument.quote} in {instrument.base}"
        return used, limit, f"{text} with this entry" if circumstances.spend else text


class OpenBots(Limit):
    """Limits how many bots of the fleet hold a position at once."""

    key = "open_bots"
    title = "Open bots"
    most = Parameter(3, minimum=1, maximum=10_000, help="Bots that may hold a position at once.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return how many other bots hold something."""
        others = circumstances.others_open
        return (
            Decimal(others),
            Decimal(self.most),
            (f"{others} of {self.most} bots hold a position besides this one"),
        )


class Spread(Cap):
    """Buys nothing while bid and ask are too far apart."""

    key = "spread"
    title = "Spread"
    percent = Parameter(0.3, minimum=0.001, maximum=50.0, help="Percent of the price, at most.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return the spread; a crossed or empty book has none."""
        limit, spread = _exact(self.percent), circumstances.spread
        if spread is None:
            return None, limit, f"no spread can be told; the limit is {plain(limit)} %"
        return spread, limit, f"bid and ask are {_short(spread)} of {plain(limit)} % apart"


class SlippageCap(Cap):
    """Stops entries while the last ones paid too much more than the price decided at."""

    key = "slippage"
    title = "Slippage"
    percent = Parameter(0.5, minimum=0.01, maximum=50.0, help="Percent on average, at most.")
    fills = Parameter(3, minimum=1, maximum=50, help="Last entries the average is taken of.")
    hours = Parameter(24, minimum=1, maximum=168, help="Hours after which an entry is forgiven.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return the average slippage; before as many entries as it takes, 0."""
        limit, since = _exact(self.percent), circumstances.now - self.hours * HOUR
        recent = [s.percent for s in circumstances.slippages if s.at >= since][-self.fills :]
        if len(recent) < self.fills:
            return ZERO, limit, f"{len(recent)} of {self.fills} entries to judge by"
        mean = sum(recent, ZERO) / len(recent)
        return (
            mean,
            limit,
            (f"the last {self.fills} entries paid {_short(mean)} of {plain(limit)} % too much"),
        )


class StaleData(Cap):
    """Buys nothing when the newest candle closed too long ago."""

    key = "stale_data"
    title = "Age of the data"
    seconds = Parameter(
        60, minimum=5, maximum=86_400, help="Seconds since the newest candle closed, at most."
    )

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return the age of the newest candle in seconds."""
        limit = Decimal(self.seconds)
        if circumstances.closed_at is None:
            return None, limit, f"no candle yet; the limit is {self.seconds} seconds"
        age = Decimal(max(0, circumstances.now - circumstances.closed_at)) / SECOND
        return age, limit, f"the newest candle is {age:.0f} of {self.seconds} seconds old"


class StrategyFailures(Limit):
    """Stops entries while the strategy fails too often, in a row or not."""

    key = "strategy_failures"
    title = "Failures of the strategy"
    failures = Parameter(5, minimum=1, maximum=1_000, help="Failures that pause entries.")
    hours = Parameter(24, minimum=1, maximum=168, help="Hours within which they count.")

    def measure(self, circumstances: Circumstances) -> tuple[Decimal | None, Decimal, str]:
        """Return how often it failed in the window."""
        since = circumstances.now - self.hours * HOUR
        failed = sum(1 for at in circumstances.failed_at if at >= since)
        return (
            Decimal(failed),
            Decimal(self.failures),
            (f"the strategy failed {failed} of {self.failures} times within {self.hours} hours"),
        )


RULES: dict[str, type[Rule]] = {
    rule.key: rule
    for rule in (
        Cooldown,
        LossStreak,
        StopCluster,
        DailyLoss,
        Drawdown,
        OpenBots,
        Exposure,
        StaleData,
        StrategyFailures,
        Spread,
        SlippageCap,
    )
}


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


def lost_of(lost: Decimal, limit: Decimal, quote: str) -> str:
    """Return how much of a loss limit is used up, as `lost 3.2 of 5 USDT`."""
    return f"lost {_short(max(lost, ZERO))} of {plain(limit)} {quote}"


def _since(trades: Iterable[Trade], since: int) -> Iterable[Trade]:
    return (trade for trade in trades if trade.exit_time >= since)


def _exact(number: object) -> Decimal:
    """Return a parameter as the decimal it was written as."""
    return Decimal(str(number))


def _short(value: Decimal) -> str:
    """Return a figure for people: two decimals, more only where there would be none."""
    return plain(round(value, 2)) if abs(value) >= Decimal("0.01") else plain(round(value, 6))
