"""Reports of backtests for people: a page of HTML that needs nothing else, a table of trades."""

from tradefleet.interfaces.report.optimisation import is_proven, optimisation
from tradefleet.interfaces.report.page import body, comparison, page
from tradefleet.interfaces.report.trades import trades_csv

__all__ = ["body", "comparison", "is_proven", "optimisation", "page", "trades_csv"]
