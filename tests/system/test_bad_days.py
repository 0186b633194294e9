"""Bad days: things missing, in the wrong order, gone; each is said, and mends by itself."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.system.conftest import NewWorld
from tests.system.world import World, free_port, until

pytestmark = pytest.mark.system

FIVE = ("1", "BTC Bot", "BTCUSDT", "volatile", "100")


def start_exchange(world: World, port: int) -> None:
    world.start("exchange", "--port", str(port), "--seed", "1")
    until(world.folder.exchange_address.exists, "the exchange")


def test_a_bot_alone_with_an_exchange_that_dies_says_so_and_goes_on_when_it_is_back(
    new_world: NewWorld,
):
    world, port = new_world(CANDLE_INTERVAL="1s", CHECK_INTERVAL="1s"), free_port()
    told = world.run("bot", "run", *FIVE, exits=1)
    assert "the paper exchange is not running" in told
    start_exchange(world, port)
    bot = world.start("bot", "run", *FIVE)
    lease = world.living_lease(1)
    assert lease.heartbeat
    assert lease.heartbeat.alone

    world.kill("exchange")
    until(lambda: "waiting for the exchange" in waiting_for(world), "the outage on the bot's card")
    world.folder.exchange_address.unlink()
    start_exchange(world, port)
    until(lambda: "waiting for the exchange" not in waiting_for(world), "the end of the outage")

    assert world.living_lease(1).lease == lease.lease
    bot.send_signal(signal.SIGINT)
    output, _ = bot.communicate(timeout=20)
    assert (bot.returncode, "Traceback" in output) == (0, False)
    assert "Connected again" in output


def waiting_for(world: World) -> str:
    (bot,) = json.loads(world.run("bot", "list", "--json"))
    return str(bot["waiting_for"])


def test_an_exchange_that_does_not_know_our_key_is_never_used(new_world: NewWorld, tmp_path: Path):
    world = new_world()
    stranger = ("--api-key", "k" * 64, "--api-secret", "s" * 64)
    world.start("exchange", "--port", str(free_port()), *stranger)
    until(world.folder.exchange_address.exists, "the stranger's exchange")

    told = world.run("up", "--no-browser", "--port", "0", exits=1)

    assert "does not know our key" in told
    assert world.living() == ["exchange"]


def test_in_the_foreground_everything_ends_with_the_terminal(new_world: NewWorld):
    world = new_world(BINANCE_API_SECRET="s" * 64)
    system = world.start("up", "--no-browser", "--foreground", "--port", "0")
    until(lambda: world.is_healthy, "a healthy system")
    world.make_bot("Tied", "BTCUSDT")
    bot = world.living_lease(1).lease.holder

    system.send_signal(signal.SIGHUP)
    told, _ = system.communicate(timeout=60)

    assert "Tied holds" in told or "nothing is held" in told
    assert (system.returncode, "Traceback" in told) == (0, False)
    assert world.living() == []
    assert not world.processes.is_alive(bot)


def test_an_older_system_is_offered_and_taken_over_with_coins_the_account_has(
    new_world: NewWorld,
):
    world = new_world()
    write_older_system(world.here)
    world.dashboard = world.start("up", "--no-browser", "--port", "0")
    until(lambda: world.is_healthy, "a healthy system")
    entry = world.holding_bot("Buyer", "BTCUSDT")
    held = world.totals(entry).quantity
    world.api("POST", f"bot/{entry}/stop", {"how": "keep"})
    until(lambda: world.lease(entry) is None, "the end of the buyer")

    world.run("bot", "delete", str(entry), "--disposition", "release")
    told = world.run("import", ".", "--quantity", f"7={held}")

    assert f"bot 7 Old: its position, {held.normalize():f} BTC bought at 50000" in told
    assert world.totals(7).quantity == held
    offered = world.dashboard
    offered.send_signal(signal.SIGINT)
    assert f"An older system left bots in {world.here}" in offered.communicate(timeout=20)[0]


def write_older_system(folder: Path) -> None:
    entry = {"id": 7, "name": "Old", "symbol": "BTCUSDT", "strategy": "volatile"}
    entry |= {"trade_amount": 100.0, "status": "running", "profit": 0, "trades": 0}
    position = {"position": "LONG", "entry_price": 50000.0, "symbol": "BTCUSDT"}
    position |= {"stop_loss": 49000.0, "take_profit": 52500.0, "has_traded": True}
    position |= {"initial_investment": 100.0, "timestamp": "2025-10-24T10:30:00"}
    (folder / "active_bots.json").write_text(json.dumps([entry]))
    (folder / "bot_7_position.json").write_text(json.dumps(position))


def test_the_dashboard_of_a_nohup_lives_on_without_its_terminal(new_world: NewWorld):
    world = new_world()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does for its child
    try:
        world.up()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert world.dashboard is not None

    os.kill(world.dashboard.pid, signal.SIGHUP)

    assert world.api("GET", "overview")["bots"] == []
    assert world.dashboard.poll() is None
    world.run("down")
    assert world.living() == []
