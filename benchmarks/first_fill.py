"""First paper fill of the demonstration fleet, ten seeds of the synthetic market."""

import os
import statistics
import time
from collections.abc import Iterator

from benchmarks import Figure
from benchmarks._world import World, world

SEEDS = int(os.environ.get("SEEDS", "10"))
PATIENCE_S = 120.0


def measure() -> Iterator[Figure]:
    """Start the demonstration on a running system, once a seed, and wait for the first fill."""
    waits = []
    for seed in range(1, SEEDS + 1):
        with world(PAPER_SEED=str(seed)) as system:
            waits.append(_first_fill(system))
            yield Figure(f"seed {seed}", f"{waits[-1]:.1f} s")
    within = sum(wait <= 60 for wait in waits)
    yield Figure("median", f"{statistics.median(waits):.1f} s")
    yield Figure("within 60 s", f"{within} of {len(waits)} seeds", "first fill within 60 s")


def _first_fill(system: World) -> float:
    began = time.monotonic()
    system.post("/api/demo", {})
    while time.monotonic() - began < PATIENCE_S:
        if any(bot["position"] or bot["trades"] for bot in system.overview()["bots"]):
            return time.monotonic() - began
        time.sleep(0.25)
    return PATIENCE_S
