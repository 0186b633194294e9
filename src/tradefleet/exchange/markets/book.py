"""The synthetic order book of one symbol: made up around the price, thinned by takers, refilled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradefleet.exchange.markets.coins import Coin

Integers = npt.NDArray[np.int64]

_SECOND_OF_TURNOVER = 60  # the best level holds about what trades in a second
_LEVEL_GAP = 2e-5  # between levels, relative to the price
_THICKENING = 0.12  # of each level over the one before it
_REFILL_HALF_LIFE_MS = 700


@dataclass(frozen=True, slots=True)
class Offer:
    """Lots offered at one price."""

    ticks: int
    lots: int


class Book:
    """Both sides of a book, in ticks and lots.

    What is offered at a price is the same whenever it is looked at, so that the book stands still
    while the price does.
    """

    def __init__(self, coin: Coin, seed: int) -> None:
        self._coin = coin
        self._salt = np.uint64(seed * 2_654_435_761 % 2**63)
        self._taken: dict[int, tuple[int, int]] = {}  # ticks: lots, time

    def best(self, last: int, *, sold: bool) -> tuple[int, int]:
        """Return the best bid and ask.

        Args:
            last: ticks of the last trade, which happened at one of the two.
            sold: the last taker sold, so that was the bid.
        """
        bid = last if sold else max(1, last - self._coin.spread)
        return bid, bid + self._coin.spread

    def offers(self, best: int, now: int, limit: int, *, asks: bool) -> list[Offer]:
        """Return up to `limit` levels of one side from its best price on."""
        gap = max(1, round(best * _LEVEL_GAP))
        steps = np.arange(limit, dtype=np.int64)
        if asks:
            levels = np.r_[best, (best // gap + 1 + steps) * gap][:limit]
        else:
            levels = np.r_[best, (-(-best // gap) - 1 - steps) * gap][:limit]
            levels = levels[levels > 0]
        lots = self._lots(levels, best)
        for ticks, (taken, at) in list(self._taken.items()):
            missing = int(taken * 0.5 ** ((now - at) / _REFILL_HALF_LIFE_MS))
            if not missing:
                del self._taken[ticks]
                continue
            lots[levels == ticks] -= missing
        kept = lots > 0
        pairs = zip(levels[kept].tolist(), lots[kept].tolist(), strict=True)
        return [Offer(ticks, count) for ticks, count in pairs]

    def remove(self, offer: Offer, now: int) -> None:
        """Take lots off a level; they come back within seconds."""
        before, at = self._taken.get(offer.ticks, (0, now))
        left = int(before * 0.5 ** ((now - at) / _REFILL_HALF_LIFE_MS))
        self._taken[offer.ticks] = (left + offer.lots, now)

    def _lots(self, levels: Integers, best: int) -> Integers:
        coin = self._coin
        money = coin.turnover / _SECOND_OF_TURNOVER
        money_of_lot = best * 10.0 ** -(coin.price_decimals + coin.quantity_decimals)
        usual = money / money_of_lot * (1 + _THICKENING * np.arange(len(levels)))
        sizes = usual * (0.15 - np.log(_uniform(levels.astype(np.uint64) ^ self._salt)))
        return np.asarray(np.maximum(np.rint(sizes), 1)).astype(np.int64)


def _uniform(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """A number in (0, 1] for each key (splitmix64)."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) + 1) * 2.0**-53
