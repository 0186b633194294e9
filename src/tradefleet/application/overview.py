"""The overview: the whole fleet at one glance, out of projections that others keep.

The number of queries does not grow with the number of bots. What was not measured is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tradefleet.application.bot_view import BotView, Sight, says_protection, view_bot
from tradefleet.application.health import (
    Health,
    Launcher,
    ProcessHealth,
    look_at_health,
    look_at_launcher,
    look_at_processes,
    silence,
)
from tradefleet.application.market_view import MarketView
from tradefleet.application.surroundings import FleetLoss, RuleView, Surroundings
from tradefleet.domain.bot import Bot, Status
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.errors import DataError
from tradefleet.domain.instrument import plain
from tradefleet.domain.position import Trade
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Balance, Price
from tradefleet.ports.fleet import Bots, Leases
from tradefleet.ports.notices import Finding, Findings
from tradefleet.ports.records import Records, Snapshots, Totals

ZERO = Decimal(0)
RECENT_TRADES = 10
SPARK_POINTS = 40
SPARK_KEPT_MS = MINUTE
SPARKS_A_LOOK = 3  # how many lines one look may refresh: a bound on its queries


@dataclass(frozen=True, slots=True)
class Money:
    """Where the money is, in quote; None where the wallet or a price is not known.

    `free + locked` is what the wallet holds in quote, and `equity` that plus `in_positions`.

    Attributes:
        at: when the wallet was seen; what bots traded since is counted in.
        in_positions: what all bots hold, at the last price, dust included.
        allocated: the bots' cash and the cost of their positions.
        unallocated: free quote no bot owns.
        difference: 0 when all ledgers plus what is unallocated equal the wallet; below 0 the
            ledgers claim more than there is. None while the wallet is older than the books.
    """

    at: int | None
    free: Decimal | None
    locked: Decimal | None
    in_positions: Decimal | None
    allocated: Decimal
    unallocated: Decimal | None
    equity: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class FleetTotals:
    """Figures of all bots; `profit` is that of closed trades, net of fees."""

    profit: Decimal
    profit_today: Decimal
    profit_percent: Decimal | None
    trades: int
    wins: int
    fees: Decimal
    open_positions: int
    running: int
    bots: int


@dataclass(frozen=True, slots=True)
class RecentTrade:
    """A closed trade and whose it was."""

    bot_id: int
    bot_name: str
    trade: Trade


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page shows."""

    mode: str
    market: str
    market_frozen_since: int
    quote: str
    now: int
    health: Health
    launcher: Launcher
    balance: Money
    totals: FleetTotals
    findings: tuple[Finding, ...]
    bots: tuple[BotView, ...]
    recent_trades: tuple[RecentTrade, ...]
    loss: FleetLoss


