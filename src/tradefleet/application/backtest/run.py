"""Runs a backtest by the quickest way that comes to the same trades."""

from tradefleet.application.backtest.engine import GoOn, play
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.strategy import Strategy
from tradefleet.ports.strategies import Decider


def run(setup: Setup, decider: Decider, go_on: GoOn = lambda _done, _all: True) -> Result:
    """Return what a bot would have done on these candles; see `engine.play`."""
    if isinstance(decider, Strategy) and not decider.needs_news:
        result = jump(setup, decider)
        if result is not None:
            return result
    return play(setup, decider, go_on)
