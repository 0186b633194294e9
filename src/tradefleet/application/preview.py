"""A preview: how often a bot would have bought on the newest candles.

It counts and says nothing about money: no slippage, no funds, and a fee only for where a stop at
break-even lies. A backtest is another thing.
"""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.protection_preview import in_play
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, Candles
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.signal import Action
from tradefleet.ports.strategies import Decider

DAYS = 30
MOST_CANDLES = 10_000
PLENTY = Decimal(10**6)  # the question is not whether there is enough of it


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
        settings: rhythm and protection count; money does not.
        instrument: whose tick the levels are rounded to.
        decider: the strategy; needs no news.
        candles: closed, oldest first; the first `warmup` of them only warm it up.
    """
    first = decider.warmup - 1
    columns = (getattr(candles, name) for name in ("open", "high", "low", "close", "volume"))
    market = Candles.from_arrays(candles.interval, candles.open_time, *columns)
    funded = replace(settings, trade_amount=PLENTY)
    played = play(Setup(funded, market, first, Assumptions(), instrument), decider)
    said = Counter(evaluated.action for evaluated in played.evaluated)
    found = Preview(
        since=int(candles.open_time[first]) if played.evaluated else 0,
        until=candles.last_close_time if played.evaluated else 0,
        evaluations=len(played.evaluated),
        buys=said[Action.BUY],
        sells=said[Action.SELL],
        entries=len(played.trades),
        sentence="",
    )
    sentence = _sentence(found, decider.warmup, len(candles))
    asides = in_play(settings, instrument, played) if found.entries else ()
    return replace(found, sentence=" ".join((sentence, *asides)))


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
