"""The last prices a position saw: nothing that a bot does by itself hangs on a single trade."""

from decimal import Decimal

from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.ports.exchange import Price

# Looks nearer to each other count as one.
APART_MS = 500
# A print that is still the last price after so long counts as two.
STANDS_MS = 2_000


class Prints:
    """Believes that a price was reached once two looks in a row say so.

    One wrong trade, 60 % away and gone a moment later, neither sells a position nor pulls its stop
    up. What rests at the exchange is not concerned: the exchange judges by trades of its own.

    Attributes:
        newest: the last print.
    """

    def __init__(self, entry_price: Decimal) -> None:
        """Begin with what the position was bought at, a price that surely was one."""
        self.newest = self._before = entry_price
        self._print: Price | None = None
        self._seen_at = 0

    @property
    def fallen_to(self) -> Decimal:
        """What the price has surely fallen to: the higher of the last two prints."""
        return max(self.newest, self._before)

    @property
    def risen_to(self) -> Decimal:
        """What the price has surely risen to: the lower of the last two prints."""
        return min(self.newest, self._before)

    def see(self, price: Price, now: int) -> None:
        """Take note of the last price as it is told at `now`, UTC milliseconds."""
        passed_ms = now - self._seen_at
        if price == self._print and passed_ms < STANDS_MS:
            return
        if passed_ms >= APART_MS:
            self._before = self.newest
            self._seen_at = now
        self.newest, self._print = price.value, price

    def passed(self, wanted: Levels) -> ExitReason | None:
        """Return which level the price surely lies beyond, the stop first."""
        return _beyond(wanted, self.fallen_to, self.risen_to)

    def may_have_passed(self, wanted: Levels) -> ExitReason | None:
        """Return which level the newest print lies beyond, believed or not."""
        return _beyond(wanted, self.newest, self.newest)


def _beyond(wanted: Levels, fallen_to: Decimal, risen_to: Decimal) -> ExitReason | None:
    if wanted.stop is not None and fallen_to <= wanted.stop:
        return ExitReason.STOP_LOSS
    if wanted.target is not None and risen_to >= wanted.target:
        return ExitReason.TAKE_PROFIT
    return None
