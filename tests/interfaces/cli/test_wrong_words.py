"""Wrong words, wrong settings, nothing running: one clear sentence, the right exit code."""

import os
import signal
import socket

import pytest

from tests.interfaces.cli.conftest import Terminal


@pytest.mark.parametrize(
    ("words", "exits", "says"),
    [
        (("fly",), 2, "No such command 'fly'"),
        (("up", "--port", "70000"), 2, "not in the range 0<=x<=65535"),
        (("up", "--port", "many"), 2, "'many' is not a valid integer"),
        (("up", "--host", "0.0.0.0"), 1, "Set TRADEFLEET_PASSWORD or TRADEFLEET_TOKEN"),
        (("down", "--sell", "--keep-protected"), 2, "--sell or --keep-protected, not both"),
        (("login",), 1, "the dashboard is not running. Start it: tradefleet up"),
        (("panic",), 2, "expected --keep, --sell or --pause"),
        (("bot", "show", "7"), 1, "there is no bot 7"),
        (("bot", "start", "seven"), 2, "'seven' is not a valid integer"),
        (("bot", "stop"), 2, "expected a bot's id, or --all"),
        (("bot", "logs", "7"), 1, "there is no bot 7"),
        (("bot", "delete", "7"), 1, "there is no bot 7"),
        (("bot", "run", "7"), 1, "there is no bot 7"),
        (("bot", "run", "1", "BTC Bot"), 2, "1 'BTC Bot' BTCUSDT volatile 100"),
        (("bot", "run", "1", "x", "BTCUSDT", "volatile", "lots"), 1, "expected a number such as"),
        (("bot", "run", "1", "x", "BTCUSDT", "volatile", "100"), 1, "tradefleet up"),
        (("bot", "create", "x", "BTCUSDT", "volatile", "１００"), 1, "expected a number such as"),
        (("exchange", "--port", "70000"), 2, "not in the range"),
        (("exchange", "--speed", "0"), 1, "--speed: expected a whole number from 1, or step"),
        (("exchange", "--start", "soon"), 1, "--start: expected a moment such as"),
        (("exchange", "--balance", "USDT"), 1, "--balance: expected an asset and an amount"),
        (("exchange", "--api-key", "k"), 2, "expected --api-key with --api-secret"),
        (("exchange", "--market", "nosuch.csv", "--port", "0"), 1, "does not exist"),
    ],
)
def test_it_says_what_is_wrong(terminal: Terminal, words: tuple[str, ...], exits: int, says: str):
    assert says in terminal.run(*words, exits=exits).stderr


@pytest.mark.parametrize(
    ("words", "document"),
    [
        (("bot", "list"), []),
        (("data", "list"), []),
        (("panic", "--keep"), []),
        (("bot", "stop", "--all"), []),
        (("down",), {"resting": []}),
    ],
)
def test_json_is_one_document_even_where_there_is_nothing(
    terminal: Terminal, words: tuple[str, ...], document: object
):
    assert terminal.json(*words) == document


@pytest.mark.parametrize("command", [("bot", "list"), ("up",), ("down",), ("data", "list")])
def test_wrong_settings_are_told_all_at_once(terminal: Terminal, command: tuple[str, ...]):
    (terminal.here / ".env").write_text("TRADING_MODE=real\nSTOP_LOSS=much\nRSI_PERIODE=3\n")

    told = terminal.run(*command, exits=1).stderr

    for key in ("TRADING_MODE", "STOP_LOSS", "RSI_PERIODE"):
        assert key in told


def test_a_data_folder_that_cannot_be_made_says_what_to_do(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    (terminal.here / "file").write_text("")
    monkeypatch.setenv("TRADEFLEET_HOME", str(terminal.here / "file"))

    told = terminal.run("up", exits=1).stderr

    assert "Set TRADEFLEET_HOME to a folder you may write" in told


def test_a_busy_port_is_told_before_anything_is_started(terminal: Terminal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        told = terminal.run("up", "--no-browser", "--port", str(port), exits=1).stderr

    assert f"Port {port} is taken" in told
    assert str(os.getpid()) in told
    assert not (terminal.home / "run" / "exchange.log").exists()


def test_taking_down_leaves_the_signals_as_they_were(terminal: Terminal):
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in ends]

    terminal.run("down")

    assert [signal.getsignal(number) for number in ends] == before


def test_taking_down_what_is_not_up_is_no_error(terminal: Terminal):
    told = terminal.run("down").stdout

    assert told == "Everything is down; nothing is held.\n"
