"""The store of a simulated machine: memory that survives its processes, and sometimes fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from campaign.clock import VirtualClock
from tradefleet.domain.bot import Bot, Wish
from tradefleet.domain.errors import InputError, LeaseError, StoreError
from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import Purpose
from tradefleet.ports.fleet import Heartbeat, Holder, Lease, LeaseView
from tradefleet.ports.journal import Decision, Intent, IntentState
from tradefleet.ports.notices import Finding

SILENCE_MS = 30_000
LIVE = (IntentState.OPEN, IntentState.ACCEPTED)


@dataclass(slots=True)
class Facts:
    """What the store knows of one bot, whichever process wrote it.

    Attributes:
        changes: counts up with every write.
        bought_at: candles on which an entry was recorded, by close time.
    """

    intents: dict[int, Intent] = field(default_factory=dict)
    live: dict[int, Intent] = field(default_factory=dict)
    newest: dict[Purpose, Intent] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    trades: set[tuple[str, int]] = field(default_factory=set)
    decisions: int = 0
    changes: int = 0


class Disk:
    """Whether writes succeed.

    Attributes:
        chance: that a write fails; half of the failed ones were written all the same.
        struck: how many failed.
    """

    def __init__(self, random: Random, chance: float) -> None:
        self._random = random
        self.chance = chance
        self.struck = 0

    def may_fail(self) -> bool:
        """Fail now, or return whether to fail after the write was done."""
        if not self.chance or self._random.random() >= self.chance:
            return False
        self.struck += 1
        if self._random.random() < 0.5:
            raise StoreError("the disk is full (campaign)")
        return True

    @staticmethod
    def fail_after() -> None:
        """Report a write as failed that is on the disk."""
        raise StoreError("the disk did not confirm the write (campaign)")


class SimJournal:
    """Keeps `Journal`: one process's pen, good while its lease is."""

    def __init__(self, facts: Facts, lease: Lease, leases: "SimLeases", disk: Disk) -> None:
        self._facts = facts
        self._lease = lease
        self._leases = leases
        self._disk = disk

    def confirm_lease(self) -> None:
        """Raise `LeaseError` if another process took over."""
        if self._leases.epochs.get(self._lease.bot_id) != self._lease.epoch:
            raise LeaseError(f"bot {self._lease.bot_id} belongs to another process now")

    def next_sequence(self) -> int:
        """Return the number of the next intent."""
        return len(self._facts.intents) + 1

    def record_intent(self, intent: Intent) -> None:
        """Write an intent down."""
        late = self._writing()
        if intent.sequence in self._facts.intents:
            raise StoreError(f"there is an intent {intent.sequence} already")
        self._facts.epochs[intent.sequence] = self._lease.epoch
        self._put(intent)
        self._written(late)

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent."""
        late = self._writing()
        became = replace(self._facts.intents[sequence], state=state, detail=detail)
        if naked_ms is not None:
            became = replace(became, naked_ms=naked_ms)
        self._put(became)
        self._written(late)

    def open_intents(self) -> tuple[Intent, ...]:
        """Return intents in state OPEN or ACCEPTED, oldest first."""
        return tuple(self._facts.live.values())

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        """Return the newest intent of a purpose."""
        return self._facts.newest.get(purpose)

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills; known trade ids are ignored. Return those that were new."""
        late = self._writing()
        fresh = []
        for entry in fills:
            key = (entry.fill.symbol, entry.fill.trade_id)
            if key not in self._facts.trades:
                self._facts.trades.add(key)
                fresh.append(entry)
        self._facts.entries += fresh
        self._written(late)
        return tuple(fresh)

    def book_dust(self, entry: DustBooked) -> None:
        """Close the trade, the rest being too small to sell."""
        late = self._writing()
        self._facts.entries.append(entry)
        self._written(late)

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole history of the ledger."""
        return tuple(self._facts.entries)

    def record_decision(self, decision: Decision) -> None:
        """Count an evaluation."""
        late = self._writing()
        self._facts.decisions += 1
        self._written(late)

    def _put(self, intent: Intent) -> None:
        facts = self._facts
        facts.intents[intent.sequence] = intent
        newest = facts.newest.get(intent.purpose)
        if newest is None or newest.sequence <= intent.sequence:
            facts.newest[intent.purpose] = intent
        if intent.state in LIVE:
            facts.live[intent.sequence] = intent
        else:
            facts.live.pop(intent.sequence, None)

    def _writing(self) -> bool:
        late = self._disk.may_fail()
        if self._leases.epochs.get(self._lease.bot_id) != self._lease.epoch:
            raise LeaseError(f"bot {self._lease.bot_id} belongs to another process now")
        return late

    def _written(self, late: bool) -> None:
        self._facts.changes += 1
        if late:
            self._disk.fail_after()


class SimBots:
    """Keeps `Bots` as far as a bot's process uses it.

    Attributes:
        wished_at: when each bot's wish was changed last.
    """

    def __init__(self, bots: Sequence[Bot], clock: VirtualClock) -> None:
        self.rows = {bot.id: bot for bot in bots}
        self.wished_at = {bot.id: 0 for bot in bots}
        self._clock = clock

    def get(self, bot_id: int) -> Bot:
        """Return a bot."""
        try:
            return self.rows[bot_id]
        except KeyError:
            raise InputError(f"there is no bot {bot_id}", code="unknown_bot") from None

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        """Say what the bot should do; clears its failure."""
        bot = self.rows[bot_id] = replace(self.rows[bot_id], wish=wish, failure="")
        self.wished_at[bot_id] = self._clock.ms
        return bot

    def fail(self, bot_id: int, why: str) -> None:
        """Record why a bot cannot run."""
        self.rows[bot_id] = replace(self.rows[bot_id], failure=why)

    def change(self, bot_id: int, **settings: object) -> None:
        """Change a bot's settings."""
        bot = self.rows[bot_id]
        changed = replace(bot.settings, **settings)  # type: ignore[arg-type]
        self.rows[bot_id] = replace(bot, settings=changed, version=bot.version + 1)


