"""The schema: made from nothing, brought up to date with everything in it, never guessed at."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.contracts.fleet import a_bot, a_fill, a_journal, an_intent
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import HEAD, SCRIPTS, migrate, upgrade, version
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.tables import metadata
from tradefleet.adapters.store.upkeep import quick_check, sizes
from tradefleet.domain.errors import SettingsError, StoreError

NEXT_STEP = '''
"""A step that must rebuild a table others refer to."""
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{head}"

def upgrade() -> None:
    with op.batch_alter_table("bots") as table:
        table.add_column(sa.Column("colour", sa.Text(), server_default="blue", nullable=False))
        table.alter_column("failure", new_column_name="trouble")
        table.alter_column("base", type_=sa.String(64))
'''


def test_the_steps_lead_to_the_tables_as_the_code_knows_them(store: Store) -> None:
    with store.rebuild() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)

    assert [difference for difference in differences if difference[0] != "remove_table"] == []
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_migrating_twice_changes_nothing(store: Store) -> None:
    bot = a_bot(store)

    migrate(store)

    assert SqlBots(store).all() == (bot,)


def test_a_step_that_rebuilds_a_table_keeps_what_is_in_it(store: Store, tmp_path: Path) -> None:
    bot = a_bot(store)
    a_journal(store, bot).book([a_fill(1)])
    scripts = tmp_path / "steps %"
    (scripts / "versions").mkdir(parents=True)
    for path in [SCRIPTS / "env.py", *sorted((SCRIPTS / "versions").glob("0*.py"))]:
        (scripts / path.relative_to(SCRIPTS)).write_text(path.read_text())
    (scripts / "versions" / "next.py").write_text(NEXT_STEP.format(head=HEAD))

    upgrade(store, scripts, "next")

    with store.read() as connection:
        [row] = connection.execute("SELECT id, trouble, colour FROM bots")
        filled = connection.scalar("SELECT bot_id FROM entries")
    assert tuple(row) == (bot.id, "", "blue")
    assert filled == bot.id
    with pytest.raises(StoreError):  # references are checked again
        store_a_stray_entry(store)
    with pytest.raises(StoreError, match="newer Tradefleet"):  # and the older code stops here
        migrate(store)


DEADLY_STEP = (
    NEXT_STEP
    + """
    import os
    os._exit(9)
"""
)


def test_P13_a_process_that_dies_while_it_migrates_leaves_the_older_version(
    file_store: Store, tmp_path: Path
) -> None:
    bot = a_bot(file_store)
    file_store.close()
    scripts = tmp_path / "steps"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / "next.py").write_text(DEADLY_STEP.format(head=HEAD))
    script = (
        "import sys; from pathlib import Path; from tradefleet.adapters.store.engine import Store;"
        "from tradefleet.adapters.store.migrate import upgrade;"
        "upgrade(Store.locate('', Path(sys.argv[1]), 'paper'), Path(sys.argv[2]), 'next')"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(scripts)]

    assert subprocess.run(command, check=False).returncode == 9

    assert version(file_store) == HEAD
    assert SqlBots(file_store).all() == (bot,)
    (scripts / "versions" / "next.py").write_text(NEXT_STEP.format(head=HEAD))
    upgrade(file_store, scripts, "next")
    assert version(file_store) == "next"


@pytest.mark.parametrize("durable", [True, False])
def test_P15_a_durable_write_waits_for_the_disk(file_store: Store, durable: bool) -> None:
    with file_store.write(durable=durable) as connection:
        assert connection.scalar("PRAGMA synchronous") == (2 if durable else 1)


def store_a_stray_entry(store: Store) -> None:
    with store.write() as connection:
        connection.execute("INSERT INTO entries (bot_id, number, time) VALUES (99, 1, 1)")


def test_C8_a_store_written_by_a_newer_version_is_left_alone(store: Store) -> None:
    a_bot(store)
    with store.write() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="newer Tradefleet"):
        migrate(store)


def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tradefleet.adapters.store.engine import Store;"
        "from tradefleet.adapters.store.migrate import migrate;"
        "migrate(Store.locate('', Path(sys.argv[1]), 'paper'))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]

    complaints = [process.communicate()[1].decode() for process in started]

    assert complaints == [""] * 4
    assert SqlRecords(Store.locate("", tmp_path, "paper")).totals() == {}


def test_a_bot_does_without_alembic_and_the_mapper() -> None:
    script = (
        "import sys; import tradefleet.adapters.store.journal, tradefleet.adapters.store.migrate;"
        "print([m for m in ('alembic', 'sqlalchemy.orm', 'psutil') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert said.stdout.strip() == "[]"


def test_a_sound_store_has_a_size_and_no_complaint(store: Store) -> None:
    assert quick_check(store) == ""
    assert sum(sizes(store).values()) > 4096


def test_S12_each_mode_has_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    paper, live = (Store.locate("", tmp_path, mode) for mode in ("paper", "live"))
    migrate(paper)

    assert paper.file == tmp_path / "paper" / "tradefleet.db"
    assert live.file == tmp_path / "live" / "tradefleet.db"
    assert stat.S_IMODE(os.stat(paper.file).st_mode) == 0o600
    assert not live.file.exists()


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "sqlite://", "nonsense", "sqlite:///:memory:"], ids=str
)
def test_a_url_that_cannot_be_used_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL: expected"):
        Store.locate(url, tmp_path, "paper")


def test_a_postgresql_mode_is_a_schema_and_the_password_is_never_shown(tmp_path: Path) -> None:
    store = Store.locate("postgresql://me:hush@db.local/fleet", tmp_path, "binance-demo")

    assert store.schema == "tradefleet_binance_demo"
    assert store.url.drivername == "postgresql+psycopg"
    assert "hush" not in store.name


@pytest.fixture
def file_store(tmp_path: Path) -> Store:
    store = Store.locate("", tmp_path, "paper")
    migrate(store)
    store.close()
    return store


def test_S9_a_disk_that_cannot_share_the_store_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite tells the journal it has instead of the one it was asked for."""
    monkeypatch.setattr(Store, "_connect_sqlite", lambda _: sqlite3.connect(":memory:"))

    with pytest.raises(StoreError, match="a network disk"):
        migrate(Store.locate("", tmp_path, "paper"))


