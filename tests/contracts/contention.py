"""Processes that write into one store at once."""

import sys
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from tests.contracts.fleet import NOW, PROCESSES, a_fill, an_intent, settings, the_leases
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.domain.order import Side
from tradefleet.ports.journal import IntentState


def at_once(work: Any, store: Store, count: int) -> list[Any]:
    """Run `work(url, schema, number)` in `count` processes at once; return what they return."""
    store.close()
    context = get_context("forkserver")  # a clean process without threads forks them all
    context.set_forkserver_preload([__name__, "psycopg"])
    with context.Pool(count) as pool:
        return pool.starmap(work, [(store.url, store.schema, n) for n in range(count)], chunksize=1)


def create_bots(url: URL, schema: str, number: int) -> list[int]:
    bots = SqlBots(Store(url, schema))
    return [bots.create(settings(), "BTC", "USDT", NOW).id for _ in range(5)]


def raise_the_amount(url: URL, schema: str, number: int) -> int:
    """Add 1 three times by reading, changing and writing back; return how often it was refused."""
    bots = SqlBots(Store(url, schema))
    refused = done = 0
    while done < 3:
        bot = bots.get(1)
        more = replace(bot.settings, trade_amount=bot.settings.trade_amount + 1)
        try:
            bots.update(1, more, bot.version)
        except InputError:
            refused += 1
        else:
            done += 1
    return refused


def take_the_bot(url: URL, schema: str, number: int) -> int:
    """Return the epoch of the lease, or 0 if another holder was first."""
    try:
        return the_leases(Store(url, schema)).acquire(1, PROCESSES.here("test"), NOW).epoch
    except LeaseError:
        return 0


def trade_for_ever(home: Path) -> None:
    """Buy and sell as bot 1 until killed; say what was booked once it is."""
    store = Store.locate("", home, "paper")
    lease = the_leases(store).acquire(1, PROCESSES.here("test"), NOW)
    journal = SqlJournal(store, SqlBots(store).get(1), lease)
    while True:
        number = journal.next_sequence()
        intent = an_intent(number)
        journal.record_intent(intent)
        say(f"meant {number}")
        side = Side.SELL if len(journal.entries()) % 2 else Side.BUY
        journal.book([a_fill(number, side)])
        say(f"booked {number}")
        journal.settle_intent(number, IntentState.DONE)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    trade_for_ever(Path(sys.argv[1]))
