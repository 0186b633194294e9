"""What a bot's rules may look at beyond the bot itself: the fleet, the book, what went before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.domain.candle import DAY, SECOND
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.rules import Circumstances, Rule, Slippage, build_rules, lost_of
from tradefleet.ports.fleet import Bots
from tradefleet.ports.notices import Activities, Activity
from tradefleet.ports.records import Records, Snapshots, Totals

ZERO = Decimal(0)
LOOKED_BACK_MS = 7 * DAY
# A fill belongs to the decision before it that is not older than this.
FILLED_WITHIN_MS = 60 * SECOND
MOST_TRADES = 1_000
RESET = "loss_limit"


@dataclass(frozen=True, slots=True)
class FleetLoss:
    """What all bots together lost, and may lose, before entries pause.

    Attributes:
        lost: net, in quote, by closed trades since `since`; below 0 it is a gain.
        limit: 0 = there is none.
        since: midnight UTC, or when the count was set back by hand, if that was later.
    """

    lost: Decimal
    limit: Decimal
    since: int
    quote: str

    @property
    def is_reached(self) -> bool:
        """Whether entries pause."""
        return bool(self.limit) and self.lost >= self.limit

    @property
    def text(self) -> str:
        """The distance to the limit, as `lost 3.2 of 5 USDT today`."""
        if not self.limit:
            return f"no limit; today's loss is {plain(round(max(self.lost, ZERO), 2))} {self.quote}"
        return f"{lost_of(self.lost, self.limit, self.quote)} today"


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule of a bot as people see it: its reason against an entry, and the distance to it."""

    key: str
    title: str
    text: str
    share: Decimal | None
    vetoes: bool


@dataclass(frozen=True)
class Surroundings:
    """Reads what rules need from the store; asked only when something hangs on it.

    Attributes:
        loss_limit: quote all bots together may lose in a day (UTC); 0 = off.
    """

    bots: Bots
    records: Records
    snapshots: Snapshots
    loss_limit: Decimal = ZERO
    quote: str = "USDT"

    def loss(self, now: int) -> FleetLoss:
        """Return what the whole fleet lost today, deleted bots included."""
        reset = self.snapshots.get(RESET)
        since = max(now - now % DAY, reset.value["reset_at"] if reset is not None else 0)
        lost = -sum((trade.profit for trade in self.records.closed_since(since)), ZERO)
        return FleetLoss(lost, self.loss_limit, since, self.quote)

    def reset(self, now: int, actor: str, activities: Activities) -> FleetLoss:
        """Begin to count the day's loss anew: entries go on. Who did it is recorded."""
        before = self.loss(now)
        self.snapshots.put(RESET, {"reset_at": now + 1}, now)
        activities.record(Activity(now, actor, "reset_loss_limit", before.text))
        return self.loss(now + 1)

    def why_no_entry(self, now: int) -> str:
        """Return why no bot of the fleet may enter now, or an empty text."""
        if not self.loss_limit:
            return ""
        loss = self.loss(now)
        if not loss.is_reached:
            return ""
        return (
            f"loss limit of the fleet: {loss.text}; entries of all bots pause until midnight UTC, "
            "or until you set the count back"
        )

    def widen(self, bot_id: int, seen: Circumstances) -> Circumstances:
        """Return what a bot sees with what the store knows beyond it."""
        asset, others = seen.ledger.instrument.base, self._others(bot_id)
        since = seen.now - LOOKED_BACK_MS
        return replace(
            seen,
            others_in_asset=sum((cost for base, cost in others if base == asset), ZERO),
            others_open=len(others),
            slippages=self._slippages(bot_id, seen.ledger, since),
            failed_at=tuple(d.at for d in self.records.decided(bot_id, "failed", since)),
        )

    def rules_of(self, bot_id: int, instrument: Instrument, now: int) -> tuple[RuleView, ...]:
        """Return how far each rule of a bot is from its limit, as far as the store can tell."""
        settings = self.bots.get(bot_id).settings
        rules = build_rules(settings.rules)
        if not rules:
            return ()
        newest = next(iter(self.records.decisions(bot_id, limit=1)), None)
        trades = [trade for _, trade in self.records.trades(bot_id, MOST_TRADES)]
        ledger = Ledger(instrument, settings.trade_amount, trades=tuple(reversed(trades)))
        price, closed_at = (newest.price, newest.close_time) if newest else (ZERO, None)
        seen = self.widen(bot_id, Circumstances(ledger, now, price, closed_at=closed_at))
        return tuple(_view(rule, seen) for rule in rules)

    def _others(self, bot_id: int) -> tuple[tuple[str, Decimal], ...]:
        """Return asset and cost of what each other bot holds or is about to buy."""
        bots = {bot.id: bot for bot in self.bots.all() if bot.id != bot_id}
        totals = self.records.totals()
        costs = {other: totals[other].cost for other in bots if _holds(totals, other)}
        for other, cost in self.records.entering(bots).items():
            costs[other] = max(costs.get(other, ZERO), cost)
        return tuple((bots[other].base, cost) for other, cost in costs.items())

    def _slippages(self, bot_id: int, ledger: Ledger, since: int) -> tuple[Slippage, ...]:
        """Return what entries paid beyond the price they were decided at, oldest first."""
        entries = [(t.entry_time, t.entry_price) for t in ledger.trades if t.entry_time >= since]
        if ledger.position.is_open:
            entries.append((ledger.position.opened_at, ledger.position.entry_price))
        decided = self.records.decided(bot_id, "bought", since - FILLED_WITHIN_MS)
        found = []
        for at, paid in entries:
            prices = [
                d.price for d in decided if 0 <= d.at - at <= FILLED_WITHIN_MS and d.price > 0
            ]
            if prices:
                found.append(Slippage(at, (paid / prices[0] - 1) * 100))
        return tuple(found)


def _holds(totals: Mapping[int, Totals], bot_id: int) -> bool:
    return bot_id in totals and bool(totals[bot_id].quantity)


def _view(rule: Rule, seen: Circumstances) -> RuleView:
    distance = rule.distance(seen)
    vetoes = distance.share is not None and bool(rule.veto(seen))
    return RuleView(rule.key, rule.title, distance.text, distance.share, vetoes)
