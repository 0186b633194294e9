"""One simulated world: bots, exchange, network, people and time, all from one seed.

Everything that happens stands on one calendar. While a bot waits for the network the calendar goes
on, other bots included: a request that takes nine seconds is nine seconds in which
prices move, people act and another process of the same bot may start.
"""

import hashlib
import math
from decimal import Decimal
from random import Random

from campaign.calendar import Calendar
from campaign.dice import Dice, draw
from campaign.market import COINS, INTERVAL, SimData, SimMarket
from campaign.oracle import Oracle
from campaign.people import People
from campaign.processes import KEY, SECRET, Processes
from campaign.sql_store import SqlRoom, TwofoldBots
from campaign.store import Disk, Facts, SimBots, SimFindings, SimLeases
from campaign.tally import Tally
from campaign.witness import Learnt
from tradefleet.adapters.binance.budget import Budget
from tradefleet.domain.bot import Bot, BotSettings, Wish
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.exchange.books.accounts import Credential
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.rest.face import RestFace
from tradefleet.exchange.venue import Venue
from tradefleet.ports.exchange import Ring, RingKind

TICK_MS = 30_000  # where bots look rarely it is twice as long
STEP = 0.0009  # of the price in half a minute; a day moves some 5 %
SLOW = 12  # a rhythm so slow that half a minute is nothing
CALM_MS = 40 * MINUTE
SELL_MS = 8 * MINUTE


class _Forgetful(MemoryLog):
    """The exchange's log: counts the changes and keeps none.

    Attributes:
        changes: how many there were.
    """

    changes = 0

    def append(self, record: dict[str, object]) -> None:
        """Count a change."""
        self.changes += 1