def test_a_store_that_was_never_made_says_so(tmp_path: Path) -> None:
    store = Store.locate("", tmp_path, "paper")

    with pytest.raises(StoreError, match="no such file yet"):
        SqlBots(store).all()
    assert not (tmp_path / "paper").exists()


def test_a_file_without_tables_says_so(file_store: Store) -> None:
    file_store.file.write_bytes(b"")

    with pytest.raises(StoreError, match="no tables yet"):
        SqlBots(file_store).all()


def test_S4_a_file_that_is_no_database_is_left_as_it_is(file_store: Store) -> None:
    file_store.file.write_bytes(b"this was a database once" * 99)

    with pytest.raises(StoreError, match="is not a database"):
        migrate(file_store)
    assert file_store.file.read_bytes() == b"this was a database once" * 99


def test_S4_a_damaged_file_is_found(file_store: Store) -> None:
    for _ in range(200):
        a_bot(file_store)
    file_store.close()
    assert quick_check(file_store) == ""
    file_store.close()
    content = bytearray(file_store.file.read_bytes())
    content[4096 * 4 :] = b"\xff" * len(content[4096 * 4 :])
    file_store.file.write_bytes(content)

    assert "is damaged" in quick_check(file_store)


def test_S2_a_full_disk_is_called_a_full_disk(file_store: Store) -> None:
    with pytest.raises(StoreError, match="disk is full"):
        fill_the_disk(file_store)


def fill_the_disk(store: Store) -> None:
    with store.write() as connection:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("CREATE TABLE large AS SELECT zeroblob(99999999) AS x")


def test_S3_a_store_on_a_read_only_disk_says_so(file_store: Store) -> None:
    with pytest.raises(StoreError, match="file or its folder is read-only"):
        write_where_nothing_may_be_written(file_store)


def write_where_nothing_may_be_written(store: Store) -> None:
    with store.write() as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("DELETE FROM bots")


def test_S6_a_store_of_an_older_version_says_so(file_store: Store) -> None:
    with file_store.write() as connection:
        connection.execute("ALTER TABLE bots RENAME COLUMN wish TO want")

    with pytest.raises(StoreError, match="of an older version"):
        SqlBots(file_store).all()


def test_S5_a_lock_that_never_ends_is_said(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradefleet.adapters.store.engine.BUSY_TIMEOUT_S", 0.05)
    stubborn = sqlite3.connect(file_store.file, isolation_level=None)
    stubborn.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="locked by another program"):
        a_bot(file_store)
    assert SqlBots(file_store).all() == ()  # reading goes on
    stubborn.close()


def test_an_open_store_refuses_to_cross_a_fork(file_store: Store, tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path)], capture_output=True, text=True
    )

    assert said.stdout.splitlines() == ["child: opened before this process was forked", "parent: 0"]
    assert said.stderr == ""


FORKING = """
import os, sys
from pathlib import Path
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.domain.errors import StoreError

store = Store.locate("", Path(sys.argv[1]), "paper")
SqlRecords(store).totals()
if os.fork():
    os.wait()
    print("parent:", len(SqlRecords(store).totals()))
else:
    try:
        SqlRecords(store).totals()
    except StoreError as error:
        print("child:", "opened before this process was forked" * ("was forked" in str(error)))
"""


SPOILT = [
    "UPDATE bots SET settings = 'nonsense'",
    "UPDATE bots SET settings = '[]'",
    "UPDATE bots SET settings = '{}'",
    "UPDATE bots SET settings = json_set(settings, '$.trade_amount', 'NaN')",
    "UPDATE bots SET settings = json_set(settings, '$.trade_amount', 'much')",
    "UPDATE bots SET wish = 'dance'",
    "UPDATE entries SET price = 'abc'",
    "UPDATE entries SET quantity = 'NaN'",
    "UPDATE entries SET quantity = '-1'",
    "UPDATE entries SET side = 'UP'",
    "UPDATE intents SET request = '{}'",
    "UPDATE intents SET request = 'oops'",
    "UPDATE intents SET purpose = '?'",
]


@pytest.mark.parametrize("edit", SPOILT)
def test_C8_what_somebody_edited_into_nonsense_is_refused_with_a_mend(
    file_store: Store, edit: str
) -> None:
    bot = a_bot(file_store)
    journal = a_journal(file_store, bot)
    journal.record_intent(an_intent(1))
    journal.book([a_fill(1)])
    file_store.close()
    with closing(sqlite3.connect(file_store.file)) as by_hand, by_hand:
        assert by_hand.execute(edit).rowcount == 1

    looks = (SqlBots(file_store).all, journal.entries, journal.open_intents)
    said = []
    for look in looks:
        try:
            look()
        except StoreError as error:
            said.append(str(error))

    assert said
    assert all("edited by hand" in text and "tradefleet restore" in text for text in said)
