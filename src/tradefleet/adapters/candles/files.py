"""Reads candle files: Parquet, CSV, feather, Binance's public kline dumps, our own.

Parquet and CSV have columns `open_time, open, high, low, close, volume`, and `quote_volume` and
`trades` where known; the dumps have twelve columns and, on the spot market, no header
(github.com/binance/binance-public-data), with microseconds since 2025.
"""

import csv
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tradefleet.adapters.candles.feather import feather_columns
from tradefleet.adapters.candles.table import known_columns, read_table
from tradefleet.adapters.candles.validation import validate
from tradefleet.domain.candle import INTERVALS, Candles, Floats, Times, interval_ms
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording

SUFFIXES = (".parquet", ".csv", ".zip", ".feather", ".npy")

_NEEDED = ("open_time", "open", "high", "low", "close", "volume")
_DUMP_COLUMNS = (
    *_NEEDED, "close_time", "quote_volume", "trades", "taker_base", "taker_quote", "ignore",
)  # fmt: skip
_OTHER_NAMES = {
    "quote_asset_volume": "quote_volume",
    "number_of_trades": "trades",
    "count": "trades",
}
# `BTCUSDT-5m-2024-01` as Binance calls its dumps, `BTC_USDT-5m` as freqtrade does.
_FILE_NAME = re.compile(rf"([A-Z0-9]{{1,20}}_?[A-Z0-9]{{2,20}})-({'|'.join(INTERVALS)})(?:-.*)?")
_MICROSECONDS_FROM = 10**14  # as milliseconds that would be the year 5138


def read_recording(path: Path, symbol: str = "", interval: str = "") -> Recording:
    """Read the candles of one symbol.

    Args:
        path: a file, or a folder whose files together make the recording (such as a year of monthly
            dumps); in a folder `symbol` and `interval` choose among the files by their names.
        symbol, interval: what the candles are of; empty takes them from a file name like
            `BTCUSDT-5m-2024-01.zip`, the interval also from the distance of the candles.

    Raises:
        InputError: there is no such file, or it does not say which symbol or interval it is.
        DataError: it cannot be read, or its candles cannot be true.
    """
    return read_content(path, symbol, interval).recording()


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, true or not.

    Attributes:
        name: of the file, for messages.
        times: open times, UTC milliseconds.
        prices: the columns open, high, low, close, volume.
    """

    name: str
    symbol: str
    interval: str
    times: Times
    prices: tuple[Floats, ...]
    quote_volume: Floats | None
    trades: Times | None

    def recording(self) -> Recording:
        """Return the candles; `DataError` if they cannot be true."""
        length = interval_ms(self.interval)
        validate(self.name, length, self.times, *self.prices)
        candles = Candles.from_arrays(length, self.times, *self.prices)
        return Recording(self.symbol, self.interval, candles, self.quote_volume, self.trades)


def read_content(path: Path, symbol: str = "", interval: str = "") -> Content:
    """Read a file as it is; arguments and errors as `read_recording`, but nothing is judged."""
    files = _files(path, symbol, interval)
    named_symbol, named_interval = named(files[0])
    symbol = symbol or named_symbol
    if not symbol:
        raise InputError(
            f"expected a file name such as BTCUSDT-5m-2024.parquet, was {path.name!r}: it does not"
            " say the symbol; rename it or name the symbol",
            field="data",
        )
    tables = [_columns(file) for file in files]
    columns = {
        name: np.concatenate([table[name] for table in tables])
        for name in tables[0]
        if all(name in table for table in tables)
    }
    times = _milliseconds(columns["open_time"])
    trades = columns.get("trades")
    return Content(
        path.name,
        symbol,
        interval or named_interval or _commonest_distance(times, path),
        times,
        tuple(columns[name] for name in _NEEDED[1:]),
        columns.get("quote_volume"),
        None if trades is None else trades.astype(np.int64),
    )


def named(path: Path) -> tuple[str, str]:
    """Return the symbol and the interval a file's name tells; empty where it tells none."""
    if path.suffix == ".npy":  # of a catalogue: BTCUSDT/5m/2024.npy
        room = path.absolute().parent
        return (room.parent.name, room.name) if room.name in INTERVALS else ("", "")
    match = _FILE_NAME.fullmatch(path.stem)
    return (match[1].replace("_", ""), match[2]) if match else ("", "")


