"""The sketch's JSON files, put together: the mirror, an export, the import of an older system."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.mirror import JsonMirror
from tradefleet.adapters.store.seed_import import SeedImport, SeedPosition
from tradefleet.application.fleet import Fleet
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.ledger import FillBooked


def mirror(made: Installation, folder: Path | None = None) -> JsonMirror:
    """Return what writes the files into the data folder, or an export into another one."""
    return JsonMirror(folder or made.folder.root, made.bots, made.records, made.leases)


def seed_import(
    made: Installation, fleet: Fleet, quantity_of: Callable[[SeedPosition], Decimal | None]
) -> SeedImport:
    """Return the import of an older system's files.

    Args:
        made: the installation that takes the bots over.
        fleet: makes them, by the rules for every bot.
        quantity_of: says what a position holds; None if nobody knows.
    """

    def create(bot_id: int, settings: BotSettings, spent: Decimal) -> Bot:
        return fleet.create(settings, "import", bot_id=bot_id, spent=spent)

    def book(bot: Bot, fill: FillBooked) -> None:
        lease = made.leases.acquire(bot.id, made.processes.here("import"), made.clock.now())
        try:
            SqlJournal(made.store, bot, lease).book([fill])
        finally:
            made.leases.release(lease)

    return SeedImport(create, book, quantity_of)
