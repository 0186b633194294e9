"""From entry to exit to the next entry in floats, where only the ranking of many runs matters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradefleet.application.backtest.ends import END, SIGNAL, Ends, Reasons
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import Floats
from tradefleet.domain.signals import Places

UNIT = 1e-8  # of a coin
ROUNDED = 1 + 1e-13  # what is this near to a whole number of units is that number


@dataclass(frozen=True, slots=True)
class Trips:
    """The round trips of one run, oldest first.

    Attributes:
        entry, exit: indices of candles.
        entry_price, exit_price: of the fills, slippage included.
        reason: places in `ends.REASONS`.
        coins: what was held, after the fee.
        cash: quote, before the first trip and after each.
    """

    entry: Places
    exit: Places
    entry_price: Floats
    exit_price: Floats
    reason: Reasons
    coins: Floats
    cash: Floats

    def __len__(self) -> int:
        return len(self.entry)

    def equity(self, setup: Setup, at: Places) -> Floats:
        """Return cash plus what is held at the close of some candles, in quote."""
        done = np.searchsorted(self.exit, at, "right")
        worth = self.cash[done]
        if len(self):
            trip = np.minimum(done, len(self) - 1)
            is_held = (done < len(self)) & (self.entry[trip] <= at)
            coins = self.coins[trip]
            paid = coins / float(1 - setup.assumptions.fee) * self.entry_price[trip]
            worth += is_held * (coins * setup.candles.close[at] - paid)
        return worth


def trips_of(
    setup: Setup, entries: Places, sales: Places, ends: Ends, shares: Sequence[float]
) -> Trips:
    """Return the trips a bot would make.

    Args:
        setup: the bot and its market, which has no rules of its own.
        entries: candles at whose open the strategy would buy, ascending.
        sales: those at whose open it would sell, ascending.
        ends: where a position that begins at each entry comes to a level.
        shares: of the cash, for each entry.
    """
    candles, slippage = setup.candles, setup.assumptions.slippage
    last = len(candles) - 1
    until = np.append(sales, last + 1)[np.searchsorted(sales, entries, "right")]
    is_sold = until <= ends.at
    is_left = (ends.at > last) & (until > last)
    exits = np.where(is_left, last, np.minimum(until, ends.at))
    sold_at = np.where(is_left, candles.close[last], candles.open[exits]) * float(1 - slippage)
    got = np.where(is_sold, sold_at, ends.price)
    reason = np.where(is_left, END, np.where(is_sold, SIGNAL, ends.reason)).astype(np.int8)
    paid = candles.open[entries] * float(1 + slippage)
    after = np.searchsorted(entries, exits, "right").tolist()
    made, units = _walk(setup, after, (paid * UNIT).tolist(), (got * UNIT).tolist(), shares)
    made_at, coins = np.array(made, np.intp), np.array(units, np.float64) * UNIT
    kept, paid, got = float(1 - setup.assumptions.fee), paid[made_at], got[made_at]
    budget = float(setup.settings.trade_amount)
    return Trips(
        entries[made_at],
        exits[made_at],
        paid,
        got,
        reason[made_at],
        coins * kept,
        np.cumsum(np.append(budget, coins * (got * kept * kept - paid))),
    )


def _walk(
    setup: Setup, after: list[int], paid: list[float], got: list[float], shares: Sequence[float]
) -> tuple[list[int], list[int]]:
    """Go from trade to trade; return the entries that were made, and the units each bought.

    Args:
        setup: money and fee.
        after: the entry that can follow each.
        paid, got: quote that a unit costs and brings before the fee.
        shares: of the cash, for each entry.
    """
    kept_twice = float(1 - setup.assumptions.fee) ** 2
    cash = float(setup.settings.trade_amount)
    most = cash if setup.settings.sizing is Sizing.FIXED else math.inf
    made, bought = [], []
    place, count = 0, len(after)
    while place < count:
        wanted = cash * shares[place]
        units = int((wanted if wanted < most else most) / paid[place] * ROUNDED)
        if units:
            cash += units * (got[place] * kept_twice - paid[place])
            made.append(place)
            bought.append(units)
            place = after[place]
        else:
            place += 1
    return made, bought
