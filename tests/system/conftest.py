"""Worlds: one that a file's tests share, and new ones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system.world import World, free_port, until

NewWorld = Callable[..., World]


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.end()


@pytest.fixture
def world(shared_world: World) -> World:
    """A world in which everything runs, whatever the test before did to it."""
    shared_world.up()
    return shared_world


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[NewWorld]:
    with ExitStack() as worlds:

        def make(**settings: str) -> World:
            made = World(tmp_path, **settings)
            worlds.callback(made.end)
            return made

        yield make


@pytest.fixture
def market(new_world: NewWorld) -> World:
    """An exchange and a bot that nobody runs yet."""
    world = new_world(CANDLE_INTERVAL="1s", CHECK_INTERVAL="1s")
    world.start("exchange", "--port", str(free_port()), "--seed", "1")
    until(world.folder.exchange_address.exists, "the exchange")
    world.run("bot", "create", "Keen", "BTCUSDT", "keen", "100")
    return world
