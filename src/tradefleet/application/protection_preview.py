"""What a bot's protection would have done to the entries of a preview.

The entries are those of a backtest, which knows the bot's price cap and moves its stops.
"""

from tradefleet.application.backtest.result import Result
from tradefleet.application.entry import ONLY_THE_BOT
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.plan import holds_stops
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import entry_percents


def in_play(settings: BotSettings, instrument: Instrument, played: Result) -> tuple[str, ...]:
    """Return a sentence for each setting of protection that would have made a difference.

    Args:
        settings: the bot's.
        instrument: of its symbol.
        played: what came of it, without slippage.
    """
    first_stop, _ = entry_percents(settings, None, None)
    if first_stop and not (settings.bot_side_stop or holds_stops(instrument)):
        return (f"But {instrument.symbol} takes no stop orders, so {ONLY_THE_BOT}.",)
    told = _told_of_moves(settings, played)
    return (told,) if told else ()


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
