"""`python -m campaign.kills --number 2000`: kill real processes, judge what is left."""

import gc
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty
from random import Random
from typing import Any

import click

from campaign.kills.plan import Act, Life, deaths, lives, scouting
from campaign.kills.room import Room
from campaign.kills.tally import Tally, Violation, exit_code, lines
from tradefleet.adapters.store.engine import Store

SETTLE_MS = 1_000
ROOMS = 8
LOOK_S = 5.0
AT_A_TIME = 60  # acts that are planned together
MANY = 200  # fewer kills than this strike under some of the fates only

_FORK = get_context("fork")


@click.command()
@click.option("--number", default=2_000, help="How many processes die at least.")
@click.option("--rooms", default=ROOMS, help="How many installations side by side.")
@click.option("--seed", default=None, type=int, help="Of the plan; by chance if not given.")
@click.option("--settle-ms", default=SETTLE_MS, help="When what was not found counts as absent.")
def main(number: int, rooms: int, seed: int | None, settle_ms: int) -> None:
    """Kill processes; end with 1 on a violation, or where recovery takes too long."""
    seed = secrets.randbelow(10**9) if seed is None else seed
    command = f"--number {number} --rooms {rooms} --seed {seed} --settle-ms {settle_ms}"
    click.echo(f"python -m campaign.kills {command}")
    began = time.monotonic()
    total = Tally()
    with tempfile.TemporaryDirectory(prefix="tradefleet-kills-") as folder:
        fleet = Rooms(Path(folder), rooms, settle_ms)
        random = Random(seed)
        scouts = scouting()
        fleet.play(scouts if number >= MANY else random.sample(scouts, 3), total)
        plan = deaths(total.points, random)
        while len(total.kills) < number and not total.violations:
            wanted = min(AT_A_TIME, 1 + (number - len(total.kills)) // 2)
            fleet.play(lives(islice(plan, max(wanted, 1))), total)
        fleet.close(total)
    for line in lines(total, settle_ms, time.monotonic() - began):
        click.echo(line)
    sys.exit(exit_code(total, settle_ms))


class Rooms:
    """Rooms side by side, each a process that forks its bots."""

    def __init__(self, folder: Path, number: int, settle_ms: int) -> None:
        Store.locate("", folder, "paper").compile()
        gc.freeze()  # what was imported is shared by all
        self._tasks: Any = _FORK.Queue()
        self._told: Any = _FORK.Queue()
        self._rooms: list[BaseProcess] = []
        for count in range(1, number + 1):
            home = folder / f"room{count}"
            home.mkdir()
            room = _FORK.Process(target=_serve, args=(home, settle_ms, self._tasks, self._told))
            room.start()
            self._rooms.append(room)

    def play(self, some: list[Life], total: Tally) -> None:
        """Let bots live; acts that found no occasion are played in another life."""
        while some:
            for life in some:
                self._tasks.put(life)
            left: list[Act] = []
            for tally, unplayed in self._answers(len(some)):
                total.add(tally)
                left += unplayed
            some = lives(left)

    def close(self, total: Tally) -> None:
        """End every room, and take in what each says of its account."""
        for _ in self._rooms:
            self._tasks.put(None)
        for tally, _ in self._answers(len(self._rooms)):
            total.add(tally)
        for room in self._rooms:
            room.join()

    def _answers(self, number: int) -> Iterator[tuple[Tally, list[Act]]]:
        while number:
            try:
                yield self._told.get(timeout=LOOK_S)
            except Empty:
                if not any(room.is_alive() for room in self._rooms):
                    raise RuntimeError(
                        "every room has ended; what they said stands above"
                    ) from None
                continue
            number -= 1


def _serve(home: Path, settle_ms: int, tasks: Any, told: Any) -> None:
    """Play lives in one room until there are no more."""
    room = Room(home, settle_ms)
    try:
        while (life := tasks.get()) is not None:
            told.put(_played(room, life))
        told.put((Tally(violations=list(room.check_account())), []))
    finally:
        room.close()


def _played(room: Room, life: Life) -> tuple[Tally, list[Act]]:
    try:
        tally, left = room.play(life)
    except Exception:  # noqa: BLE001 - whatever it is, it belongs into the report, with the life
        return Tally(violations=[Violation("the proof itself", traceback.format_exc(), "")]), []
    tally.lives = 1
    return tally, left


if __name__ == "__main__":
    main()
