"""Candles over HTTP: files that come in pieces, downloads, what is kept and taken away."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.dashboard.world import NOW, Browser, World
from tradefleet.adapters.candles.catalogue import Holding
from tradefleet.domain.recording import Gaps
from tradefleet.interfaces.cli.data import import_files
from tradefleet.interfaces.cli.download import download_command
from tradefleet.ports.uploads import LARGEST_FILE, PIECE

CONTENT = b"open_time,open,high,low,close,volume\n"


def begin(browser: Browser, name: str = "BTCUSDT-5m.csv", size: int = len(CONTENT)) -> Any:
    return browser.post("/api/candle-files", {"name": name, "size": size})


def send(browser: Browser, upload: str, piece: bytes, at: int = 0) -> Any:
    body = {"at": at, "data": b64encode(piece).decode()}
    return browser.post(f"/api/candle-file/{upload}/piece", body)


def take_in(browser: Browser, upload: str, **more: Any) -> Any:
    return browser.post(f"/api/candle-file/{upload}/import", more)


def test_a_file_comes_in_pieces_and_is_imported_as_in_the_terminal(browser: Browser, world: World):
    told = begin(browser)
    assert (told.status_code, told.json["piece"]) == (201, PIECE)
    upload = told.json["id"]
    assert send(browser, upload, CONTENT[:10]).json["received"] == 10
    assert send(browser, upload, CONTENT[10:], at=10).json["received"] == len(CONTENT)
    answer = take_in(browser, upload, symbol="btcusdt", interval="5m", replace=True)

    assert answer.status_code == 202
    assert answer.json["asked"]["file"] == "BTCUSDT-5m.csv"
    (words,) = world.runs.words
    assert words[:2] == ["data", "import"]
    made = import_files.make_context("import", words[2:]).params
    assert (made["symbol"], made["interval"], made["replace"]) == ("BTCUSDT", "5m", True)
    (file,) = made["files"]
    assert Path(file).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("candles.exe", 9, "expected a file .parquet, .csv, .zip, .feather"),
        ("../BTCUSDT-5m.csv", 9, "expected the name of a file"),
        (".csv", 9, "expected the name of a file"),
        ("BTC\nUSDT.csv", 9, "expected the name of a file"),
        ("a" * 120 + ".csv", 9, "at most 120 bytes"),
        ("BTCUSDT-5m.csv", 0, "is empty"),
        ("BTCUSDT-5m.csv", LARGEST_FILE + 1, "expected at most 256 MiB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_before_it_is_sent(
    browser: Browser, world: World, name: str, size: int, why: str
):
    answer = begin(browser, name, size)

    assert (answer.status_code, answer.json["field"]) == (422, "file")
    assert why in answer.json["detail"]
    assert not (world.folder / "incoming").exists()


def test_a_piece_that_does_not_follow_changes_nothing(browser: Browser, world: World):
    upload = begin(browser).json["id"]
    send(browser, upload, CONTENT[:10])

    for at in (0, 11):
        answer = send(browser, upload, b"again", at=at)
        assert (answer.status_code, answer.json["code"]) == (409, "out_of_step")
    assert send(browser, upload, CONTENT, at=10).json["code"] == "out_of_step"
    assert send(browser, upload, CONTENT[10:], at=10).json["received"] == len(CONTENT)


def test_half_a_file_is_not_imported(browser: Browser, world: World):
    upload = begin(browser).json["id"]
    send(browser, upload, CONTENT[:10])
    answer = take_in(browser, upload)

    assert (answer.status_code, answer.json["code"]) == (409, "out_of_step")
    assert world.runs.words == []


@pytest.mark.parametrize("upload", ["0" * 12, "..", "0" * 12 + "-" + "0" * 16])
def test_what_was_never_begun_is_not_found(browser: Browser, world: World, upload: str):
    assert send(browser, upload, b"x").status_code == 404


def test_pieces_that_are_no_base64_are_refused(browser: Browser, world: World):
    upload = begin(browser).json["id"]
    answer = browser.post(f"/api/candle-file/{upload}/piece", {"at": 0, "data": "§§"})

    assert (answer.status_code, answer.json["field"]) == (422, "data")


def test_what_was_left_lying_is_swept_away_by_the_next(browser: Browser, world: World):
    left = begin(browser).json["id"]
    world.clock.wait(3_601)
    begin(browser)

    assert send(browser, left, b"x").json["code"] == "unknown_upload"
    assert len(list((world.folder / "incoming").iterdir())) == 1


def test_a_download_is_started_as_in_the_terminal(browser: Browser, world: World):
    asked = {"symbol": "BTCUSDT", "interval": "1h", "start": "2024-01-01", "end": "2024-02-01"}
    answer = browser.post("/api/candle-downloads", asked)

    assert answer.status_code == 202
    (words,) = world.runs.words
    made = download_command.make_context("download", words[2:]).params
    assert (made["symbols"], made["intervals"]) == (("BTCUSDT",), ("1h",))
    assert (made["start"], made["end"]) == ("2024-01-01", "2024-02-01")
    assert len(browser.get("/api/runs?kind=candles").json["runs"]) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"symbol": "--help"}, "symbol"),
        ({"interval": "7m"}, "interval"),
        ({"start": "soon"}, "start"),
        ({"start": "2199-01-01"}, "start"),
        ({"end": "2023-12-31"}, "end"),
    ],
    ids=str,
)
def test_a_download_that_cannot_be_is_refused_at_its_field(
    browser: Browser, world: World, wrong: dict[str, Any], field: str
):
    good = {"symbol": "BTCUSDT", "interval": "5m", "start": "2024-01-01"}
    answer = browser.post("/api/candle-downloads", {**good, **wrong})

    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert world.runs.words == []


def test_a_refusal_says_in_words_what_was_expected(browser: Browser):
    for field, wrong, expected in (
        ("symbol", "../ETC", "a symbol such as BTCUSDT"),
        ("start", "", "a day such as 2024-01-31"),
    ):
        asked = {"symbol": "BTCUSDT", "start": "2024-01-01", field: wrong}
        answer = browser.post("/api/candle-downloads", asked)

        (told,) = answer.json["errors"]
        assert told == {"field": field, "detail": f"expected {expected}, was {wrong!r}"}


def test_kept_candles_tell_their_gaps_and_can_be_taken_away(browser: Browser, world: World):
    gaps = Gaps(count=2, candles=16)
    kept = Holding("", "BTCUSDT", "5m", rows=9, first=NOW, last=NOW, gaps=gaps, size=7)
    world.kept_candles = (kept, Holding("", "ETHUSDT", "1h", rows=9, tape="live"))
    found = browser.get("/api/kept-candles").json["candles"]
    assert (found[0]["gaps"], found[0]["missing"], found[0]["size"]) == (2, 16, 7)
    assert [one["tape"] for one in found] == ["", "live"]

    assert browser.delete("/api/kept-candles/BTCUSDT/5m").json["forgotten"]
    assert [one["symbol"] for one in browser.get("/api/kept-candles").json["candles"]] == [
        "ETHUSDT"
    ]
    again = browser.delete("/api/kept-candles/BTCUSDT/5m")
    assert (again.status_code, again.json["code"]) == (404, "unknown_candles")


def test_a_page_of_another_origin_sends_nothing(browser: Browser, world: World):
    browser.token = "another"

    assert begin(browser).status_code == 403
    assert browser.delete("/api/kept-candles/BTCUSDT/5m").status_code == 403
    assert not (world.folder / "incoming").exists()
