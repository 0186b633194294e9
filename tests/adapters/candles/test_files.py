"""The reader of candle files."""

import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.skips import shared_data
from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import DataError, InputError

START = 1_700_000_100_000 // (5 * MINUTE) * 5 * MINUTE
HEADER = "open_time,open,high,low,close,volume\n"


def row(number: float, open_="10.5", high="11", low="10", close="10.75", volume="3.25") -> str:
    return f"{int(START + number * 5 * MINUTE)},{open_},{high},{low},{close},{volume}\n"


def csv(folder: Path, *lines: str, name: str = "BTCUSDT-5m-test.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text(header + "".join(lines))
    return path


def test_a_csv_gives_the_decimals_it_holds(tmp_path):
    recording = read_recording(csv(tmp_path, row(0, close="10.12345678"), row(1)))
    assert (recording.symbol, recording.interval) == ("BTCUSDT", "5m")
    assert recording.candles.open_time.tolist() == [START, START + 5 * MINUTE]
    assert Decimal(repr(float(recording.candles.close[0]))) == Decimal("10.12345678")
    assert recording.quote_volume is None


@pytest.mark.parametrize("unit", [1, 1000], ids=["milliseconds", "microseconds"])
@pytest.mark.parametrize("form", ["csv", "zip"])
def test_a_public_dump_of_binance_is_read_without_a_header(tmp_path, unit, form):
    lines = [
        f"{(START + n * MINUTE) * unit},10.1,10.3,10.0,10.2,5.5,"
        f"{(START + (n + 1) * MINUTE) * unit - 1},55.5,17,2.5,25.5,0\n"
        for n in range(3)
    ]
    path = csv(tmp_path, *lines, name="DOGEUSDT-1m-2025-01.csv", header="")
    if form == "zip":
        with zipfile.ZipFile(tmp_path / "DOGEUSDT-1m-2025-01.zip", "w") as archive:
            archive.write(path, path.name)
        path = path.with_suffix(".zip")
    recording = read_recording(path)
    assert recording.candles.open_time.tolist() == [START + n * MINUTE for n in range(3)]
    assert recording.quote_volume.tolist() == [55.5] * 3
    assert recording.trades.tolist() == [17] * 3


def test_a_folder_of_monthly_files_is_one_recording(tmp_path):
    csv(tmp_path, row(0), row(1), name="BTCUSDT-5m-2024-01.csv")
    csv(tmp_path, row(2), row(3), name="BTCUSDT-5m-2024-02.csv")
    csv(tmp_path, row(0), name="ETHUSDT-5m-2024-01.csv")
    assert len(read_recording(tmp_path, symbol="BTCUSDT").candles) == 4
    with pytest.raises(InputError, match="found BTCUSDT 5m, ETHUSDT 5m"):
        read_recording(tmp_path)


def test_the_interval_is_seen_in_the_candles_where_the_name_does_not_tell(tmp_path):
    path = csv(tmp_path, row(0), row(1), row(3), row(4), name="mine.csv")
    assert read_recording(path, symbol="BTCUSDT").interval == "5m"
    with pytest.raises(InputError, match="does not say the symbol"):
        read_recording(path)


def test_freqtrades_names_are_understood(tmp_path):
    assert read_recording(csv(tmp_path, row(0), name="BTC_USDT-5m.csv")).symbol == "BTCUSDT"


def test_gaps_are_reported_and_left(tmp_path):
    gaps = read_recording(csv(tmp_path, row(0), row(1), row(2), row(5), row(6), row(8))).gaps
    assert (gaps.count, gaps.candles) == (2, 3)
    assert gaps.longest == 10 * MINUTE
    assert gaps.first_at == START + 15 * MINUTE


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "expected candles, was empty"),
        ([row(0), row(0)], "row 2.*each open_time once"),
        ([row(1), row(0)], "row 2.*ascending"),
        ([row(0), row(0.5)], "row 2.*at whole multiples of 300 s"),
        ([row(0), row(3), row(6)], "the interval is another one"),
        ([row(0, close="nan")], "row 1.*expected close above zero, was nan"),
        ([row(0, low="0")], "expected low above zero"),
        ([row(0, volume="-1")], "expected volume above zero"),
        ([row(0, high="10.6")], "expected high >= open, close"),
        ([row(0, low="10.6")], "expected low <= open, close"),
        ([row(0, close="")], "close is empty in row 1"),
        ([row(0, close="ten")], "cannot be read"),
        (["5,1,1,1,1,1\n"], "expected open_time in milliseconds"),
    ],
)
def test_candles_that_cannot_be_true_are_refused_with_the_row(tmp_path, lines, complaint):
    with pytest.raises(DataError, match=complaint):
        read_recording(csv(tmp_path, *lines))


@pytest.mark.parametrize("name", ["BTCUSDT-5m.zip", "BTCUSDT-5m.parquet"])
def test_a_damaged_file_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(DataError, match=name):
        read_recording(tmp_path / name)


def test_a_file_without_the_columns_or_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DataError, match="without open_time"):
        read_recording(csv(tmp_path, "1,2\n", header="when,price\n"))
    with pytest.raises(InputError, match="does not exist"):
        read_recording(tmp_path / "nothing.csv")
    (tmp_path / "candles.txt").write_text("")
    with pytest.raises(InputError, match=r"expected a file \.parquet"):
        read_recording(tmp_path / "candles.txt")


def test_real_recordings_are_read_whole():
    data = shared_data() / "klines"
    recording = read_recording(data / "5m" / "BTCUSDT-5m-20220801-20231230.parquet")
    assert len(recording.candles) == 148_880
    assert (recording.gaps.count, recording.gaps.candles) == (1, 16)
    hours = read_recording(data / "1h" / "BTCUSDT-1h-20170817-20211231.parquet")
    assert (hours.gaps.count, hours.gaps.candles) == (27, 127)
    assert np.all(np.diff(hours.candles.open_time) > 0)
