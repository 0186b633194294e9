"""Unmodified clients of others run whole sessions against a real `tradefleet exchange`.

The clients pin what they need and clash with ours, so they live in `.venv-conformance`
(`make test` makes it) and each session is a program of its own in `sessions/`. Each of its steps
is told here as a subtest.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conformance.clients import run_program
from tests.conformance.place import running_exchange, write_accounts, write_place

SHARED = {"session", "sdk_models"}
SESSIONS = sorted(
    path for path in (Path(__file__).parent / "sessions").glob("*.py") if path.stem not in SHARED
)


@dataclass
class Told:
    """What a session said of one step."""

    name: str
    outcome: str
    trouble: list[str] = field(default_factory=list)


@pytest.mark.parametrize("script", SESSIONS, ids=lambda script: script.stem)
def test_an_unmodified_client_runs_its_session(
    script: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    keys = write_accounts(tmp_path)
    with running_exchange(tmp_path, "--accounts", "accounts.json") as place:
        steps = run_session(script, write_place(tmp_path, place, keys))

    for told in steps:
        with subtests.test(f"{script.stem}: {told.name}"):
            assert told.outcome == "ok", "\n".join(told.trouble)


def run_session(script: Path, place: Path) -> list[Told]:
    """Run a session to its end and return its steps."""
    answer = run_program(script, place)
    steps: list[Told] = []
    for line in answer.stdout.splitlines():
        if found := re.fullmatch(r"(ok|FAILED) (\w+) - .*", line):
            steps.append(Told(found[2], found[1]))
        elif steps and line.startswith("    "):
            steps[-1].trouble.append(line[4:])
    assert answer.stdout.endswith(f"end {len(steps)}\n"), f"{answer.stdout}\n{answer.stderr}"
    assert steps
    return steps
