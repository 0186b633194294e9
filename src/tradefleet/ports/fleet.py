"""Promises about the fleet: its bots, who runs each, and the processes that do."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tradefleet.domain.bot import Bot, BotSettings, Status, Wish

# Who holds a stopped bot only for a moment, to write into its books by a person's word.
BOOKKEEPERS = frozenset({"dashboard", "import", "rebuild", "settle"})


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that runs a bot. `pid` with `started_at` names it even if the pid is reused."""

    pid: int
    started_at: float
    host: str
    boot: str
    launcher: str

    @property
    def is_bookkeeper(self) -> bool:
        """Whether it writes into the books and is no bot: nobody else's to end."""
        return self.launcher in BOOKKEEPERS


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a bot; whoever holds the highest epoch is the only writer."""

    bot_id: int
    epoch: int
    holder: Holder


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a running bot says about itself.

    Attributes:
        waiting_for: one sentence.
        protection: who protects the position: `exchange`, `bot`, `none` or empty when flat.
        stop_price, target_price: of the open position.
        alone: no hub, working at a reduced rhythm.
    """

    at: int
    status: Status
    waiting_for: str = ""
    next_evaluation_at: int = 0
    last_decision_at: int = 0
    price: Decimal | None = None
    protection: str = ""
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease as others see it; `heartbeat` is None until the first beat."""

    lease: Lease
    heartbeat: Heartbeat | None


class Leases(Protocol):
    """Who runs which bot."""

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        """Take a bot, with a new epoch.

        Raises:
            LeaseError: its holder is alive (same process, or a heartbeat younger than 30 s from
                another machine).
        """

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Renew the lease; `LeaseError` if it was taken over."""

    def release(self, lease: Lease) -> None:
        """Give the bot back."""

    def all(self) -> Mapping[int, LeaseView]:
        """Return every held lease by bot id."""


class Bots(Protocol):
    """The fleet as the person set it up."""

    def create(
        self,
        settings: BotSettings,
        base: str,
        quote: str,
        now: int,
        *,
        bot_id: int | None = None,
        key: str = "",
    ) -> Bot:
        """Add a bot, stopped, under a new id.

        Args:
            settings: already checked.
            base, quote: of its symbol.
            now: UTC milliseconds.
            bot_id: an id to take instead; `InputError` (`id_taken`) if it is or was in use.
            key: of the request; a request that comes again within a day gets the first one's bot.
        """

    def get(self, bot_id: int) -> Bot:
        """Return a bot; `InputError` (`unknown_bot`) if there is none."""

    def all(self) -> tuple[Bot, ...]:
        """Return every bot that was not deleted, by id."""

    def update(
        self, bot_id: int, settings: BotSettings, version: int, *, base: str = "", quote: str = ""
    ) -> Bot:
        """Change a bot; with a new symbol also its `base` and `quote`.

        Raises:
            InputError: it changed meanwhile (`stale_version`), or it has traded and gets another
                symbol (`symbol_in_use`): its books are in the old one.
        """

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        """Say what the bot should do; clears its failure."""

    def own_wish(self, bot_id: int) -> Wish:
        """Return what this bot alone was told, whatever the whole fleet was told."""

    def fail(self, bot_id: int, why: str) -> None:
        """Record why a bot cannot run; empty clears it."""

    def delete(self, bot_id: int) -> None:
        """Remove a bot; its history stays, its id is never used again."""


class Launcher(Protocol):
    """A way to give a bot a process of its own."""

    name: str

    def launch(self, bot_id: int) -> None:
        """Start the bot's process; whether it lives is told by its lease, never by us."""


class Processes(Protocol):
    """The processes of this machine, by pid and start time: a reused pid is never hit."""

    def here(self, launcher: str) -> Holder:
        """Return this very process, started by `launcher`."""

    def is_alive(self, holder: Holder) -> bool:
        """Return whether the process lives on this machine since the same boot."""

    def ask_to_stop(self, holder: Holder) -> None:
        """Send SIGTERM; a process that is gone is left alone."""

    def kill(self, holder: Holder) -> None:
        """Send SIGKILL; a process that is gone is left alone."""


class BotLog(Protocol):
    """A bot's log: text for people, which nothing ever reads back.

    Every line may hold text of strangers (names, error messages): the adapter escapes control
    characters.
    """

    def info(self, text: str) -> None:
        """Write a line of what happens."""

    def warning(self, text: str) -> None:
        """Write a line of what a person should know."""

    def error(self, text: str) -> None:
        """Write a line of what went wrong."""
