"""Playing seeds: which world a seed is, all of it, or only until something is violated."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from random import Random

from campaign.sql_store import SqlRoom
from campaign.storm import Storm
from campaign.storm import weather as stormy
from campaign.tally import CRASHED, Tally, Violation
from campaign.world import World
from tradefleet.domain.candle import DAY, MINUTE

JOBS = 2
ON_SQLITE, TWICE = 7, 57  # of a hundred seeds
STORMS = 4  # one seed of so many is one
LOOK_MS = 30 * MINUTE


def play(seed: int, days: float) -> Tally:
    """Play one seed; one in a hundred on SQLite, and one in a hundred twice."""
    began = time.process_time()
    tally = _play(seed, days)
    tally.cpu_s = time.process_time() - began
    return tally


def _play(seed: int, days: float) -> Tally:
    if seed % 100 == ON_SQLITE:
        with tempfile.TemporaryDirectory(prefix="tradefleet-campaign-") as folder:
            room = SqlRoom(Path(folder))
            tally = _world(seed, room).run(days)
            room.close()
        return tally
    tally = _world(seed).run(days)
    if seed % 100 == TWICE:
        tally.twice = 1
        if _world(seed).run(days).traces != tally.traces:
            tally.violations.append(Violation("determinism", "another run is other", seed, 0))
    return tally


def play_all(seeds: Iterator[int], days: float, ends_at: float) -> Tally:
    """Play seeds on all cores until they or the time run out; what began is played to its end."""
    total = Tally()
    with ProcessPoolExecutor(JOBS) as pool:
        running: set[Future[Tally]] = set()
        for seed in seeds:
            running.add(pool.submit(play, seed, days))
            if len(running) > JOBS:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    total.add(future.result())
            if time.monotonic() > ends_at:
                running = {future for future in running if not future.cancel()}
                break
        for future in running:
            total.add(future.result())
    return total


def first_violation(
    seeds: Iterable[int], days: float, is_over: Callable[[], bool]
) -> Violation | None:
    """Play seeds in memory, one after another, until one violates something.

    Its own crash is the weakest evidence of a mistake: what else that run violates comes first.
    """
    for seed in seeds:
        if found := _violations(seed, days):
            return min(found, key=lambda violation: violation.invariant == CRASHED)
        if is_over():
            break
    return None


def _violations(seed: int, days: float) -> list[Violation]:
    world = _world(seed)
    found = world.tally.violations
    world.begin()
    world.people.begin()
    for _ in range(int(days * DAY) // LOOK_MS):
        world.pass_time(LOOK_MS)
        if any(violation.invariant != CRASHED for violation in found):
            return found
    world.finish()
    return found


def _world(seed: int, sql: SqlRoom | None = None) -> World:
    """Return the world of a seed: usual weather, or one in a few times a storm."""
    if seed % STORMS:
        return World(seed, sql=sql)
    random = Random(f"storm {seed}")
    world = World(seed, stormy(random), sql)
    Storm(world, random).begin()
    return world
