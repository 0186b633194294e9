"""The hub's process: one for each data folder, for all its bots."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.hosts import Hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.binance.streams import AccountStream, MarketStreams
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.hub.server import HubServer
from tradefleet.application.guardian.others import Others
from tradefleet.application.hub.hub import Hub
from tradefleet.application.hub.jobs import Job
from tradefleet.application.hub.keeper import Contacts, Keeper
from tradefleet.application.hub.run import run_hub
from tradefleet.application.hub.tape import Shelf, Tape
from tradefleet.bootstrap.silence import remember, remembered
from tradefleet.domain.errors import LeaseError
from tradefleet.domain.order import Fill
from tradefleet.ports.records import Snapshots

TAPE_S = 60.0


@dataclass(frozen=True, slots=True)
class HubTools:
    """What the hub's process speaks to the exchange with; the guardian shares it.

    Attributes:
        others: what the account's events tell of what no bot did.
        wallet_seen: set whenever a new wallet is in the store.
    """

    hosts: Hosts
    credentials: Credentials
    clock: ExchangeClock
    budget: Budget
    rest: Rest
    market: BinanceMarketData
    broker: BinanceBroker
    others: Others
    wallet_seen: asyncio.Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the candles are kept that bots ask for, and for how many days."""

    shelf: Shelf
    days: int


def hub_tools(
    hosts: Hosts,
    credentials: Credentials,
    snapshots: Snapshots | None = None,
    ours: Callable[[], str] = lambda: "",
) -> HubTools:
    """Return the hub's tools; nothing is sent yet.

    Args:
        hosts: where the exchange is.
        credentials: of the account.
        snapshots: where a ban is remembered; without them it ends with this process.
        ours: as for `Others`.
    """
    clock = ExchangeClock()
    budget = Budget(
        clock, silent_until=remembered(snapshots), on_silence=remember(snapshots, clock)
    )
    rest = Rest(hosts.rest, clock, budget, credentials)
    market = BinanceMarketData(rest, clock, budget.adopt_limits)
    broker = BinanceBroker(rest, market)
    return HubTools(
        hosts, credentials, clock, budget, rest, market, broker, Others(ours), asyncio.Event()
    )


def serve_hub(
    tools: HubTools,
    folder: DataFolder,
    snapshots: Snapshots,
    more: Sequence[Job] = (),
    tape: Recorded | None = None,
) -> None:
    """Run the hub until a signal ends it, the data folder disappears or all is taken down.

    Args:
        tools: its ways to the exchange, which may be down.
        folder: where its socket and its lock lie.
        snapshots: where it writes what it sees.
        more: what else is to be done in this process, such as the guardian's rounds.
        tape: where to keep the candles bots ask for; None = nowhere.

    Raises:
        LeaseError: another hub serves this folder.
    """
    lock = folder.lock("hub")
    if lock is None:
        raise LeaseError(
            f"another hub (process {folder.holder('hub')}) already serves {folder.root}"
        )
    if folder.down_mark.exists():
        return
    jobs = (*hub_jobs(tools, folder, snapshots, tape), *more)
    run_hub(jobs, alive=folder.run.is_dir)
    tools.rest.close()


def hub_jobs(
    tools: HubTools, folder: DataFolder, snapshots: Snapshots, tape: Recorded | None = None
) -> tuple[Job, ...]:
    """Return everything the hub does, as jobs of one event loop."""
    hub = Hub(tools.market, tools.budget, tools.clock, asyncio.to_thread)
    market = MarketStreams(tools.hosts.streams, hub.candle, hub.refresh_all, tools.budget)
    hub.want = market.want

    def orders_changed(symbol: str, names: Sequence[str]) -> None:
        hub.orders_changed(symbol, names)
        keeper.wallet_changed()

    def filled(name: str, fill: Fill) -> None:
        row = hub.symbols.get(fill.symbol)
        if row:
            tools.others.traded(name, fill, row["baseAsset"], row["quoteAsset"])

    def transferred(asset: str, amount: Decimal) -> None:
        tools.others.transferred(asset, amount)
        keeper.wallet_changed(by_others=True)

    def account_reopened() -> None:
        hub.account_may_have_changed()
        keeper.wallet_changed()

    account = AccountStream(
        tools.hosts.ws_api,
        tools.credentials,
        tools.clock,
        orders_changed,
        account_reopened,
        tools.budget,
    )
    account.on_fill, account.on_transfer = filled, transferred
    contacts = Contacts(
        source=tools.market,
        server_time=tools.rest.server_time,
        measure_clock=tools.rest.measure_clock,
        wallet=tools.broker.balances,
        streams=lambda: {stream.name: stream.state for stream in (market, account)},
        requests=lambda: tools.rest.sent,
    )
    keeper = Keeper(hub, contacts, tools.clock, tools.budget, snapshots, asyncio.to_thread)
    keeper.wallet_seen = tools.wallet_seen.set
    return (
        Job("socket", HubServer(folder.hub_socket, hub).serve),
        Job("market stream", market.run),
        Job("account stream", account.run),
        *keeper.jobs(),
        *(_tape_jobs(tape, hub, tools) if tape else ()),
    )


def _tape_jobs(tape: Recorded, hub: Hub, tools: HubTools) -> Iterator[Job]:
    written = Tape(hub.fed, tape.shelf, tools.clock, tape.days, asyncio.to_thread)
    yield Job("tape", written.look, TAPE_S)
