"""Runs the command `tradefleet` of this folder's own environment."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*words: str) -> None:
    """Become `tradefleet WORDS ARGUMENTS`; say how to set up if it is not installed yet."""
    command = ROOT / ".venv" / "bin" / "tradefleet"
    if not command.exists():
        sys.exit("Tradefleet is not set up in this folder yet. Run: make setup")
    os.execv(command, [str(command), *words, *sys.argv[1:]])
