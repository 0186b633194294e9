"""The process in which a person's own strategy runs."""

from tradefleet.adapters.strategy_worker import main as run

__all__ = ["run"]
