"""A preview: how often a bot would have bought on the newest candles.

It counts and says nothing about money: no fee, no slippage, no funds. A backtest is another thing.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.application.window import why_unfit
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, Candle, Candles, duration_ms
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.matching import level_hit
from tradefleet.domain.risk import Levels, levels
from tradefleet.domain.signal import Action, Signal
from tradefleet.ports.strategies import Decider

DAYS = 30
MOST_CANDLES = 10_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What the strategy would have said and done.

    Attributes:
        since, until: the time looked at, UTC milliseconds; both 0 if there are too few candles.
        evaluations: how often it would have looked.
        buys, sells: how often it said so, holding or not.
        entries: how often it would have bought, one position at a time.
        sentence: all of it, for people.
    """

    since: int
    until: int
    evaluations: int
    buys: int
    sells: int
    entries: int
    sentence: str


def candles_wanted(interval: int, warmup: int) -> int:
    """Return how many candles of this length a preview wants."""
    return min(DAYS * DAY // interval + warmup - 1, MOST_CANDLES)


def preview(
    settings: BotSettings, instrument: Instrument, decider: Decider, candles: Candles
) -> Preview:
    """Return how often a bot with these settings would have bought.

    Args:
        settings: rhythm, stop and target count; money does not.
        instrument: whose tick the levels are rounded to.
        decider: the strategy; needs no news.
        candles: closed, oldest first; the first `warmup` of them only warm it up.
    """
    first = decider.warmup - 1
    played = _Play(settings, instrument, decider, candles)
    for index in range(first, len(candles)):
        played.step(index)
    found = Preview(0, 0, played.evaluations, played.buys, played.sells, played.entries, "")
    if played.evaluations:
        since, until = int(candles.open_time[first]), candles.last_close_time
        found = replace(found, since=since, until=until)
    return replace(found, sentence=_sentence(found, decider.warmup, len(candles)))


class _Play:
    """The rules of a backtest's fills, reduced to whether something is held."""

    def __init__(
        self, settings: BotSettings, instrument: Instrument, decider: Decider, candles: Candles
    ) -> None:
        self._settings = settings
        self._instrument = instrument
        self._decider = decider
        columns = (getattr(candles, name) for name in ("open", "high", "low", "close", "volume"))
        self._candles = Candles.from_arrays(candles.interval, candles.open_time, *columns)
        self._every = max(duration_ms(settings.every), candles.interval)
        self._held: Levels | None = None
        self._next: Signal | None = None
        self.evaluations = self.buys = self.sells = self.entries = 0

    def step(self, index: int) -> None:
        """Play one candle, then decide at its close if that is due."""
        candle = self._candle(index)
        entered = self._fill(candle)
        if self._held and level_hit(candle, self._held, is_entry_candle=entered):
            self._held = None
        if (candle.close_time + 1) % self._every == 0:
            self._decide(index)

    def _fill(self, candle: Candle) -> bool:
        """Do at the open what was decided at the last close; return whether it bought."""
        signal, self._next = self._next, None
        if signal is None:
            return False
        if signal.action is Action.SELL:
            self._held = None
        elif self._held is None:
            self.entries += 1
            stop, target = signal.stop_loss, signal.take_profit
            self._held = levels(
                self._instrument,
                candle.open,
                self._settings.stop_loss if stop is None else stop,
                self._settings.take_profit if target is None else target,
            )
            return True
        return False

    def _decide(self, index: int) -> None:
        warmup = self._decider.warmup
        window = self._candles.between(index + 1 - warmup, index + 1)
        self.evaluations += 1
        if why_unfit(window, warmup, window.last_close_time):
            return
        signal = self._decider.decide(window)
        self.buys += signal.action is Action.BUY
        self.sells += signal.action is Action.SELL
        if signal.action is not Action.HOLD:
            self._next = signal

    def _candle(self, index: int) -> Candle:
        c = self._candles
        prices = (c.open[index], c.high[index], c.low[index], c.close[index])
        exact = (Decimal(repr(float(price))) for price in prices)
        return Candle(int(c.open_time[index]), c.interval, *exact)


def _sentence(found: Preview, warmup: int, candles: int) -> str:
    if not found.evaluations:
        return f"Nobody can tell: it needs {warmup} candles to warm up, and there are {candles}."
    days = (found.until + 1 - found.since) / DAY
    span = f"{days:.0f} days" if days >= 2 else f"{days * 24:.1f} hours"
    looks = f"It looked {found.evaluations:,} times and said BUY {found.buys}"
    if not found.entries:
        return f"In the last {span} it would not have bought at all. {looks} times."
    times = "once" if found.entries == 1 else f"{found.entries} times"
    rate = f", {found.entries / days:.1f} times a day" if found.entries > 1 else ""
    return f"In the last {span} it would have bought {times}{rate}. {looks} times in all."
