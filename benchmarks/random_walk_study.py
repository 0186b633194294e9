"""Verdicts of optimisations where there is nothing to find, and where there is something.

`python -m benchmarks.random_walk_study 200 tpe 1001` plays 200 markets of each kind, of seeds from
1,001 on.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from decimal import Decimal

import numpy as np

from benchmarks import Figure
from tradefleet.adapters.cores import Cores
from tradefleet.adapters.optuna_search import OptunaSearch
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.backtest.sweep import Sweep
from tradefleet.application.optimisation.player import Player
from tradefleet.application.optimisation.report import document
from tradefleet.application.optimisation.search import at_random
from tradefleet.application.optimisation.trials import Memory, Trials
from tradefleet.application.optimisation.walk import Plan, walk
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, MINUTE, Candles
from tradefleet.domain.folds import Split
from tradefleet.domain.space import space
from tradefleet.domain.verdict import Word
from tradefleet.strategies.volatile import Volatile

STEP = 15 * MINUTE
DAYS = 240
TRIALS = 40
MARKETS = 20
KINDS = (  # name, what comes back as a fraction of the price, fee, what is wanted
    ("random walk, fee 0.1 %", 0.0, "0.001", "95 % chance"),
    ("random walk, no fee", 0.0, "0", "95 % chance"),
    ("0.6 % of the price comes back", 0.006, "0.001", "mostly not chance"),
    ("0.8 % of the price comes back", 0.008, "0.001", "not chance"),
)
WORDS = ("rsi_buy=20:45:5", "rsi_sell=55:80:5", "votes=1,2,3", "stop_loss=1:6:1", "band_width=1:3")
HEADINGS = ("", "chance / weak / holds", "wanted")
Found = tuple[int, str]


class HereAndNow:
    """Does each job where it is asked for: the markets themselves are spread over the cores."""

    def each(self, job: Callable, items: Iterable) -> Iterator[tuple]:
        """Yield each item with what the job found for it."""
        for item in items:
            yield item, job(item)


def market(seed: int, pattern: float) -> Candles:
    """Return a random walk; a pattern above 0 is a part that always comes back, of that size.

    Args:
        seed: of the market.
        pattern: standard deviation of the part that comes back, as a fraction of the price.
    """
    rng = np.random.default_rng(seed)
    count, inner = DAYS * DAY // STEP, 5
    steps = rng.standard_normal(count * inner) * 0.0015 / inner**0.5
    path = np.cumsum(steps)
    if pattern:
        path += _returning(rng, count * inner, pattern, half_life=12 * inner)
    prices = np.round(20_000 * np.exp(np.concatenate(([0.0], path))), 2)
    ends = prices[inner::inner]
    opened = prices[:-1:inner]
    within = np.stack([prices[k : k + count * inner : inner] for k in range(inner)] + [ends])
    times = 1_672_531_200_000 + np.arange(count, dtype=np.int64) * STEP
    return Candles.from_arrays(
        STEP, times, opened, within.max(axis=0), within.min(axis=0), ends, np.ones(count)
    )


def _returning(rng: np.random.Generator, count: int, size: float, half_life: float) -> np.ndarray:
    kept = 0.5 ** (1 / half_life)
    steps = rng.standard_normal(count) * size * (1 - kept**2) ** 0.5
    place, out = 0.0, np.empty(count)
    for index, step in enumerate(steps.tolist()):
        place = kept * place + step
        out[index] = place
    return out


def optimised(candles: Candles, seed: int, method: str, fee: str = "0.001") -> dict:
    """Return the document of an optimisation of `volatile` on a market."""
    quarters = {"interval": "15m", "every": "15m", "price_cap": Decimal(0)}
    settings = BotSettings("", "BTCUSDT", "volatile", Decimal(100), **quarters)
    declared = Volatile.parameters()
    setup = Setup(settings, candles, assumptions=Assumptions(Decimal(fee)))
    player = Player(
        setup,
        lambda values: nullcontext(Volatile(**values)),
        frozenset(declared),
        Sweep(setup, Volatile),
    )
    found, split = space(WORDS, declared), Split()
    folds = split.cut(player.days)
    is_tpe = method == "tpe"
    plan = Plan(
        player,
        found,
        folds,
        split.latest(player.days, folds),
        searches=lambda fold: (
            OptunaSearch(found, seed + fold) if is_tpe else at_random(found, TRIALS, seed)
        ),
        trials=TRIALS,
        batch=16,
        rounds=len(folds) + 1 if is_tpe else 1,
    )
    return document(walk(plan, Trials(player, HereAndNow(), Memory())), {})


def verdicts(seeds: range, method: str, pattern: float, fee: str) -> Counter[str]:
    """Return how often each verdict was given."""

    def job(seed: int) -> str:
        word: str = optimised(market(seed, pattern), seed, method, fee)["verdict"]["word"]
        return word

    return Counter(word for _, word in Cores().each(job, seeds))


def measure(markets: int = MARKETS, method: str = "random", first: int = 1) -> Iterator[Figure]:
    """Play the markets."""
    seeds = range(first, first + markets)
    for name, pattern, fee, wanted in KINDS:
        found = verdicts(seeds, method, pattern, fee)
        shares = " / ".join(str(found[word]) for word in (Word.CHANCE, Word.WEAK, Word.HOLDS))
        yield Figure(name, shares, wanted)


if __name__ == "__main__":
    count, method, first = (*sys.argv[1:], *(str(MARKETS), "random", "1")[len(sys.argv) - 1 :])
    for figure in measure(int(count), method, int(first)):
        print(*figure, sep="  ", flush=True)
