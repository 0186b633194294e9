"""Backup and restore from the command line, and the damaged store that nothing starts on."""

import os

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_doctor import overwrite
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.notices import SqlActivities, SqlFindings
from tradefleet.domain.bot import BotSettings


@pytest.fixture
def store(terminal: Terminal) -> Store:
    """The store of a fleet of one bot, of which nothing runs."""
    DataFolder(terminal.home).prepare()
    store = Store.locate("", terminal.home, "paper")
    migrate(store)
    settings = BotSettings("BTC Bot", "BTCUSDT", "volatile", 100)  # type: ignore[arg-type]
    SqlBots(store).create(settings, "BTC", "USDT", 1)
    return store


def test_a_backup_brings_a_lost_bot_back(terminal: Terminal, store: Store):
    terminal.run("backup", "copy.db")
    SqlBots(store).delete(1)
    store.close()

    said = terminal.run("restore", "copy.db", "--yes").output

    assert "tradefleet rebuild 1" in said
    assert "is kept as" in said
    assert [bot.id for bot in SqlBots(store).all()] == [1]
    assert [(f.code, f.bot_id) for f in SqlFindings(store).all()] == [("restored", 1)]
    assert SqlActivities(store).newest()[0].action == "restore"


def test_nothing_is_replaced_without_a_yes(terminal: Terminal, store: Store):
    terminal.run("backup", "copy.db")

    terminal.run("restore", "copy.db", exits=1)

    assert not list(store.file.parent.glob("*.replaced-*"))


def test_nothing_is_replaced_while_something_runs(terminal: Terminal, store: Store):
    terminal.run("backup", "copy.db")
    held = DataFolder(terminal.home).lock("hub")
    assert held is not None
    said = terminal.run("restore", "copy.db", "--yes", exits=1).output
    os.close(held)

    assert "the hub of this data folder runs" in said


def test_S4_nothing_starts_on_a_damaged_store(terminal: Terminal, store: Store):
    store.close()
    overwrite(store.file)

    said = terminal.run("bot", "list", exits=1).output

    assert "tradefleet restore" in said or "is damaged" in said