class World(Calendar):
    """A run of one seed.

    Attributes:
        calm: the faults have stopped; everything must come to an end now.
        trouble_at: when something was last made to go wrong.
        next_send_meets: the fate of the next request that changes something; empty = by chance.
        next_send: which request that is, such as `POST /order`; empty = any.
        freeze_next_ms: the next process that makes a step stands still for so long.
    """

    def __init__(self, seed: int, weather: Dice | None = None, sql: SqlRoom | None = None) -> None:
        super().__init__()
        self.seed = seed
        random = Random(seed)
        self.weather = weather or draw(random)
        self.random = Random(random.random())
        self.sql = sql
        self.tally = Tally(runs=1, on_sqlite=int(sql is not None))
        self.learnt = Learnt(self.tally)
        self.began_at = self.clock.ms
        self.calm = False
        self.trouble_at = -DAY
        self.hub_is_there = True
        self.next_send_meets = self.next_send = ""
        self.freeze_next_ms = 0
        self.strategy_fails_until = 0
        self.every = 15 * MINUTE
        self.kill_at: tuple[str, int] | None = None
        self._open_the_exchange(random)
        self._found_the_fleet(random)
        self.oracle = Oracle(self)
        self.people = People(self, Random(random.random()))
        self.processes = Processes(self)

    def _open_the_exchange(self, random: Random) -> None:
        self.market = SimMarket(self.clock, Random(random.random()), self.weather.thin)
        self.data = SimData(self.market, self.clock)
        self.log = _Forgetful()
        self.venue = Venue(self.market, self.log)
        self.face = RestFace(self.venue)
        money = {"USDT": Decimal(2_000), "BTC": Decimal("0.05"), "DOGE": Decimal(9_000)}
        self.account = self.venue.engine.open_account(
            Credential(KEY, "HMAC", SECRET), ("SPOT",), money
        )
        self.venue.broadcast.follow_account(self.account.uid, self)
        self.governor = Budget(self.clock)

    def _found_the_fleet(self, random: Random) -> None:
        symbols = list(COINS)
        bots = []
        for bot_id in range(1, self.weather.bots + 1):
            settings = BotSettings(
                f"bot {bot_id}",
                random.choice(symbols),
                "whim",
                Decimal(random.choice((50, 100, 300))),
                every="15m",
                stop_loss=Decimal(random.choice((1, 2, 4))),
                take_profit=Decimal(random.choice((0, 2, 5))),
                price_cap=Decimal(random.choice(("0", "0.05", "0.3"))),
                trailing_stop=Decimal(random.choice((0, 0, 1, 3))),
                break_even=Decimal(random.choice((0, 0, 1))),
            )
            base = settings.symbol.removesuffix("USDT")
            bots.append(Bot(bot_id, settings, base, "USDT", Wish.RUN))
        self.bots = self._bots(bots)
        self._traded = sorted({bot.settings.symbol for bot in bots})
        self.leases = SimLeases(self.clock)
        self.findings = SimFindings()
        self.facts = {bot.id: Facts() for bot in bots}
        self.disk = Disk(Random(random.random()), 0.0 if self.sql else self.weather.store)

    def _bots(self, bots: list[Bot]) -> SimBots:
        if self.sql:
            return TwofoldBots(bots, self.clock, self.sql.store)
        return SimBots(bots, self.clock)

    # ------------------------------------------------------------ time

    def trouble(self) -> None:
        """Note that something was just made to go wrong."""
        self.trouble_at = self.clock.ms

    # ------------------------------------------------------------ a run

    def run(self, days: float) -> Tally:
        """Play a run: first anything may go wrong, then nothing does and all must come right."""
        self.begin()
        self.people.begin()
        self.pass_time(int(days * DAY))
        return self.finish()

    def begin(self) -> None:
        """Let the market move and every bot have a process."""
        for close in range(3):
            self.market.close_candle(self.clock.ms - (3 - close) * INTERVAL - 1)
        self.after(0, self._tick)
        self.after(INTERVAL - self.clock.ms % INTERVAL, self._close_candle)
        for bot_id in self.bots.rows:
            self.processes.start(bot_id)

    def finish(self) -> Tally:
        """Stop all faults; what they broke must mend itself, and every position be sold."""
        self._calm_down()
        self.pass_time(CALM_MS)
        self.oracle.at_rest()
        for bot_id in self.bots.rows:
            self.bots.wish(bot_id, Wish.STOP_SELL)
            self.processes.start(bot_id)
        self.pass_time(SELL_MS)
        self.oracle.at_rest()
        self.tally.bot_days += len(self.bots.rows) * (self.clock.ms - self.began_at) / DAY
        self.tally.faults["store"] += self.disk.struck
        self._count_outcomes()
        if self.sql:
            for bot_id, text in self.sql.differences(self.facts, self.bots):
                self.oracle.violated("I12", text, bot_id)
        self.tally.traces[self.seed] = self._trace()
        return self.tally

    def _calm_down(self) -> None:
        """Stop all faults; what they broke must mend itself now."""
        self.calm, self.next_send_meets, self.next_send = True, "", ""
        rhythm = self.weather.rhythm
        self.weather = Dice(rhythm=rhythm, density=0.0, bots=self.weather.bots)
        self.disk.chance = 0.0
        self.hub_is_there, self.freeze_next_ms, self.strategy_fails_until = True, 0, 0
        self.data.stale_until = self.data.gap_until = 0
        self.market.set_status("TRADING")
        self.account.permissions = ("SPOT",)
        self.trouble()
        for bot_id in self.bots.rows:
            self.restart_wish(bot_id)

    def _tick(self) -> None:
        ticks = 1 if self.weather.rhythm < SLOW else 2
        for symbol in self._traded:
            self.market.move(symbol, self.random.gauss(1.0, STEP * math.sqrt(ticks)))
        self.venue.catch_up()
        self.oracle.look()
        self.after(TICK_MS * ticks, self._tick)

    def _close_candle(self) -> None:
        self.market.close_candle(self.clock.ms - 1)
        for running in self.processes.alive:
            self.processes.ring(running, Ring(RingKind.CANDLE))
        self.after(INTERVAL, self._close_candle)

    # ------------------------------------------------------------ what others ask

    def restart_wish(self, bot_id: int) -> None:
        """Let a person start a bot again."""
        self.bots.wish(bot_id, Wish.RUN)
        if self.processes.is_down(bot_id):
            self.processes.start(bot_id)

    def allotted(self) -> Decimal:
        """Return the cash that belongs to bots."""
        return sum(
            (bot.settings.trade_amount + self.oracle.truths[bot.id].flow
             for bot in self.bots.rows.values()),
            Decimal(0),
        )  # fmt: skip

    def spare(self, base: str) -> Decimal:
        """Return the coins that belong to no bot."""
        balance = self.account.balance(base)
        held = (
            self.oracle.truths[bot.id].base for bot in self.bots.rows.values() if bot.base == base
        )
        return balance.free + balance.locked - sum(held, Decimal(0))

    def terminate(self) -> None:
        """Take note that the account's events end: they do not."""

    def account_message(self, uid: int, event: dict[str, object]) -> None:
        """Let the hub ring for what happened on the account."""
        if event.get("e") not in ("executionReport", "listStatus"):
            return
        for running in self.processes.alive:
            if self.bots.rows[running.bot_id].settings.symbol == event["s"]:
                self.processes.ring(running, Ring(RingKind.ACCOUNT, str(event["s"])))

    def _count_outcomes(self) -> None:
        for facts in self.facts.values():
            for intent in facts.intents.values():
                self.tally.settled[f"{intent.purpose.name.lower()} {intent.state.value}"] += 1

    def _trace(self) -> str:
        """Return what tells this run from every other."""
        digest = hashlib.sha256()
        for facts in self.facts.values():
            for intent in facts.intents.values():
                digest.update(f"{intent.sequence}{intent.purpose}{intent.state}".encode())
        for truth in self.oracle.truths.values():
            for trade in truth.trades.values():
                digest.update(f"{trade.id}{trade.price}{trade.quantity}{trade.fee}".encode())
        digest.update(str(self.tally.requests).encode())
        return digest.hexdigest()[:16]
