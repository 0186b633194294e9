"""Settling what is missing, put together."""

from collections.abc import Callable

from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.application.fleet import Fleet
from tradefleet.application.settlement import Settlement
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import Bot
from tradefleet.ports.fleet import Lease
from tradefleet.ports.journal import Journal


def journals(made: Installation) -> Callable[[Bot, Lease], Journal]:
    """Return what opens a bot's journal under a lease."""
    return lambda bot, lease: SqlJournal(made.store, bot, lease)


def settlement(made: Installation, fleet: Fleet, launcher: str) -> Settlement:
    """Return who settles what the wallet lacks.

    Args:
        made: the installation.
        fleet: its bots.
        launcher: what this process is, for whoever finds a bot taken.
    """
    return Settlement(fleet, made.findings, journals(made), made.processes.here(launcher))
