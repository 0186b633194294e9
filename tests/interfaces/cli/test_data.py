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
    assert kept["path"] == str(terminal.home / "candles" / "ETHUSDT" / "1m")
    assert kept["sources"] == ["minutes.csv"]
    told = terminal.run("data", "list").stdout
    assert "minutes.csv" in told
    assert "2020-09-13T12:27:00Z" in told


def test_a_whole_folder_is_imported_and_grows_what_is_there(
    terminal: Terminal, candle_file: CandleFile
):
    (terminal.here / "dumps" / "spot").mkdir(parents=True)
    candle_file("dumps/BTCUSDT-1m-2020-09-13.csv", 0, 1, 2)
    candle_file("dumps/spot/BTCUSDT-1m-2020-09-14.csv", 2, 3, 4)
    candle_file("dumps/notes-1m.csv", 0)
    (terminal.here / "dumps" / "readme.txt").write_text("hello")

    done = terminal.json("data", "import", "dumps", exits=1)

    assert [(one["added"], bool(one["problem"])) for one in done] == [
        (3, False), (0, True), (2, False),
    ]  # fmt: skip
    (kept,) = terminal.json("data", "list")
    assert (kept["rows"], kept["gaps"]["count"], len(kept["sources"])) == (5, 0, 2)


def test_other_figures_than_those_kept_are_told_and_taken_only_when_asked_for(
    terminal: Terminal, candle_file: CandleFile
):
    candle_file()
    terminal.run("data", "import", "BTCUSDT-1m.csv")
    candle_file("BTCUSDT-1m-again.csv", 1, 2, 3, high=12.0)

    refused = terminal.run("data", "import", "BTCUSDT-1m-again.csv", exits=1)
    taken = terminal.run("data", "import", "BTCUSDT-1m-again.csv", "--replace")

    assert "2 candles differ from those kept, the first at 2020-09-13T12:28:00Z" in refused.stderr
    assert "kept as they were" in refused.stderr
    assert "2 candles differ" in taken.stderr
    assert "the file's were taken" in taken.stderr
    assert not terminal.run("data", "import", "BTCUSDT-1m-again.csv").stderr


def test_what_is_kept_is_checked_by_its_symbol(terminal: Terminal, candle_file: CandleFile):
    candle_file("BTCUSDT-1m.csv", 0, 1, 4)
    terminal.run("data", "import", "BTCUSDT-1m.csv")

    (named,) = terminal.json("data", "check", "btcusdt")
    everything = terminal.json("data", "check")

    assert [named] == everything
    assert (named["gaps"]["candles"], named["problem"]) == (2, "")
    told = terminal.run("data", "check", "ETHUSDT", exits=1).stderr
    assert "has no candles of ETHUSDT: tradefleet data download SYMBOL" in told


def test_everything_odd_in_a_file_is_counted(terminal: Terminal):
    rows = [
        "0,10,11,9,10,5",
        "0,10,11,9,10,5",
        "1,10,9,9,10,0",
        "2,10,11,9,nan,0",
        "9,10,11,9,10,0",
    ]
    lines = [f"{1_600_000_020_000 + int(row[0]) * 60_000}{row[1:]}" for row in rows]
    text = "\n".join(["open_time,open,high,low,close,volume", *lines])
    (terminal.here / "BTCUSDT-1m.csv").write_text(text + "\n")

    (report,) = terminal.json("data", "check", "BTCUSDT-1m.csv", exits=1)
    told = terminal.run("data", "check", "BTCUSDT-1m.csv", exits=1)

    found = {odd["kind"]: (odd["wrong"], odd["first_row"]) for odd in report["oddities"]}
    assert found == {
        "twice": (True, 2),
        "not_a_number": (True, 4),
        "high_too_low": (True, 3),
        "no_volume": (False, 3),
    }
    assert "1 × open time of the candle before" in told.stdout
    assert "hint: 1 × runs of candles without volume, the longest 3 candles" in told.stdout


def test_a_damaged_catalogue_says_what_to_do(terminal: Terminal, candle_file: CandleFile):
    candle_file()
    terminal.run("data", "import", "BTCUSDT-1m.csv")
    (terminal.home / "candles" / "BTCUSDT" / "1m" / "2020-09.npy").write_bytes(b"nonsense")

    for command in (("list",), ("check",), ("import", "BTCUSDT-1m.csv")):
        told = terminal.run("data", *command, exits=1).stderr
        assert "is damaged" in told
        assert "take it away" in told


def test_candles_of_the_future_are_refused(terminal: Terminal, candle_file: CandleFile):
    candle_file("BTCUSDT-1m.csv", 0, 100_000_000)

    told = terminal.run("data", "import", "BTCUSDT-1m.csv", exits=1).stderr

    assert "expected candles that have closed" in told


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
