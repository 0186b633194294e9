"""Whatever lies in a file: candles that can be true, or a sentence that says what is wrong."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.files import SUFFIXES, read_recording
from tradefleet.adapters.candles.importing import Importer
from tradefleet.adapters.candles.inspection import check_file
from tradefleet.domain.errors import DataError, InputError

HEADER = b"open_time,open,high,low,close,volume\n"
ROW = b"1700000100000,10,11,9,10,5\n"
NOW = 1_800_000_000_000

cells = st.sampled_from(
    [
        "1700000100000",
        "1700000400000",
        "10",
        "-1",
        "",
        "nan",
        "inf",
        "1e400",
        "x",
        '"',
        "2024-01-01",
    ]
)
lines = st.lists(cells, min_size=1, max_size=14).map(",".join)
texts = st.lists(lines, max_size=5).map("\n".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wrong")


def read(folder: Path, name: str, content: bytes) -> str:
    """Read such a file; return what was wrong with it, empty if nothing was."""
    path = folder / name
    path.write_bytes(content)
    problem = ""
    try:
        read_recording(path, "BTCUSDT", "5m")
    except (DataError, InputError) as error:
        problem = str(error)
    assert "\n" not in problem
    assert check_file(path, "BTCUSDT", "5m").problem == problem
    (done,) = Importer(Catalogue(folder / "kept"), NOW, replace=True).take_all(
        path, "BTCUSDT", "5m"
    )
    assert done.problem == problem
    return problem


@settings(max_examples=40)  # each is read three times
@given(suffix=st.sampled_from(SUFFIXES), content=st.binary(max_size=400))
@example(suffix=".npy", content=b"\x93NUMPY\x01\x00\x06\x00{}   \n")
@example(suffix=".parquet", content=b"PAR1" + b"\0" * 40 + b"PAR1")
@example(suffix=".zip", content=b"PK\x05\x06" + b"\0" * 18)
def test_noise_is_refused_with_a_sentence(folder: Path, suffix: str, content: bytes):
    assert read(folder, f"noise{suffix}", content)


@settings(max_examples=40)
@given(text=texts, header=st.booleans())
def test_a_table_of_odd_cells_is_read_or_refused(folder: Path, text: str, header: bool):
    read(folder, "cells.csv", (HEADER if header else b"") + text.encode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected columns open_time"),
        (HEADER, "expected candles, was empty"),
        (HEADER.replace(b",", b";") + ROW.replace(b",", b";"), ""),
        (b"\xef\xbb\xbf" + HEADER + ROW, ""),
        (HEADER.upper() + ROW, ""),
        ((HEADER + ROW).replace(b"\n", b"\r\n"), ""),
        (HEADER + ROW + ROW.replace(b"\n", b"\r\n"), "cannot be read"),
        (HEADER.replace(b"close", b"shut") + ROW, "without close"),
        (HEADER + b"2024-01-01 00:00,10,11,9,10,5\n", "cannot be read"),
        (HEADER + b"1700000100,10,11,9,10,5\n", "in milliseconds since 1970"),
        (HEADER + ROW + b"1700000400000,10,11\n", "CSV Error on Line: 3"),
        (HEADER + ROW + b"1700000400000,10,11,9,10,5,7\n", "CSV Error on Line: 3"),
    ],
)
def test_tables_of_other_programs(folder: Path, content: bytes, says: str):
    problem = read(folder, "table.csv", content)

    assert says in problem
    assert bool(says) == bool(problem)


@pytest.mark.parametrize("inside", [[], ["one.txt"], ["one.csv", "two.csv"]])
def test_an_archive_has_one_table(folder: Path, inside: list[str]):
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        for name in inside:
            archive.writestr(name, HEADER + ROW)

    problem = read(folder, "archive.zip", (folder / "archive.zip").read_bytes())

    assert "expected one CSV file in archive.zip, found" in problem


def test_a_torn_archive_is_refused(folder: Path):
    with zipfile.ZipFile(folder / "torn.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BTCUSDT-5m-2023-11.csv", HEADER + ROW * 50)
    whole = (folder / "torn.zip").read_bytes()

    spoilt = whole[:60] + bytes([whole[60] ^ 255]) + whole[61:]

    assert read(folder, "torn.zip", spoilt)
    assert read(folder, "torn.zip", whole[: len(whole) // 2])


def test_a_folder_named_like_a_file_and_a_link_to_nothing_are_refused(folder: Path):
    (folder / "BTCUSDT-5m.csv").mkdir()
    (folder / "gone.csv").symlink_to(folder / "nothing.csv")

    for name in ("BTCUSDT-5m.csv", "gone.csv"):
        with pytest.raises(InputError):
            read_recording(folder / name, "BTCUSDT", "5m")
