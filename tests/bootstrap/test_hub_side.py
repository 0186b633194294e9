"""Exchange, hub and bots together, over real sockets on this machine."""

import asyncio
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.tape import TapeFolder
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.application.hub.jobs import run_jobs
from tradefleet.bootstrap.bot_side import BotSide, bot_side
from tradefleet.bootstrap.hub import Recorded, hub_jobs, hub_tools, serve_hub
from tradefleet.domain.errors import LeaseError
from tradefleet.domain.order import OrderRequest, OrderType, Purpose, Side
from tradefleet.ports.exchange import RingKind
from tradefleet.ports.records import Snapshot

KEY, SECRET = "k" * 64, "s" * 64
PATIENCE_S = 120.0
SOURCE = str(Path(__file__).parents[2] / "src")


class ExchangeProcess:
    """The built-in exchange as a process of its own, which keeps its port when it comes back."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "exchange-home"
        self._home.mkdir()
        self.port = 0
        self.start()

    def start(self) -> None:
        ready = self._home / "run" / "exchange.json"
        ready.unlink(missing_ok=True)
        words = ["exchange", "--port", str(self.port), "--seed", "1"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tradefleet", *words, "--api-key", KEY, "--api-secret", SECRET],
            stdout=subprocess.DEVNULL,
            cwd=self._home,
            env={**os.environ, "PYTHONPATH": SOURCE, "TRADEFLEET_HOME": str(self._home)},
        )
        wait_for(ready.exists)
        self.port = json.loads(ready.read_text())["port"]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)


class MemorySnapshots:
    """Snapshots that tell when one was put."""

    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}
        self.changed = threading.Condition()

    def put(self, name: str, value: Any, at: int) -> None:
        with self.changed:
            self.kept[name] = Snapshot(json.loads(json.dumps(value)), at)
            self.changed.notify_all()

    def get(self, name: str) -> Snapshot | None:
        return self.kept.get(name)

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(
                lambda: condition({name: s.value for name, s in self.kept.items()}), PATIENCE_S
            ), self.kept.keys()


class HubThread:
    """The hub's jobs in a thread instead of a process."""

    def __init__(self, port: int, folder: DataFolder) -> None:
        self.snapshots = MemorySnapshots()
        self.tools = hub_tools(hosts("paper", f"http://127.0.0.1:{port}"), Credentials(KEY, SECRET))
        self._folder = folder
        self._running = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._running.wait(PATIENCE_S)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        tape = Recorded(TapeFolder(lambda: self._folder.tape / "here"), days=30)
        jobs = hub_jobs(self.tools, self._folder, self.snapshots, tape)
        self._task = asyncio.create_task(run_jobs(jobs))
        while not self._folder.hub_socket.exists():
            await asyncio.sleep(0.001)
        self._running.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE_S)
        self.tools.rest.close()


def wait_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(int(PATIENCE_S * 100)):
        if condition():
            return
        waiting.wait(0.01)
    pytest.fail("waited in vain")


def rung(side: BotSide, kind: RingKind, order: str = "") -> bool:
    """Wait for a ring; other rings may come first."""
    for _ in range(200):
        select.select([side.bell], [], [], 1.0)
        for ring in side.bell.heard():
            if ring.kind is kind and ring.client_order_id == order:
                return True
    return False


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    running = ExchangeProcess(tmp_path_factory.mktemp("exchange"))
    yield running
    running.kill()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.prepare()
    return made


@pytest.fixture
def hub(
    exchange: ExchangeProcess, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubThread]:
    monkeypatch.setattr("tradefleet.bootstrap.hub.TAPE_S", 0.05)
    running = HubThread(exchange.port, folder)
    yield running
    running.stop()


@pytest.fixture
def bot(hub: HubThread, exchange: ExchangeProcess, folder: DataFolder) -> Iterator[BotSide]:
    where = hosts("paper", f"http://127.0.0.1:{exchange.port}")
    side = bot_side(where, Credentials(KEY, SECRET), folder.hub_socket)
    side.set_clock()
    yield side
    side.close()


def test_what_a_bot_asked_for_is_kept_on_the_tape(bot: BotSide, folder: DataFolder) -> None:
    tape = Catalogue(folder.tape / "here")
    asked = bot.market.closed_candles("BTCUSDT", "1m", 120)

    wait_for(lambda: tape.read("BTCUSDT", "1m") is not None)

    kept = tape.read("BTCUSDT", "1m")
    assert kept is not None
    assert kept.candles.open_time[:120].tolist() == asked.open_time.tolist()
    assert kept.candles.close[:120].tolist() == asked.close.tolist()


def test_a_bot_trades_and_hears_of_it_through_the_hub(bot: BotSide, hub: HubThread) -> None:
    bot.bell.watch("BTCUSDT", "1s", "tfp-a-1-")
    candles = bot.market.closed_candles("BTCUSDT", "1s", 200)
    assert len(candles) == 200
    assert bot.market.price("BTCUSDT").value > 0
    assert bot.market.instrument("BTCUSDT").base == "BTC"
    assert bot.rest.sent == 0
    hub.snapshots.wait_for(lambda kept: kept.get("hub", {}).get("streams", {}) == OPEN)

    name = "tfp-a-1-1-1-B"
    buy = OrderRequest(
        name, "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY, quote_quantity=Decimal(100)
    )
    bot.broker.place(buy)

    assert rung(bot, RingKind.ACCOUNT, name)
    assert rung(bot, RingKind.CANDLE)
    later = bot.market.closed_candles("BTCUSDT", "1s", 200)
    assert later.last_close_time > candles.last_close_time
    assert later.longest_gap() == 0
    assert not bot.market.alone
    hub.snapshots.wait_for(lambda kept: "BTC" in kept.get("wallet", {}))


OPEN = {"market": "open", "account": "open"}


def test_bots_and_hub_outlive_an_exchange_that_is_killed_and_comes_back(
    bot: BotSide, hub: HubThread, exchange: ExchangeProcess
) -> None:
    bot.bell.watch("BTCUSDT", "1s", "tfp-b-1-")
    bot.market.closed_candles("BTCUSDT", "1s", 100)
    hub.snapshots.wait_for(lambda kept: kept.get("hub", {}).get("streams") == OPEN)

    exchange.kill()
    hub.snapshots.wait_for(lambda kept: kept["hub"]["streams"] != OPEN)
    exchange.start()

    hub.snapshots.wait_for(lambda kept: kept["hub"]["streams"] == OPEN and kept["exchange"]["ok"])
    bot.bell.heard()
    assert rung(bot, RingKind.CANDLE)
    assert bot.market.closed_candles("BTCUSDT", "1s", 100).longest_gap() == 0


def test_a_second_hub_on_the_same_folder_is_refused(hub: HubThread, folder: DataFolder) -> None:
    script = "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print(1,flush=True)"
    lock = str(folder.run / "hub.lock")
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{script}; sys.stdin.read()", lock],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.read(1)
    with pytest.raises(LeaseError, match="another hub"):
        serve_hub(hub.tools, folder, hub.snapshots)
    holder.communicate(b"")
