"""Stops of the whole fleet, with real processes: each bot answers, none forgets its own wish."""

import json

import pytest

from tests.system.conftest import NewWorld
from tests.system.world import until
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.domain.bot import Wish

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
