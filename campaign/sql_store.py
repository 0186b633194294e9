"""The real store in the simulated machine: SQLite on the disk behind the places of `store.py`.

What the product reads comes from SQLite alone. Each write is made twice, there and in the memory
the oracles look at; `differences` says in the end whether both agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from campaign.clock import VirtualClock
from campaign.store import Facts, SimBots, SimJournal, SimLeases
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.migrate import migrate
from tradefleet.domain.bot import Bot, Wish
from tradefleet.ports.fleet import Heartbeat, Holder, Lease, LeaseView

WRITES = frozenset({"record_intent", "settle_intent", "book", "book_dust"})


class TwofoldJournal:
    """Keeps `Journal` in SQLite; what is written goes to the oracles' memory too."""

    def __init__(self, real: SqlJournal, memory: SimJournal) -> None:
        self._real = real
        self._memory = memory

    def __getattr__(self, name: str) -> Any:
        """Return the real journal's method; one that writes is told to the memory as well."""
        real = getattr(self._real, name)
        if name not in WRITES:
            return real
        told: Callable[..., Any] = getattr(self._memory, name)

        def write(*args: Any, **more: Any) -> Any:
            answer = real(*args, **more)
            told(*args, **more)
            return answer

        return write


class TwofoldBots(SimBots):
    """Keeps `Bots` in SQLite; the oracles look at `rows`."""

    def __init__(self, bots: Sequence[Bot], clock: VirtualClock, store: Store) -> None:
        self._real = SqlBots(store)
        for bot in bots:
            self._real.create(bot.settings, bot.base, bot.quote, clock.now(), bot_id=bot.id)
            self._real.wish(bot.id, bot.wish)
        super().__init__([self._real.get(bot.id) for bot in bots], clock)

    def get(self, bot_id: int) -> Bot:
        """Return a bot."""
        return self._real.get(bot_id)

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        """Say what the bot should do."""
        super().wish(bot_id, wish)
        return self._keep(self._real.wish(bot_id, wish))

    def fail(self, bot_id: int, why: str) -> None:
        """Record why a bot cannot run."""
        self._real.fail(bot_id, why)
        self._keep(self._real.get(bot_id))

    def change(self, bot_id: int, **settings: object) -> None:
        """Change a bot's settings."""
        super().change(bot_id, **settings)
        bot = self._real.get(bot_id)
        self._keep(self._real.update(bot_id, self.rows[bot_id].settings, bot.version))

    def _keep(self, bot: Bot) -> Bot:
        self.rows[bot.id] = bot
        return bot


class _Machine:
    """One machine's view of which processes live; keeps `Processes` as far as leases use it."""

    def __init__(self, host: str, dead: set[int]) -> None:
        self._host = host
        self._dead = dead

    def here(self, launcher: str) -> Holder:
        """Return a holder on this machine."""
        return Holder(0, 0.0, self._host, "boot", launcher)

    def is_alive(self, holder: Holder) -> bool:
        """Whether a process lives."""
        return holder.pid not in self._dead


class TwofoldLeases:
    """Keeps `Leases` in SQLite for the processes of one machine."""

    def __init__(self, store: Store, memory: SimLeases, host: str) -> None:
        machine: Any = _Machine(host, memory.dead)
        self._real = SqlLeases(store, machine)
        self._memory = memory

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        """Take a bot."""
        lease = self._real.acquire(bot_id, holder, now)
        self._memory.epochs[bot_id] = lease.epoch
        return lease

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Renew the lease."""
        self._real.beat(lease, heartbeat)

    def release(self, lease: Lease) -> None:
        """Give the bot back."""
        self._real.release(lease)
        if self._memory.epochs.get(lease.bot_id) == lease.epoch:
            del self._memory.epochs[lease.bot_id]

    def all(self) -> Mapping[int, LeaseView]:
        """Return every held lease."""
        return self._real.all()


class SqlRoom:
    """The store of one simulated machine, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.locate("", folder, "paper")
        migrate(self.store)

    def journal(self, bot: Bot, lease: Lease, memory: SimJournal) -> TwofoldJournal:
        """Return a process's pen."""
        return TwofoldJournal(SqlJournal(self.store, bot, lease), memory)

    def differences(self, facts: dict[int, Facts], bots: SimBots) -> Iterator[tuple[int, str]]:
        """Yield each bot whose facts on the disk are not those the oracles judged."""
        for bot_id, known in facts.items():
            lease = Lease(bot_id, 0, Holder(0, 0.0, "", "", ""))
            journal = SqlJournal(self.store, bots.rows[bot_id], lease)
            if list(journal.entries()) != known.entries:
                yield bot_id, "the entries on the disk are not those that were written"
            if list(journal.open_intents()) != list(known.live.values()):
                yield bot_id, "the open intents on the disk are not those that were written"
            if journal.next_sequence() != len(known.intents) + 1:
                yield bot_id, "the disk has another number of intents"

    def close(self) -> None:
        """Close the file."""
        self.store.close()
