"""The average price of the last five minutes, by which filters judge."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tradefleet.domain.candle import SECOND
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.protocols import Market

MINUTES = 5
_VOLUME, _QUOTE_VOLUME = 5, 7


class Averages:
    """Volume-weighted average prices, computed at most once a second a symbol."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._known: dict[str, tuple[int, Decimal]] = {}

    def price(self, symbol: str, last: Decimal) -> Decimal:
        """Return the average; the last price if nothing was traded."""
        second = self._market.now() // SECOND
        at, value = self._known.get(symbol, (-1, ZERO))
        if at != second:
            value = self._average(symbol) or last
            self._known[symbol] = second, value
        return value

    def _average(self, symbol: str) -> Decimal:
        rows = self._market.klines(symbol, "1m", None, None, MINUTES)
        volume = sum_of(rows, _VOLUME)
        if not volume:
            return ZERO
        return (sum_of(rows, _QUOTE_VOLUME) / volume).quantize(Decimal("1e-8"))


def sum_of(rows: Sequence[Sequence[Any]], column: int) -> Decimal:
    """Return the sum of a column of kline rows."""
    return sum((Decimal(row[column]) for row in rows), ZERO)
