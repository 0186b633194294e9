"""The store is lost: the exchange's own record gives the same books, and the bots go on."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.conftest import NewWorld
from tests.system.world import World, until
from tradefleet.adapters.store.bots import installation_id
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.domain.order import Fill
from tradefleet.domain.position import Trade
from tradefleet.ports.records import Totals

pytestmark = pytest.mark.system

Books = tuple[Totals, tuple[Fill, ...], tuple[tuple[int, Trade], ...]]
SYMBOLS = ("BTCUSDT", "ETHUSDT")


def books_of(world: World, bot_id: int) -> Books:
    records = SqlRecords(world.store)
    return records.totals()[bot_id], records.fills(bot_id), records.trades(bot_id)


def reaches_its_target(world: World, bot_id: int, symbol: str) -> None:
    """Let the exchange sell what a bot holds, and the bot book it."""
    before = world.totals(bot_id).trades
    target = Decimal(world.position_of(bot_id)["target_price"])
    world.set_price(symbol, target + 1)
    until(lambda: world.totals(bot_id).trades > before, f"a trade of bot {bot_id}")


def delete(store: Path) -> None:
    store.unlink()


def spoil(store: Path) -> None:
    """Overwrite the file; whoever finds it damaged moves it aside."""
    store.write_bytes(b"\x5a" * store.stat().st_size)
    store.rename(f"{store}.damaged")


def loses_its_store(world: World, lose: Callable[[Path], None]) -> None:
    """Lose it while nothing runs."""
    file = world.store.file
    assert file is not None
    assert world.dashboard is not None
    world.dashboard.wait(60)
    world.store.close()
    lose(file)
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()


@pytest.mark.parametrize("lose", [delete, spoil])
def test_S4_bots_go_on_with_the_books_that_the_exchange_tells(
    new_world: NewWorld, lose: Callable[[Path], None]
) -> None:
    world = new_world()
    world.up()
    bots = {world.make_bot(symbol, symbol): symbol for symbol in SYMBOLS}
    for bot_id, symbol in bots.items():
        reaches_its_target(world, bot_id, symbol)
        world.position_of(bot_id)
    world.run("down", "--keep-protected")
    before = {bot_id: books_of(world, bot_id) for bot_id in bots}
    name = installation_id(world.store)

    loses_its_store(world, lose)
    world.up()
    told = world.run("import", str(world.folder.root))
    for bot_id in bots:
        assert f"tradefleet rebuild {bot_id} --installation {name}" in told
        rebuilt = world.run("rebuild", str(bot_id), "--installation", name, "--yes")
        assert "The store as it is now is kept as" in rebuilt

    kept = list(world.folder.root.rglob("*.before-rebuild-*"))
    assert len(kept) == len(bots)
    assert {bot_id: books_of(world, bot_id) for bot_id in bots} == before
    assert installation_id(world.store) == name
    for bot_id, symbol in bots.items():
        world.api("POST", f"bot/{bot_id}/start", {})
        world.living_lease(bot_id)
        reaches_its_target(world, bot_id, symbol)
        assert len(world.fills(bot_id)) == len(before[bot_id][1]) + 1
        assert world.fills(bot_id) == world.fills_at_exchange(symbol)
