"""The statement: what bots own of each asset, and the rest, which together are the wallet.

The rest belongs to no bot. Only the person, the exchange's commissions in a third asset, and a
person's word about what is missing (`settlement`) change it; below 0 the books claim coins or money
that are not there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.bot import Bot
from tradefleet.ports.exchange import Balance
from tradefleet.ports.records import Totals

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One asset of the statement; `owned + rest == wallet`, to the last digit.

    Attributes:
        owned: by all bots together, dust included.
        wallet: free and locked.
        holders: how much of it each bot owns, by id; bots that own none are left out.
    """

    asset: str
    owned: Decimal
    wallet: Decimal
    holders: Mapping[int, Decimal]

    @property
    def rest(self) -> Decimal:
        """What belongs to no bot; below 0 where bots own more than there is."""
        return self.wallet - self.owned

    @property
    def missing(self) -> Decimal:
        """What the books claim beyond the wallet; 0 where all is there."""
        return max(-self.rest, ZERO)


def statement(
    bots: Iterable[Bot], totals: Mapping[int, Totals], wallet: Mapping[str, Balance]
) -> Mapping[str, Line]:
    """Return the line of every asset that a bot owns or the wallet holds, by its name.

    Args:
        bots: all that were not deleted.
        totals: their figures; a bot without any owns its budget.
        wallet: as the exchange tells it; compare it only with books of the same moment.
    """
    holders: dict[str, dict[int, Decimal]] = {asset: {} for asset in wallet}
    for bot in bots:
        books = totals.get(bot.id, Totals(cash=bot.settings.trade_amount))
        for asset, amount in ((bot.base, books.quantity + books.dust), (bot.quote, books.cash)):
            of_asset = holders.setdefault(asset, {})
            if amount:
                of_asset[bot.id] = of_asset.get(bot.id, ZERO) + amount
    lines = {}
    for asset in sorted(holders):
        held = wallet.get(asset, Balance())
        owned = sum(holders[asset].values(), ZERO)
        lines[asset] = Line(asset, owned, held.free + held.locked, holders[asset])
    return lines


def newest_booking(totals: Mapping[int, Totals]) -> int:
    """Return when the books last changed; an older wallet says nothing about them."""
    times = ((t.opened_at, t.last_trade_at, t.last_exit_at) for t in totals.values())
    return max((max(of_bot) for of_bot in times), default=0)
