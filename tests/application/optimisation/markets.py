"""Markets with and without something to find, and a strategy that looks for it."""

from collections.abc import Sequence
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import numpy as np

from tests.fakes.clock import MIDNIGHT
from tests.fakes.workers import InLine
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.optimisation.player import Player
from tradefleet.application.optimisation.search import at_random, grid
from tradefleet.application.optimisation.trials import Memory, Trials
from tradefleet.application.optimisation.walk import GoOn, Plan, Walk, walk
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, HOUR, Candles, Floats
from tradefleet.domain.errors import InputError
from tradefleet.domain.folds import Split
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.signals import BUYS, SELLS, Places, Signals
from tradefleet.domain.space import Space, space
from tradefleet.domain.strategy import Headline, Parameter, Strategy
from tradefleet.ports.trials import Search, Study

A_DAY = DAY // HOUR


class Reversal(Strategy):
    """Buys so far below the average of some candles, sells above it."""

    key = "reversal"

    length = Parameter(24, minimum=2, maximum=100, help="Candles of the average.")
    depth = Parameter(1.0, minimum=0.0, maximum=20.0, help="Percent below it.")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if self.length == 13:
            raise InputError("length: 13 brings bad luck")

    @property
    def warmup(self) -> int:
        return self.length

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        away = candles.close[-1] / np.mean(candles.close[-self.length :]) - 1
        if away < -self.depth / 100:
            return Signal(Action.BUY)
        return Signal(Action.SELL) if away > 0 else hold("waits")

    def signals(self, candles: Candles, at: Places) -> Signals:
        sums = np.cumsum(np.concatenate(([0.0], candles.close)))
        away = candles.close[at] * self.length / (sums[at + 1] - sums[at + 1 - self.length]) - 1
        buying, selling = away < -self.depth / 100, away > 0
        return Signals((buying * BUYS + selling * SELLS).astype(np.int8))


def hourly(closes: Floats, begin: int = MIDNIGHT) -> Candles:
    """Candles of an hour that open at the last close and go nowhere else."""
    opened = np.concatenate((closes[:1], closes[:-1]))
    times = begin + np.arange(len(closes), dtype=np.int64) * HOUR
    high, low = np.maximum(opened, closes), np.minimum(opened, closes)
    return Candles.from_arrays(HOUR, times, opened, high, low, closes, np.ones(len(closes)))


def random_walk(seed: int, days: int = 120) -> Candles:
    """A market in which nothing can be known."""
    steps = np.random.default_rng(seed).normal(0, 0.004, days * A_DAY)
    return hourly(np.round(1_000 * np.exp(np.cumsum(steps)), 2))


def returning(seed: int, days: int = 120) -> Candles:
    """A market that comes back to where it was: an edge, planted for `Reversal`."""
    rng = np.random.default_rng(seed)
    place, path = 0.0, []
    for step in rng.normal(0, 0.008, days * A_DAY).tolist():
        place = 0.85 * place + step
        path.append(place)
    return hourly(np.round(1_000 * np.exp(np.array(path)), 2))


def setup(candles: Candles, first: int = 0) -> Setup:
    settings = BotSettings(
        "",
        "BTCUSDT",
        "reversal",
        Decimal(100),
        interval="1h",
        every="1h",
        stop_loss=Decimal(20),
        take_profit=Decimal(20),
        price_cap=Decimal(0),
    )
    return Setup(settings, candles, first, Assumptions(fee=Decimal("0.0005")))


def player(candles: Candles) -> Player:
    declared = frozenset(Reversal.parameters())
    return Player(setup(candles), lambda values: nullcontext(Reversal(**values)), declared)


SPACE = space(["length=6:48:6", "depth=0.5:3:0.5"], Reversal.parameters())


def planned(
    candles: Candles,
    tried: Space = SPACE,
    split: Split = Split(),
    search: Search | None = None,
    **plan: Any,
) -> Plan:
    """A grid over the space, unless a search is given."""
    bot = player(candles)
    folds = split.cut(bot.days)
    return Plan(
        bot,
        tried,
        folds,
        split.latest(bot.days, folds),
        searches=lambda _fold: search or grid(tried),
        trials=len(tried),
        **({"batch": 100_000} | plan),
    )


def walked(plan: Plan, study: Study | None = None, go_on: GoOn | None = None) -> Walk:
    trials = Trials(plan.player, InLine(), study or Memory())
    return walk(plan, trials, go_on) if go_on else walk(plan, trials)


def some_at_random(count: int, seed: int = 1) -> Search:
    return at_random(SPACE, count, seed)
