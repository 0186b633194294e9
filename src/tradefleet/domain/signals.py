"""Signals: what a strategy says on many candles at once, for backtests.

They must equal what `decide` says on each of those candles. Floating-point arithmetic over a long
array may differ from that over a window in the last digits, so every comparison gives a `Verdict`:
where it is certain, and where it is at least possible. Where the two differ in what matters, the
strategy is asked itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import Floats
from tradefleet.domain.remembered import remembered
from tradefleet.domain.signal import Action, Signal

Places = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]
Number = Floats | np.float64 | float
Actions = npt.NDArray[np.int8]

BUYS, SELLS, HOLDS = 1, -1, 0
WORDS = {BUYS: Action.BUY, SELLS: Action.SELL, HOLDS: Action.HOLD}
SIGNS = {word: sign for sign, word in WORDS.items()}

# How near to a limit nobody is sure: part of a price, and of a number from 0 to 100. Far more than
# rounding and a forgotten past can move it, and rarely met.
CLOSE_CALL = 1e-10
NUMBER_CLOSE_CALL = 1e-6


@dataclass(frozen=True, slots=True)
class Signals:
    """Opinions on some candles.

    Attributes:
        actions: `BUYS`, `SELLS` or `HOLDS`, one for each candle that was asked about.
        own: BUYs that bring a size or levels of their own, by their place in `actions`.
    """

    actions: Actions
    own: Mapping[int, Signal] = field(default_factory=dict)


class Verdict(NamedTuple):
    """Truths of which some hang on the last digits: Kleene's logic of three values.

    Attributes:
        certain: where it holds whatever the last digits are.
        possible: where it holds or may hold.
    """

    certain: Truths
    possible: Truths

    def __and__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.certain & other.certain, self.possible & other.possible)

    def __or__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.certain | other.certain, self.possible | other.possible)

    def __invert__(self) -> "Verdict":
        return Verdict(~self.possible, ~self.certain)

    @property
    def is_open(self) -> Truths:
        """Where only the strategy itself can tell."""
        return self.certain ^ self.possible


Judge = Callable[[Places], tuple[Verdict, Verdict]]
Size = Callable[[Places], list[Signal | None]]
BLOCK = 16_384


def is_above(values: Floats, limit: Number, tolerance: float = 0.0) -> Verdict:
    """Return where values lie above a limit; nearer than the tolerance it is only possible."""
    if isinstance(limit, np.ndarray):
        values, limit = values - limit, 0.0
    return Verdict(values > limit + tolerance, values > limit - tolerance)


def is_below(values: Floats, limit: Number, tolerance: float = 0.0) -> Verdict:
    """Return where values lie below a limit; nearer than the tolerance it is only possible."""
    if isinstance(limit, np.ndarray):
        values, limit = values - limit, 0.0
    return Verdict(values < limit - tolerance, values < limit + tolerance)


def close_call(prices: Floats) -> float:
    """Return how near to a limit nobody is sure about any of these prices."""
    return CLOSE_CALL * float(prices.max())


def picked(values: Floats, at: Places) -> Floats:
    """Return the values at some places; a view where these are neighbours."""
    if len(at) and at[-1] - at[0] == len(at) - 1:
        return values[at[0] : at[-1] + 1]
    return values[at]


def sure(truths: Truths) -> Verdict:
    """Return truths about which there is no doubt."""
    return Verdict(truths, truths)


def signals_of(
    at: Places, judge: Judge, ask: Callable[[int], Signal], size: Size | None = None
) -> Signals:
    """Return the signals at many candles.

    Args:
        at: indices of the candles.
        judge: returns where it would buy and where it would sell, which exclude each other; asked
            about some thousand candles at a time, whose columns stay in the processor's cache.
        ask: returns what the strategy itself says at an index; asked where a verdict is open.
        size: returns the BUYs at some candles, for strategies whose BUYs bring terms of their own;
            None among them where only the strategy itself can tell.
    """
    actions: Actions = np.zeros(len(at), np.int8)
    own = {}
    begin = 0
    for block in _blocks(at):
        buying, selling = judge(block)
        actions[begin : begin + len(block)] = buying.certain.astype(np.int8) - selling.certain
        said: dict[int, Signal | None] = dict.fromkeys(
            np.flatnonzero(buying.is_open | selling.is_open).tolist()
        )
        if size is not None:
            bought = np.flatnonzero(buying.certain)
            said.update(zip(bought.tolist(), size(block[bought]), strict=True))
        for place, told in said.items():
            signal = told or ask(int(block[place]))
            actions[begin + place] = SIGNS[signal.action]
            if signal.action is Action.BUY and signal.has_own_terms:
                own[begin + place] = signal
        begin += len(block)
    return Signals(actions, own)


@remembered
def _blocks(at: Places) -> list[Places]:
    """Return the places in parts; remembered, so that what is computed for a part can be, too."""
    return [at[begin : begin + BLOCK] for begin in range(0, len(at), BLOCK)]
