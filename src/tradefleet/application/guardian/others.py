"""What the account's events tell of others: deposits, withdrawals, trades by no bot's hand.

An event is only hearsay. It may be lost, and the wallet may not show yet what it tells of; so it is
believed when the wallet shows just that and nothing else, and forgotten if that never comes.
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.candle import SECOND
from tradefleet.domain.order import Fill

FORGOTTEN_MS = 30 * SECOND


class Others:
    """Listens in the thread of the stream, and tells in the guardian's.

    Attributes:
        ours: what the client order ids of all our bots begin with; empty: every order is ours.
    """

    def __init__(self, ours: str = "") -> None:
        self.ours = ours
        self._heard: deque[Mapping[str, Decimal]] = deque()
        self._told: list[tuple[Mapping[str, Decimal], int]] = []

    def transferred(self, asset: str, amount: Decimal) -> None:
        """Hear of a deposit, or of a withdrawal (below 0)."""
        self._heard.append({asset: amount})

    def traded(self, client_order_id: str, fill: Fill, base: str, quote: str) -> bool:
        """Hear of a fill; return whether it was of an order that is not ours."""
        if client_order_id.startswith(self.ours):
            return False
        self._heard.append(fill.moved(base, quote))
        return True

    def told(self, now: int) -> Mapping[str, Decimal]:
        """Return what others are said to have moved since it was last believed, by asset."""
        while self._heard:
            self._told.append((self._heard.popleft(), now))
        self._told = [(moved, at) for moved, at in self._told if now - at < FORGOTTEN_MS]
        together: dict[str, Decimal] = {}
        for moved, _ in self._told:
            for asset, amount in moved.items():
                together[asset] = together.get(asset, Decimal(0)) + amount
        return {asset: amount for asset, amount in together.items() if amount}

    def believed(self) -> None:
        """Drop what was told last: it is booked."""
        self._told.clear()
