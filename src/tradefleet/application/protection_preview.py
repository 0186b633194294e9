"""What a bot's protection would have done to the entries of a preview.

The entries are those of a backtest, which moves their stops; each is held against its price cap
here, and is played although it would not have been bought.
"""

from collections.abc import Sequence

import numpy as np

from tradefleet.application.backtest.exits import exact_candle
from tradefleet.application.backtest.result import Result
from tradefleet.application.entry import ONLY_THE_BOT
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import Candles
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.plan import holds_stops, takes_entry_list
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.risk import entry_percents, levels


def in_play(
    settings: BotSettings, instrument: Instrument, market: Candles, played: Result
) -> tuple[str, ...]:
    """Return a sentence for each setting of protection that would have made a difference.

    Args:
        settings: the bot's.
        instrument: of its symbol.
        market: the candles that were played.
        played: what came of it, without slippage.
    """
    first_stop, _ = entry_percents(settings, None, None)
    if first_stop and not (settings.bot_side_stop or holds_stops(instrument)):
        return (f"But {instrument.symbol} takes no stop orders, so {ONLY_THE_BOT}.",)
    told = (
        _told_of_cap(settings, instrument, market, played.trades),
        _told_of_moves(settings, played),
    )
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


def _told_of_moves(settings: BotSettings, played: Result) -> str:
    by_stop = [trade.exit_reason == ExitReason.STOP_LOSS for trade in played.trades]
    moves = sum(played.stop_moves)
    sooner = sum(
        stopped and moved > 0 for stopped, moved in zip(by_stop, played.stop_moves, strict=True)
    )
    if not moves:
        return ""
    trails = f"trailing by {plain(settings.trailing_stop)} %" if settings.trailing_stop else ""
    even = f"to break-even from {plain(settings.break_even)} % on" if settings.break_even else ""
    how = " and ".join(filter(None, (trails, even)))
    ends = f", and ended {sooner} of these positions sooner" if sooner else ""
    return f"{_times(moves)} its stop would have moved ({how}){ends}."


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"
