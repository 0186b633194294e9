"""What a test does on a machine that lacks what it needs."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test; fail it where TRADEFLEET_NO_SKIPS=1 says that everything must be there."""
    if os.environ.get("TRADEFLEET_NO_SKIPS") == "1":
        pytest.fail(f"{reason}, and TRADEFLEET_NO_SKIPS=1 forbids to skip")
    pytest.skip(reason)


def shared_data() -> Path:
    """The folder of recorded market data beside the repository, or skip.

    It is never part of a clone, so its absence skips even where nothing else may be skipped.
    """
    shared = Path(os.environ.get("TRADEFLEET_SHARED") or ROOT.parent / "shared")
    data = shared / "data"
    if not data.is_dir():
        pytest.skip(f"no recorded market data at {data} (TRADEFLEET_SHARED names its parent)")
    return data
