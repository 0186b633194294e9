"""Store ports in memory, as simple as they can be."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from tradefleet.domain.bot import Bot, BotSettings, Halt, Wish, heed
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.domain.order import ProtectionRequest
from tradefleet.domain.position import Trade
from tradefleet.ports.exchange import Ring
from tradefleet.ports.fleet import Heartbeat, Holder, Lease, LeaseView
from tradefleet.ports.halts import BotReceipt, StandingHalt
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Activity, Finding, Message
from tradefleet.ports.records import EquityPoint, Snapshot, Totals


def a_bot(bot_id: int = 1, **settings: object) -> Bot:
    values: dict[str, object] = {
        "name": "BTC Bot",
        "symbol": "BTCUSDT",
        "strategy": "scripted",
        "trade_amount": Decimal(100),
        **settings,
    }
    return Bot(bot_id, BotSettings(**values), "BTC", "USDT", Wish.RUN)  # type: ignore[arg-type]


class FakeBots:
    def __init__(self, *bots: Bot, halts: "FakeHalts | None" = None) -> None:
        self.rows = {bot.id: bot for bot in bots}
        self.halts = halts

    def create(self, settings: BotSettings, base: str, quote: str, now: int) -> Bot:
        bot = Bot(max(self.rows, default=0) + 1, settings, base, quote, created_at=now)
        self.rows[bot.id] = bot
        return bot

    def get(self, bot_id: int) -> Bot:
        if bot_id not in self.rows:
            raise InputError(f"there is no bot {bot_id}", code="unknown_bot")
        return self._heeding(self.rows[bot_id])

    def all(self) -> tuple[Bot, ...]:
        return tuple(map(self._heeding, self.rows.values()))

    def _heeding(self, bot: Bot) -> Bot:
        halt = self.halts.halt if self.halts else None
        return bot if halt is None else replace(bot, wish=heed(bot.wish, halt.how))

    def update(self, bot_id: int, settings: BotSettings, version: int) -> Bot:
        self.rows[bot_id] = replace(self.rows[bot_id], settings=settings, version=version + 1)
        return self.rows[bot_id]

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        self.rows[bot_id] = replace(self.rows[bot_id], wish=wish, failure="")
        return self.rows[bot_id]

    def own_wish(self, bot_id: int) -> Wish:
        return self.rows[bot_id].wish

    def fail(self, bot_id: int, why: str) -> None:
        self.rows[bot_id] = replace(self.rows[bot_id], failure=why)

    def delete(self, bot_id: int) -> None:
        del self.rows[bot_id]


class FakeHalts:
    """The halt of the whole fleet; `heed` is what a store's bots do."""

    def __init__(self) -> None:
        self.halt: StandingHalt | None = None
        self.left: list[BotReceipt] = []
        self.expected: dict[int, int] = {}

    def standing(self) -> StandingHalt | None:
        return self.halt

    def raise_halt(self, how: Halt, actor: str, now: int) -> StandingHalt:
        self.halt = StandingHalt(how, actor, now, f"halt {now} {how}")
        return self.halt

    def reset(self, actor: str, now: int, *, resume: bool) -> bool:
        stood, self.halt = self.halt is not None, None
        return stood

    def expect(self, bot_id: int, version: int, now: int) -> None:
        self.expected[bot_id] = version

    def owing(self) -> frozenset[int]:
        left = {bot_id: receipt.version for bot_id, receipt in self.receipts().items()}
        return frozenset(i for i, version in self.expected.items() if left.get(i, 0) < version)

    def leave(self, receipt: BotReceipt) -> None:
        self.left.append(receipt)

    def receipts(self) -> dict[int, BotReceipt]:
        return {receipt.bot_id: receipt for receipt in self.left}


class FakeLeases:
    def __init__(self) -> None:
        self.held: dict[int, LeaseView] = {}
        self.epochs: dict[int, int] = {}

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        if bot_id in self.held:
            raise LeaseError(f"bot {bot_id} is running already")
        self.epochs[bot_id] = self.epochs.get(bot_id, 0) + 1
        lease = Lease(bot_id, self.epochs[bot_id], holder)
        self.held[bot_id] = LeaseView(lease, None)
        return lease

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        view = self.held.get(lease.bot_id)
        if view is None or view.lease.epoch != lease.epoch:
            raise LeaseError("taken over")
        self.held[lease.bot_id] = LeaseView(lease, heartbeat)

    def release(self, lease: Lease) -> None:
        view = self.held.get(lease.bot_id)
        if view is not None and view.lease.epoch == lease.epoch:
            del self.held[lease.bot_id]

    def all(self) -> dict[int, LeaseView]:
        return dict(self.held)


class FakeFindings:
    def __init__(self) -> None:
        self.now: dict[tuple[str, int], Finding] = {}
        self.ever: list[str] = []

    def open(self, finding: Finding) -> bool:
        key = (finding.code, finding.bot_id)
        new = key not in self.now
        if new:
            self.ever.append(finding.code)
            self.now[key] = finding
        else:
            self.now[key] = replace(self.now[key], text=finding.text)
        return new

    def close(self, code: str, bot_id: int = 0) -> bool:
        return self.now.pop((code, bot_id), None) is not None

    def all(self) -> tuple[Finding, ...]:
        return tuple(self.now.values())

    @property
    def codes(self) -> set[str]:
        return {code for code, _ in self.now}


