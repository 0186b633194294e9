"""Refuses candles that cannot be true."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import DAY, Floats, Times
from tradefleet.domain.errors import DataError

_OLDEST = 1_230_768_000_000  # 2009: there was nothing to trade before


def validate(
    name: str,
    interval: int,
    times: Times,
    open: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
) -> None:
    """Check ascending candles of one interval.

    Args:
        name: of the file, for the message.
        interval: length of a candle, milliseconds.
        times: open times, UTC milliseconds.
        open, high, low, close, volume: the other columns.

    Raises:
        DataError: naming the first row that is wrong.
    """
    if not len(times):
        raise DataError(f"{name}: expected candles, was empty")
    if times[0] < _OLDEST:
        raise DataError(
            f"{name}: expected open_time in milliseconds since 1970 (UTC), was {int(times[0])}"
        )
    _check_times(name, interval, times)
    for label, column in (
        ("open", open), ("high", high), ("low", low), ("close", close), ("volume", volume)
    ):  # fmt: skip
        least = 0 if label == "volume" else np.nextafter(0, 1)
        wrong = ~(np.isfinite(column) & (column >= least))
        _refuse(name, times, wrong, f"expected {label} above zero", column)
    _refuse(name, times, high < np.maximum(open, close), "expected high >= open, close", high)
    _refuse(name, times, low > np.minimum(open, close), "expected low <= open, close", low)


def _check_times(name: str, interval: int, times: Times) -> None:
    distance = np.diff(times, prepend=times[0] - interval)
    if interval <= DAY:  # weeks begin on a Monday, 1970 did on a Thursday
        whole = f"expected open_time at whole multiples of {interval // 1_000} s"
        _refuse(name, times, times % interval != 0, whole, times)
    _refuse(name, times, distance == 0, "expected each open_time once, was there twice", times)
    _refuse(name, times, distance < 0, "expected open_time ascending", times)
    if len(times) > 2 and (distance[1:] > interval).mean() > 0.5:
        commonest = int(np.median(distance[1:])) // 1_000
        raise DataError(
            f"{name}: expected candles of {interval // 1_000} s, most are {commonest} s apart:"
            " the interval is another one"
        )


def _refuse(
    name: str,
    times: Times,
    wrong: npt.NDArray[np.bool_],
    expected: str,
    values: Floats | Times,
) -> None:
    if not wrong.any():
        return
    place = int(wrong.argmax())
    when = datetime.fromtimestamp(int(times[place]) / 1_000, UTC).isoformat()
    more = int(wrong.sum()) - 1
    others = f" (and {more} more rows)" if more else ""
    raise DataError(f"{name}, row {place + 1}, {when}: {expected}, was {values[place]}{others}")
