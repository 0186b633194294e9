"""The signal: a strategy's opinion and its reasons; it moves nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Action(StrEnum):
    """What a strategy would do."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule a strategy looked at.

    Attributes:
        text: plain words with the value, such as `RSI below 30 (now 41.2)`.
        met: whether the rule spoke for the action.
        value, needed: what was measured and the threshold, where the rule has them.
    """

    text: str
    met: bool = True
    value: float | None = None
    needed: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """An opinion about the newest closed candle.

    Attributes:
        reasons: every rule that was looked at, the deciding ones first.
        waiting_for: what would have to happen next, in plain words; shown on the bot's card.
        fraction: share of the bot's own cash to spend on a BUY, 0 < f <= 1; None = all.
        stop_loss, take_profit: percent from the fill, overriding the bot's own; None = the bot's.
        values: indicator values for the decision record.
        recommended_symbol: advice of a seed-style strategy; shown, not followed.
    """

    action: Action
    reasons: tuple[Reason, ...] = ()
    waiting_for: str = ""
    fraction: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    recommended_symbol: str = ""

    @property
    def has_own_terms(self) -> bool:
        """Whether it brings a size or a level of its own."""
        return (self.fraction, self.stop_loss, self.take_profit) != (None, None, None)

    @property
    def sentence(self) -> str:
        """The reasons in one line, or what is waited for."""
        if self.action is Action.HOLD and self.waiting_for:
            return self.waiting_for
        return "; ".join(reason.text for reason in self.reasons if reason.met) or self.waiting_for


def hold(why: str, *, reasons: tuple[Reason, ...] = ()) -> Signal:
    """Return a HOLD that says why."""
    return Signal(Action.HOLD, reasons, waiting_for=why)


def below(name: str, value: float, limit: float, form: str = ".1f") -> Reason:
    """Return the rule `RSI below 30 (now 41.2)`; `form` is how its numbers are written."""
    text = f"{name} below {_short(limit, form)} (now {format(value, form)})"
    return Reason(text, bool(value < limit), float(value), float(limit))


def above(name: str, value: float, limit: float, form: str = ".1f") -> Reason:
    """Return the rule `RSI above 70 (now 41.2)`; `form` is how its numbers are written."""
    text = f"{name} above {_short(limit, form)} (now {format(value, form)})"
    return Reason(text, bool(value > limit), float(value), float(limit))


def waiting_for(rules: Iterable[Reason]) -> str:
    """Return `waiting for RSI below 30 (now 41.2) and …`, from the rules that are not met."""
    return "waiting for " + " and ".join(rule.text for rule in rules if not rule.met)


def _short(limit: float, form: str) -> str:
    """Write a limit as its value is written, `30` rather than `30.0`."""
    text = format(limit, form)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
