"""One installation: its settings, its data folder, its store. What every process shares."""

import os
from functools import cached_property
from pathlib import Path

from tradefleet.adapters.binance.parse import instrument
from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.hub.chart import HubChart
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.runs import KeptRuns
from tradefleet.adapters.store.armings import SqlArmings
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.halts import SqlHalts
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.news import SqlNews
from tradefleet.adapters.store.notices import SqlActivities, SqlFindings, SqlOutbox
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.sessions import SqlSessions
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.adapters.uploads import FolderUploads
from tradefleet.application.surroundings import Surroundings
from tradefleet.application.system import HOST
from tradefleet.domain.errors import StoreError
from tradefleet.settings import Settings, load_settings
from tradefleet.strategies import BUILT_IN


class Installation:
    """The parts that exist once in each process; nothing is opened before it is used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mode = settings.trading_mode
        self.folder = DataFolder(settings.home)
        self.clock = SystemClock()
        self.processes = LinuxProcesses()
        self.working_folder = Path.cwd()
        self.read_instrument = instrument

    @property
    def token(self) -> str:
        """Opens the dashboard: the one of the settings, or one made once and kept."""
        return self.folder.token(self.settings.tradefleet_token.get_secret_value())

    @cached_property
    def store(self) -> Store:
        """The database of the running mode."""
        return Store.locate(self.settings.database_url, self.folder.root, self.mode)

    @cached_property
    def bots(self) -> SqlBots:
        """The fleet."""
        return SqlBots(self.store)

    @cached_property
    def leases(self) -> SqlLeases:
        """Who runs which bot."""
        return SqlLeases(self.store, self.processes)

    @cached_property
    def records(self) -> SqlRecords:
        """The journals, for reading."""
        return SqlRecords(self.store)

    @cached_property
    def snapshots(self) -> SqlSnapshots:
        """What the hub last saw."""
        return SqlSnapshots(self.store)

    @cached_property
    def findings(self) -> SqlFindings:
        """What is wrong now."""
        return SqlFindings(self.store)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Messages on their way."""
        return SqlOutbox(self.store)

    @cached_property
    def activities(self) -> SqlActivities:
        """What people did."""
        return SqlActivities(self.store)

    @cached_property
    def halts(self) -> SqlHalts:
        """The stop of the whole fleet."""
        return SqlHalts(self.store)

    @cached_property
    def armings(self) -> SqlArmings:
        """Which bots may trade real money."""
        return SqlArmings(self.store)

    @cached_property
    def news(self) -> SqlNews:
        """The fleet's headlines."""
        return SqlNews(self.store)

    @cached_property
    def sessions(self) -> SqlSessions:
        """Who may use the dashboard."""
        return SqlSessions(self.store)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What rules look at beyond one bot."""
        limit = self.settings.daily_loss_limit
        return Surroundings(self.bots, self.records, self.snapshots, limit)

    @cached_property
    def catalogue(self) -> StrategyCatalogue:
        """The strategies there are."""
        return StrategyCatalogue(BUILT_IN, self.folder.strategies)

    @cached_property
    def chart(self) -> HubChart:
        """Candles for the eye."""
        return HubChart(self.folder.hub_socket)

    @cached_property
    def runs(self) -> KeptRuns:
        """Research in processes of its own."""
        return KeptRuns(self.folder, self.processes, self.clock)

    @cached_property
    def uploads(self) -> FolderUploads:
        """Files on their way from the browser."""
        return FolderUploads(self.folder, self.clock)

    def migrate(self) -> None:
        """Bring the store's schema up to date; `StoreError` if it cannot be, or is not sound.

        Whether it is sound is looked at once, before anything of the data folder runs.
        """
        from tradefleet.adapters.store.migrate import migrate
        from tradefleet.adapters.store.upkeep import quick_check

        migrate(self.store)
        if self.folder.holder(HOST) is None and (problem := quick_check(self.store)):
            raise StoreError(problem)


def installation(*, secrets: bool = True) -> Installation:
    """Return the installation the settings describe, its data folder prepared.

    Args:
        secrets: False leaves every secret of the exchange out, for processes that face people.

    Raises:
        SettingsError: the settings or the data folder cannot be used.
    """
    os.umask(0o077)
    settings = load_settings()
    made = Installation(settings if secrets else settings.without_secrets())
    made.folder.prepare()
    return made
