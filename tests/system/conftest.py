"""Worlds: one that a file's tests share, and new ones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system.world import World

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
