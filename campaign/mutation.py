"""Mutants: the product with one mistake planted in it. A campaign that lets them live is blind.

Each is a patch in `campaign/mutants/` that a reader can apply (`git apply`). Its first line says
what the mistake is and who is known for it. A mutant is dead when an invariant is violated; one
that only crashes proves nothing and counts as alive.
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

ROOT = Path(__file__).parents[1]
PATCHES = Path(__file__).parent / "mutants"
JOBS = 2
SECONDS = 120
SEEDS, DAYS = "0:60", "0.7"
CRASHED = "I12"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        invariant: that killed it; empty = it lives.
    """

    name: str
    mistake: str
    invariant: str
    detail: str
    seconds: float

    @property
    def is_dead(self) -> bool:
        """Whether an invariant, and not its own crash, ended it."""
        return bool(self.invariant) and self.invariant != CRASHED

    @property
    def sentence(self) -> str:
        """One line for the report."""
        fate = f"killed by {self.invariant}" if self.is_dead else "LIVES"
        return f"  {self.name:<34} {fate:<14} {self.seconds:5.1f} s  {self.detail[:90]}"


def all_names() -> list[str]:
    """Return every mutant."""
    return sorted(path.stem for path in PATCHES.glob("*.patch"))


def choose(seed: int) -> list[str]:
    """Return every mutant, in an order that the seed draws: a short campaign takes the first."""
    names = all_names()
    Random(seed).shuffle(names)
    return names


def run(names: Sequence[str], ends_at: float) -> Iterator[Verdict]:
    """Try mutants until the time runs out."""
    with ThreadPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(_try_in_time, name, ends_at) for name in names]
        for job in jobs:
            if (found := job.result()) is not None:
                yield found


def _try_in_time(name: str, ends_at: float) -> Verdict | None:
    return None if time.monotonic() > ends_at else try_mutant(name)


def try_mutant(name: str) -> Verdict:
    """Plant a mistake into a copy of the product and let the campaign find it."""
    patch = PATCHES / f"{name}.patch"
    mistake = patch.read_text("utf-8").splitlines()[0].removeprefix("# ")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for room in ("src", "campaign"):
            shutil.copytree(
                ROOT / room, copy / room, ignore=shutil.ignore_patterns("static", "__pycache__")
            )
        subprocess.run(["git", "apply", str(patch)], cwd=copy, check=True, capture_output=True)
        command = [sys.executable, "-m", "campaign", "--until-violation", "--seeds", SEEDS]
        environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}:{copy}"}
        try:
            ended = subprocess.run(
                [*command, "--days", DAYS, "--minutes", str(SECONDS / 60)],
                cwd=copy, env=environment, capture_output=True, text=True,
                timeout=SECONDS * 2, check=False,
            )  # fmt: skip
            invariant, detail = _read(ended)
        except subprocess.TimeoutExpired:
            invariant, detail = "", "ran out of time"
    return Verdict(name, mistake, invariant, detail, time.monotonic() - began)


def _read(ended: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
    if ended.returncode == 0:
        return "", "no violation"
    try:
        invariant, text, seed = json.loads(ended.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return CRASHED, (ended.stderr.splitlines() or ["?"])[-1]
    return invariant, f"seed {seed}: {text}"
