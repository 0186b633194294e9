"""One process of a bot, forked, that kills itself at a named point."""

import mmap
import os
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path
from struct import Struct
from typing import Any

import httpx2

import tradefleet.bootstrap.bot as bot_process
import tradefleet.bootstrap.bot_side as bot_side
from campaign.crash import Pass, Watched
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Governor
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.binance.transport import CONNECT_S, DEADLINE_S, PatientTransport
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import BotSettings, Wish
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Action, Reason, Signal, hold
from tradefleet.domain.strategy import Headline
from tradefleet.settings import Settings

TRAIL_BYTES = 1 << 16
_HEAD = Struct("=QQ")  # points passed, bytes used
ANYWHERE = "*"


class Trail:
    """The points a process passed, in memory that outlives it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, TRAIL_BYTES)
        self._end = _HEAD.size
        self._count = 0

    def add(self, point: str) -> None:
        """Note a point; of a long life only the first ones by name."""
        text = f"{point}\n".encode()
        self._count += 1
        if self._end + len(text) <= TRAIL_BYTES:
            self._memory[self._end : self._end + len(text)] = text
            self._end += len(text)
        _HEAD.pack_into(self._memory, 0, self._count, self._end)

    @property
    def count(self) -> int:
        """How many points were passed so far, by whichever process."""
        return int(_HEAD.unpack_from(self._memory)[0])

    def points(self) -> list[str]:
        """Return the points that were passed."""
        end = _HEAD.unpack_from(self._memory)[1]
        return self._memory[_HEAD.size : end].decode().split("\n")[:-1]

    def close(self) -> None:
        """Forget it."""
        self._memory.close()


@dataclass(frozen=True, slots=True)
class Script:
    """What one process does.

    Attributes:
        says: what its strategy says each time: `BUY`, `SELL` or `HOLD`.
        wish: what the person wished before it was started.
        dies_at: `POINT:n`: at the n-th passing of a point, `*:n` = at the n-th of any; empty = not
            by its own hand.
        settle_ms: after this long an order that was not found counts as absent.
        is_first: the bot is made first.
    """

    bot_id: int
    symbol: str
    says: str = "HOLD"
    wish: str = "run"
    dies_at: str = ""
    settle_ms: int = 1_000
    is_first: bool = False


def start(home: Path, script: Script, trail: Trail) -> int:
    """Fork a process that lives by a script; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _live(home, script, trail)
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent would
        traceback.print_exc()
    finally:
        os._exit(code)
    return 0


def _live(home: Path, script: Script, trail: Trail) -> int:
    quiet = os.open(home / f"stderr_{script.bot_id}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(quiet, 2)
    os.setpgid(0, 0)  # a Ctrl-C of whoever watches is not for us
    made = _Installation(home, script)
    _obey(made, script)
    passing = made.passing = partial(_pass, script.dies_at, trail, Counter())
    _put_in(script, passing)
    return bot_process.run(made, script.bot_id, "kills")


def _obey(made: "_Installation", script: Script) -> None:
    """Do as the person would: make the bot, or wish something."""
    if script.is_first:
        settings = BotSettings(
            f"bot {script.bot_id}", script.symbol, "script", Decimal(300), interval="1m", every="1d"
        )
        base = script.symbol.removesuffix("USDT")
        made.bots.create(settings, base, "USDT", made.clock.now(), bot_id=script.bot_id)
    if made.bots.get(script.bot_id).wish.value != script.wish:
        made.bots.wish(script.bot_id, Wish(script.wish))


def _put_in(script: Script, passing: Pass) -> None:
    """Let what the product puts together be counted, and settle sooner."""

    def rest(url: str, clock: ExchangeClock, governor: Governor, key: Credentials) -> Rest:
        http: Any = _Http(_client(script), passing)
        return Rest(url, clock, governor, key, http)

    def journal(*parts: Any) -> Watched:
        return Watched(SqlJournal(*parts), passing)

    here: Any = bot_process
    side: Any = bot_side
    side.Rest = rest
    side.BinanceBroker = partial(BinanceBroker, settle_ms=script.settle_ms)
    here.SqlJournal = journal


def _client(script: Script) -> httpx2.Client:
    """Return what the product's own makes, from an address of the bot's: one limit for each."""
    address = f"127.1.{script.bot_id // 250}.{script.bot_id % 250 + 1}"
    transport = PatientTransport(DEADLINE_S, verify=None, local_address=address)
    return httpx2.Client(transport=transport, timeout=httpx2.Timeout(DEADLINE_S, connect=CONNECT_S))


def _pass(dies_at: str, trail: Trail, passed: "Counter[str]", point: str) -> None:
    trail.add(point)
    passed[point] += 1
    passed[ANYWHERE] += 1
    if dies_at in (f"{point}:{passed[point]}", f"{ANYWHERE}:{passed[ANYWHERE]}"):
        os.kill(os.getpid(), signal.SIGKILL)


def _nowhere(_: str) -> None:
    """Pass a point that does not count: the bot's process has not begun."""


class _Store(Store):
    """The real store; a process may die before and after each commit."""

    passing: Pass = staticmethod(_nowhere)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction, as the real one does."""
        with super().write(durable=durable) as connection:
            yield connection
            self.passing("commit.before")
        self.passing("commit.after")


class _Installation(Installation):
    """An installation whose store and leases are watched, and whose strategy reads a script."""

    def __init__(self, home: Path, script: Script) -> None:
        super().__init__(Settings(_env_file=None, tradefleet_home=home, trading_mode="paper"))  # type: ignore[call-arg]
        self.working_folder = self.folder.root
        self._says = script.says
        self._passing: Pass = _nowhere

    @property
    def passing(self) -> Pass:
        """What is told of every point."""
        return self._passing

    @passing.setter
    def passing(self, passing: Pass) -> None:
        self._passing = passing
        assert isinstance(self.store, _Store)
        self.store.passing = passing

    @cached_property
    def store(self) -> Store:
        return _Store.locate("", self.folder.root, self.mode)

    @cached_property
    def leases(self) -> Any:
        return Watched(SqlLeases(self.store, self.processes), self._passing)

    @cached_property
    def catalogue(self) -> Any:
        return self

    def decider(self, strategy: str, parameters: object) -> "_Says":
        """Return the script's strategy, whatever is asked for."""
        return _Says(self._says)


class _Says:
    """A strategy that always says the same."""

    warmup = 3
    needs_news = False

    def __init__(self, says: str) -> None:
        self._says = says

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Say it."""
        if self._says == "HOLD":
            return hold("the script says so")
        return Signal(Action[self._says], (Reason("the script says so"),))


class _Http:
    """The real HTTP client; a process may die around each request."""

    def __init__(self, http: httpx2.Client, passing: Pass) -> None:
        self._http = http
        self._passing = passing

    @contextmanager
    def stream(self, method: str, url: str, **more: Any) -> Iterator[httpx2.Response]:
        """Carry a request."""
        name = f"{method} {httpx2.URL(url).path.removeprefix('/api/v3')}"
        self._passing(f"{name}.before")
        try:
            with self._http.stream(method, url, **more) as response:
                self._passing(f"{name}.executed")
                yield response
        except httpx2.HTTPError:
            self._passing(f"{name}.lost")
            raise
        self._passing(f"{name}.answered")

    def close(self) -> None:
        """Hang up."""
        self._http.close()
