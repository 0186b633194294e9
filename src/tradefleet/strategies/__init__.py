"""The built-in strategies: pure, on `domain` alone."""

from tradefleet.domain.strategy import Strategy
from tradefleet.strategies.enhanced import Enhanced
from tradefleet.strategies.simple_profitable import SimpleProfitable
from tradefleet.strategies.ticker_news import TickerNews
from tradefleet.strategies.volatile import Volatile

BUILT_IN: dict[str, type[Strategy]] = {
    strategy.key: strategy for strategy in (Volatile, TickerNews, SimpleProfitable, Enhanced)
}