class ListLog:
    """A bot log that can be looked at."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, text: str) -> None:
        self.lines.append(text)

    def warning(self, text: str) -> None:
        self.lines.append(f"WARNING {text}")

    def error(self, text: str) -> None:
        self.lines.append(f"ERROR {text}")


class NoNews:
    def add(self, headlines: object) -> None: ...

    def between(self, since: int, until: int, symbol: str = "") -> tuple[()]:
        return ()


class FakeBell:
    """A bell that rings when a test says so; without a hub it has no descriptor."""

    def __init__(self, *, hub: bool = True) -> None:
        self.hub = hub
        self.watched: tuple[str, str, str] | None = None
        self.rings: list[Ring] = []

    def fileno(self) -> int:
        return 99 if self.hub else -1

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        self.watched = (symbol, interval, order_prefix)

    def heard(self) -> tuple[Ring, ...]:
        rang, self.rings = tuple(self.rings), []
        return rang


class FakeRecords:
    """Totals, trades and equity as a test puts them there."""

    def __init__(self) -> None:
        self.books: dict[int, Totals] = {}
        self.closed: list[tuple[int, Trade]] = []
        self.intents_of: dict[int, tuple[Intent, ...]] = {}
        self.points: list[dict[int, EquityPoint]] = []
        self.forgotten_at: list[int] = []
        self.by_fills: dict[str, Decimal] = {}

    def totals(self) -> dict[int, Totals]:
        return dict(self.books)

    def moved(self) -> dict[str, Decimal]:
        return dict(self.by_fills)

    def trades(self, bot_id: int | None = None, limit: int = 100) -> tuple[tuple[int, Trade], ...]:
        mine = [row for row in self.closed if bot_id in (None, row[0])]
        return tuple(sorted(mine, key=lambda row: -row[1].exit_time)[:limit])

    def intents(self, bot_id: int, limit: int = 100) -> tuple[Intent, ...]:
        return self.intents_of.get(bot_id, ())[:limit]

    def naked(self, bot_ids: Iterable[int]) -> dict[int, int]:
        return {}

    def resting(self, bot_ids: Iterable[int]) -> dict[int, ProtectionRequest]:
        return {
            bot_id: intent.request
            for bot_id in bot_ids
            for intent in self.intents_of.get(bot_id, ())
            if intent.state is IntentState.ACCEPTED
            and isinstance(intent.request, ProtectionRequest)
        }

    def equity(self, bot_id: int, since: int) -> tuple[EquityPoint, ...]:
        mine = (points[bot_id] for points in self.points if bot_id in points)
        return tuple(point for point in mine if point.at >= since)

    def record_equity(self, points: dict[int, EquityPoint]) -> None:
        self.points.append(points)

    def forget_old(self, now: int) -> None:
        self.forgotten_at.append(now)


class FakeSnapshots:
    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}

    def put(self, name: str, value: object, at: int) -> None:
        self.kept[name] = Snapshot(value, at)

    def get(self, name: str) -> Snapshot | None:
        return self.kept.get(name)


class FakeProcesses:
    """Processes that live until a test, or a signal to them, ends them."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.asked: list[int] = []
        self.killed: list[int] = []

    def here(self, launcher: str) -> Holder:
        return Holder(1, 1.0, "here", "this boot", launcher)

    def is_alive(self, holder: Holder) -> bool:
        return holder.pid in self.alive

    def ask_to_stop(self, holder: Holder) -> None:
        self.asked.append(holder.pid)

    def kill(self, holder: Holder) -> None:
        self.killed.append(holder.pid)
        self.alive.discard(holder.pid)


class FakeOutbox:
    def __init__(self) -> None:
        self.rows: dict[int, Message] = {}
        self.next_attempt: dict[int, int | None] = {}
        self.delivered: dict[int, int] = {}

    def put(self, message: Message) -> None:
        if message.key and any(row.key == message.key for row in self.rows.values()):
            return
        number = len(self.rows) + 1
        self.rows[number] = replace(message, id=number)
        self.next_attempt[number] = message.created_at

    def due(self, now: int, limit: int = 10) -> tuple[Message, ...]:
        waiting = [
            row
            for number, row in self.rows.items()
            if number not in self.delivered
            and (at := self.next_attempt[number]) is not None
            and at <= now
        ]
        return tuple(waiting[:limit])

    def sent(self, message_id: int, now: int) -> None:
        self.delivered[message_id] = now

    def failed(self, message_id: int, why: str, next_attempt_at: int | None) -> None:
        self.rows[message_id] = replace(
            self.rows[message_id], attempts=self.rows[message_id].attempts + 1
        )
        self.next_attempt[message_id] = next_attempt_at

    def put_off(self, message_id: int, next_attempt_at: int) -> None:
        self.next_attempt[message_id] = next_attempt_at

    @property
    def texts(self) -> list[str]:
        return [row.text for row in self.rows.values()]


class FakeActivities:
    def __init__(self) -> None:
        self.rows: list[Activity] = []

    def record(self, activity: Activity) -> None:
        self.rows.append(activity)

    def newest(self, limit: int = 100) -> tuple[Activity, ...]:
        return tuple(reversed(self.rows))[:limit]
