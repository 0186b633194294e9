"""The tape: the newest trades of each symbol, the market's and our own, numbered as they come."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from tradefleet.exchange.protocols import MarketTrade

KEPT = 1_000  # trades of a symbol that can be asked for: the most one request may want


@dataclass(frozen=True, slots=True)
class Printed:
    """A trade with its number."""

    id: int
    trade: MarketTrade


class Tape:
    """The newest trades by symbol."""

    def __init__(self) -> None:
        self._newest: dict[str, deque[Printed]] = {}
        self._last_id: dict[str, int] = {}

    def print(self, trade: MarketTrade) -> Printed:
        """Number a trade and keep it."""
        symbol = trade.symbol
        number = self._last_id.get(symbol, 0) + 1
        self._last_id[symbol] = number
        printed = Printed(number, trade)
        newest = self._newest.get(symbol)
        if newest is None:
            newest = self._newest[symbol] = deque(maxlen=KEPT)
        newest.append(printed)
        return printed

    def newest(self, symbol: str) -> Iterable[Printed]:
        """Return the kept trades of a symbol, oldest first."""
        return self._newest.get(symbol, ())

    def last_id(self, symbol: str) -> int:
        """Return the number of the last trade; 0 = none yet."""
        return self._last_id.get(symbol, 0)

    def last_ids(self) -> dict[str, int]:
        """Return the number of the last trade of each symbol."""
        return dict(self._last_id)

    def skip_to(self, symbol: str, number: int) -> None:
        """Never use a number up to this one again."""
        self._last_id[symbol] = max(number, self._last_id.get(symbol, 0))
