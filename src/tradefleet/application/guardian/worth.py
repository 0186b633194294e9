"""What bots and fleet are worth, kept over time beside what holding would have brought.

Holding means: the bot's budget, spent on its coin when the guardian first saw the two together, and
never sold. That first price is remembered in a snapshot, so that it outlives every process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tradefleet.application.market_view import MarketView
from tradefleet.domain.bot import Bot
from tradefleet.ports.clock import Clock
from tradefleet.ports.fleet import Bots
from tradefleet.ports.records import EquityPoint, Records, Snapshots, Totals

FLEET = 0
FIRST_PRICES = "first_prices"


@dataclass(frozen=True, slots=True)
class Account:
    """What everything is worth now, in quote.

    Attributes:
        equity: of the whole account; None while a price or the wallet is not known, or the wallet
            was seen before the newest fill.
        bots: all that each bot owns; one whose price is not known is absent.
    """

    equity: Decimal | None
    bots: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Worth:
    """Adds up and keeps."""

    bots: Bots
    records: Records
    snapshots: Snapshots
    market: MarketView
    clock: Clock

    def account(self) -> Account:
        """Return what everything is worth now."""
        totals = self.records.totals()
        fleet = self.bots.all()
        worth: dict[int, Decimal] = {}
        coins = Decimal(0)
        for bot in fleet:
            books = totals.get(bot.id) or Totals(cash=bot.settings.trade_amount)
            base, price = books.quantity + books.dust, self._price(bot)
            if not base or price is not None:
                held = base * (price or Decimal(0))
                worth[bot.id] = books.cash + held
                coins += held
        complete = len(worth) == len(fleet)
        return Account(self._equity(totals, coins) if complete else None, worth)

    def record(self) -> None:
        """Keep a point for every bot whose price is known, and one for the fleet."""
        account, now = self.account(), self.clock.now()
        first = self._first_prices()
        points = {}
        for bot in self.bots.all():
            price = self._price(bot)
            if bot.id in account.bots and price is not None:
                holding = bot.settings.trade_amount * price / first[bot.id]
                points[bot.id] = EquityPoint(now, account.bots[bot.id], holding)
        if account.equity is not None and len(points) == len(account.bots):
            rest = account.equity - sum(account.bots.values())
            holding = rest + sum(point.holding for point in points.values())
            points[FLEET] = EquityPoint(now, account.equity, holding)
        if points:
            self.records.record_equity(points)

    def _equity(self, totals: Mapping[int, Totals], coins: Decimal) -> Decimal | None:
        seen = self.market.wallet()
        if seen is None or self.market.quote not in seen[0]:
            return None
        wallet, seen_at = seen
        newest = max((max(t.opened_at, t.last_trade_at) for t in totals.values()), default=0)
        if seen_at < newest:
            return None  # the wallet of before a fill beside the books of after it
        quote = wallet[self.market.quote]
        return quote.free + quote.locked + coins

    def _price(self, bot: Bot) -> Decimal | None:
        return self.market.price(bot.settings.symbol)

    def _first_prices(self) -> Mapping[int, Decimal]:
        kept = self.snapshots.get(FIRST_PRICES)
        known: dict[str, Any] = dict(kept.value) if kept is not None else {}
        before = dict(known)
        for bot in self.bots.all():
            price, first = self._price(bot), known.get(str(bot.id))
            if price is not None and (first is None or first["symbol"] != bot.settings.symbol):
                known[str(bot.id)] = {"symbol": bot.settings.symbol, "price": str(price)}
        if known != before:
            self.snapshots.put(FIRST_PRICES, known, self.clock.now())
        return {int(bot_id): Decimal(first["price"]) for bot_id, first in known.items()}
