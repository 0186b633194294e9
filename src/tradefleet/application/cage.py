"""The cage: a strategy may raise, hang or answer nonsense, and harms nothing but its own entries.

Whatever it does wrong counts as HOLD, is counted and said. After three failures in a row entries
pause until it has answered properly as often again; protection and exits go on without it.
"""

from collections.abc import Sequence
from decimal import Decimal

from tradefleet.application.deadline import deadline
from tradefleet.application.narration import Narrator
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.strategy import Headline
from tradefleet.ports.clock import Clock
from tradefleet.ports.notices import Finding, Findings, Severity
from tradefleet.ports.strategies import Decider

DEADLINE_S = 10.0
PATIENCE = 3
LONGEST_TEXT = 500
FINDING = "strategy_failing"
# What a signal may carry, in percent; as the pipe to a person's own strategy has it.
LIMITS = {"fraction": Decimal(1), "stop_loss": Decimal(99), "take_profit": Decimal(1000)}


class Cage:
    """Asks one bot's strategy."""

    def __init__(self, bot_id: int, clock: Clock, findings: Findings, narrator: Narrator) -> None:
        self._bot_id = bot_id
        self._clock = clock
        self._findings = findings
        self._narrator = narrator
        self._failures = 0
        self._distrust = 0  # proper answers it still owes

    @property
    def why_no_entry(self) -> str:
        """Why the strategy's word is not enough to buy, or an empty text."""
        if not self._distrust:
            return ""
        return (
            f"the strategy failed {PATIENCE} times in a row: entries pause until it has answered "
            f"properly {self._distrust} more times"
        )

    def ask(
        self, name: str, strategy: Decider, candles: Candles, news: Sequence[Headline] | None
    ) -> tuple[Signal, bool]:
        """Return what the strategy says, and whether it failed to say anything.

        Args:
            name: of the strategy, for people.
            strategy: asked once.
            candles: fit for a decision.
            news: where it wants some.
        """
        try:
            with deadline(DEADLINE_S):
                signal = strategy.decide(candles, news)
            check_sound(signal)
        except Exception as error:  # noqa: BLE001 - a strategy may raise anything and harm nothing
            return self._failed(name, error), True
        self._answered()
        return signal, False

    def _failed(self, name: str, error: Exception) -> Signal:
        self._failures += 1
        why = str(error) if isinstance(error, StrategyError) else f"{type(error).__name__}: {error}"
        text = f"the strategy {name} failed: {why[:LONGEST_TEXT]}"
        self._narrator.warn(text)
        if self._failures >= PATIENCE:
            self._distrust = PATIENCE
            counted = f"{text} ({self._failures} times in a row); entries pause, exits go on"
            now = self._clock.now()
            self._findings.open(Finding(FINDING, Severity.LOOK, counted, now, self._bot_id))
        return hold(text)

    def _answered(self) -> None:
        self._failures = 0
        self._distrust = max(0, self._distrust - 1)
        if not self._distrust:
            self._findings.close(FINDING, self._bot_id)


class Absent:
    """Stands in for a strategy that is not there any more, while a position is held.

    It keeps `Decider` and fails whenever it is asked: the position stays protected and can be
    sold by the person's hand.
    """

    warmup = 1
    needs_news = False

    def __init__(self, why: str) -> None:
        self._why = why

    def decide(
        self,
        candles: Candles,  # noqa: ARG002
        news: Sequence[Headline] | None = None,  # noqa: ARG002
    ) -> Signal:
        """Say why there is no opinion, as `StrategyError`."""
        raise StrategyError(self._why)


def check_sound(signal: object) -> None:
    """Refuse what is no signal, or carries a size or level that cannot be.

    Raises:
        StrategyError: what is wrong with it.
    """
    if not isinstance(signal, Signal) or not isinstance(signal.action, Action):
        raise StrategyError(f"expected a signal, was {repr(signal)[:80]}")
    for name, most in LIMITS.items():
        value = getattr(signal, name)
        if value is None:
            continue
        fits = isinstance(value, Decimal) and value.is_finite() and 0 <= value <= most
        if not fits or (name == "fraction" and not value):
            raise StrategyError(f"{name}: expected a Decimal up to {most}, was {repr(value)[:50]}")
