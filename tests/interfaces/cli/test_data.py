"""Candle files from the terminal: checked, kept, listed; what is refused says why."""

import pytest

from tests.interfaces.cli.conftest import CandleFile, Terminal


def test_a_file_is_checked_and_its_gaps_are_told(terminal: Terminal, candle_file: CandleFile):
    candle_file("BTCUSDT-1m.csv", 0, 1, 2, 3, 6, 7)

    (report,) = terminal.json("data", "check", "BTCUSDT-1m.csv")

    assert (report["symbol"], report["interval"], report["rows"]) == ("BTCUSDT", "1m", 6)
    assert report["gaps"] == {
        "count": 1,
        "candles": 2,
        "longest": 120_000,
        "first_at": 1_600_000_260_000,
    }
    told = terminal.run("data", "check", "BTCUSDT-1m.csv").stdout
    assert "2m" in told
    assert "2020-09-13T12:31:00Z" in told


def test_checking_makes_no_data_folder(terminal: Terminal, candle_file: CandleFile):
    candle_file()

    terminal.run("data", "check", "BTCUSDT-1m.csv")

    assert not terminal.home.exists()


def test_a_refused_file_is_an_exit_code_and_hides_no_good_one(
    terminal: Terminal, candle_file: CandleFile
):
    candle_file()
    candle_file("ETHUSDT-1m.csv", high=9.5)

    good, bad = terminal.json("data", "check", "BTCUSDT-1m.csv", "ETHUSDT-1m.csv", exits=1)
    told = terminal.run("data", "check", "BTCUSDT-1m.csv", "ETHUSDT-1m.csv", exits=1)

    assert not good["problem"]
    assert "expected high >= open, close" in bad["problem"]
    assert "ETHUSDT-1m.csv cannot be used" in told.stderr
    assert "BTCUSDT" in told.stdout


def test_an_imported_file_is_listed(terminal: Terminal, candle_file: CandleFile):
    candle_file("minutes.csv")

    terminal.run("data", "import", "minutes.csv", "--symbol", "ethusdt", "--interval", "1m")

    (kept,) = terminal.json("data", "list")
    assert (kept["symbol"], kept["interval"], kept["rows"]) == ("ETHUSDT", "1m", 3)
    assert kept["path"] == str(terminal.home / "candles" / "ETHUSDT-1m.parquet")


def test_an_empty_catalogue_says_how_to_fill_it(terminal: Terminal):
    assert "tradefleet data import FILE" in terminal.run("data", "list").stdout
    assert terminal.json("data", "list") == []


@pytest.mark.parametrize(
    ("words", "exits", "says"),
    [
        (("nosuch.csv",), 1, "does not exist"),
        (("minutes.csv",), 1, "does not say the symbol"),
        (("notes.txt",), 1, "expected a file .parquet, .csv, .zip"),
        (("minutes.csv", "--symbol", "../../BTC"), 2, "expected a symbol such as BTCUSDT"),
        (("minutes.csv", "--interval", "7m"), 2, "'7m' is not one of"),
        ((), 2, "Missing argument"),
    ],
)
def test_what_cannot_be_imported_says_why(
    terminal: Terminal,
    candle_file: CandleFile,
    words: tuple[str, ...],
    exits: int,
    says: str,
):
    candle_file("minutes.csv")
    (terminal.here / "notes.txt").write_text("hello")

    assert says in terminal.run("data", "import", *words, exits=exits).stderr
