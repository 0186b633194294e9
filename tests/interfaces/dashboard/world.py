"""A small world behind the dashboard: a real store, and what hub and bots put into it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from tests.interfaces.dashboard.played_runs import PlayedRuns
from tradefleet.adapters.binance.parse import instrument
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.store.armings import SqlArmings
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.halts import SqlHalts
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.news import SqlNews
from tradefleet.adapters.store.notices import SqlActivities, SqlFindings, SqlOutbox
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.sessions import SqlSessions
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.adapters.uploads import FolderUploads
from tradefleet.domain.bot import Bot, BotSettings, Status
from tradefleet.domain.errors import DataError
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason
from tradefleet.domain.strategy import Parameter
from tradefleet.interfaces.dashboard import Parts, create_app
from tradefleet.ports.fleet import Heartbeat, Holder, Lease
from tradefleet.ports.strategies import Catalogue, StrategyCard
from tradefleet.settings import Settings
from tradefleet.strategies import BUILT_IN

NOW = 1_800_000_000_000
TOKEN = "the-token-of-this-test-is-long-enough-1234"
PASSWORD = "correct horse battery staple"
PRICES = {"BTCUSDT": "50000", "ETHUSDT": "2500", "DOGEUSDT": "0.1", "ETHBTC": "0.05"}


class SteppedClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000

    def wait(self, seconds: float) -> None:
        self.at += int(seconds * 1000)


class LivingProcesses:
    """Holders are alive as long as they are not named dead."""

    def __init__(self) -> None:
        self.dead: set[int] = set()

    def here(self, launcher: str) -> Holder:
        return Holder(1, 1.0, "here", "boot", launcher)

    def is_alive(self, holder: Holder) -> bool:
        return holder.pid not in self.dead

    def ask_to_stop(self, holder: Holder) -> None:
        self.dead.add(holder.pid)

    def kill(self, holder: Holder) -> None:
        self.dead.add(holder.pid)


class Strategies:
    """Two strategies and a faulty file."""

    def cards(self) -> dict[str, StrategyCard]:
        period = Parameter(14, minimum=2, maximum=100, help="Candles of the RSI.")
        period.__set_name__(object, "rsi_period")
        below = Parameter(30.0, minimum=1.0, maximum=99.0, help="RSI that counts as cheap.")
        below.__set_name__(object, "rsi_oversold")
        return {
            "volatile": StrategyCard(
                "volatile",
                "Volatile coins",
                "Buys what fell too far.",
                "Long words.",
                500,
                {"rsi_period": period, "rsi_oversold": below},
            ),
            "mine": StrategyCard("mine", "Mine", "", "", 100, source="yours", native=False),
        }

    def faulty(self) -> dict[str, str]:
        return {"broken.py": "SyntaxError: line 1"}


class Chart:
    """Candles from the hub, while it answers."""

    def __init__(self) -> None:
        self.silent = False

    def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Sequence[Any]]:
        if self.silent:
            raise DataError("the hub does not answer")
        return [[NOW - 300_000 * (limit - i), "1", "2", "0.5", "1.5", "10"] for i in range(limit)]


def symbol_info(symbol: str, base: str, quote: str, status: str = "TRADING") -> dict[str, Any]:
    return {
        "symbol": symbol,
        "baseAsset": base,
        "quoteAsset": quote,
        "status": status,
        "baseAssetPrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "isSpotTradingAllowed": True,
        "permissionSets": [["SPOT"]],
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": "0.01",
                "maxPrice": "1000000",
                "tickSize": "0.01",
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": "0.00001",
                "maxQty": "9000",
                "stepSize": "0.00001",
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": "5",
                "applyMinToMarket": True,
                "maxNotional": "9000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
    }


EXCHANGE_INFO = {
    "symbols": [
        symbol_info("BTCUSDT", "BTC", "USDT"),
        symbol_info("ETHUSDT", "ETH", "USDT"),
        symbol_info("DOGEUSDT", "DOGE", "USDT", status="BREAK"),
        symbol_info("ETHBTC", "ETH", "BTC"),
    ]
}


@dataclass
class World:
    """The store and everything around it."""

    folder: Path
    store: Store
    clock: SteppedClock = field(default_factory=SteppedClock)
    processes: LivingProcesses = field(default_factory=LivingProcesses)
    chart: Chart = field(default_factory=Chart)
    providers: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    catalogue: Catalogue = field(default_factory=lambda: Strategies())
    runs: Any = field(default_factory=PlayedRuns)
    kept_candles: tuple[Any, ...] = ()

    def forget_candles(self, symbol: str, interval: str) -> bool:
        left = tuple(
            one for one in self.kept_candles if (one.symbol, one.interval) != (symbol, interval)
        )
        forgotten = len(left) < len(self.kept_candles)
        self.kept_candles = left
        return forgotten

    def __post_init__(self) -> None:
        self.bots = SqlBots(self.store)
        self.leases = SqlLeases(self.store, self.processes)
        self.records = SqlRecords(self.store)
        self.snapshots = SqlSnapshots(self.store)
        self.findings = SqlFindings(self.store)
        self.halts = SqlHalts(self.store)
        self.armings = SqlArmings(self.store)
        self.lifted: list[bool] = []
        self.outbox = SqlOutbox(self.store)
        self.activities = SqlActivities(self.store)
        self.news = SqlNews(self.store)
        self.sessions = SqlSessions(self.store)

    def parts(self) -> Parts:
        return Parts(
            settings=Settings(_env_file=None, **self.settings),
            clock=self.clock,
            bots=self.bots,
            leases=self.leases,
            records=self.records,
            snapshots=self.snapshots,
            findings=self.findings,
            halts=self.halts,
            armings=self.armings,
            lift_kill_file=lambda: self.lifted.append(True),
            outbox=self.outbox,
            activities=self.activities,
            news=self.news,
            sessions=self.sessions,
            catalogue=self.catalogue,
            deciders=StrategyCatalogue(BUILT_IN, self.folder),
            chart=self.chart,
            journal_for=lambda bot, lease: SqlJournal(self.store, bot, lease),
            here=self.processes.here("dashboard"),
            read_instrument=instrument,
            runs=self.runs,
            uploads=FolderUploads(DataFolder(self.folder), self.clock),
            kept_candles=lambda: self.kept_candles,
            forget_candles=self.forget_candles,
            log_folder=self.folder,
            token=TOKEN,
            providers=self.providers,
            hosts=self.hosts,
            wait=self.clock.wait,
        )

    def app(self) -> Any:
        return create_app(self.parts())

    def open(self, free: str = "10000") -> None:
        """Let hub and host put what they put when all is well."""
        now = self.clock.at
        self.snapshots.put("exchange_info", EXCHANGE_INFO, now)
        self.snapshots.put("prices", PRICES, now)
        tickers = {
            s: {"price": p, "change_percent": "1.5", "volume": str(1000 - n)}
            for n, (s, p) in enumerate(PRICES.items())
        }
        self.snapshots.put("tickers", tickers, now)
        self.wallet(free)
        self.snapshots.put("market", {"kind": "synthetic", "frozen_since": 0}, now)
        for name in ("exchange", "hub", "guardian"):
            self.snapshots.put(name, {"ok": True, "detail": ""}, now)
        host = {"ok": True, "detail": "", "launcher": "host", "sentence": "Bots run in the host."}
        self.snapshots.put("host", host, now)

    def wallet(self, free: str, **coins: str) -> None:
        held = {"USDT": free, **coins}
        value = {asset: {"free": amount, "locked": "0"} for asset, amount in held.items()}
        self.snapshots.put("wallet", value, self.clock.at)

    def bot(self, name: str = "BTC Bot", amount: str = "100", symbol: str = "BTCUSDT") -> Bot:
        settings = BotSettings(name, symbol, "volatile", Decimal(amount))
        return self.bots.create(settings, symbol.removesuffix("USDT"), "USDT", self.clock.at)

    def run(self, bot: Bot, **beat: Any) -> Lease:
        """Let a process hold the bot and beat."""
        holder = Holder(bot.id + 100, 1.0, "here", "boot", "host")
        lease = self.leases.acquire(bot.id, holder, self.clock.at)
        heartbeat = Heartbeat(**{"at": self.clock.at, "status": Status.RUNNING, **beat})
        self.leases.beat(lease, heartbeat)
        return lease

    def trade(self, lease: Lease, side: Side, quantity: str, price: str, number: int) -> None:
        """Book a fill with 0.1 % commission in the received asset."""
        bought, worth = Decimal(quantity), Decimal(quantity) * Decimal(price)
        bot = self.bots.get(lease.bot_id)
        base_fee = side is Side.BUY
        fee = (bought if base_fee else worth) / 1000
        fill = Fill(
            symbol=bot.settings.symbol,
            trade_id=number,
            order_id=number,
            side=side,
            price=Decimal(price),
            quantity=bought,
            quote_quantity=worth,
            fee=fee,
            fee_asset=bot.base if base_fee else bot.quote,
            time=self.clock.at,
            fee_quote=worth / 1000,
        )
        SqlJournal(self.store, bot, lease).book([FillBooked(fill, ExitReason.SIGNAL)])


def new_store(folder: Path, template: Path) -> Store:
    """Return a fresh store; the first of a test run makes the template the others copy."""
    template.mkdir(exist_ok=True)
    made = Store.locate("", template, "paper")
    if not any(template.iterdir()):
        migrate(made)
    made.close()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return Store.locate("", folder, "paper")


class Browser:
    """A logged-in page: sends cookie, origin and CSRF token as ours do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def log_in(self, password: str = TOKEN) -> Any:
        answer = self.client.post("/login", data={"password": password})
        if answer.status_code == 303:
            page = self.client.get("/api/docs").get_data(as_text=True)
            self.token = page.split('name="csrf-token" content="')[1].split('"')[0]
        return answer

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def delete(self, path: str, body: Any = None) -> Any:
        return self.send("DELETE", path, body)

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        return self.client.open(
            path,
            method=method,
            json={} if body is None else body,
            headers={"X-CSRFToken": self.token, **headers},
        )
