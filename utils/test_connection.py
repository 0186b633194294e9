#!/usr/bin/env python3
"""Says what works, what does not, and how to mend it, as `tradefleet doctor` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from utils.venv import run

if __name__ == "__main__":
    run("doctor")
