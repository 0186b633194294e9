"""What a bot is doing, told from wish, lease and heartbeat; never from a process list."""

from collections.abc import Mapping

from tradefleet.domain.bot import Bot, Status
from tradefleet.ports.fleet import Heartbeat, LeaseView
from tradefleet.ports.records import Totals

# A heartbeat older than this means that the process is gone, whatever the lease says.
LOST_AFTER_MS = 30_000


def is_alive(view: LeaseView | None, now: int) -> bool:
    """Whether a process holds the bot and beat lately; one that just began counts as alive."""
    if view is None:
        return False
    return view.heartbeat is None or now - view.heartbeat.at <= LOST_AFTER_MS


def last_heartbeat(view: LeaseView | None) -> Heartbeat | None:
    """Return what the bot last said about itself, however long ago."""
    return view.heartbeat if view is not None else None


def status_of(bot: Bot, view: LeaseView | None, now: int) -> Status:
    """Return what the bot is doing, as people and programs are told."""
    alive = is_alive(view, now)
    if not bot.wish.wants_process:
        return Status.STOPPING if alive else Status.STOPPED
    if not alive:
        return Status.FAILED if bot.failure else Status.STARTING
    heartbeat = last_heartbeat(view)
    return heartbeat.status if heartbeat is not None else Status.STARTING


def books_of(bot: Bot, totals: Mapping[int, Totals]) -> Totals:
    """Return a bot's figures; one that never traded owns its budget."""
    return totals.get(bot.id) or Totals(cash=bot.settings.trade_amount)
