"""Candles for the eye: the dashboard's questions to the hub."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.hub.client import MOST_ROWS, HubLink
from tradefleet.domain.errors import DataError


class HubChart:
    """Keeps `ChartData` for the threads of a dashboard: one question at a time."""

    def __init__(self, path: Path) -> None:
        self._link = HubLink(path, ExchangeClock())
        self._one = threading.Lock()

    def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Sequence[Any]]:
        """Return `[open_time, open, high, low, close, volume]`, prices as texts, oldest first.

        Raises:
            DataError: there is no hub.
        """
        ask = "candles" if limit <= MOST_ROWS else "history"
        question = {"ask": ask, "symbol": symbol, "interval": interval, "count": limit}
        with self._one:
            answer = self._link.ask(question)
        if answer is None:
            raise DataError(
                "the hub is away, so there are no candles to draw; the host restarts it"
            )
        return [row[:6] for row in answer["rows"]]
