"""The sketch's JSON files, put together: the mirror, an export, the import of an older system."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.store.bots import installation_id
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.mirror import FLEET, JsonMirror, files_of_others, written_by
from tradefleet.adapters.store.seed_import import (
    ImportReport,
    SeedImport,
    SeedPosition,
    held_since_last_sell,
)
from tradefleet.application.bot_state import status_of
from tradefleet.application.fleet import Fleet
from tradefleet.application.hub.jobs import Job
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.hub import HubTools, hub_tools
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.bot import Bot, BotSettings, Status
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import FillBooked
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Balance
from tradefleet.ports.notices import Finding, Severity

__all__ = ["ImportReport", "SeedPosition"]

MIRROR_S = 2.0

Ask = Callable[[SeedPosition], Decimal | None]


def mirror(made: Installation, folder: Path | None = None) -> JsonMirror:
    """Return what writes the files into the data folder, or an export into another one."""
    root = folder or made.folder.root
    return JsonMirror(root, made.bots, made.records, made.leases, lambda: _name(made))


def _name(made: Installation) -> str:
    return installation_id(made.store)


def mirror_job(made: Installation, clock: Clock) -> Job:
    """Return the job that keeps the data folder's files a picture of the store.

    Args:
        clock: the exchange's, by which bots beat.
    """
    files = mirror(made)

    def write() -> None:
        if foreign := files.write(_statuses(made, clock)):
            text = (
                f"{', '.join(foreign)} in {made.folder.root} come from another system, or from a "
                "store that was lost, and are left as they are; take them over with tradefleet "
                "import, then move them away"
            )
            made.findings.open(Finding("foreign_files", Severity.LOOK, text, clock.now()))
        else:
            made.findings.close("foreign_files")

    return Job("mirror", write, MIRROR_S, blocking=True)


def export(made: Installation, folder: Path, clock: Clock) -> tuple[str, ...]:
    """Write the sketch's files into a folder; return the names of those somebody else wrote.

    Raises:
        InputError: it cannot be made, or is the data folder, which the hub alone writes.
        StoreError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from error
    if folder.resolve() == made.folder.root.resolve():
        raise InputError(f"{folder} is the data folder, which keeps these files up to date itself")
    return mirror(made, folder).write(_statuses(made, clock))


def _statuses(made: Installation, clock: Clock) -> Mapping[int, Status]:
    leases, now = made.leases.all(), clock.now()
    return {bot.id: status_of(bot, leases.get(bot.id), now) for bot in made.bots.all()}


def older_system(made: Installation) -> Path | None:
    """Return the folder in which an older system left its bots, while there are none here yet."""
    if made.bots.all():
        return None
    places = (made.working_folder, made.folder.root)
    return next((place for place in places if FLEET in files_of_others(place, _name(made))), None)


def account_quantities(made: Installation, told: Mapping[int, Decimal], ask: Ask) -> Ask:
    """Return who says what the positions of an older system hold, and that the coins are there.

    Args:
        made: the installation that takes the bots over.
        told: quantities by bot id, as the person gave them.
        ask: somebody who may know where neither the file nor the account's own fills tell.

    Raises:
        SettingsError: the paper exchange is not running.
    """
    address = hosts(made.mode, paper_address(made.folder))
    tools = hub_tools(address, credentials(made.settings, made.folder), made.snapshots)

    def quantity_of(position: SeedPosition) -> Decimal | None:
        if any(bot.id == position.bot_id for bot in made.bots.all()):
            return None  # nobody is asked for what is refused anyway
        quantity = told.get(position.bot_id) or position.quantity
        quantity = quantity or _derived(tools, position) or ask(position)
        if quantity:
            _refuse_beyond_wallet(made, tools, position, quantity)
        return quantity

    return quantity_of


def _derived(tools: HubTools, position: SeedPosition) -> Decimal | None:
    instrument = tools.market.instrument(position.symbol)
    fills = tools.broker.fills_since(position.symbol, 0)
    return held_since_last_sell(fills, instrument.base, position.entry_price)


def _refuse_beyond_wallet(
    made: Installation, tools: HubTools, position: SeedPosition, quantity: Decimal
) -> None:
    base = tools.market.instrument(position.symbol).base
    balance = tools.broker.balances().get(base, Balance())
    books = made.records.totals()
    owned = [books[bot.id] for bot in made.bots.all() if bot.base == base and bot.id in books]
    spare = balance.free + balance.locked - sum((b.quantity + b.dust for b in owned), Decimal(0))
    if quantity > spare:
        raise InputError(
            f"the account has {plain(spare)} {base} that no bot owns, the position is said to hold "
            f"{plain(quantity)}"
        )


def seed_import(made: Installation, fleet: Fleet, folder: Path, quantity_of: Ask) -> SeedImport:
    """Return the import of an older system's files, or of those of a store that was lost.

    Args:
        made: the installation that takes the bots over.
        fleet: makes them, by the rules for every bot.
        folder: where the files lie.
        quantity_of: says what a position holds; None if nobody knows.
    """
    before = written_by(folder)
    is_lost = folder.resolve() == made.folder.root.resolve() and before not in ("", _name(made))

    def create(bot_id: int, settings: BotSettings, spent: Decimal) -> Bot:
        bot = fleet.create(settings, "import", bot_id=bot_id, spent=spent)
        if is_lost:
            text = (
                f"{settings.name} comes from a store that was lost: its books are not here. Before "
                f"it runs again: tradefleet rebuild {bot.id} --installation {before}"
            )
            now = made.clock.now()
            made.findings.open(Finding("restored", Severity.ACT, text, now, bot.id))
        return bot

    def book(bot: Bot, fill: FillBooked) -> None:
        lease = made.leases.acquire(bot.id, made.processes.here("import"), made.clock.now())
        try:
            SqlJournal(made.store, bot, lease).book([fill])
        finally:
            made.leases.release(lease)

    return SeedImport(create, book, quantity_of, before if is_lost else "")
