"""Fifty bots with a past, on a real SQLite store: 10,000 closed trades, a day of equity each."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradefleet.adapters.binance.parse import instrument
from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.news import SqlNews
from tradefleet.adapters.store.notices import SqlActivities, SqlFindings, SqlOutbox
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.rows import trade_values
from tradefleet.adapters.store.sessions import SqlSessions
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.adapters.store.statement import inserting
from tradefleet.adapters.store.tables import equity, trades
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.domain.bot import Bot, BotSettings, Status, Wish
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.interfaces.dashboard import Parts
from tradefleet.ports.fleet import Heartbeat
from tradefleet.ports.strategies import StrategyCard
from tradefleet.settings import Settings

BOTS, TRADES, POINTS = 50, 10_000, 1_440
SYMBOLS = 400
TOKEN = "the-token-of-this-benchmark-is-long-enough"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


class OneStrategy:
    """A catalogue of one."""

    def cards(self) -> dict[str, StrategyCard]:
        """Return it."""
        return {"volatile": StrategyCard("volatile", "Volatile coins", "", "", 500)}

    def faulty(self) -> dict[str, str]:
        """Return nothing."""
        return {}


class NoChart:
    """Candles nobody asks for."""

    def candles(self, *_: object) -> list[list[Any]]:
        """Return none."""
        return []


_ADD_TRADE = inserting(trades)
_ADD_EQUITY = inserting(equity)


@contextmanager
def fifty_bots() -> Iterator[Parts]:
    """Yield the dashboard's parts over a store that has a past."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.locate("", Path(folder), "paper")
        migrate(store)
        parts = _parts(store, Path(folder))
        _fill(store, parts)
        yield parts
        store.close()


def _parts(store: Store, folder: Path) -> Parts:
    return Parts(
        settings=Settings(_env_file=None),  # type: ignore[call-arg]
        clock=SystemClock(),
        bots=SqlBots(store),
        leases=SqlLeases(store, LinuxProcesses()),
        records=SqlRecords(store),
        snapshots=SqlSnapshots(store),
        findings=SqlFindings(store),
        outbox=SqlOutbox(store),
        activities=SqlActivities(store),
        news=SqlNews(store),
        sessions=SqlSessions(store),
        catalogue=OneStrategy(),
        deciders=StrategyCatalogue({}, folder),
        chart=NoChart(),
        read_instrument=instrument,
        log_folder=folder,
        token=TOKEN,
    )


def _fill(store: Store, parts: Parts) -> None:
    now = parts.clock.now()
    prices = {f"C{number}USDT": "100" for number in range(SYMBOLS)}
    parts.snapshots.put("prices", prices, now)
    wallet = {"USDT": {"free": "90000", "locked": "0"}}
    parts.snapshots.put("wallet", wallet, now)
    for name in ("exchange", "hub", "host", "guardian", "market"):
        parts.snapshots.put(name, {"ok": True, "detail": "", "kind": "synthetic"}, now)
    made = [_bot(store, parts, number, now) for number in range(BOTS)]
    each = TRADES // BOTS
    with store.write() as connection:
        for bot in made:
            past = [_trade(bot, now - (each - number) * 60_000) for number in range(each)]
            for number, trade in enumerate(past, 1):
                row = {"bot_id": bot.id, "number": number, **trade_values(trade)}
                connection.execute(_ADD_TRADE, **row)
            for n in range(POINTS):
                worth = {"equity": Decimal(100), "holding": Decimal(100)}
                connection.execute(_ADD_EQUITY, bot_id=bot.id, at=now - n * 60_000, **worth)


def _bot(store: Store, parts: Parts, number: int, now: int) -> Bot:
    """Add a bot that runs and holds."""
    settings = BotSettings(f"Bot {number}", f"C{number}USDT", "volatile", Decimal(1_000))
    bot = parts.bots.create(settings, f"C{number}", "USDT", now)
    parts.bots.wish(bot.id, Wish.RUN)
    lease = parts.leases.acquire(bot.id, LinuxProcesses().here("host"), now)
    beat = Heartbeat(now, Status.RUNNING, "waiting for RSI below 30 (now 41.2)", price=Decimal(100))
    parts.leases.beat(lease, beat)
    fill = Fill(
        symbol=settings.symbol,
        trade_id=number,
        order_id=number,
        side=Side.BUY,
        price=Decimal(100),
        quantity=Decimal(9),
        quote_quantity=Decimal(900),
        fee=Decimal("0.9"),
        fee_asset="USDT",
        time=now,
        fee_quote=Decimal("0.9"),
    )
    SqlJournal(store, bot, lease).book([FillBooked(fill)])
    return bot


def _trade(bot: Bot, exit_time: int) -> Trade:
    return Trade(
        symbol=bot.settings.symbol,
        entry_time=exit_time - 30_000,
        entry_price=Decimal(100),
        exit_time=exit_time,
        exit_price=Decimal("100.5"),
        quantity=Decimal(9),
        cost=Decimal("900.9"),
        fees=Decimal("1.8"),
        profit=Decimal("2.7"),
        exit_reason=ExitReason.SIGNAL,
    )
