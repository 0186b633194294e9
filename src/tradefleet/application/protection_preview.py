"""What a bot's protection would have done to the entries of a preview.

The entries are those of a backtest, with stop and target where they were placed first. Here each is
walked once more with what moves its stop, and held against its price cap; what a position that
ended sooner would have left room for is not played.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from tradefleet.application.backtest.exits import exact_candle
from tradefleet.application.entry import ONLY_THE_BOT
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import Candles
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.plan import holds_stops, takes_entry_list
from tradefleet.domain.position import Trade
from tradefleet.domain.risk import entry_percents, levels, trailed

FEE = Decimal("0.001")  # of each side, which a stop at break-even covers


def in_play(
    settings: BotSettings, instrument: Instrument, market: Candles, trades: Sequence[Trade]
) -> tuple[str, ...]:
    """Return a sentence for each setting of protection that would have made a difference.

    Args:
        settings: the bot's.
        instrument: of its symbol.
        market: the candles that were played.
        trades: what was played on them, without fee or slippage.
    """
    first_stop, _ = entry_percents(settings, None, None)
    if first_stop and not (settings.bot_side_stop or holds_stops(instrument)):
        return (f"But {instrument.symbol} takes no stop orders, so {ONLY_THE_BOT}.",)
    told = [_told_of_cap(settings, instrument, market, trades)]
    if settings.trailing_stop or settings.break_even:
        told.append(_told_of_moves(settings, instrument, market, trades))
    return tuple(filter(None, told))


def _told_of_cap(
    settings: BotSettings, instrument: Instrument, market: Candles, trades: Sequence[Trade]
) -> str:
    cap = settings.price_cap
    wanted = levels(instrument, market.last_close, *entry_percents(settings, None, None))
    if not cap or not takes_entry_list(instrument, wanted):
        return ""
    beyond = 0
    for trade in trades:
        entered = int(np.searchsorted(market.open_time, trade.entry_time))
        decided_at = exact_candle(market, entered - 1).close
        beyond += trade.entry_price > decided_at * (1 + cap / 100)
    if not beyond:
        return ""
    return f"{_times(beyond)} the price ran beyond its cap of {plain(cap)} %: not bought then."


def _told_of_moves(
    settings: BotSettings, instrument: Instrument, market: Candles, trades: Sequence[Trade]
) -> str:
    moves = sooner = 0
    for trade in trades:
        moved, ended = _walk(settings, instrument, market, trade)
        moves, sooner = moves + moved, sooner + ended
    if not moves:
        return ""
    trails = f"trailing by {plain(settings.trailing_stop)} %" if settings.trailing_stop else ""
    even = f"to break-even from {plain(settings.break_even)} % on" if settings.break_even else ""
    how = " and ".join(filter(None, (trails, even)))
    ends = f", and ended {sooner} of these positions sooner" if sooner else ""
    return f"{_times(moves)} its stop would have moved ({how}){ends}."


def _walk(
    settings: BotSettings, instrument: Instrument, market: Candles, trade: Trade
) -> tuple[int, bool]:
    """Return how often the stop of a position moved, and whether that ended it sooner.

    A candle is held against the stop as it was when the candle opened; then its highest price
    moves the stop.
    """
    times = (trade.entry_time, trade.exit_time)
    first, last = (int(found) for found in np.searchsorted(market.open_time, times))
    stop = levels(instrument, trade.entry_price, *entry_percents(settings, None, None)).stop
    moves = 0
    for index in range(first, last):
        candle = exact_candle(market, index)
        if stop is not None and candle.low <= stop:
            return moves, True
        followed = _followed(settings, instrument, trade.entry_price, stop, candle.high)
        moves += followed != stop
        stop = followed
    return moves, False


def _followed(
    settings: BotSettings,
    instrument: Instrument,
    entry_price: Decimal,
    stop: Decimal | None,
    highest: Decimal,
) -> Decimal | None:
    stop = trailed(instrument, stop, highest, settings.trailing_stop)
    gain = (highest / entry_price - 1) * 100
    if not settings.break_even or gain < settings.break_even:
        return stop
    even = instrument.price_up(entry_price * (1 + FEE) / (1 - FEE))
    return max(even, stop or even) if even < highest else stop


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"
