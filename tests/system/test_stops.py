"""Stops of the whole fleet, with real processes: each bot answers, none forgets its own wish."""

import json

import pytest

from tests.system.conftest import NewWorld
from tests.system.world import World, until
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.halts import SqlHalts
from tradefleet.domain.bot import Halt, Wish

pytestmark = pytest.mark.system


def test_W3_under_a_halt_every_bot_leaves_a_receipt_and_a_way_down_that_sells_forgets_no_wish(
    new_world: NewWorld,
):
    world = new_world()
    world.up()
    holder = world.make_bot("Holder", "BTCUSDT")
    world.position_of(holder)
    flat = world.make_bot("Flat", "ETHUSDT", start=False)
    bots = SqlBots(world.store)

    told = {
        one["bot_id"]: one["told"] for one in json.loads(world.run("panic", "--keep", "--json"))
    }
    assert told[holder]["checked"]
    assert len(told[holder]["resting"]) == 2
    assert told[flat]["checked"]
    assert (
        told[flat]["sentence"] == "Flat holds nothing. At the exchange rests nothing (asked there)."
    )

    assert "nothing is held" in world.run("down", "--sell")
    assert bots.own_wish(holder) is Wish.RUN
    world.up()
    world.run("panic", "--reset", "--resume")
    until(lambda: world.lease(holder), "the bot that ran before the halt")
    assert bots.own_wish(flat) is Wish.STOP_KEEP


def test_the_file_kill_is_heard_by_a_bot_beside_which_nothing_lives(market: World):
    bot = market.start("bot", "run", "1")
    until(lambda: market.is_protected_by(1), "a protected position")
    (market.folder.root / "KILL").write_text("sell")
    told, _ = bot.communicate(timeout=60)

    assert (bot.returncode, "Traceback" in told) == (0, False)
    assert not market.totals(1).quantity
    assert not [s for s in market.orders_at_exchange("BTCUSDT").values() if s == "NEW"]
    halts = SqlHalts(market.store)
    halt = halts.standing()
    assert halt is not None
    assert (halt.how, halt.actor) == (Halt.SELL, "file KILL")
    receipt = halts.receipts()[1]
    assert (receipt.halt, receipt.checked, len(receipt.sold)) == (halt.id, True, 1)
    assert "nothing starts until that is reset" in market.run("bot", "start", "1", exits=1)
    market.run("panic", "--reset", "--resume")
    assert not (market.folder.root / "KILL").exists()
