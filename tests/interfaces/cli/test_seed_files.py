"""The sketch's files from the terminal: nothing overwritten, nothing taken without the exchange."""

import json

import pytest

from tests.interfaces.cli.conftest import Terminal


def test_an_export_is_written_and_written_again(terminal: Terminal):
    first = terminal.json("export", "out")
    terminal.run("export", "out")

    assert first == {"folder": str(terminal.here / "out"), "left_alone": []}
    assert json.loads((terminal.here / "out" / "active_bots.json").read_text()) == []


def test_a_file_of_somebody_else_is_left_as_it_is(terminal: Terminal):
    (terminal.here / "active_bots.json").write_text("mine")

    assert terminal.json("export", exits=1)["left_alone"] == ["active_bots.json"]
    assert (terminal.here / "active_bots.json").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "exits", "says"),
    [
        (("export", "../data"), 1, "is the data folder"),
        (("export", "/proc/nothing"), 1, "/proc/nothing cannot be made"),
        (("import", "--quantity", "0.002"), 2, "expected BOT=QTY such as 1=0.002"),
        (("import", "--quantity", "1=much"), 2, "expected a number such as 0.002, was 'much'"),
        (("import", "--quantity", "1=0"), 2, "expected a quantity above 0"),
        (("import",), 1, "the paper exchange is not running"),
    ],
)
def test_what_cannot_be_done_says_why(
    terminal: Terminal, words: tuple[str, ...], exits: int, says: str
):
    assert says in terminal.run(*words, exits=exits).stderr
