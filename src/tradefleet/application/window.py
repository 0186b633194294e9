"""The window of candles a decision is made on, and why it may not be trusted."""

from tradefleet.domain.candle import HOUR, SECOND, Candles
from tradefleet.domain.instrument import plain

LEAST_CANDLES = 100
MAX_GAP_MS = HOUR
STALE_MARGIN_MS = 10 * SECOND


def window_length(warmup: int) -> int:
    """Return how many candles to fetch for a strategy that declares this warm-up."""
    return max(LEAST_CANDLES, warmup)


def why_unfit(candles: Candles, warmup: int, now: int, max_gap: int = MAX_GAP_MS) -> str:
    """Return why no decision may be made on these candles, or an empty text.

    The newest may have closed 1.5 intervals ago and a margin: exchanges pause, and the
    first look after a start falls anywhere inside an interval.

    Args:
        candles: the window.
        warmup: candles the strategy needs.
        now: UTC milliseconds.
        max_gap: the longest missing stretch that is borne, in milliseconds.
    """
    if len(candles) < warmup:
        return f"too little data: the strategy needs {warmup} candles, there are {len(candles)}"
    age = now - candles.last_close_time
    if age > candles.interval * 3 // 2 + STALE_MARGIN_MS:
        return f"stale data: the newest candle closed {age // SECOND} seconds ago"
    if (candles.open_time[1:] - candles.open_time[:-1] < candles.interval).any():
        return "broken data: candles come twice or out of order"
    if (gap := candles.longest_gap()) > max_gap:
        return f"broken data: {gap // SECOND} seconds of candles are missing"
    if not candles.last_close > 0:
        return f"broken data: the newest close is {plain(candles.last_close)}"
    return ""
