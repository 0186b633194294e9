"""The overview at the server: 50 bots, 10,000 closed trades, a real SQLite store."""

import time
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any

from benchmarks import Figure
from benchmarks._fifty_bots import BOTS, HEADERS, TRADES, fifty_bots
from tradefleet.interfaces.dashboard import create_app

WARM, REQUESTS = 20, 500


def measure() -> Iterator[Figure]:
    """Ask for the overview as the pages do, beside a store that has a past."""
    with fifty_bots() as parts:
        client = create_app(parts).test_client()
        yield from _timed(f"overview, {BOTS} bots, {TRADES} trades", client.get, "/api/overview")
        size = len(client.get("/api/overview", headers=HEADERS).data)
        yield Figure("its size", f"{size / 1024:.0f} KiB")
        yield from _timed("details of a bot", client.get, "/api/bot/1/details", goal="")


def _timed(
    what: str, get: Callable[..., Any], path: str, goal: str = "< 50 ms"
) -> Iterator[Figure]:
    for _ in range(WARM):
        get(path, headers=HEADERS)
    taken = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        answer = get(path, headers=HEADERS)
        taken.append((time.perf_counter() - begin) * 1000)
        assert answer.status_code == 200
    cuts = quantiles(taken, n=100)
    yield Figure(f"{what}: p50", f"{cuts[49]:.1f} ms")
    yield Figure(f"{what}: p95", f"{cuts[94]:.1f} ms", goal)
