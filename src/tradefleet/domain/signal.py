"""The signal: a strategy's opinion and its reasons; it moves nothing."""

from collections.abc import Mapping
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
    def sentence(self) -> str:
        """The reasons in one line, or what is waited for."""
        if self.action is Action.HOLD and self.waiting_for:
            return self.waiting_for
        return "; ".join(reason.text for reason in self.reasons if reason.met) or self.waiting_for


def hold(why: str, *, reasons: tuple[Reason, ...] = ()) -> Signal:
    """Return a HOLD that says why."""
    return Signal(Action.HOLD, reasons, waiting_for=why)
