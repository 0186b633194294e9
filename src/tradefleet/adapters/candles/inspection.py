"""Files of candles looked at: what is in them, what is missing, what is odd."""

from dataclasses import dataclass
from pathlib import Path

from tradefleet.adapters.candles.files import Content, read_content
from tradefleet.adapters.candles.summary import Summary
from tradefleet.domain.candle import interval_ms
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording, gaps_in
from tradefleet.domain.sanity import SIGMAS, Oddity, examine


@dataclass(frozen=True, slots=True)
class Report(Summary):
    """What a check of candles found.

    Attributes:
        oddities: everything odd; some of it may forbid their use.
    """

    oddities: tuple[Oddity, ...] = ()


def check_file(path: Path, symbol: str = "", interval: str = "", sigmas: float = SIGMAS) -> Report:
    """Read a file (or folder of one recording) and say what is in it; never raises for its sake."""
    try:
        content = read_content(path, symbol, interval)
    except (DataError, InputError) as error:
        return Report(str(path), symbol, interval, problem=str(error))
    return _report(str(path), content, sigmas)


def check_recording(path: str, recording: Recording, sigmas: float = SIGMAS) -> Report:
    """Say what is in candles that are kept; `path` is where."""
    candles = recording.candles
    prices = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    content = Content(
        path, recording.symbol, recording.interval, candles.open_time, prices, None, None
    )
    return _report(path, content, sigmas)


def _report(path: str, content: Content, sigmas: float) -> Report:
    times, length = content.times, interval_ms(content.interval)
    problem = ""
    try:
        content.recording()
    except DataError as error:
        problem = str(error)
    if not len(times):
        return Report(path, content.symbol, content.interval, problem=problem)
    return Report(
        path=path,
        symbol=content.symbol,
        interval=content.interval,
        rows=len(times),
        first=int(times[0]),
        last=int(times[-1]),
        gaps=gaps_in(times, length),
        oddities=examine(length, times, content.prices, sigmas),
        problem=problem,
    )