@dataclass
class Overviews:
    """Makes overviews; remembers between looks what is dear to ask for.

    Attributes:
        clock: the exchange's; `wall` is this machine's.
    """

    mode: str
    bots: Bots
    leases: Leases
    records: Records
    snapshots: Snapshots
    findings: Findings
    clock: Clock
    wall: Clock
    market: MarketView
    surroundings: Surroundings
    _sparks: dict[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    _today: tuple[int, int, Decimal] | None = None
    # Free quote without what the bots' own fills moved: holds until the wallet is seen again
    # after a fill, so that nothing jumps in between.
    _outside: Decimal | None = None

    def look(self) -> Overview:
        """Return the overview of this moment."""
        now = self.clock.now()
        bots = self.bots.all()
        sight = self._sight(now)
        self._refresh_sparks(bots, now)
        views = tuple(view_bot(bot, sight, self._sparks.get(bot.id, (0, ()))[1]) for bot in bots)
        names = {bot.id: bot.settings.name for bot in bots}
        processes, known = self.processes(), self.findings.all()
        findings = (*silence(processes, known, now), *known)
        totals = self._totals(bots, views, sight.totals, now)
        market = self.snapshots.get("market")
        place = market.value if market is not None else {}
        return Overview(
            mode=self.mode,
            market=place.get("kind", self.mode),
            market_frozen_since=place.get("frozen_since", 0),
            quote=self.market.quote,
            now=now,
            health=look_at_health(processes, known, self.mode),
            launcher=look_at_launcher(self.snapshots),
            balance=self._money(bots, sight),
            totals=totals,
            findings=findings,
            bots=views,
            recent_trades=tuple(
                RecentTrade(bot_id, names.get(bot_id, f"bot {bot_id} (deleted)"), trade)
                for bot_id, trade in self.records.trades(limit=RECENT_TRADES)
            ),
            loss=self._loss(totals, now),
        )

    def processes(self) -> tuple[ProcessHealth, ...]:
        """Return the health of every process."""
        return look_at_processes(self.snapshots, self.clock, self.wall)

    def bot(self, bot_id: int) -> BotView:
        """Return one bot as the overview shows it; `InputError` (`unknown_bot`) if none."""
        bot = self.bots.get(bot_id)
        return view_bot(bot, self._sight(self.clock.now()), self._sparks.get(bot_id, (0, ()))[1])

    def _loss(self, totals: FleetTotals, now: int) -> FleetLoss:
        """Return the fleet's loss of the day; without a limit nobody adds it up again."""
        if self.surroundings.loss_limit:
            return self.surroundings.loss(now)
        return FleetLoss(-totals.profit_today, ZERO, now - now % DAY, self.surroundings.quote)

    def rules(self, bot_id: int) -> tuple[RuleView, ...]:
        """Return how far each rule of a bot is from its limit; () where its symbol is unknown."""
        try:
            instrument = self.market.instrument(self.bots.get(bot_id).settings.symbol)
        except DataError:
            return ()
        return self.surroundings.rules_of(bot_id, instrument, self.clock.now())

    def _sight(self, now: int) -> Sight:
        leases, totals = self.leases.all(), self.records.totals()
        mute = [
            bot_id
            for bot_id, books in totals.items()
            if books.quantity and not says_protection(leases.get(bot_id), now)
        ]
        resting = self.records.resting(mute) if mute else {}
        held = [bot_id for bot_id, books in totals.items() if books.quantity]
        naked = self.records.naked(held) if held else {}
        return Sight(now, leases, totals, self.market.prices(), resting, naked)

    def _money(self, bots: tuple[Bot, ...], sight: Sight) -> Money:
        books = [sight.books(bot) for bot in bots]
        cash = sum((book.cash for book in books), ZERO)
        allocated = cash + sum((book.cost for book in books if book.quantity), ZERO)
        in_positions = _worth_of_coins(bots, sight)
        wallet = self.market.wallet()
        if wallet is None:
            return Money(None, None, None, in_positions, allocated, None, None, None)
        balances, seen_at = wallet
        quote = balances.get(self.market.quote, Balance())
        flow = cash - sum((bot.settings.trade_amount for bot in bots), ZERO)
        known = seen_at >= max((_touched_at(book) for book in books), default=0)
        if known or self._outside is None:
            self._outside = quote.free - flow
        free = self._outside + flow
        equity = free + quote.locked + in_positions if in_positions is not None else None
        return Money(
            at=seen_at,
            free=free,
            locked=quote.locked,
            in_positions=in_positions,
            allocated=allocated,
            unallocated=max(free - cash, ZERO),
            equity=equity,
            difference=_difference(bots, sight, balances, free - cash) if known else None,
        )

    def _totals(
        self,
        bots: tuple[Bot, ...],
        views: tuple[BotView, ...],
        totals: Mapping[int, Totals],
        now: int,
    ) -> FleetTotals:
        books = [totals[bot.id] for bot in bots if bot.id in totals]
        profit = sum((book.profit for book in books), ZERO)
        budget = sum((bot.settings.trade_amount for bot in bots), ZERO)
        trades = sum(book.trades for book in books)
        return FleetTotals(
            profit=profit,
            profit_today=self._profit_today(trades, {bot.id for bot in bots}, now),
            profit_percent=profit / budget * 100 if budget else None,
            trades=trades,
            wins=sum(book.wins for book in books),
            fees=sum((book.fees for book in books), ZERO),
            open_positions=sum(1 for book in books if book.quantity),
            running=sum(1 for view in views if view.status is Status.RUNNING),
            bots=len(bots),
        )

    def _profit_today(self, trades: int, bot_ids: set[int], now: int) -> Decimal:
        """Return the net profit since midnight UTC; summed again only after another trade."""
        midnight = now - now % DAY
        if self._today is not None and self._today[:2] == (midnight, trades):
            return self._today[2]
        limit = RECENT_TRADES
        while True:
            newest = self.records.trades(limit=limit)
            if len(newest) < limit or newest[-1][1].exit_time < midnight:
                break
            limit *= 10
        profit = sum(
            (t.profit for bot, t in newest if t.exit_time >= midnight and bot in bot_ids), ZERO
        )
        self._today = (midnight, trades, profit)
        return profit

    def _refresh_sparks(self, bots: tuple[Bot, ...], now: int) -> None:
        stale = sorted(
            (self._sparks.get(bot.id, (0, ()))[0], bot.id)
            for bot in bots
            if now - self._sparks.get(bot.id, (0, ()))[0] >= SPARK_KEPT_MS
        )
        for _, bot_id in stale[:SPARKS_A_LOOK]:
            points = self.records.equity(bot_id, now - DAY)
            shown = thin([point.equity for point in points], SPARK_POINTS)
            self._sparks[bot_id] = (now, tuple(map(plain, shown)))


def thin(values: list[Decimal], count: int) -> tuple[Decimal, ...]:
    """Return at most `count` of the values, evenly spread, the newest always among them."""
    if len(values) <= count:
        return tuple(values)
    step = (len(values) - 1) / (count - 1)
    return tuple(values[round(index * step)] for index in range(count))


def _touched_at(book: Totals) -> int:
    return max(book.opened_at, book.last_trade_at)


def _worth_of_coins(bots: tuple[Bot, ...], sight: Sight) -> Decimal | None:
    worth = ZERO
    for bot in bots:
        book = sight.books(bot)
        if not (book.quantity or book.dust):
            continue
        price = sight.price(bot)
        if price is None:
            return None
        worth += (book.quantity + book.dust) * price.value
    return worth


def _difference(
    bots: tuple[Bot, ...], sight: Sight, balances: Mapping[str, Balance], spare: Decimal
) -> Decimal | None:
    """Return by how much the ledgers claim more than the wallet holds, in quote, as 0 or less."""
    claimed: dict[str, Decimal] = {}
    prices: dict[str, Price | None] = {}
    for bot in bots:
        book = sight.books(bot)
        claimed[bot.base] = claimed.get(bot.base, ZERO) + book.quantity + book.dust
        prices[bot.base] = sight.price(bot)
    missing = min(spare, ZERO)
    for asset, quantity in claimed.items():
        held = balances.get(asset, Balance())
        short = min(held.free + held.locked - quantity, ZERO)
        if not short:
            continue
        price = prices[asset]
        if price is None:
            return None
        missing += short * price.value
    return missing
