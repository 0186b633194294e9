"""How the synthetic prices move: minute by minute, from nothing but a seed.

Every minute of a coin can be computed on its own, so the past need not be kept and the future
is the same after a restart. A minute's return is volatility times a shock, plus a drift:

- volatility is the product of noises on many time scales, from minutes to weeks (a cascade),
  part of it shared by all coins, times a mild daily rhythm: calm and wild times come in clusters;
- the shock mixes one factor common to all coins with the coin's own, both fat-tailed;
- the drift keeps its sign for hours or days and then changes it: slow trends.

Logarithms of prices are whole numbers (1e-12), so that adding them up gives the same from
whichever end one begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tradefleet.exchange.markets.coins import Coin

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MINUTES_A_DAY = 1_440
LOG_UNIT = 1e-12

_MINUTES_A_YEAR = 365 * MINUTES_A_DAY
_COMMON = 0  # the random stream of the market as a whole; coin n has n + 1
_NODES = 512
_DAYS_KEPT = 70

# Standard deviation of the logarithm of volatility on each time scale, in minutes.
_CASCADE = {10_080: 0.32, 1_440: 0.32, 360: 0.32, 90: 0.28, 20: 0.28, 5: 0.28}
_SHARED_CASCADE = 0.85
_LEVEL_VARIANCE = sum(size**2 for size in _CASCADE.values())  # makes the mean square 1
_TREND = {2_880: 0.012, 360: 0.03}  # drift in standard deviations of a minute
_TAILS = 5.0  # degrees of freedom of the shocks
_EDGE_NOISE = 0.12  # of a minute's volatility: what one trade deviates from the fair price


@dataclass(frozen=True, slots=True)
class Day:
    """The 1,440 minutes of one coin's UTC day, apart from the level of its price.

    Attributes:
        path: logarithm of the fair price at each edge of a minute since the day's start, in
            units of 1e-12; 1,441 values, the first is 0.
        edge: deviation of the trade at each edge, same unit; the first and last are 0.
        volatility: of each minute's logarithmic return.
        activity: turnover and trades of each minute relative to the usual.
        uniform: four uniform random numbers a minute.
    """

    path: Integers
    edge: Integers
    volatility: Floats
    activity: Floats
    uniform: Floats

    def minute(self, place: int) -> "Day":
        """Return one minute of the day, as if the day had no other."""
        rows, edges = slice(place, place + 1), slice(place, place + 2)
        return Day(
            self.path[edges],
            self.edge[edges],
            self.volatility[rows],
            self.activity[rows],
            self.uniform[:, rows],
        )


def random_stream(*key: int) -> np.random.Generator:
    """Return the random numbers that belong to a key."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


class PriceProcess:
    """The minutes of every coin of one seed."""

    def __init__(self, seed: int, coins: Sequence[Coin]) -> None:
        self._seed = seed
        self._coins = coins
        self._nodes = lru_cache(maxsize=1_024)(self._draw_nodes)
        self._shared = lru_cache(maxsize=_DAYS_KEPT)(self._common_day)
        self.day = lru_cache(maxsize=_DAYS_KEPT)(self._coin_day)

    def forget(self) -> None:
        """Let go of the days that were kept to be looked at again."""
        self.day.cache_clear()
        self._shared.cache_clear()
        self._nodes.cache_clear()

    def _coin_day(self, number: int, day: int) -> Day:
        """Return a day (counted from the epoch) of the coin with this number."""
        coin, stream = self._coins[number], number + 1
        shared_level, factor, trend = self._shared(day)
        random = random_stream(self._seed, stream, day)
        own = self._cascade(stream, day)
        level = _SHARED_CASCADE * shared_level + np.sqrt(1 - _SHARED_CASCADE**2) * own
        level += np.log(_daily_rhythm())
        usual = coin.volatility / np.sqrt(_MINUTES_A_YEAR)
        volatility = usual * np.exp(level - _LEVEL_VARIANCE)
        shock = coin.common * factor + np.sqrt(1 - coin.common**2) * _fat(random)
        drift = coin.common * trend + np.sqrt(1 - coin.common**2) * self._trend(stream, day)
        returns = volatility * (shock + drift)
        edge = _EDGE_NOISE * volatility * random.standard_normal(MINUTES_A_DAY)
        edge[0] = 0.0
        liveliness = 0.9 * level + 0.45 * random.standard_normal(MINUTES_A_DAY)
        activity = np.exp(liveliness - 0.3) * (0.7 + 0.4 * np.abs(shock))
        return Day(
            path=np.r_[0, np.cumsum(_whole(returns))],
            edge=np.r_[_whole(edge), 0],
            volatility=volatility,
            activity=activity,
            uniform=random.random((4, MINUTES_A_DAY)),
        )

    def _common_day(self, day: int) -> tuple[Floats, Floats, Floats]:
        random = random_stream(self._seed, _COMMON, day)
        return self._cascade(_COMMON, day), _fat(random), self._trend(_COMMON, day)

    def _cascade(self, stream: int, day: int) -> Floats:
        level = np.zeros(MINUTES_A_DAY)
        for scale, size in _CASCADE.items():
            level += size * self._smooth(stream, scale, day)
        return level

    def _trend(self, stream: int, day: int) -> Floats:
        minutes = np.arange(day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY)
        drift = np.zeros(MINUTES_A_DAY)
        for scale, size in _TREND.items():
            # Two trends of three, a third of the time goes sideways.
            nodes = np.array([self._node(stream, -scale, n) for n in np.unique(minutes // scale)])
            sign = np.sign(nodes) * (np.abs(nodes) > 0.43)
            drift += size * sign[minutes // scale - minutes[0] // scale]
        return drift

    def _smooth(self, stream: int, scale: int, day: int) -> Floats:
        """Noise of variance 1 that changes over `scale` minutes."""
        position = np.arange(day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY) / scale
        first = int(position[0])
        last = int(position[-1]) + 1
        nodes = np.array([self._node(stream, scale, n) for n in range(first, last + 1)])
        left = position.astype(np.int64)
        share = position - left
        blend = (1 - share) * nodes[left - first] + share * nodes[left - first + 1]
        return np.asarray(blend / np.sqrt((1 - share) ** 2 + share**2))

    def _node(self, stream: int, scale: int, number: int) -> float:
        block, place = divmod(number, _NODES)
        return float(self._nodes(stream, scale, block)[place])

    def _draw_nodes(self, stream: int, scale: int, block: int) -> Floats:
        kind = abs(scale) * 2 + (scale < 0)
        return random_stream(self._seed, stream, kind, block, 1).standard_normal(_NODES)


def _fat(random: np.random.Generator) -> Floats:
    shocks = random.standard_t(_TAILS, MINUTES_A_DAY)
    return np.asarray(shocks * np.sqrt((_TAILS - 2) / _TAILS))


def _daily_rhythm() -> Floats:
    """Livelier around 14:30 UTC, when America opens, and quiet around 5:00."""
    hour = np.arange(MINUTES_A_DAY) / 60
    wave = 0.22 * np.cos((hour - 15) / 24 * 2 * np.pi) + 0.08 * np.cos((hour - 1) / 6 * np.pi)
    opening = 0.35 * np.exp(-(((hour - 14.5) / 0.6) ** 2))
    return np.asarray(1 + wave + opening)


def _whole(logs: Floats) -> Integers:
    return np.rint(logs / LOG_UNIT).astype(np.int64)
