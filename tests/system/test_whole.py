"""Everything together: real processes, killed in every order; money and protection stay right."""

import json
import shutil
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from tests.system.world import KEEN, World, until
from tradefleet.domain.order import Side

pytestmark = pytest.mark.system


def books_equal_the_exchange(world: World, bot_id: int, symbol: str) -> bool:
    return world.fills(bot_id) == world.fills_at_exchange(symbol)


def test_W7_a_second_up_is_told_where_the_first_one_is(world: World):
    told = world.run("up", "--no-browser", "--port", "0", exits=1)

    assert "already runs on this data folder at http://127.0.0.1:" in told
    assert "TRADEFLEET_HOME" in told


def test_the_doctor_finds_a_running_system_well_and_its_books_in_the_wallet(world: World):
    world.holding_bot("Patient", "DOGEUSDT")

    told = world.start("doctor", "--json").communicate(timeout=60)[0]

    checks = {check["name"]: check for check in json.loads(told)["checks"]}
    checks.pop("chart scripts")  # made by an installation, not by a checkout
    assert [name for name, check in checks.items() if check["ok"] is False] == []
    assert {"hub process", "key", "DOGEUSDT", "books USDT", "books DOGE"} <= checks.keys()
    assert world.folder.paper_account()[1] not in told


def test_a_killed_bot_comes_back_with_a_new_lease_and_buys_nothing_twice(world: World):
    bot_id = world.holding_bot("Killed", "BTCUSDT")
    before, epoch = world.fills(bot_id), world.living_lease(bot_id).lease.epoch
    account = world.account()

    world.kill_bot(bot_id)
    until(lambda: world.living_lease(bot_id).lease.epoch > epoch, "a new epoch")
    world.position_of(bot_id)

    assert world.fills(bot_id) == before == world.fills_at_exchange("BTCUSDT")
    assert world.account() == account


@pytest.mark.parametrize("name", ["hub", "host", "exchange"])
def test_W1_a_killed_service_comes_back_and_the_account_is_as_before(world: World, name: str):
    if not world.api("GET", "overview")["bots"]:
        world.holding_bot("Witness", "BTCUSDT")
    before = world.account()
    bots = [bot["id"] for bot in world.api("GET", "overview")["bots"]]
    epochs = {bot_id: world.living_lease(bot_id).lease.epoch for bot_id in bots}

    world.comes_back(name, world.kill(name))
    until(lambda: world.is_healthy, f"health after the {name} was killed")

    assert world.account() == before
    assert {bot_id: world.living_lease(bot_id).lease.epoch for bot_id in bots} == epochs


@pytest.mark.parametrize(
    ("symbol", "factor", "reason"),
    [("ETHUSDT", Decimal("0.97"), "stop_loss"), ("SOLUSDT", Decimal("1.06"), "take_profit")],
)
def test_P11_the_exchange_sells_for_a_dead_bot_which_books_it_when_it_returns(
    world: World, symbol: str, factor: Decimal, reason: str
):
    bot_id = world.holding_bot(f"Dead at {reason}", symbol)
    entry = Decimal(world.bot(bot_id)["position"]["entry_price"])

    world.kill_bot(bot_id)
    world.set_price(symbol, (entry * factor).quantize(Decimal("0.01")))

    assert [fill.side for fill in world.fills_at_exchange(symbol)][-1] is Side.SELL
    until(lambda: world.totals(bot_id).trades == 1, "the trade in the books")
    (trade,) = world.api("GET", f"bot/{bot_id}/trades")["trades"]
    assert trade["exit_reason"] == reason
    assert books_equal_the_exchange(world, bot_id, symbol)
    assert world.totals(bot_id).quantity == 0


def test_C9_a_bot_whose_strategy_was_deleted_stays_protected_and_sells_when_told(world: World):
    file = world.folder.strategies / "bereft.py"
    file.write_text(KEEN.replace("Keen", "Bereft").replace('"keen"', '"bereft"'))
    bot_id = world.holding_bot("Bereft", "XRPUSDT", strategy="bereft")
    epoch = world.living_lease(bot_id).lease.epoch

    file.unlink()
    world.kill_bot(bot_id)
    until(lambda: world.living_lease(bot_id).lease.epoch > epoch, "a new epoch")
    world.position_of(bot_id)
    assert world.bot(bot_id)["status"] == "running"

    world.api("POST", f"bot/{bot_id}/stop", {"how": "sell"})
    until(lambda: world.totals(bot_id).quantity == 0, "the sale")
    assert books_equal_the_exchange(world, bot_id, "XRPUSDT")


def test_W5_bots_go_on_while_the_dashboard_is_closed(world: World):
    bot_id = world.make_bot("Alone", "BNBUSDT")
    world.position_of(bot_id)
    assert world.dashboard is not None

    world.dashboard.send_signal(signal.SIGINT)
    told, _ = world.dashboard.communicate(timeout=20)

    assert "Bots go on" in told
    assert "Traceback" not in told
    assert world.dashboard.returncode == 0
    seen = world.living_lease(bot_id).heartbeat
    assert seen is not None

    def decided_again() -> bool:
        beat = world.living_lease(bot_id).heartbeat
        return beat is not None and beat.last_decision_at > seen.last_decision_at

    until(decided_again, "a decision without a dashboard")


def test_the_five_words_run_a_bot_and_others_under_its_id_are_told_the_differences(world: World):
    words = ("bot", "run", "77", "BTC Bot", "DOGEUSDT")
    running = world.start(*words, "volatile", "100")
    holder = world.living_lease(77).lease.holder

    told = world.run(*words, "enhanced", "150", exits=2)

    assert "strategy: bot 77 has volatile, you gave enhanced" in told
    assert "trade_amount: bot 77 has 100, you gave 150" in told
    assert (holder.pid, holder.launcher) == (running.pid, "terminal")
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "Traceback" not in output
    assert world.bot(77)["wish"] == "stop_keep"


def test_down_ends_everything_says_what_rests_and_up_goes_on_with_it(world: World):
    bot_id = world.holding_bot("Rests", "DOGEUSDT")
    others = [bot["id"] for bot in world.api("GET", "overview")["bots"] if bot["id"] != bot_id]
    for other in others:
        world.api("POST", f"bot/{other}/stop", {"how": "keep"})
    held = world.totals(bot_id).quantity

    told = world.run("down")

    assert f"Rests holds {held.normalize():f} DOGE; at the exchange rest stop" in told
    assert world.living() == []
    assert "Everything is down" in world.run("down")
    assert world.living() == []
    world.up()
    assert world.living_lease(bot_id)
    assert world.totals(bot_id).quantity == held


def test_everything_ends_by_itself_when_the_data_folder_is_gone(world: World):
    world.make_bot("Last", "BTCUSDT")
    bots = [bot["id"] for bot in world.api("GET", "overview")["bots"] if bot["wish"] == "run"]
    holders = [world.living_lease(bot_id).lease.holder for bot_id in bots]
    services = {name: world.pid(name) for name in ("exchange", "hub", "host", "dashboard")}
    assert None not in services.values()

    until(lambda: is_removed(world.folder.root), "the end of the folder they write into")

    assert world.dashboard is not None
    world.dashboard.communicate(timeout=20)
    until(lambda: not any(map(world.processes.is_alive, holders)), "the end of all bots")
    for name, pid in services.items():
        until(lambda pid=pid: has_ended(pid), f"the end of the {name}")


def is_removed(folder: Path) -> bool:
    """Remove a folder; where something was written into it meanwhile it is still there."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def has_ended(pid: int | None) -> bool:
    """Whether a process is gone; a zombie waits for a parent that is none of ours."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True
