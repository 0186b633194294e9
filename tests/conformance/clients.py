"""The environment in which other people's clients run."""

import subprocess
from pathlib import Path

from tests.conformance.place import environment
from tests.skips import ROOT, skip_or_fail

INTERPRETER = ROOT / ".venv-conformance" / "bin" / "python"
LONGEST_S = 110


def run_program(script: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program with the clients to its end, or skip where they are not."""
    if not INTERPRETER.exists():
        skip_or_fail("other people's clients are not installed (`make setup-conformance`)")
    return subprocess.run(
        [INTERPRETER, script, *arguments],
        env=environment() | {"PYTHONDONTWRITEBYTECODE": ""},  # compiling them is most of the start
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
