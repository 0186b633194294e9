"""Feather files, as freqtrade writes them."""

import builtins
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.markets import random_market
from tests.skips import skip_or_fail
from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.errors import DataError, InputError

COLUMNS = ("open", "high", "low", "close", "volume")


@pytest.fixture
def arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError:
        skip_or_fail("pyarrow is not installed")
    return pyarrow


def write(arrow: Any, path: Path, table: Any, compression: str | None = "lz4") -> Path:
    options = arrow.ipc.IpcWriteOptions(compression=compression)
    with (
        arrow.OSFile(str(path), "wb") as sink,
        arrow.ipc.new_file(sink, table.schema, options=options) as writer,
    ):
        writer.write_table(table, max_chunksize=100)
    return path


def table_of(arrow: Any, unit: str = "ms", zone: str | None = "UTC") -> Any:
    market = random_market(2, 250)
    times = (
        arrow.array(market.open_time).cast(arrow.timestamp("ms")).cast(arrow.timestamp(unit, zone))
    )
    return arrow.table({"date": times, **{name: getattr(market, name) for name in COLUMNS}})


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize(("unit", "zone"), [("ms", "UTC"), ("ns", "UTC"), ("us", None)])
def test_the_candles_of_freqtrade_come_as_they_are(tmp_path, arrow, compression, unit, zone):
    path = tmp_path / "BTC_USDT-5m.feather"
    write(arrow, path, table_of(arrow, unit, zone), compression)

    found = read_recording(path)

    assert (found.symbol, found.interval) == ("BTCUSDT", "5m")
    assert found.candles.klines() == random_market(2, 250).klines()
    assert Decimal(repr(float(found.candles.close[0]))).as_tuple().exponent >= -2


def test_whole_numbers_and_open_times_are_taken_too(tmp_path, arrow):
    times = arrow.array(random_market(2, 3).open_time)
    ones = arrow.array([1, 1, 1])
    table = arrow.table({"open_time": times, **dict.fromkeys(COLUMNS, ones), "trades": ones})

    found = read_recording(write(arrow, tmp_path / "BTCUSDT-5m.feather", table))

    assert found.candles.close.tolist() == [1.0, 1.0, 1.0]
    assert found.trades is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table, arrow: table.drop_columns(["close"]), "expected columns date, open, high"),
        (lambda table, arrow: table.drop_columns(["date"]), "expected columns date, open, high"),
        (
            lambda table, arrow: table.set_column(
                1, "open", arrow.array([1.0, None, *[1.0] * 248])
            ),
            "open is empty in row 2",
        ),
        (
            lambda table, arrow: table.set_column(1, "open", arrow.array(["ten"] * 250)),
            "cannot be read as a feather file",
        ),
        (lambda table, arrow: table.slice(0, 0), "expected candles, was empty"),
        (lambda table, arrow: table.take([1, 0]), "ascending"),
    ],
)
def test_what_cannot_be_candles_is_refused(tmp_path, arrow, change, says):
    path = write(arrow, tmp_path / "BTC_USDT-5m.feather", change(table_of(arrow), arrow))

    with pytest.raises(DataError, match=says):
        read_recording(path)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"ARROW1\0\0" + b"\0" * 40])
def test_a_damaged_file_is_refused(tmp_path, arrow, content):
    path = tmp_path / "BTC_USDT-5m.feather"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"BTC_USDT-5m\.feather cannot be read"):
        read_recording(path)


def test_without_pyarrow_the_command_to_install_it_is_said(tmp_path, monkeypatch):
    (tmp_path / "BTC_USDT-5m.feather").write_bytes(b"")
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(InputError, match="python -m pip install 'pyarrow"):
        read_recording(tmp_path / "BTC_USDT-5m.feather")
