"""The synthetic order book of one symbol: made up around the price, thinned by takers, refilled."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradefleet.exchange.markets.coins import Coin

Integers = npt.NDArray[np.int64]

_SECOND_OF_TURNOVER = 60  # the best level holds about what trades in a second
_LEVEL_GAP = 2e-5  # between levels, relative to the price
_THICKENING = 0.12  # of each level over the one before it
_REFILL_HALF_LIFE_MS = 700
_NEAR = 20  # levels that usually suffice a taker
_DEEPEST = 5_000  # levels a taker can walk through
_TIDY = 100  # levels that takers touched, before those that came back are forgotten


class Offer(NamedTuple):
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
        self._tidy_at = _TIDY
        self._near: dict[bool, tuple[int, tuple[list[int], list[int]]]] = {}  # of asks and bids

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
        levels, lots = self._standing(best, limit, asks=asks)
        return list(self._left(levels, lots, now))

    def walk(self, best: int, now: int, *, asks: bool) -> Iterator[Offer]:
        """Yield the levels of one side from its best price on, to the end of the book."""
        levels, lots = self._standing(best, _NEAR, asks=asks)
        yield from self._left(levels, lots, now)
        levels, lots = self._standing(best, _DEEPEST, asks=asks)
        yield from self._left(levels[_NEAR:], lots[_NEAR:], now)

    def lots_at(self, ticks: int, best: int, now: int, *, asks: bool) -> int:
        """Return what is offered at one price of a side whose best price is given."""
        gap = _gap(best)
        place = ticks // gap - best // gap if asks else -(-best // gap) - ticks // gap
        if ticks == best:
            place = 0
        elif ticks % gap or not 0 < place < _DEEPEST:
            return 0
        lots = self._lots(np.array([ticks]), np.array([place]), best)
        left = next(self._left([ticks], lots.tolist(), now), None)
        return left.lots if left else 0

    def _standing(self, best: int, limit: int, *, asks: bool) -> tuple[list[int], list[int]]:
        """Return the prices of the first levels and their lots while nobody takes any."""
        known = self._near.get(asks)
        if limit == _NEAR and known is not None and known[0] == best:
            return known[1]
        gap = _gap(best)
        steps = np.arange(limit, dtype=np.int64)
        if asks:
            levels = np.r_[best, (best // gap + 1 + steps) * gap][:limit]
        else:
            levels = np.r_[best, (-(-best // gap) - 1 - steps) * gap][:limit]
            levels = levels[levels > 0]
        lots = self._lots(levels, np.arange(len(levels)), best)
        standing = levels.tolist(), lots.tolist()
        if limit == _NEAR:
            self._near[asks] = best, standing
        return standing

    def _left(self, levels: Sequence[int], lots: Sequence[int], now: int) -> Iterator[Offer]:
        """Yield levels less what takers took and did not come back yet."""
        for ticks, count in zip(levels, lots, strict=True):
            left = count - self._missing(ticks, now) if ticks in self._taken else count
            if left > 0:
                yield Offer(ticks, left)

    def _missing(self, ticks: int, now: int) -> int:
        taken, at = self._taken.get(ticks, (0, now))
        return int(taken * 0.5 ** ((now - at) / _REFILL_HALF_LIFE_MS))

    def remove(self, offer: Offer, now: int) -> None:
        """Take lots off a level; they come back within seconds."""
        self._taken[offer.ticks] = (self._missing(offer.ticks, now) + offer.lots, now)
        if len(self._taken) > self._tidy_at:
            missing = [ticks for ticks in self._taken if self._missing(ticks, now)]
            self._taken = {ticks: self._taken[ticks] for ticks in missing}
            self._tidy_at = 2 * len(self._taken) + _TIDY

    def _lots(self, levels: Integers, places: Integers, best: int) -> Integers:
        """Return what stands at levels, given how many steps from the best each of them is."""
        coin = self._coin
        money = coin.turnover / _SECOND_OF_TURNOVER
        money_of_lot = best * 10.0 ** -(coin.price_decimals + coin.quantity_decimals)
        usual = money / money_of_lot * (1 + _THICKENING * places)
        sizes = usual * (0.15 - np.log(_uniform(levels.astype(np.uint64) ^ self._salt)))
        return np.asarray(np.maximum(np.rint(sizes), 1)).astype(np.int64)


def _gap(best: int) -> int:
    """Return how many ticks the levels behind the best one are apart."""
    return max(1, round(best * _LEVEL_GAP))


def _uniform(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """A number in (0, 1] for each key (splitmix64)."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) + 1) * 2.0**-53
