"""What the account's events tell of others: deposits, withdrawals, trades by no bot's hand.

An event is only hearsay. It may be lost, and the wallet may not show yet what it tells of; so it is
believed when the wallet shows just that and nothing else, and forgotten if that never comes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal

from tradefleet.domain.candle import SECOND
from tradefleet.domain.order import Fill

FORGOTTEN_MS = 30 * SECOND


class Others:
    """Listens in the thread of the stream, and tells in the guardian's."""

    def __init__(self, ours: Callable[[], str] = lambda: "") -> None:
        """Begin to listen.

        Args:
            ours: says what the client order ids of all our bots begin with, which a rebuild of a
                lost store changes; nothing: every order is ours. May block.
        """
        self._ours = ours
        self._heard: deque[tuple[str, Mapping[str, Decimal]]] = deque()
        self._told: list[tuple[Mapping[str, Decimal], int]] = []

    def transferred(self, asset: str, amount: Decimal) -> None:
        """Hear of a deposit, or of a withdrawal (below 0)."""
        self._heard.append(("", {asset: amount}))

    def traded(self, client_order_id: str, fill: Fill, base: str, quote: str) -> None:
        """Hear of a fill of an order, whoever's it is."""
        self._heard.append((client_order_id, fill.moved(base, quote)))

    def told(self, now: int) -> Mapping[str, Decimal]:
        """Return what others are said to have moved since it was last believed, by asset."""
        self._listen(now)
        self._told = [(moved, at) for moved, at in self._told if now - at < FORGOTTEN_MS]
        together: dict[str, Decimal] = {}
        for moved, _ in self._told:
            for asset, amount in moved.items():
                together[asset] = together.get(asset, Decimal(0)) + amount
        return {asset: amount for asset, amount in together.items() if amount}

    def believed(self) -> None:
        """Drop what was told last: it is booked."""
        self._told.clear()

    def _listen(self, now: int) -> None:
        ours = self._ours() if self._heard else ""
        while self._heard:
            name, moved = self._heard.popleft()
            if not (name and name.startswith(ours)):
                self._told.append((moved, now))
