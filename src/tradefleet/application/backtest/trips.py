"""From entry to exit to the next entry in floats, where only the ranking of many runs matters."""

import math
from dataclasses import dataclass
from decimal import Decimal

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


@dataclass(slots=True)
class Sizes:
    """How much each entry buys.

    Attributes:
        share: of the cash.
        has_limit: whether it brings its exits along, so that the budget must do at the price cap.
    """

    share: list[float]
    has_limit: list[bool]


def has_limit(setup: Setup, percents: tuple[Decimal, Decimal]) -> bool:
    """Return whether an entry with such stop and target buys at a limit (`protected_entry`)."""
    cap, (below, above) = setup.settings.price_cap, percents
    return bool(cap and (above > cap if above else below))


def trips_of(setup: Setup, entries: Places, sales: Places, ends: Ends, sizes: Sizes) -> Trips:
    """Return the trips a bot would make.

    Args:
        setup: the bot and its market, which has no rules of its own; no slippage with a price cap.
        entries: candles at whose open the strategy would buy, ascending.
        sales: those at whose open it would sell, ascending.
        ends: where a position that begins at each entry comes to a level.
        sizes: of each entry.
    """
    candles, slippage = setup.candles, setup.assumptions.slippage
    last = len(candles) - 1
    until = np.append(sales, last + 1)[np.searchsorted(sales, entries, "right")]
    exits = np.minimum(until, ends.at)
    after = np.searchsorted(entries, exits, "right").tolist()
    paid = candles.open[entries] * float(1 + slippage)
    is_sold = until <= ends.at
    sold_at = candles.open[np.minimum(exits, last)]
    sold_at[exits > last] = candles.close[last]
    got = np.where(is_sold, sold_at * float(1 - slippage), ends.price)
    made, units = _walk(setup, after, paid, got, sizes)
    exits = exits[made]
    reason = np.where(exits > last, END, np.where(is_sold[made], SIGNAL, ends.reason[made]))
    kept, paid, got, coins = float(1 - setup.assumptions.fee), paid[made], got[made], units * UNIT
    return Trips(
        entries[made],
        np.minimum(exits, last),
        paid,
        got,
        reason.astype(np.int8),
        coins * kept,
        np.cumsum(
            np.append(float(setup.settings.trade_amount), coins * (got * kept * kept - paid))
        ),
    )


def _walk(
    setup: Setup, after: list[int], paid: Floats, got: Floats, sizes: Sizes
) -> tuple[Places, Floats]:
    """Go from trade to trade; return the entries that were made, and the units each bought.

    Args:
        setup: money and fee.
        after: the entry that can follow each.
        paid, got: quote that a coin costs and brings before the fee.
        sizes: of each entry.
    """
    kept = float(1 - setup.assumptions.fee)
    kept_twice, cap = kept**2, float(1 + setup.settings.price_cap / 100)
    cash = float(setup.settings.trade_amount)
    most = cash if setup.settings.sizing is Sizing.FIXED else math.inf
    made: list[int] = []
    bought: list[int] = []
    place, count = 0, len(after)
    while place < count:
        chain = []
        while place < count:
            chain.append(place)
            place = after[place]
        at = np.array(chain, np.intp)
        cost = paid[at] * UNIT
        gains = (got[at] * (kept_twice * UNIT) - cost).tolist()
        for place, rate, gain in zip(chain, (ROUNDED / cost).tolist(), gains, strict=True):
            wanted = cash * sizes.share[place]
            most_units = (wanted if wanted < most else most) * rate
            units = int(most_units / cap) if sizes.has_limit[place] else 0
            if units * kept < 1:  # at market, also where stop and target would have nothing to sell
                units = int(most_units)
            if not units:  # no money for it: the next entry's turn
                place += 1
                break
            cash += units * gain
            made.append(place)
            bought.append(units)
        else:
            break
    return np.array(made, np.intp), np.array(bought, np.float64)
