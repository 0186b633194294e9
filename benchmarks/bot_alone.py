"""A bot as a process of its own: resident memory, and from its start to its first decision."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import psutil

from benchmarks import Figure
from benchmarks._world import World, world

RUNS = 5
PATIENCE_S = 30.0
SETTLED_S = 10.0


def measure() -> Iterator[Figure]:
    """Start a bot in a terminal's place, on a system whose hub runs, several times."""
    with world() as system:
        bot = {
            "name": "Alone",
            "symbol": "BTCUSDT",
            "strategy": "volatile",
            "trade_amount": "100",
            "interval": "1s",
            "every": "1s",
        }
        bot_id = int(system.post("/api/create-bot", bot)["id"])
        runs = [_run(system, bot_id) for _ in range(RUNS)]
    yield Figure("first decision after, median", f"{median(s for s, _ in runs):.2f} s", "<= 2 s")
    yield Figure("resident, median", f"{median(mb for _, mb in runs):.0f} MB", "<= 80 MB")


def _run(system: World, bot_id: int) -> tuple[float, float]:
    before = _decided_at(system, bot_id)
    environment = {**os.environ, "TRADEFLEET_HOME": str(system.home), "PAPER_MARKET": "synthetic"}
    command = [sys.executable, "-m", "tradefleet", "bot", "run", str(bot_id)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=system.home, env=environment, stdout=subprocess.DEVNULL)
    while _decided_at(system, bot_id) == before and time.monotonic() - began < PATIENCE_S:
        time.sleep(0.02)
    taken = time.monotonic() - began
    time.sleep(SETTLED_S)
    resident = psutil.Process(process.pid).memory_info().rss / 2**20
    system.post(f"/api/bot/{bot_id}/stop", {})
    process.wait(PATIENCE_S)
    return taken, resident


def _decided_at(system: World, bot_id: int) -> int:
    answer = system.client.get(f"/api/bot/{bot_id}/decisions", params={"limit": 1}).json()
    return int(answer["decisions"][0]["at"]) if answer["decisions"] else 0