def _files(path: Path, symbol: str, interval: str) -> list[Path]:
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise InputError(
                f"expected a file {', '.join(SUFFIXES)}, was {path.name!r}", field="data"
            )
        return [path]
    if not path.is_dir():
        raise InputError(
            f"expected a candle file ({', '.join(SUFFIXES)}) or a folder of them,"
            f" was {path}, which does not exist",
            field="data",
        )
    chosen = [
        (*told, file)
        for file in sorted(path.iterdir())
        if file.suffix in SUFFIXES
        and all(told := named(file))
        and symbol in ("", told[0])
        and interval in ("", told[1])
    ]
    kinds = sorted({f"{name} {length}" for name, length, _ in chosen})
    if len(kinds) != 1:
        wanted = f"{symbol} {interval}".strip() or "one symbol and interval"
        found = ", ".join(kinds) or "none"
        raise InputError(f"expected candles of {wanted} in {path}, found {found}", field="data")
    return [file for _, _, file in chosen]


def _columns(path: Path) -> dict[str, "np.ndarray[Any, Any]"]:
    """Read a file's columns, prices as float64."""
    if path.suffix == ".zip":
        return _unzipped(path)
    if path.suffix == ".npy":
        return known_columns(read_table(path))
    if path.suffix == ".feather":
        return feather_columns(path)
    import duckdb  # 69 MB: only who reads files pays for it

    try:
        table = _scan(path).fetchnumpy()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read: {reason}") from error
    return {name: _whole(column, name, path) for name, column in table.items()}


def _scan(path: Path) -> Any:
    import duckdb

    connection = duckdb.connect()
    quoted = "'" + str(path).replace("'", "''") + "'"
    if path.suffix == ".parquet":
        relation = connection.sql(f"select * from read_parquet({quoted})")
        names = _known_names(path, relation.columns)
    else:
        header, mark = _header(path)
        names = _known_names(path, header or _DUMP_COLUMNS)
        relation = connection.read_csv(
            str(path),
            header=bool(header),
            columns=dict.fromkeys(header or _DUMP_COLUMNS, "VARCHAR"),
            delimiter=mark,
            auto_detect=False,
        )
    wanted = [name for name in (*_NEEDED, "quote_volume", "trades") if name in names]
    kinds = {"open_time": "BIGINT", "trades": "BIGINT"}
    return relation.project(
        ", ".join(f'"{names[name]}"::{kinds.get(name, "DOUBLE")} as {name}' for name in wanted)
    )


def _unzipped(path: Path) -> dict[str, "np.ndarray[Any, Any]"]:
    """Read the one CSV file in an archive."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            inside = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if len(inside) != 1:
                raise DataError(
                    f"expected one CSV file in {path.name}, found {', '.join(inside) or 'none'}"
                )
            file = Path(folder) / f"{path.stem}.csv"
            file.write_bytes(archive.read(inside[0]))
            return _columns(file)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path.name} is no zip archive, or a damaged one: {error}") from error


def _header(path: Path) -> tuple[list[str], str]:
    """Return the names in the first line, none where it is a candle, and what separates them."""
    with path.open("rb") as file:
        first = file.readline(4_096).lstrip(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    mark = max(",;\t|", key=first.count)
    if first[:1].isdigit():
        return [], mark
    return next(csv.reader([first], delimiter=mark), []) or [""], mark


def _known_names(path: Path, columns: Sequence[str]) -> Mapping[str, str]:
    """Return our name of each column to the file's own."""
    names = {}
    for name in columns:
        plain = name.strip().lower().replace(" ", "_")
        names[_OTHER_NAMES.get(plain, plain)] = name
    if missing := [name for name in _NEEDED if name not in names]:
        raise DataError(
            f"{path.name}: expected columns {', '.join(_NEEDED)}, without {', '.join(missing)};"
            f" was {', '.join(columns)}"
        )
    return names


def _whole(column: "np.ndarray[Any, Any]", name: str, path: Path) -> "np.ndarray[Any, Any]":
    """Refuse empty cells."""
    empty = np.ma.getmaskarray(column)
    if empty.any():
        raise DataError(f"{path.name}: {name} is empty in row {int(empty.argmax()) + 1}")
    return np.ascontiguousarray(np.ma.getdata(column))


def _milliseconds(times: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Turn microseconds, which Binance's dumps have since 2025, into milliseconds."""
    return np.where(times >= _MICROSECONDS_FROM, times // 1_000, times).astype(np.int64)


def _commonest_distance(times: Floats | Any, path: Path) -> str:
    distances, counts = np.unique(np.diff(times), return_counts=True)
    commonest = int(distances[counts.argmax()]) if len(counts) else 0
    for name, length in INTERVALS.items():
        if length == commonest:
            return name
    raise InputError(
        f"expected a file name such as BTCUSDT-5m-2024.parquet, was {path.name!r}: the interval of"
        f" its candles cannot be told (commonest distance {commonest} ms); name the interval",
        field="interval",
    )