class SimLeases:
    """Keeps `Leases`; processes on one machine know who is alive, others wait for silence.

    Attributes:
        epochs: the newest epoch of each held lease.
        taken_at: when each epoch of a bot began.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._views: dict[int, LeaseView] = {}
        self._beat_at: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self.epochs: dict[int, int] = {}
        self.taken_at: dict[tuple[int, int], int] = {}
        self.dead: set[int] = set()  # pids

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        """Take a bot, with a new epoch; `LeaseError` while its holder is alive."""
        view = self._views.get(bot_id)
        if view is not None and view.lease.holder.pid not in self.dead:
            silent_for = self._clock.ms - self._beat_at[bot_id]
            if view.lease.holder.host == holder.host or silent_for < SILENCE_MS:
                raise LeaseError(f"bot {bot_id} runs already")
        epoch = self._last.get(bot_id, 0) + 1
        lease = Lease(bot_id, epoch, holder)
        self._views[bot_id] = LeaseView(lease, None)
        self._beat_at[bot_id] = self._clock.ms
        self._last[bot_id] = self.epochs[bot_id] = epoch
        self.taken_at[bot_id, epoch] = self._clock.ms
        return lease

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Renew the lease; `LeaseError` if it was taken over."""
        if self.epochs.get(lease.bot_id) != lease.epoch:
            raise LeaseError(f"bot {lease.bot_id} belongs to another process now")
        self._views[lease.bot_id] = LeaseView(lease, heartbeat)
        self._beat_at[lease.bot_id] = self._clock.ms

    def release(self, lease: Lease) -> None:
        """Give the bot back."""
        if self.epochs.get(lease.bot_id) == lease.epoch:
            del self.epochs[lease.bot_id], self._views[lease.bot_id]

    def all(self) -> Mapping[int, LeaseView]:
        """Return every held lease."""
        return self._views


class SimFindings:
    """Keeps `Findings`."""

    def __init__(self) -> None:
        self.now: dict[tuple[str, int], Finding] = {}

    def open(self, finding: Finding) -> bool:
        """Open a finding or refresh its text."""
        key = (finding.code, finding.bot_id)
        is_new = key not in self.now
        self.now[key] = finding
        return is_new

    def close(self, code: str, bot_id: int = 0) -> bool:
        """Close a finding."""
        return self.now.pop((code, bot_id), None) is not None

    def all(self) -> tuple[Finding, ...]:
        """Return open findings."""
        return tuple(self.now.values())
