"""Mutants: the product with one mistake planted in it. A campaign that lets them live is blind.

Each is a patch in `campaign/mutants/` that a reader can apply (`git apply`). Its first line says
what the mistake is and who is known for it; a second one may name a seed that found it, which is
played first. A mutant is dead when an invariant is violated; one that only crashes proves nothing
and counts as alive.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from campaign.tally import CRASHED

ROOT = Path(__file__).parents[1]
PATCHES = Path(__file__).parent / "mutants"
JOBS = 2
CPU_S, WALL_S = 120, 900  # for each; seconds of the clock pass faster on a busy machine
SEEDS, DAYS = "0:80", "0.7"
_HINT = "# seed: "


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        invariant: that killed it; empty = it lives.
        was_cut: the campaign ended while it was being tried, so nothing is known of it.
    """

    name: str
    invariant: str
    detail: str
    seconds: float
    was_cut: bool = False

    @property
    def is_dead(self) -> bool:
        """Whether an invariant, and not its own crash, ended it."""
        return bool(self.invariant) and self.invariant != CRASHED

    @property
    def sentence(self) -> str:
        """One line for the report."""
        fate = f"killed by {self.invariant}" if self.is_dead else "LIVES"
        fate = "not tried whole" if self.was_cut else fate
        return f"  {self.name:<36} {fate:<16} {self.seconds:5.1f} s  {self.detail[:90]}"


def all_names() -> list[str]:
    """Return every mutant."""
    return sorted(path.stem for path in PATCHES.glob("*.patch"))


def choose(seed: int) -> list[str]:
    """Return every mutant, in an order that the seed draws: a short campaign takes the first.

    Those with a seed that is known to find them come first; they are quickly done.
    """
    names = all_names()
    Random(seed).shuffle(names)
    return sorted(names, key=lambda name: not _hint(name))


def run(names: Sequence[str], ends_at: float) -> Iterator[Verdict]:
    """Try mutants until the time runs out."""
    with ThreadPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(_try_in_time, name, ends_at) for name in names]
        for job in jobs:
            if (found := job.result()) is not None:
                yield found


def _try_in_time(name: str, ends_at: float) -> Verdict | None:
    return None if time.monotonic() > ends_at else try_mutant(name, ends_at)


def try_mutant(name: str, ends_at: float = float("inf")) -> Verdict:
    """Plant a mistake into a copy of the product and let the campaign find it.

    Args:
        name: of the patch.
        ends_at: by the monotonic clock; then it is given up.
    """
    began = time.monotonic()
    patience = min(WALL_S, max(1.0, ends_at - began))
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        _plant(PATCHES / f"{name}.patch", copy)
        seeds = ",".join(filter(None, (_hint(name), SEEDS)))
        command = [sys.executable, "-m", "campaign", "--until-violation", str(CPU_S)]
        try:
            ended = subprocess.run(
                [*command, "--seeds", seeds, "--days", DAYS],
                cwd=copy,
                env={**os.environ, "PYTHONPATH": f"{copy / 'src'}:{copy}"},
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
            found, was_cut = _read(ended), False
        except subprocess.TimeoutExpired:
            found, was_cut = ("", "the time was over"), patience < WALL_S
    return Verdict(name, *found, time.monotonic() - began, was_cut)


def _plant(patch: Path, copy: Path) -> None:
    ignored = shutil.ignore_patterns("static", "__pycache__", "mutants")
    for room in ("src", "campaign"):
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)
    subprocess.run(["git", "apply", str(patch)], cwd=copy, check=True, capture_output=True)


def _hint(name: str) -> str:
    """Return the seed that a patch says it is found by, or nothing."""
    lines = (PATCHES / f"{name}.patch").read_text("utf-8").splitlines()
    return lines[1].removeprefix(_HINT) if lines[1].startswith(_HINT) else ""


def _read(ended: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
    try:
        told = json.loads(ended.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return CRASHED, (ended.stderr.splitlines() or ["?"])[-1]
    if told is None:
        return "", "no violation"
    invariant, text, seed = told
    return invariant, f"seed {seed}: {text}"
