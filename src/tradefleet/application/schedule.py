"""When a bot evaluates: aligned to the candle close, counted from the epoch (UTC)."""

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import duration_ms, interval_ms

# A candle is final at the exchange a moment after it closed.
AFTER_CLOSE_MS = 100
SPREAD_MS = 2_000


def next_close(settings: BotSettings, now: int) -> int:
    """Return the first evaluated candle close after `now`, as the opening time that follows it."""
    every = max(duration_ms(settings.every), interval_ms(settings.interval))
    return now - now % every + every


def offset(settings: BotSettings, bot_id: int) -> int:
    """Return how long after a close a bot evaluates: the fleet spreads over two seconds.

    Fast candles leave less room: a quarter of the interval at most.
    """
    room = min(SPREAD_MS, interval_ms(settings.interval) // 4)
    return AFTER_CLOSE_MS + bot_id * 617 % room  # 617: neighbours land far apart


def next_evaluation(settings: BotSettings, bot_id: int, now: int) -> int:
    """Return when a bot evaluates next, UTC milliseconds."""
    wait = offset(settings, bot_id)
    return next_close(settings, now - wait) + wait
