"""Fifty bots in the host: memory of every process after trading, and how soon all decide."""

import os
import time
from collections.abc import Iterator

from benchmarks import Figure
from benchmarks._world import World, proportional, world

BOTS = int(os.environ.get("BOTS", "50"))
MINUTES = float(os.environ.get("MINUTES", "10"))
SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "DOGEUSDT")
STRATEGIES = ("volatile", "simple_profitable", "enhanced", "ticker_news")


def measure() -> Iterator[Figure]:
    """Create and start the bots, let them trade, add up what they take."""
    with world() as system:
        ids = [_create(system, number) for number in range(BOTS)]
        began = time.monotonic()
        for bot_id in ids:
            system.post(f"/api/bot/{bot_id}/start", {})
        yield Figure("all decided after", f"{_all_decided(system, began):.1f} s", "<= 15 s")
        _let_trade(MINUTES * 60)
        yield from _memory(system)
        totals = system.overview()["totals"]
        yield Figure("trades meanwhile", str(totals["trades"]))


def _create(system: World, number: int) -> int:
    bot = {
        "name": f"Bot {number + 1}",
        "symbol": SYMBOLS[number % len(SYMBOLS)],
        "strategy": STRATEGIES[number % len(STRATEGIES)],
        "trade_amount": "100",
        "interval": "1s",
        "every": "1s",
    }
    return int(system.post("/api/create-bot", bot)["id"])


def _all_decided(system: World, began: float) -> float:
    while time.monotonic() - began < 120:
        if all(bot["last_decision_at"] for bot in system.overview()["bots"]):
            return time.monotonic() - began
        time.sleep(0.25)
    return 120.0


def _let_trade(seconds: float) -> None:
    time.sleep(seconds)


def _memory(system: World) -> Iterator[Figure]:
    total = 0.0
    for kind, processes in sorted(system.processes().items()):
        sizes = [proportional(process.pid) for process in processes]
        total += sum(sizes)
        goal = "<= 8 MB a bot" if kind == "bot" else ""
        each = f" ({len(sizes)} x {sum(sizes) / len(sizes):.1f} MB)" if len(sizes) > 1 else ""
        yield Figure(kind, f"{sum(sizes):.0f} MB{each}", goal)
    yield Figure("everything", f"{total:.0f} MB = {total / BOTS:.1f} MB a bot")
