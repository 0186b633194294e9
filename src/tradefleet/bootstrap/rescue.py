"""When the store is lost, damaged or old: backup, restore, and books from the exchange."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.store.backup import back_up, how_to_back_up, restore
from tradefleet.adapters.store.bots import installation_id
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.rebuild import replace_books, take_installation
from tradefleet.application.rebuild import History, Name, Owner, Rebuilt, rebuild
from tradefleet.application.system import DASHBOARD, HOST, HUB
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.hub import HubTools, hub_tools
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.bot import Bot
from tradefleet.domain.errors import InputError
from tradefleet.domain.ledger import Entry, FillBooked
from tradefleet.ports.notices import Activity, Finding, Severity
from tradefleet.ports.records import Totals

__all__ = ["Rebuilding", "back_up", "put_back", "rebuild_books"]


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What a rebuild would change, for the operator to say yes or no to.

    Attributes:
        installation: whose orders they are; not ours where our store was lost.
        backup: where the store is kept as it was; None where its server makes the backups.
    """

    installation: str
    before: Totals
    rebuilt: Rebuilt
    is_same: bool
    backup: Path | None


def put_back(made: Installation, source: Path) -> Path | None:
    """Put a backup in the store's place, and tell that the books are old until rebuilt.

    Raises:
        InputError: something of this data folder still runs, or there is no such backup.
        StoreError: the backup is damaged or too new.
    """
    for name in (HUB, HOST, DASHBOARD):
        if made.folder.holder(name) is not None:
            raise InputError(f"the {name} of this data folder runs; end it first: tradefleet down")
    now = made.clock.now()
    kept = restore(made.store, source, now)
    made.activities.record(Activity(now, "command line", "restore", str(source)))
    for bot in made.bots.all():
        text = (
            f"{bot.settings.name} was restored from a backup and is stopped: what it traded since "
            f"is not in its books. Before it runs again: tradefleet rebuild {bot.id}"
        )
        made.findings.open(Finding("restored", Severity.ACT, text, now, bot.id))
    return kept


def rebuild_books(
    made: Installation,
    bot_id: int,
    installation: str,
    agree: Callable[[Rebuilding], bool],
    *,
    is_backed_up: bool = False,
) -> bool:
    """Rebuild a stopped bot's books from the exchange; return whether they were replaced.

    A copy of the store is made before anything is replaced in it.

    Args:
        made: where.
        bot_id: whose.
        installation: four characters in the names of its orders; empty = ours.
        agree: is asked before anything is replaced.
        is_backed_up: the person made a backup of a store that is not a file.

    Raises:
        InputError: no such bot, orders that cannot be told, or a store on a server of which nobody
            says that there is a backup.
        StoreError: the copy cannot be written; nothing was changed.
        LeaseError: the bot runs.
        RuleBrokenError: the exchange's history is not whole.
    """
    bot = made.bots.get(bot_id)
    backup = _backup(made, bot, is_backed_up=is_backed_up)
    tools = hub_tools(
        hosts(made.mode, paper_address(made.folder)),
        credentials(made.settings, made.folder),
        made.snapshots,
    )
    tools.rest.measure_clock()
    now = tools.clock.now()
    owner = Owner(installation or installation_id(made.store), made.mode, bot.id)
    lease = made.leases.acquire(bot.id, made.processes.here("rebuild"), now)
    try:
        known = SqlJournal(made.store, bot, lease).entries()
        told = _told(tools, bot, owner, known, of_lost_store=bool(installation))
        before, is_same = made.records.totals()[bot.id], list(told.entries) == list(known)
        if not agree(Rebuilding(owner.installation, before, told, is_same, backup)):
            return False
        if backup is not None:
            back_up(made.store, backup)
        if installation:
            take_installation(made.store, installation)
        replace_books(made.store, bot, lease, told.entries, told.resting, told.epoch, now)
    finally:
        made.leases.release(lease)
        tools.rest.close()
    made.findings.close("restored", bot.id)
    made.activities.record(Activity(now, "command line", "rebuild", "", bot.id))
    return True


def _backup(made: Installation, bot: Bot, *, is_backed_up: bool) -> Path | None:
    """Return where the store is to be kept as it is; None where its server has a backup."""
    file = made.store.file
    if file is not None:
        return file.with_name(f"{file.name}.before-rebuild-{made.clock.now()}")
    if is_backed_up:
        return None
    raise InputError(
        f"{how_to_back_up(made.store)}. Then: tradefleet rebuild {bot.id} --backed-up",
        code="no_backup",
    )


def _told(
    tools: HubTools, bot: Bot, owner: Owner, known: Sequence[Entry], *, of_lost_store: bool
) -> Rebuilt:
    """Return what the exchange tells of a bot, with the words of a person that it cannot know."""
    words = [
        entry
        for entry in known
        if isinstance(entry, FillBooked) and _is_word(entry, of_lost_store=of_lost_store)
    ]
    instrument = tools.market.instrument(bot.settings.symbol)
    told = rebuild(tools.broker, owner, instrument, bot.settings.trade_amount, words)
    if not told.epoch:
        raise InputError(
            f"the exchange knows no order of bot {bot.id} under installation "
            f"{owner.installation}, so its books are left as they are"
            + _others(tools.broker, bot, owner.mode),
            code="nothing_found",
        )
    return told


def _is_word(entry: FillBooked, *, of_lost_store: bool) -> bool:
    """Whether an entry stands for a person's word, which no exchange knows.

    Where the store was lost, a position that was taken over from the data folder's own files is no
    such word: the exchange tells of the trades that made it.
    """
    return entry.fill.trade_id < 0 and (entry.reason.is_outside or not of_lost_store)


def _others(history: History, bot: Bot, mode: str) -> str:
    """Return in words whose orders of such a bot the account knows."""
    orders = history.orders_since(bot.settings.symbol, 0)
    names = (Name.read(order.client_order_id, mode) for order in orders)
    found = sorted({name.installation for name in names if name and name.bot_id == bot.id})
    if not found:
        return ""
    return (
        f". It does under {', '.join(found)}: if your store was lost, say whose they are with "
        "--installation"
    )
