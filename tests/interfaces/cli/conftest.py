"""A terminal in a folder of its own, where nothing runs."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.interfaces.dashboard.world import EXCHANGE_INFO
from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.interfaces.cli import main
from tradefleet.settings import Settings


@dataclass(frozen=True)
class Terminal:
    """Runs commands; `home` is the data folder, `here` the working folder."""

    here: Path
    home: Path

    def run(self, *words: str, exits: int = 0) -> Result:
        result = CliRunner().invoke(main, list(words))
        assert result.exit_code == exits, result.output
        assert "Traceback" not in result.output
        return result

    def json(self, *words: str, exits: int = 0) -> Any:
        """Return the one JSON document that standard output must be."""
        return json.loads(self.run(*words, "--json", exits=exits).stdout)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    here, home = tmp_path / "here", tmp_path / "data"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TRADEFLEET_HOME", str(home))
    mask = os.umask(0o077)
    yield Terminal(here, home)
    os.umask(mask)


CandleFile = Callable[..., Path]


@pytest.fixture
def candle_file(terminal: Terminal) -> CandleFile:
    def write(name: str = "BTCUSDT-1m.csv", *minutes: int, high: float = 11.0) -> Path:
        rows = [
            f"{1_600_000_020_000 + minute * 60_000},10,{high},9,10,5"
            for minute in minutes or (0, 1, 2)
        ]
        path = terminal.here / name
        path.write_text("\n".join(["open_time,open,high,low,close,volume", *rows]) + "\n")
        return path

    return write


@pytest.fixture
def made(terminal: Terminal) -> Iterator[Installation]:
    """A fleet of one bot; the hub's place is taken, so nobody asks an exchange."""
    made = installation()
    made.migrate()
    now = made.clock.now()
    made.snapshots.put("exchange_info", EXCHANGE_INFO, now)
    made.snapshots.put("wallet", {"USDT": {"free": "10000", "locked": "0"}}, now)
    lock = made.folder.lock("hub")
    assert lock is not None
    terminal.run("bot", "create", "BTC Bot", "btcusdt", "volatile", "100", "--param", "votes=1")
    yield made
    os.close(lock)
    made.store.close()
