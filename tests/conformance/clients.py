"""The environment in which other people's clients run."""

import subprocess
from pathlib import Path

from tests.conformance.place import environment
from tests.skips import ROOT

INTERPRETER = ROOT / ".venv-conformance" / "bin" / "python"
LONGEST_S = 280


def run_program(script: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program with the clients to its end."""
    return subprocess.run(
        [INTERPRETER, script, *arguments],
        env=environment() | {"PYTHONDONTWRITEBYTECODE": ""},  # compiling them is most of the start
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
