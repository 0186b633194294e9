"""A strategy that trades on a whim, and sometimes breaks: the engine must not care."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from campaign.market import WINDOW
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Action, Reason, Signal, hold
from tradefleet.domain.strategy import Headline

if TYPE_CHECKING:
    from campaign.world import World


class Whim:
    """Keeps `Decider`. The same seed, bot and candle give the same opinion, whoever asks."""

    warmup = WINDOW
    needs_news = False

    def __init__(self, world: "World", bot_id: int) -> None:
        self._world = world
        self._bot_id = bot_id

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Return an opinion, or fail."""
        text = f"{self._world.seed} {self._bot_id} {candles.last_close_time}"
        random = Random(hashlib.sha256(text.encode()).digest())
        if self._world.clock.ms < self._world.strategy_fails_until:
            raise random.choice((StrategyError("hung"), ZeroDivisionError("campaign"), KeyError(1)))
        roll, density = random.random(), self._world.weather.density
        if roll < density:
            return Signal(
                Action.BUY,
                (Reason("a whim"),),
                fraction=random.choice((None, None, Decimal("0.5"))),
                stop_loss=random.choice((None, None, Decimal("1.5"))),
                take_profit=random.choice((None, None, Decimal(3))),
            )
        if roll > 1 - density:
            return Signal(Action.SELL, (Reason("a whim"),))
        return hold("nothing to do")
