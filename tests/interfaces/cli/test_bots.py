"""Bots from the terminal, beside a hub that has seen the exchange."""

from decimal import Decimal

import pytest

from tests.interfaces.cli.conftest import Terminal
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import Wish


def test_a_bot_is_changed_in_what_was_said_and_nothing_else(terminal: Terminal, made: Installation):
    said = terminal.json(
        "bot", "update", "1", "--stop-loss", "3", "--amount", "250", "--param", "rsi_buy=20"
    )

    settings = made.bots.get(1).settings
    assert (settings.stop_loss, settings.take_profit) == (Decimal(3), Decimal(5))
    assert settings.trade_amount == 250
    assert settings.parameters == {"votes": 1, "rsi_buy": 20}
    assert said["settings"]["stop_loss"] == "3"


def test_stops_that_move_are_set_from_the_terminal(terminal: Terminal, made: Installation):
    terminal.run(
        *("bot", "update", "1", "--trailing-stop", "1.5", "--break-even", "2"),
        *("--price-cap", "0", "--bot-side-stop"),
    )

    settings = made.bots.get(1).settings
    assert (settings.trailing_stop, settings.break_even) == (Decimal("1.5"), Decimal(2))
    assert settings.price_cap == 0
    assert settings.bot_side_stop


def test_another_strategy_begins_with_its_own_parameters(terminal: Terminal, made: Installation):
    terminal.run("bot", "update", "1", "--strategy", "simple_profitable")

    assert made.bots.get(1).settings.parameters == {}


@pytest.mark.parametrize(
    ("words", "exits", "why"),
    [
        ((), 2, "expected something to change"),
        (("--amount", "much"), 1, "amount: expected a number"),
        (("--amount", "99999"), 1, "expected at most"),
        (("--symbol", "NOSUCH"), 1, "no symbol"),
        (("--every", "7m"), 1, "whole multiple"),
        (("--param", "votes=9"), 1, "at most 3"),
    ],
)
@pytest.mark.usefixtures("made")
def test_what_cannot_be_changed_says_why(
    terminal: Terminal, words: tuple[str, ...], exits: int, why: str
):
    assert why in terminal.run("bot", "update", "1", *words, exits=exits).output


def test_a_pause_needs_a_bot_that_runs(terminal: Terminal, made: Installation):
    assert "only a running bot" in terminal.run("bot", "pause", "1", exits=1).output

    terminal.run("bot", "start", "1")
    terminal.run("bot", "pause", "1")

    assert made.bots.get(1).wish is Wish.PAUSE


def test_rules_are_set_shown_with_their_distance_and_taken_away(
    terminal: Terminal, made: Installation
):
    words = ("--rule", "daily_loss:percent=3.0", "--rule", "open_bots")

    terminal.run("bot", "update", "1", *words)

    assert made.bots.get(1).settings.rules == {"daily_loss": {"percent": 3.0}, "open_bots": {}}
    shown = terminal.run("bot", "show", "1").output
    assert "rule daily loss  lost 0 of 3 USDT today" in shown
    said = terminal.json("bot", "show", "1")
    assert [rule["key"] for rule in said["guards"]] == ["daily_loss", "open_bots"]
    assert said["fleet_loss"]["reached"] is False
    terminal.run("bot", "update", "1", "--rule", "none")
    assert made.bots.get(1).settings.rules == {}


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("luck", "unknown rule"),
        ("cooldown:minute=3", "did you mean 'minutes'"),
        ("cooldown:minutes", "expected name=value"),
        ("cooldown:minutes=0", "at least 1"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(terminal: Terminal, word: str, why: str):
    assert why in terminal.run("bot", "update", "1", "--rule", word, exits=1).output


def test_the_end_of_a_bots_log_is_printed(terminal: Terminal, made: Installation):
    assert "has not run yet" in terminal.run("bot", "logs", "1").output

    lines = [f"line {number}" for number in range(100)]
    (made.folder.root / "bot_1.log").write_text("\n".join(lines) + "\n")
    assert terminal.run("bot", "logs", "1", "-n", "2").output == "line 98\nline 99\n"
