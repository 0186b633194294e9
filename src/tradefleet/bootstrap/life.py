"""The life of a bot of this installation, made ready to be compared with a backtest."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from tradefleet.application.backtest.setup import Assumptions
from tradefleet.application.parity.lived import Lived
from tradefleet.bootstrap.backtest import Ready, Wanted, ready
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.candle import interval_ms
from tradefleet.domain.errors import InputError

EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Life:
    """What a bot did, and the backtest of the same stretch by its own settings and rules."""

    wanted: Wanted
    made: Ready
    lived: Lived


def life_of(
    made: Installation, bot_id: int, fee: Decimal, data: Path | None, news: Path | None
) -> Life:
    """Return a bot's life and its backtest, by the settings the bot has now.

    Args:
        made: where it lived.
        bot_id: whose.
        fee: what the exchange took of each fill.
        data: its candles; None = what the data folder keeps.
        news: headlines, for a strategy that reads them.

    Raises:
        InputError: no such bot, it never decided, or its symbol's rules are not known.
        DataError: the candles cannot be true, or do not reach over its life.
    """
    bot = made.bots.get(bot_id)
    decisions = tuple(reversed(made.records.decisions(bot_id, EVERYTHING)))
    if not decisions:
        raise InputError(
            f"bot {bot_id} has never decided: there is nothing to compare", field="bot"
        )
    wanted = Wanted(
        bot.settings,
        Assumptions(fee),
        data=data,
        news=news,
        start=decisions[0].close_time + 1 - interval_ms(bot.settings.interval),
        end=decisions[-1].close_time + 1,
    )
    prepared = ready(wanted)
    info = made.snapshots.get("exchange_info")
    rows = [] if info is None else info.value["symbols"]
    row = next((row for row in rows if row["symbol"] == bot.settings.symbol), None)
    if row is None:
        raise InputError(
            f"the rules of {bot.settings.symbol} are not known here: start it once with"
            " `tradefleet up`",
            field="bot",
        )
    setup = replace(prepared.setup, instrument=made.read_instrument(row))
    trades = tuple(trade for _, trade in reversed(made.records.trades(bot_id, EVERYTHING)))
    lived = Lived(decisions, trades, made.records.totals()[bot_id])
    return Life(wanted, replace(prepared, setup=setup), lived)
