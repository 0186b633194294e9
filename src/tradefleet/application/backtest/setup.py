"""What a backtest plays: a bot, its market, and what is assumed about both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tradefleet.application.window import MAX_GAP_MS
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import Candles, duration_ms
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.strategy import Headline

# Enough for every product of a backtest: sums of money stay exact, in whatever order they are done.
DIGITS = 60


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody can know of a past that did not happen.

    Attributes:
        fee: part of what a fill brings that the exchange keeps; 0.001 = 0.1 %.
        slippage: part of the price by which market and stop fills are worse.
        max_gap: missing candles of this many milliseconds are borne inside a window.
    """

    fee: Decimal = Decimal("0.001")
    slippage: Decimal = Decimal(0)
    max_gap: int = MAX_GAP_MS


@dataclass(frozen=True, slots=True)
class Setup:
    """One backtest, ready to be played.

    Attributes:
        settings: the bot's; its money, rhythm, stop and target.
        candles: closed, ascending, gaps left as they are; those before `first` only warm up.
        first: index of the first candle that is played.
        assumptions: fee, slippage, gaps.
        instrument: the symbol's rules; None leaves prices alone and cuts quantities to 1e-8.
        detail: finer candles that tell whether stop or target came first, where there are any.
        news: scored headlines, oldest first, for strategies that need them.
    """

    settings: BotSettings
    candles: Candles
    first: int = 0
    assumptions: Assumptions = Assumptions()
    instrument: Instrument | None = None
    detail: Candles | None = None
    news: Sequence[Headline] = ()

    @property
    def every(self) -> int:
        """Milliseconds between two evaluations, counted from the epoch."""
        return max(duration_ms(self.settings.every), self.candles.interval)


@contextmanager
def exact_money() -> Iterator[None]:
    """Within it, products and sums of money are exact: no digit is rounded away."""
    with localcontext() as context:
        context.prec, context.rounding = DIGITS, ROUND_HALF_EVEN
        yield
