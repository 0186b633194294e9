"""Bots in screen sessions, as the sketch has it."""

import subprocess

import pytest

from tests.skips import skip_or_fail
from tests.system.conftest import NewWorld
from tests.system.world import until
from tradefleet.adapters.launchers.screen import ScreenLauncher

pytestmark = pytest.mark.system


def sessions() -> str:
    return subprocess.run(["screen", "-ls"], capture_output=True, text=True, check=False).stdout


def test_a_bot_has_a_session_which_lists_it_and_quits_it(
    new_world: NewWorld, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    if not ScreenLauncher.is_installed():
        skip_or_fail("screen is not installed")
    # Sessions of our own: nobody's `bot_1` is touched, and nobody sees ours.
    folder = tmp_path_factory.mktemp("screens")
    folder.chmod(0o700)
    monkeypatch.setenv("SCREENDIR", str(folder))
    world = new_world(LAUNCHER="screen")
    world.up()

    bot_id = world.holding_bot("In a screen", "BTCUSDT")
    session, account = f".bot_{bot_id}\t", world.account()

    assert session in sessions()
    assert world.living_lease(bot_id).lease.holder.launcher == "screen"
    assert (world.here / f"bot_{bot_id}.log").readlink().is_file()

    subprocess.run(["screen", "-S", f"bot_{bot_id}", "-X", "quit"], check=True)

    until(lambda: session not in sessions(), "the end of the session")
    until(lambda: world.lease(bot_id) is None, "the lease given back")
    assert world.bot(bot_id)["wish"] == "stop_keep"
    assert world.account() == account
    assert world.totals(bot_id).quantity > 0
    world.run("down")
    assert world.living() == []
