"""What the dashboard is made of: ports, and the services that work on them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from flask import current_app
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tradefleet.application.arming import Armoury
from tradefleet.application.diagnosis import Diagnosis
from tradefleet.application.fleet import Fleet
from tradefleet.application.hub_clock import HubClock
from tradefleet.application.market_view import MarketView
from tradefleet.application.overview import Overviews
from tradefleet.application.settlement import Settlement
from tradefleet.application.surroundings import Surroundings
from tradefleet.application.terms import Terms
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.instrument import Instrument
from tradefleet.interfaces.dashboard.events import Broadcast
from tradefleet.interfaces.dashboard.owner import Owner
from tradefleet.ports.access import Armings, Sessions
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import ChartData
from tradefleet.ports.fleet import Bots, Holder, Lease, Leases
from tradefleet.ports.halts import Halts
from tradefleet.ports.journal import Journal
from tradefleet.ports.news import News
from tradefleet.ports.notices import Activities, Findings, Outbox
from tradefleet.ports.records import Records, Snapshots
from tradefleet.ports.runs import Runs
from tradefleet.ports.strategies import Catalogue, Deciders, StrategyCard
from tradefleet.ports.uploads import Uploads
from tradefleet.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Everything `create_app` needs from outside.

    Attributes:
        settings: without secrets but the dashboard's own.
        clock: this machine's; what belongs to the exchange is told by the hub's measurement of its.
        log_folder: where `bot_N.log` lie.
        journal_for: opens a bot's journal under a lease of this process, which is `here`.
        read_instrument: turns one symbol of the `exchange_info` snapshot into an instrument.
        token: opens the dashboard.
        providers: names of the ways by which messages leave; empty = none is set up.
        runs: research under way, and what came of it.
        uploads: files that come from the browser.
        kept_candles: what there is to play backtests on, and what was recorded for bots.
        forget_candles: takes those of a symbol and interval away; says whether there were any.
        storage: sizes of what is kept, in bytes, by name.
        wait: lets seconds pass.
        lift_kill_file: takes the file `KILL` out of the data folder.
        hosts: names, besides the loopback's own, under which the dashboard may be asked for;
            `*` stands for any bare address.
    """

    settings: Settings
    clock: Clock
    bots: Bots
    leases: Leases
    records: Records
    snapshots: Snapshots
    findings: Findings
    halts: Halts
    armings: Armings
    outbox: Outbox
    activities: Activities
    news: News
    sessions: Sessions
    catalogue: Catalogue
    deciders: Deciders
    chart: ChartData
    journal_for: Callable[[Bot, Lease], Journal]
    here: Holder
    read_instrument: Callable[[Mapping[str, Any]], Instrument]
    runs: Runs
    uploads: Uploads
    log_folder: Path
    token: str
    providers: tuple[str, ...] = ()
    storage: Callable[[], Mapping[str, int]] = dict
    kept_candles: Callable[[], Sequence[Any]] = tuple
    forget_candles: Callable[[str, str], bool] = lambda _symbol, _interval: False
    lift_kill_file: Callable[[], None] = lambda: None
    hosts: frozenset[str] = frozenset()
    quote: str = "USDT"
    wait: Callable[[float], object] = time.sleep


@dataclass(frozen=True)
class Services:
    """The services behind the routes; `clock` is the exchange's."""

    parts: Parts
    clock: Clock
    market: MarketView
    terms: Terms
    fleet: Fleet
    overviews: Overviews
    diagnosis: Diagnosis
    settlement: Settlement
    owner: Owner
    broadcast: Broadcast = field(default_factory=Broadcast)
    alerts: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    @property
    def mode(self) -> str:
        """The running mode."""
        return self.parts.settings.trading_mode


def make_services(parts: Parts) -> Services:
    """Return the services over the given parts."""
    clock = HubClock(parts.snapshots, parts.clock)
    market = MarketView(parts.snapshots, clock, parts.read_instrument, parts.quote)
    terms = Terms(market, parts.catalogue)
    mode = parts.settings.trading_mode
    overviews = Overviews(
        mode=mode,
        bots=parts.bots,
        leases=parts.leases,
        records=parts.records,
        snapshots=parts.snapshots,
        findings=parts.findings,
        clock=clock,
        wall=parts.clock,
        market=market,
        surroundings=Surroundings(
            parts.bots,
            parts.records,
            parts.snapshots,
            parts.settings.daily_loss_limit,
            parts.quote,
        ),
    )
    armoury = Armoury(parts.armings, parts.snapshots, clock, market.instrument)
    fleet = Fleet(
        bots=parts.bots,
        leases=parts.leases,
        records=parts.records,
        halts=parts.halts,
        activities=parts.activities,
        clock=clock,
        terms=terms,
        armoury=armoury if mode == "live" else None,
        lift_kill_file=parts.lift_kill_file,
        wait=parts.wait,
    )
    password = parts.settings.tradefleet_password.get_secret_value()
    return Services(
        parts=parts,
        clock=clock,
        market=market,
        terms=terms,
        settlement=Settlement(fleet, parts.findings, parts.journal_for, parts.here),
        fleet=fleet,
        overviews=overviews,
        diagnosis=Diagnosis(parts.records, parts.snapshots, clock, market, overviews),
        owner=Owner(parts.sessions, parts.clock, parts.token, password),
    )


def services() -> Services:
    """Return the services of the app that answers this request."""
    return cast(Services, current_app.extensions["services"])


def default_settings(settings: Settings, card: StrategyCard | None = None) -> BotSettings:
    """Return what a new bot gets where the person says nothing; `name` and the like are empty.

    Args:
        card: of its strategy, for the indicator settings its parameters can take.
    """
    return BotSettings(
        name="",
        symbol=settings.default_symbol,
        strategy="",
        trade_amount=Decimal(settings.trade_amount),
        interval=settings.candle_interval,
        every=settings.check_interval,
        stop_loss=settings.stop_loss,
        take_profit=settings.take_profit,
        price_cap=settings.price_cap,
        trailing_stop=settings.trailing_stop,
        break_even=settings.break_even,
        bot_side_stop=settings.bot_side_stop,
        sizing=settings.sizing,
        parameters=settings.indicator_defaults(card.parameters) if card else {},
    )
