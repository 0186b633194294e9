"""The fleet's loss limit from the terminal."""

from dataclasses import replace

import pytest

from tests.contracts.fleet import a_fill, a_journal
from tests.interfaces.cli.conftest import Terminal
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.order import Side


@pytest.fixture
def limited(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_LOSS_LIMIT", "5")


def lose_ten(made: Installation) -> None:
    now = made.clock.now()
    bought, sold = a_fill(1), a_fill(2, Side.SELL, price="45000")
    journal = a_journal(made.store, made.bots.get(1))
    journal.book([replace(one, fill=replace(one.fill, time=now)) for one in (bought, sold)])


@pytest.mark.usefixtures("limited")
def test_the_days_loss_is_told_and_counted_anew_which_stands_in_the_log(
    terminal: Terminal, made: Installation
):
    assert terminal.json("loss-limit")["lost"] == "0"
    lose_ten(made)

    told = terminal.run("loss-limit").output
    assert "lost 10 of 5 USDT today" in told
    assert "pause until midnight UTC" in told
    assert terminal.json("loss-limit", "--reset")["reached"] is False

    assert "lost 0 of 5 USDT today" in terminal.run("loss-limit").output
    (reset,) = (a for a in made.activities.newest() if a.action == "reset_loss_limit")
    assert (reset.actor, reset.detail) == ("command line", "lost 10 of 5 USDT today")


@pytest.mark.usefixtures("made")
def test_where_there_is_no_limit_there_is_none_to_reset(terminal: Terminal):
    assert "no limit" in terminal.run("loss-limit").output
    assert "DAILY_LOSS_LIMIT is 0" in terminal.run("loss-limit", "--reset", exits=1).output
