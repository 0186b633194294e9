"""The catalogue: what is kept is what was given, whatever comes in which order."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.skips import shared_data
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.files import read_recording
from tradefleet.adapters.candles.table import PRICES, merged, read_table, table_of
from tradefleet.domain.candle import INTERVALS, MINUTE, Candles
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording

YEAR = int(np.datetime64("2024-01-01", "ms").astype(np.int64))

decimals = st.decimals(Decimal("0.00000001"), Decimal("99999.99999999"), places=8)
# Which candles, and what they cost: a candle is flat, so that any price will do.
contents = st.dictionaries(st.integers(-50, 50), decimals, min_size=1)


def recording(
    prices: dict[int, Decimal], interval: str = "5m", *, known: bool = False, at: int = YEAR
) -> Recording:
    numbers = sorted(prices)
    times = np.array(numbers, np.int64) * INTERVALS[interval] + at
    price = np.array([float(prices[number]) for number in numbers])
    candles = Candles.from_arrays(INTERVALS[interval], times, price, price, price, price, price)
    trades = np.array(numbers, np.int64) + 50
    return Recording(
        "BTCUSDT", interval, candles, price * 2 if known else None, trades if known else None
    )


def content(found: Recording | None) -> dict[int, Decimal]:
    assert found is not None
    candles = found.candles
    return {
        (int(at) - YEAR) // candles.interval: Decimal(repr(float(price)))
        for at, price in zip(candles.open_time, candles.close, strict=True)
    }


@pytest.fixture(scope="module")
def new_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return lambda: Catalogue(tmp_path_factory.mktemp("catalogue") / "candles")


@given(given=contents, interval=st.sampled_from(["1m", "5m", "1d"]))
def test_the_decimals_given_come_back_whatever_the_period(new_catalogue, given, interval):
    catalogue = new_catalogue()

    catalogue.add(recording(given, interval), "test")

    assert content(catalogue.read("BTCUSDT", interval)) == given


@given(parts=st.lists(contents, min_size=1, max_size=4), replace=st.booleans())
def test_parts_are_merged_as_dictionaries_are(new_catalogue, parts, replace):
    catalogue = new_catalogue()
    expected: dict[int, Decimal] = {}

    for part in parts:
        done = catalogue.add(recording(part), "test", replace=replace)
        differ = sorted(n for n in part.keys() & expected.keys() if part[n] != expected[n])
        assert done.added == len(part.keys() - expected.keys())
        assert done.conflicts == len(differ)
        assert done.first_conflict == (YEAR + differ[0] * 5 * MINUTE if differ else None)
        expected = {**expected, **part} if replace else {**part, **expected}

    kept = catalogue.read("BTCUSDT", "5m")
    assert content(kept) == expected
    assert (np.diff(kept.candles.open_time) > 0).all()


@given(kept=contents, fresh=contents, replace=st.booleans())
def test_what_one_source_does_not_know_another_fills_in(kept, fresh, replace):
    same = {number: kept.get(number, price) for number, price in fresh.items()}
    known = set(same)

    done = merged(table_of(recording(kept)), table_of(recording(same, known=True)), replace=replace)

    assert not done.conflicts
    numbers = (done.table["open_time"] - YEAR) // (5 * MINUTE)
    assert [n in known for n in numbers] == (done.table["trades"] >= 0).tolist()
    assert [n in known for n in numbers] == (~np.isnan(done.table["quote_volume"])).tolist()
    back = merged(
        table_of(recording(same, known=True)), table_of(recording(kept)), replace=not replace
    )
    for name in done.table:
        assert np.array_equal(done.table[name], back.table[name], equal_nan=True)


def test_only_periods_that_are_asked_for_are_read(tmp_path: Path):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({-1: Decimal(1), 0: Decimal(2)}), "test")
    assert sorted(path.name for path in (tmp_path / "BTCUSDT" / "5m").glob("*.npy")) == [
        "2023.npy", "2024.npy",
    ]  # fmt: skip

    assert content(catalogue.read("BTCUSDT", "5m", since=YEAR)) == {0: 2}
    assert content(catalogue.read("BTCUSDT", "5m", until=YEAR)) == {-1: 1}
    assert catalogue.read("BTCUSDT", "5m", since=YEAR * 2) is None
    assert catalogue.read("BTCUSDT", "1m") is None
    assert catalogue.read("ETHUSDT", "5m") is None


def test_a_file_can_be_read_with_numpy_alone(tmp_path: Path):
    Catalogue(tmp_path).add(recording({0: Decimal("42000.01")}), "test")

    (record,) = np.load(tmp_path / "BTCUSDT" / "5m" / "2024.npy")

    assert record["open_time"].tolist() == [YEAR]
    assert record["close"].tolist() == [42000.01]


def test_a_period_is_mapped_and_cannot_be_changed(tmp_path: Path):
    Catalogue(tmp_path).add(recording({0: Decimal(1)}), "test")

    kept = Catalogue(tmp_path).read("BTCUSDT", "5m")

    assert kept is not None
    with pytest.raises(ValueError, match="read-only"):
        kept.candles.close[0] = 2


def test_nothing_is_written_for_what_is_there_already(tmp_path: Path):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({0: Decimal(1)}), "test")
    before = (tmp_path / "BTCUSDT" / "5m" / "2024.npy").stat().st_ino

    catalogue.add(recording({0: Decimal(1)}), "test")

    assert (tmp_path / "BTCUSDT" / "5m" / "2024.npy").stat().st_ino == before


def test_what_a_killed_process_left_half_written_is_taken_away(tmp_path: Path):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({0: Decimal(1)}), "test")
    (tmp_path / "BTCUSDT" / "5m" / ".2024.npy.4711").write_bytes(b"half")
    assert content(catalogue.read("BTCUSDT", "5m")) == {0: 1}

    catalogue.add(recording({1: Decimal(1)}), "test")

    assert sorted(path.name for path in (tmp_path / "BTCUSDT" / "5m").iterdir()) == [
        ".lock", "2024.npy", "sources.json",
    ]  # fmt: skip


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({0: Decimal(1)}), "test")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(np, "save", full)
        with pytest.raises(OSError, match="No space left"):
            catalogue.add(recording({1: Decimal(1)}), "test")

    assert content(catalogue.read("BTCUSDT", "5m")) == {0: 1}
    assert not list((tmp_path / "BTCUSDT" / "5m").glob(".*.npy.*"))


def test_several_writers_at_once_lose_nothing(tmp_path: Path):
    def write(number: int) -> None:
        for step in range(4):
            catalogue = Catalogue(tmp_path)
            catalogue.add(recording({4 * number + step: Decimal(1)}), f"writer {number}")

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(6)))

    assert set(content(Catalogue(tmp_path).read("BTCUSDT", "5m"))) == set(range(24))
    assert len(Catalogue(tmp_path).sources("BTCUSDT", "5m")) == 6


def test_holdings_tell_span_gaps_size_and_sources(tmp_path: Path):
    catalogue = Catalogue(tmp_path / "candles")
    assert catalogue.holdings() == ()
    catalogue.add(recording({-2: Decimal(1), 3: Decimal(1)}), "one.csv")
    catalogue.add(recording({4: Decimal(1)}), "two.csv")
    catalogue.add(recording({0: Decimal(1)}, "1h"), "one.csv")

    short, long = catalogue.holdings()

    assert (short.interval, long.interval) == ("5m", "1h")
    assert (short.rows, short.first, short.last) == (3, YEAR - 600_000, YEAR + 1_200_000)
    assert (short.gaps.count, short.gaps.candles) == (1, 4)
    assert short.sources == ("one.csv", "two.csv")
    assert short.size > 3 * 64
    assert json.dumps(short.as_json())
    assert catalogue.intervals("BTCUSDT") == ("5m", "1h")


def test_old_periods_can_be_dropped(tmp_path: Path):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({-1: Decimal(1), 0: Decimal(2)}), "test")

    catalogue.forget_before("BTCUSDT", "5m", YEAR - 1)
    assert len(content(catalogue.read("BTCUSDT", "5m"))) == 2
    catalogue.forget_before("BTCUSDT", "5m", YEAR)
    assert content(catalogue.read("BTCUSDT", "5m")) == {0: 2}


@pytest.mark.parametrize("symbol", ["", "../BTC", "BTC/USDT", "a" * 41, "."])
def test_a_symbol_is_never_a_way_out_of_the_folder(tmp_path: Path, symbol: str):
    with pytest.raises(InputError, match="expected a symbol"):
        Catalogue(tmp_path).read(symbol, "5m")


def test_a_damaged_file_is_an_error_with_its_name(tmp_path: Path):
    catalogue = Catalogue(tmp_path)
    catalogue.add(recording({0: Decimal(1)}), "test")
    path = tmp_path / "BTCUSDT" / "5m" / "2024.npy"
    whole = path.read_bytes()
    for damaged in (b"", whole[:20], whole[:-8], b"nonsense" * 40):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"2024\.npy is damaged"):
            catalogue.read("BTCUSDT", "5m")
        assert "is damaged" in catalogue.holdings()[0].problem
    np.save(path, np.zeros(5))
    with pytest.raises(DataError, match="is damaged"):
        read_table(path)
    path.rename(path.with_name("7th.npy"))
    with pytest.raises(DataError, match=r"7th\.npy is no file of the catalogue"):
        catalogue.read("BTCUSDT", "5m")


def test_recorded_files_come_back_to_the_last_bit(tmp_path: Path):
    data = shared_data() / "klines"
    for file in sorted([*data.glob("1h/*.parquet"), *data.glob("15m/*.parquet")]):
        given = read_recording(file)
        catalogue = Catalogue(tmp_path / file.stem)
        catalogue.add(given, file.name)
        kept = catalogue.read(given.symbol, given.interval)
        assert kept is not None
        for name in ("open_time", *PRICES):
            column = getattr(given.candles, name)
            assert np.array_equal(column, getattr(kept.candles, name))
        assert (given.trades is None) == (kept.trades is None)
        assert given.gaps == kept.gaps


def test_what_is_forgotten_can_be_fetched_again(tmp_path: Path):
    kept = Catalogue(tmp_path)
    for interval in ("5m", "1h"):
        kept.add(recording({0: Decimal(1)}, interval), "BTCUSDT.zip")

    assert kept.forget("BTCUSDT", "5m")
    assert [one.interval for one in kept.holdings()] == ["1h"]
    assert not kept.sources("BTCUSDT", "5m")  # a download passes over what they name
    assert not kept.forget("BTCUSDT", "5m")
    assert kept.add(recording({0: Decimal(1)}), "BTCUSDT.zip").added
