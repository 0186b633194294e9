"""Store ports in memory, as simple as they can be."""

from dataclasses import replace
from decimal import Decimal

from tradefleet.domain.bot import Bot, BotSettings, Wish
from tradefleet.domain.errors import InputError, LeaseError
from tradefleet.ports import Finding, Heartbeat, Holder, Lease, LeaseView, Ring


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
    def __init__(self, *bots: Bot) -> None:
        self.rows = {bot.id: bot for bot in bots}

    def create(self, settings: BotSettings, base: str, quote: str, now: int) -> Bot:
        bot = Bot(max(self.rows, default=0) + 1, settings, base, quote, created_at=now)
        self.rows[bot.id] = bot
        return bot

    def get(self, bot_id: int) -> Bot:
        if bot_id not in self.rows:
            raise InputError(f"there is no bot {bot_id}", code="unknown_bot")
        return self.rows[bot_id]

    def all(self) -> tuple[Bot, ...]:
        return tuple(self.rows.values())

    def update(self, bot_id: int, settings: BotSettings, version: int) -> Bot:
        self.rows[bot_id] = replace(self.rows[bot_id], settings=settings, version=version + 1)
        return self.rows[bot_id]

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        self.rows[bot_id] = replace(self.rows[bot_id], wish=wish, failure="")
        return self.rows[bot_id]

    def fail(self, bot_id: int, why: str) -> None:
        self.rows[bot_id] = replace(self.rows[bot_id], failure=why)

    def delete(self, bot_id: int) -> None:
        del self.rows[bot_id]


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

    def fileno(self) -> int:
        return 99 if self.hub else -1

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        self.watched = (symbol, interval, order_prefix)

    def heard(self) -> tuple[Ring, ...]:
        return ()
