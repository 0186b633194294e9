"""The steps in which time moves for a bot that is compared with a backtest.

Stop and target rest at the exchange, which plays them itself, so time may go from one evaluation to
the next in one step. Nothing goes on before the bot has written down what it decided.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import InputError

# How long after a close its candle is asked for at the latest, and every bot has its turn.
AFTER_CLOSE_MS = 2_200

GoOn = Callable[[int, int], bool]


class SteppedWorld(Protocol):
    """A bot's process and an exchange whose time stands between two steps."""

    async def go_to(self, at: int) -> None:
        """Let the exchange's time be `at`, and return once the bot has decided there."""


def check_interval(setup: Setup) -> None:
    """Raise `InputError` where candles are too short for a bot to be looked at between them."""
    if setup.candles.interval < MINUTE:
        raise InputError("expected candles of 1m or longer", field="interval")


def closes(setup: Setup) -> Iterator[tuple[int, int]]:
    """Yield how many candles were played and when the next one closes, for each evaluation."""
    length, every = setup.candles.interval, setup.every
    opened = setup.candles.open_time[setup.first :].tolist()
    for played, at in enumerate(opened, 1):
        if not (at + length) % every:
            yield played, at + length


async def live_through(setup: Setup, world: SteppedWorld, go_on: GoOn) -> int:
    """Let a bot live through the candles; return how many it saw, the warm-up included.

    Args:
        setup: the candles; the exchange stands at the opening of the first one that is played.
        world: moves on step by step.
        go_on: told how many candles of how many are done; False ends it early.
    """
    count = len(setup.candles) - setup.first
    seen = setup.first
    for played, close in closes(setup):
        if not go_on(played, count):
            return seen
        await world.go_to(close + AFTER_CLOSE_MS)
        seen = setup.first + played
    return len(setup.candles)
