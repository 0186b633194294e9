"""Average prices of the last minutes, by which filters judge."""

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
        self._known: dict[tuple[str, int], tuple[int, Decimal]] = {}

    def price(self, symbol: str, last: Decimal, minutes: int = MINUTES) -> Decimal:
        """Return the average of so many minutes; the last price if nothing was traded in them."""
        if not minutes:
            return last
        second = self._market.now() // SECOND
        at, value = self._known.get((symbol, minutes), (-1, ZERO))
        if at != second:
            value = self._average(symbol, minutes) or last
            self._known[symbol, minutes] = second, value
        return value

    def _average(self, symbol: str, minutes: int) -> Decimal:
        rows = self._market.klines(symbol, "1m", None, None, minutes)
        volume = sum_of(rows, _VOLUME)
        if not volume:
            return ZERO
        return (sum_of(rows, _QUOTE_VOLUME) / volume).quantize(Decimal("1e-8"))


def sum_of(rows: Sequence[Sequence[Any]], column: int) -> Decimal:
    """Return the sum of a column of kline rows."""
    return sum((Decimal(row[column]) for row in rows), ZERO)
