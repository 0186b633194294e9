"""When a bot evaluates: aligned to the candle close, counted from the epoch (UTC)."""

from dataclasses import dataclass

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import duration_ms, interval_ms

# A candle is final at the exchange a moment after it closed.
AFTER_CLOSE_MS = 100
SPREAD_MS = 2_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The next evaluation of a bot, UTC milliseconds.

    Attributes:
        close: the newest candle has closed by then.
        at: when the bot looks.
    """

    close: int
    at: int


AT_ONCE = Evaluation(0, 0)


def next_evaluation(settings: BotSettings, bot_id: int, now: int) -> Evaluation:
    """Return the first evaluation after `now`."""
    every = max(duration_ms(settings.every), interval_ms(settings.interval))
    wait = offset(settings, bot_id)
    since_close = now - wait
    close = since_close - since_close % every + every
    return Evaluation(close, close + wait)


def offset(settings: BotSettings, bot_id: int) -> int:
    """Return how long after a close a bot looks: the fleet spreads over two seconds.

    Fast candles leave less room: a quarter of the interval at most.
    """
    room = min(SPREAD_MS, interval_ms(settings.interval) // 4)
    return AFTER_CLOSE_MS + bot_id * 617 % room  # 617: neighbours land far apart
