"""Feather files, as freqtrade keeps its candles: `date, open, high, low, close, volume`."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tradefleet.domain.errors import DataError, InputError

INSTALL = "python -m pip install 'pyarrow>=26,<27'"
_TIMES = ("date", "open_time")
_NUMBERS = ("open", "high", "low", "close", "volume", "quote_volume", "trades")


def feather_columns(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return a file's columns, open times in milliseconds.

    Raises:
        InputError: pyarrow, which reads such files, is not installed.
        DataError: the file cannot be read, lacks a column, or has empty cells.
    """
    try:
        import pyarrow  # 90 MB: an extra, and imported by nobody else
        import pyarrow.ipc
    except ImportError:
        raise InputError(
            f"{path.name}: feather files need pyarrow, which is not installed: {INSTALL}",
            field="data",
        ) from None
    try:
        with pyarrow.memory_map(str(path)) as source:
            table = pyarrow.ipc.open_file(source).read_all()
        return _columns(path.name, table, pyarrow)
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as a feather file: {reason}") from error


def _columns(name: str, table: Any, pyarrow: Any) -> dict[str, npt.NDArray[Any]]:
    """Return the columns we know; raises what pyarrow raises where one is of another kind."""
    times = next((word for word in _TIMES if word in table.column_names), "")
    missing = [word for word in _NUMBERS[:5] if word not in table.column_names]
    if missing or not times:
        raise DataError(
            f"{name}: expected columns date, {', '.join(_NUMBERS[:5])};"
            f" was {', '.join(table.column_names)}"
        )
    found = {}
    for word in (times, *_NUMBERS):
        if word not in table.column_names:
            continue
        column = table[word]
        if column.null_count:
            row = column.is_null().to_numpy().argmax() + 1
            raise DataError(f"{name}: {word} is empty in row {row}")
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.timestamp("ms", column.type.tz))
        kind = pyarrow.int64() if word in (times, "trades") else pyarrow.float64()
        found["open_time" if word == times else word] = np.array(column.cast(kind))
    return found
