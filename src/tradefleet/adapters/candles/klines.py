"""Candles of the past over REST, a page at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tradefleet.adapters.binance import failures, parse
from tradefleet.adapters.binance.market import unknown_symbol
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.candles.validation import validate
from tradefleet.domain.candle import Candles, interval_ms
from tradefleet.domain.column import floats
from tradefleet.domain.errors import OrderRefusedError
from tradefleet.domain.recording import Recording

MOST_ROWS = 1_000
WEIGHT = 2
_CLOSE_TIME, _QUOTE_VOLUME, _TRADES = 6, 7, 8


class RestKlines:
    """Asks an exchange for candles; keeps `Klines`."""

    def __init__(self, rest: Rest, name: str) -> None:
        """Prepare; nothing is sent yet.

        Args:
            rest: for public questions.
            name: of the exchange, for people.
        """
        self._rest = rest
        self.name = name
        self._closed_by = 0

    def page(
        self, symbol: str, interval: str, start: int, end: int
    ) -> tuple[Recording | None, int]:
        """Return the first closed candles that open from `start` on and before `end`.

        Raises:
            ExchangeUnavailableError: no answer, or too many requests.
            InputError: there is no such symbol.
            DataError: the candles cannot be true.
        """
        if not self._closed_by:
            self._closed_by = self._rest.server_time()
        params = {
            "symbol": symbol,
            "interval": interval,
            "startTime": start,
            "endTime": end - 1,
            "limit": MOST_ROWS,
        }
        try:
            rows = self._rest.read("/klines", params, parse.rows, weight=WEIGHT)
        except OrderRefusedError as error:
            if error.code in (failures.BAD_SYMBOL, failures.ILLEGAL_CHARACTERS):
                raise unknown_symbol(symbol) from None
            raise
        more = len(rows) == MOST_ROWS
        closed = [row for row in rows if row[_CLOSE_TIME] < self._closed_by]
        after = closed[-1][0] + interval_ms(interval) if closed and more else end
        return (recording_of_rows(symbol, interval, closed) if closed else None), after

    def close(self) -> None:
        """Close the connections."""
        self._rest.close()


def recording_of_rows(symbol: str, interval: str, rows: Sequence[Sequence[Any]]) -> Recording:
    """Return kline rows as a recording; `DataError` if they cannot be true."""
    candles = Candles(interval_ms(interval), rows)
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    validate(f"{symbol} {interval}", candles.interval, candles.open_time, *columns)
    return Recording(
        symbol,
        interval,
        candles,
        floats([row[_QUOTE_VOLUME] for row in rows]),
        np.array([int(row[_TRADES]) for row in rows], np.int64),
    )
