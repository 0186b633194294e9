"""The dashboard over a real store, with the processes around it played by the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.dashboard.world import Browser, World, new_store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template")


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    """Everything is well, nothing trades yet; the wallet has 10,000 USDT."""
    made = World(tmp_path, new_store(tmp_path, template))
    made.open()
    yield made
    made.store.close()


@pytest.fixture
def browser(world: World) -> Browser:
    """A page of the owner's."""
    browser = Browser(world.app().test_client())
    browser.log_in()
    return browser
