"""Where positions end by their levels, for all entries at once and whatever the strategy says.

With the same stop and target it does not depend on a strategy's parameters, so a sweep finds it
once and each trade of each backtest is one jump.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from tradefleet.application.backtest.account import unruled
from tradefleet.application.backtest.exits import FAR, exact_price, exit_inside, worse
from tradefleet.application.backtest.reach import Reach
from tradefleet.application.backtest.setup import Setup, exact_money
from tradefleet.domain.candle import Floats
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import levels
from tradefleet.domain.signals import Number, Places, Truths

Percents = tuple[Decimal, Decimal]  # of stop and target; 0 = off
Reasons = npt.NDArray[np.int8]
REASONS = (ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT, ExitReason.SIGNAL, ExitReason.END)
STOP, TARGET, SIGNAL, END = range(4)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where positions end by their levels, one for each entry.

    Attributes:
        at: the candle; the number of candles where no level is ever reached.
        price: of the fill, slippage included; meaningless where none is reached.
        reason: places in `REASONS`.
    """

    at: Places
    price: Floats
    reason: Reasons

    def take(self, places: Places) -> "Ends":
        """Return some of them."""
        return Ends(self.at[places], self.price[places], self.reason[places])

    def put(self, places: Places, others: "Ends") -> None:
        """Put others in the places of some of them."""
        self.at[places], self.price[places] = others.at, others.price
        self.reason[places] = others.reason


def ends_by_levels(setup: Setup, reach: Reach, entries: Places, percents: Percents) -> Ends:
    """Return where positions end that begin at the open of these candles, all on the same terms."""
    below, above = (float(percent) for percent in percents)
    return _ends(setup, reach, entries, (below, above), lambda _: percents)


def ends_on_own_terms(
    setup: Setup, reach: Reach, entries: Places, percents: Sequence[Percents]
) -> Ends:
    """Return where positions end, each on its own terms."""
    below, above = np.array(percents, np.float64).reshape(-1, 2).T
    return _ends(setup, reach, entries, (below, above), percents.__getitem__)


def _ends(
    setup: Setup,
    reach: Reach,
    entries: Places,
    percents: tuple[Number, Number],
    exact: Callable[[int], Percents],
) -> Ends:
    """Let floats tell where they leave no doubt; elsewhere the exits are played in decimals."""
    below, above = percents
    paid = setup.candles.open[entries] * float(1 + setup.assumptions.slippage)
    stop = np.where(below, paid * (1 - np.divide(below, 100)), -np.inf)
    target = np.where(above, paid * (1 + np.divide(above, 100)), np.inf)
    at = reach.first(entries, stop * FAR, target / FAR)
    ends = Ends(at, np.zeros(len(at)), np.full(len(at), END, np.int8))
    reached = np.flatnonzero(at < len(setup.candles))
    doubtful = _read(setup, entries, reached, (stop[reached], target[reached]), ends)
    with exact_money():
        for place in doubtful.tolist():
            _play(setup, int(entries[place]), exact(place), ends, place)
    return ends


def _read(
    setup: Setup, entries: Places, reached: Places, limits: tuple[Floats, Floats], ends: Ends
) -> Places:
    """Note the ends of those that reached a level; return those about which floats are unsure."""
    (stop, target), at, candles = limits, ends.at[reached], setup.candles
    opened, low, high = candles.open[at], candles.low[at], candles.high[at]
    cheaper = float(1 - setup.assumptions.slippage)
    fresh = at == entries[reached]
    gap_down, gap_up = ~fresh & (opened < stop / FAR), ~fresh & (opened > target * FAR)
    inside = fresh | ((opened > stop * FAR) & (opened < target / FAR))
    falls, rises = inside & (low < stop / FAR), inside & (high > target * FAR)
    if setup.detail is not None:  # finer candles tell which came first
        falls &= high < target / FAR
    rises &= low > stop * FAR
    prices: list[tuple[Truths, Floats, int]] = [
        (gap_down, opened * cheaper, STOP),
        (falls, stop * cheaper, STOP),
        (gap_up, opened, TARGET),
        (rises, target, TARGET),
    ]
    for where, price, reason in prices:
        ends.price[reached[where]] = price[where]
        ends.reason[reached[where]] = reason
    doubtful: Places = reached[~(gap_down | falls | gap_up | rises)]
    return doubtful


def _play(setup: Setup, entry: int, percents: Percents, ends: Ends, place: int) -> None:
    """Play one position exactly, from the candle in which it first comes near a level."""
    paid = worse(setup, exact_price(setup.candles.open, entry), by=1)
    resting = levels(unruled(setup.settings.symbol), paid, *percents)
    for index in range(int(ends.at[place]), len(setup.candles)):
        hit = exit_inside(setup, index, resting, is_entry_candle=index == entry)
        if hit is not None:
            ends.at[place], ends.price[place] = index, float(hit.price)
            ends.reason[place] = REASONS.index(hit.reason)
            return
    ends.at[place] = len(setup.candles)
