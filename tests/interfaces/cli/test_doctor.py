"""The doctor: everything that is wrong at once, each with its mend, and never a secret."""

from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.cli.conftest import Terminal
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import Wish

SECRET = "b7Gh2kQx9LmNpRs4TvWyZ1cDfEjHnUoI"


@pytest.fixture(autouse=True)
def charts_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradefleet.bootstrap.doctor.house.CHARTS", ())


def found(terminal: Terminal, exits: int = 0) -> dict[str, dict[str, Any]]:
    document = terminal.json("doctor", exits=exits)
    assert document["ok"] is (exits == 0)
    return {check["name"]: check for check in document["checks"]}


def test_a_fresh_machine_is_well_and_nothing_is_made_by_looking(terminal: Terminal):
    checks = found(terminal)

    assert checks["python"]["ok"]
    assert checks["settings"]["text"].startswith("paper mode")
    assert checks["hub process"] == {
        "name": "hub process",
        "ok": None,
        "text": "does not run",
        "mend": "Start everything: tradefleet up",
    }
    assert not terminal.home.exists()


def test_people_read_marks_and_mends(terminal: Terminal):
    told = terminal.run("doctor").stdout

    assert "ok  python: Tradefleet" in told
    assert "--  messages: no way is set up" in told
    assert "    → Set TWILIO_... or APPRISE_URLS in .env" in told
    assert told.endswith("Everything works.\n")


def test_wrong_settings_are_listed_and_the_machine_is_looked_at_all_the_same(terminal: Terminal):
    (terminal.here / ".env").write_text(f"TRADING_MODE=real\nBINANCE_API_SECERT={SECRET}\n")
    (terminal.here / ".env").chmod(0o600)

    checks = found(terminal, exits=1)

    assert "TRADING_MODE: input should be 'paper'" in checks["settings"]["text"]
    assert "did you mean 'BINANCE_API_SECRET'" in checks["settings"]["text"]
    assert checks["python"]["ok"]
    assert checks[".env"]["ok"]
    assert SECRET not in str(checks)


def test_a_file_of_keys_that_others_may_read_is_found(terminal: Terminal):
    (terminal.here / ".env").write_text(f"OPENAI_API_KEY={SECRET}\n")
    (terminal.here / ".env").chmod(0o644)

    checks = found(terminal, exits=1)

    assert checks[".env"]["mend"] == "Run: chmod 600 .env"
    assert SECRET not in str(checks)


def test_a_bot_that_should_run_does_not_start_where_nobody_starts_it(
    terminal: Terminal, made: Installation
):
    made.bots.wish(1, Wish.RUN)

    assert found(terminal, exits=1)["bot 1"] == {  # nor does the hub whose place is taken
        "name": "bot 1",
        "ok": None,
        "text": "BTC Bot should run and does not",
        "mend": "Start everything: tradefleet up",
    }


def test_a_damaged_store_is_found(terminal: Terminal):
    DataFolder(terminal.home).prepare()
    store = Store.locate("", terminal.home, "paper")
    migrate(store)
    assert store.file
    store.close()
    overwrite(store.file)

    assert not found(terminal, exits=1)["store"]["ok"]


def overwrite(path: Path) -> None:
    size = path.stat().st_size
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    path.write_bytes(path.read_bytes()[:4096] + b"\x5a" * (size - 4096))


def test_a_sound_store_is_said_with_its_schema(terminal: Terminal):
    DataFolder(terminal.home).prepare()
    store = Store.locate("", terminal.home, "paper")
    migrate(store)
    store.close()

    checks = found(terminal)

    assert checks["store"]["ok"]
    assert checks["schema"]["ok"]


def test_a_process_missing_among_living_ones_does_not_work(terminal: Terminal):
    folder = DataFolder(terminal.home)
    folder.prepare()
    held = folder.lock("host")
    assert held is not None

    checks = found(terminal, exits=1)

    assert checks["host process"]["ok"]
    assert checks["hub process"]["text"] == "does not run, though others do"
    assert str(folder.run / "hub.log") in checks["hub process"]["mend"]


def test_an_exchange_that_does_not_answer_is_found(terminal: Terminal):
    folder = DataFolder(terminal.home)
    folder.prepare()
    folder.write(folder.exchange_address, {"port": 1})
    held = folder.lock("exchange")
    assert held is not None

    checks = found(terminal, exits=1)

    assert "cannot be reached" in checks["exchange"]["text"]
    assert "exchange.log" in checks["exchange"]["mend"]


def test_a_faulty_strategy_is_named(terminal: Terminal):
    folder = DataFolder(terminal.home)
    folder.prepare()
    (folder.strategies / "broken.py").write_text("raise ValueError('oops')\n")

    checks = found(terminal, exits=1)

    assert "oops" in checks["strategy broken.py"]["text"]
