"""One bot, one engine: real processes that want to run the same bot."""

import signal
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.skips import ROOT
from tests.system.world import World, until
from tradefleet.adapters.store.leases import SILENCE_MS
from tradefleet.adapters.store.tables import leases
from tradefleet.application.bot_process import ExitCode

pytestmark = pytest.mark.system

SYMBOL = "BTCUSDT"
ELSEWHERE = str(Path(__file__).parent / "another_machine")


def let_the_lease_grow_old(world: World) -> None:
    """Do what half a minute does to the lease of a process that does not beat."""
    with world.store.write() as connection:
        connection.execute(update(leases).values(beat_at=leases.c.beat_at - SILENCE_MS))


def sent_by(world: World, epoch: int) -> dict[str, str]:
    orders = world.orders_at_exchange(SYMBOL)
    return {name: state for name, state in orders.items() if name.split("-")[3] == str(epoch)}


def test_P18_a_process_that_slept_past_its_lease_sends_nothing_when_it_wakes(market: World):
    sleeper = market.start("bot", "run", "1")
    until(lambda: market.is_protected_by(1), "a protected position")
    sleeper.send_signal(signal.SIGSTOP)
    bought = market.fills(1)

    let_the_lease_grow_old(market)
    market.set_price(SYMBOL, round(bought[0].price * Decimal("1.1"), 2))  # its target
    heir = market.start("bot", "run", "1", PYTHONPATH=f"{ELSEWHERE}:{ROOT / 'src'}")
    until(lambda: market.is_protected_by(2), "the next position, of who took over")
    before = sent_by(market, 1)
    sleeper.send_signal(signal.SIGCONT)
    told, _ = sleeper.communicate(timeout=60)

    assert (sleeper.returncode, "Traceback" in told) == (ExitCode.TAKEN, False)
    assert "belongs to another process now" in told
    assert sent_by(market, 1) == before
    assert heir.poll() is None
    assert market.is_protected_by(2)
    assert market.fills(1) == market.fills_at_exchange(SYMBOL)


def test_S7_of_several_processes_started_at_once_for_one_bot_one_runs_it(market: World):
    started = [market.start("bot", "run", "1") for _ in range(6)]

    until(lambda: sum(one.poll() is not None for one in started) == 5, "the end of all but one")
    (engine,) = (one for one in started if one.poll() is None)
    others = [one for one in started if one is not engine]

    assert market.living_lease(1).lease.holder.pid == engine.pid
    assert {one.returncode for one in others} == {ExitCode.TAKEN}
    assert all("already runs in process" in one.communicate(timeout=20)[0] for one in others)
    until(lambda: market.is_protected_by(1), "a protected position")
    assert {name.split("-")[3] for name in market.orders_at_exchange(SYMBOL)} == {"1"}
