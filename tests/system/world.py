"""A whole Tradefleet of its own: real processes on a data folder and ports of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest

from tests.skips import ROOT
from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.bootstrap.hub import HubTools, hub_tools
from tradefleet.domain.order import Fill
from tradefleet.ports.fleet import Holder, LeaseView
from tradefleet.ports.records import Totals
from tradefleet.settings import Settings

PATIENCE_S = 120.0
SERVICES = ("exchange", "hub", "host", "dashboard")

# Buys whenever it is flat, so that a test need not wait for a market to please a real strategy.
KEEN = '''
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.domain.strategy import Strategy


class Keen(Strategy):
    """Buys at every opportunity."""

    key = "keen"
    title = "Keen"
    warmup = 2

    def decide(self, candles, news=None):
        """Buy."""
        return Signal(Action.BUY, (Reason("always"),))
'''

T = TypeVar("T")


def until(look: Callable[[], T], what: str, patience_s: float = PATIENCE_S) -> T:
    """Return the first answer that is true; fail where none comes in time."""
    pause, ends_at = threading.Event(), time.monotonic() + patience_s
    while not (found := look()):
        if time.monotonic() > ends_at:
            pytest.fail(f"waited in vain for {what}")
        pause.wait(0.05)
    return found


def _pid(folder: Path) -> int:
    """Return whose folder of /proc it is, 0 if no process's."""
    return int(folder.name) if folder.name.isdigit() else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """One data folder and everything that runs on it; `end` leaves nothing behind."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.here = folder / "here"
        self.here.mkdir()
        self.folder = DataFolder(folder / "data")
        self.folder.prepare()
        market = settings.get("PAPER_MARKET", "synthetic")
        # Not the port that somebody who works on this machine may use.
        self.folder.write(self.folder.market, {"market": market, "port": free_port()})
        (self.folder.strategies / "keen.py").write_text(KEEN)
        ours = {"TRADEFLEET_HOME": str(self.folder.root), "PAPER_MARKET": market}
        names = {name.upper() for name in Settings.model_fields}
        self.environment = {k: v for k, v in os.environ.items() if k.upper() not in names}
        self.environment |= {"LAUNCHER": "host", "PYTHONPATH": str(ROOT / "src")} | ours | settings
        self.dashboard: subprocess.Popen[str] | None = None
        self._started: list[subprocess.Popen[str]] = []
        self.store = Store.locate("", self.folder.root, settings.get("TRADING_MODE", "paper"))
        self.processes = LinuxProcesses()

    # ------------------------------------------------------------ commands

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command; it is ended with the world."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tradefleet", *words],
            cwd=self.here,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *words: str, exits: int = 0) -> str:
        """Run a command to its end and return what it printed."""
        process = self.start(*words)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == exits, told
        assert "Traceback" not in told
        return told

    def up(self) -> None:
        """Open the dashboard, and with it everything, unless it is open."""
        if self.dashboard is not None and self.dashboard.poll() is None:
            return
        (self.folder.run / "dashboard.json").unlink(missing_ok=True)
        self.dashboard = self.start("up", "--no-browser", "--port", "0")
        until(lambda: self.is_healthy or self._has_failed(), "a healthy system")

    def _has_failed(self) -> bool:
        if self.dashboard is not None and self.dashboard.poll() is not None:
            pytest.fail(f"`up` ended: {self.dashboard.communicate()[0]}")
        return False

    def end(self) -> None:
        """End everything by its pid."""
        until(self._is_empty, "the end of everything")
        for process in self._started:
            process.communicate()
        self.store.close()

    def _is_empty(self) -> bool:
        """Kill what was started on the folder, also what holds no lock yet; was there nothing?

        A screen ends with the bot in it.
        """
        pids = [pid for pid in map(_pid, Path("/proc").iterdir()) if pid and self._is_here(pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not pids

    def _is_here(self, pid: int) -> bool:
        mark = f"TRADEFLEET_HOME={self.folder.root}\0".encode()
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            return name != "screen" and mark in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    # ------------------------------------------------------------ the dashboard

    @property
    def _url(self) -> str:
        at = self.folder.read(self.folder.run / "dashboard.json") or {"port": 1}
        return f"http://127.0.0.1:{at['port']}"

    @property
    def is_healthy(self) -> bool:
        try:
            return httpx2.get(f"{self._url}/healthz", timeout=5, trust_env=False).is_success
        except httpx2.HTTPError:
            return False

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        """Ask the dashboard as its owner for what it may well refuse."""
        return httpx2.request(
            method,
            f"{self._url}/api/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.folder.token()}"},
            timeout=30,
            trust_env=False,
        )

    def api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the dashboard as its owner for what it does."""
        answer = self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def make_bot(self, name: str, symbol: str, **more: Any) -> int:
        """Create a keen bot on fast candles and start it."""
        wanted = {"name": name, "symbol": symbol, "strategy": "keen", "trade_amount": "100"}
        rhythm = {"interval": "1s", "every": "1s", "start": True}
        return int(self.api("POST", "create-bot", wanted | rhythm | more)["id"])

    def bot(self, bot_id: int) -> Any:
        return self.api("GET", f"bot/{bot_id}/details")

    def position_of(self, bot_id: int) -> Any:
        """Return a bot's position once it is protected at the exchange."""

        def protected() -> Any:
            position = self.bot(bot_id)["position"]
            return position if position and position["protection"] == "exchange" else None

        return until(protected, f"a protected position of bot {bot_id}")

    def holding_bot(self, name: str, symbol: str, **more: Any) -> int:
        """Return a bot that has bought, is protected, and buys nothing more."""
        bot_id = self.make_bot(name, symbol, **more)
        self.position_of(bot_id)
        self.api("POST", f"bot/{bot_id}/pause", {})
        return bot_id

    # ------------------------------------------------------------ processes

    def pid(self, name: str) -> int | None:
        """Return the process that holds a service's lock."""
        return self.folder.holder(name)

    def kill(self, name: str) -> int:
        """Kill a service without warning; return its pid."""
        pid = self.pid(name)
        assert pid is not None, f"the {name} does not live"
        os.kill(pid, signal.SIGKILL)
        return pid

    def comes_back(self, name: str, killed: int) -> None:
        until(lambda: self.pid(name) not in (None, killed), f"a new {name}")

    def lease(self, bot_id: int) -> LeaseView | None:
        return SqlLeases(self.store, self.processes).all().get(bot_id)

    def living_lease(self, bot_id: int) -> LeaseView:
        """Return the lease of a living, beating process."""

        def living() -> LeaseView | None:
            view = self.lease(bot_id)
            lives = view and view.heartbeat and self.processes.is_alive(view.lease.holder)
            return view if lives else None

        found = until(living, f"a living bot {bot_id}")
        assert found is not None
        return found

    def is_protected_by(self, epoch: int) -> bool:
        """Whether bot 1, run by its process of this epoch, holds a position that is protected."""
        view = self.lease(1)
        if view is None or view.heartbeat is None or view.lease.epoch != epoch:
            return False
        return view.heartbeat.protection == "exchange"

    def kill_bot(self, bot_id: int) -> Holder:
        holder = self.living_lease(bot_id).lease.holder
        self.processes.kill(holder)
        until(lambda: not self.processes.is_alive(holder), f"the end of bot {bot_id}")
        return holder

    def living(self) -> list[str]:
        """Return who lives, services and bots."""
        names = [name for name in SERVICES if self.pid(name)]
        leases = self._leases_or_none()
        alive = [i for i, v in leases.items() if self.processes.is_alive(v.lease.holder)]
        return [*names, *(f"bot {bot_id}" for bot_id in alive)]

    def _leases_or_none(self) -> Mapping[int, LeaseView]:
        file = self.store.file
        there = file is not None and file.exists()
        return SqlLeases(self.store, self.processes).all() if there else {}

    # ------------------------------------------------------------ money

    def totals(self, bot_id: int) -> Totals:
        return SqlRecords(self.store).totals()[bot_id]

    def fills(self, bot_id: int) -> tuple[Fill, ...]:
        """Return what the bot booked, oldest first."""
        return tuple(sorted(SqlRecords(self.store).fills(bot_id), key=lambda f: f.trade_id))

    def fills_at_exchange(self, symbol: str) -> tuple[Fill, ...]:
        """Return what the exchange says was traded, oldest first."""
        with self._tools() as tools:
            return tools.broker.fills_since(symbol, 0)

    def orders_at_exchange(self, symbol: str) -> dict[str, str]:
        """Return the state of every order there ever was, by its client order id."""
        with self._tools() as tools:
            orders = tools.rest.read("/allOrders", {"symbol": symbol}, list, weight=20, signed=True)
        return {order["clientOrderId"]: order["status"] for order in orders}

    @contextmanager
    def _tools(self) -> Iterator[HubTools]:
        tools = hub_tools(hosts("paper", self._exchange), Credentials(*self.folder.paper_account()))
        tools.rest.measure_clock()
        try:
            yield tools
        finally:
            tools.rest.close()

    @property
    def _exchange(self) -> str:
        at = json.loads(self.folder.exchange_address.read_text())
        return f"http://127.0.0.1:{at['port']}"

    def state(self) -> Any:
        """Return the exchange as seen from within."""
        return httpx2.get(f"{self._exchange}/sim/state", timeout=10, trust_env=False).json()

    def account(self) -> Any:
        (account,) = self.state()["accounts"]
        return account

    def set_price(self, symbol: str, price: Decimal) -> None:
        """Let the market trade at a price now."""
        query = {"symbol": symbol, "price": str(price)}
        address = f"{self._exchange}/sim/price"
        answer = httpx2.post(address, params=query, timeout=10, trust_env=False)
        assert answer.is_success, answer.text
