"""Real money, played: live is armed, not switched. The built-in exchange stands in for Binance."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from tests.skips import ROOT
from tests.system.conftest import NewWorld
from tests.system.world import World, free_port, until
from tradefleet.adapters.store.armings import SqlArmings
from tradefleet.adapters.store.snapshots import SqlSnapshots
from tradefleet.domain.order import Side

pytestmark = pytest.mark.system

KEY, SECRET = "k" * 64, "s" * 64
PLAY = str(Path(__file__).parent / "binance_here")
PASSWORD = "correct horse battery staple"
TYPED = {"symbol": "BTCUSDT", "cap": "50", "password": PASSWORD}


def live_world(new_world: NewWorld, *more_permissions: str) -> World:
    """Return a running system that believes it trades at Binance, and knows what its key may do."""
    port = free_port()
    world = new_world(
        TRADING_MODE="live",
        BINANCE_API_KEY=KEY,
        BINANCE_API_SECRET=SECRET,
        TRADEFLEET_PASSWORD=PASSWORD,
        PLAYED_BINANCE=f"http://127.0.0.1:{port}",
        PYTHONPATH=f"{PLAY}:{ROOT / 'src'}",
    )
    accounts = world.here / "accounts.json"
    account = {"key": KEY, "secret": SECRET, "permissions": ["SPOT", *more_permissions]}
    accounts.write_text(json.dumps([account]))
    world.start("exchange", "--port", str(port), "--seed", "1", "--accounts", str(accounts))
    until(world.folder.exchange_address.exists, "the exchange")
    world.up()
    until(lambda: SqlSnapshots(world.store).get("rights"), "the rights of the key")
    return world


def a_keen_bot(world: World) -> int:
    return world.make_bot("Keen", "BTCUSDT", trade_amount="200", start=False)


def arm(world: World, bot_id: int, **typed: str) -> httpx2.Response:
    return world.ask("POST", f"bot/{bot_id}/arm", TYPED | typed)


def arm_by_command(world: World, bot_id: int, *, exits: int = 0, **typed: str) -> str:
    words = (f"--{name}={value}" for name, value in (TYPED | typed).items())
    return world.run("bot", "arm", str(bot_id), *words, exits=exits)


def audited(world: World) -> list[str]:
    """Return what the audit log tells, oldest first."""
    told = world.api("GET", "activity")["activities"]
    return [one["action"] for one in reversed(told) if one["action"] != "log_in"]


def test_C1_C7_H22_from_not_armed_to_a_small_first_order_every_step_is_in_the_audit_log(
    new_world: NewWorld,
):
    world = live_world(new_world)
    bot_id = a_keen_bot(world)

    refused = world.ask("POST", f"bot/{bot_id}/start", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_armed")
    assert f"tradefleet bot arm {bot_id}" in refused.json()["detail"]
    for typed in ({"symbol": "ETHUSDT"}, {"password": "guess"}, {"cap": "200.01"}, {"cap": "9"}):
        (field,) = typed
        assert arm(world, bot_id, **typed).json()["field"] == field

    assert arm(world, bot_id).status_code == 200
    world.api("POST", f"bot/{bot_id}/start", {})
    world.position_of(bot_id)
    spent = sum(fill.quote_quantity for fill in world.fills(bot_id))
    assert 5 < spent <= 10  # twice the smallest order, although 50 are armed and 200 its budget
    assert world.api("POST", f"bot/{bot_id}/disarm", {})["disarmed"]

    wrong_words = ["arm_refused"] * 4
    assert audited(world) == ["create", *wrong_words, "arm", "start", "disarm"]


def test_C3_a_change_ends_an_arming_and_so_does_time_and_the_command_line_says_so(
    new_world: NewWorld,
):
    world = live_world(new_world)
    bot_id = a_keen_bot(world)
    start = ("bot", "start", str(bot_id))
    assert "Nothing was started" in world.run(*start, exits=1)
    assert "expected the password" in arm_by_command(world, bot_id, password="guess", exits=1)

    assert "at most 50 a buy" in arm_by_command(world, bot_id)
    world.run("bot", "update", str(bot_id), "--stop-loss", "3")
    assert "is not armed for real money" in world.run(*start, exits=1)

    arm_by_command(world, bot_id)
    armings = SqlArmings(world.store)
    arming = armings.get(bot_id)
    assert arming is not None
    world.run(*start)
    world.position_of(bot_id)
    armings.arm(replace(arming, expires_at=arming.armed_at + 1))  # as if its days were over
    bought = world.fills(bot_id)
    world.set_price("BTCUSDT", round(bought[0].price * Decimal("1.1"), 2))
    until(lambda: not world.totals(bot_id).quantity, "its exit, which needs no arming")
    until(lambda: "has expired" in world.bot(bot_id)["waiting_for"], "that it says why it waits")
    assert {fill.side for fill in world.fills(bot_id)[len(bought) :]} == {Side.SELL}
    assert "has expired" in world.run(*start, exits=1)


def test_C5_a_key_that_may_withdraw_arms_nothing_without_a_typed_reason(new_world: NewWorld):
    world = live_world(new_world, "WITHDRAW")
    bot_id = a_keen_bot(world)

    for reason in ("", "because"):
        refused = arm(world, bot_id, reason=reason).json()
        assert (refused["code"], refused["field"]) == ("key_refused", "reason")
        assert "may withdraw money" in refused["detail"]
    why = "the only key of a test account"
    arm_by_command(world, bot_id, reason=why)

    assert audited(world) == ["create", "arm_refused", "arm_refused", "arm"]
    (armed, *_) = world.api("GET", "activity")["activities"]
    assert why in armed["detail"]
    assert "may withdraw money" in world.run("doctor")
