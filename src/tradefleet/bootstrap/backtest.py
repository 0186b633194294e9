"""A backtest made ready: files read and refused where they lie, a strategy found.

Imports only what one run needs: the command must start quickly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tradefleet.adapters.candles.files import named, read_recording
from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.window import window_length
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording
from tradefleet.domain.strategy import Headline
from tradefleet.ports.strategies import Decider
from tradefleet.strategies import BUILT_IN


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for.

    Attributes:
        data: a candle file, or a folder of one recording.
        rules: file of an exchangeInfo; None = no rules.
        detail: finer candles of the same symbol.
        news: file of headlines, for strategies that read them.
        start, end: UTC milliseconds, `start <= open time < end`; None = all there is.
    """

    settings: BotSettings
    assumptions: Assumptions
    data: Path
    rules: Path | None = None
    detail: Path | None = None
    news: Path | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be played, the value of every parameter, and what looks like a mistake."""

    setup: Setup
    decider: Decider
    parameters: Mapping[str, Any]
    warnings: Sequence[str]


def ready(wanted: Wanted) -> Ready:
    """Return the backtest, ready to be played.

    Raises:
        InputError: something named cannot be: a strategy, a parameter, a symbol, a file.
        DataError: the candles cannot be true, or are too few.
        StrategyError: the person's file is faulty.
    """
    settings = wanted.settings
    decider, parameters = _strategy(settings.strategy, settings.parameters)
    candles, first = _part(_read(wanted.data, settings).candles, wanted, decider.warmup)
    setup = Setup(
        settings=settings,
        candles=candles,
        first=first,
        assumptions=wanted.assumptions,
        instrument=_rules(wanted.rules, settings.symbol),
        detail=_finer(wanted.detail, settings, candles) if wanted.detail else None,
        news=_headlines(wanted.news, settings.symbol) if wanted.news else (),
    )
    return Ready(setup, decider, parameters, tuple(_doubts(wanted, decider)))


def _doubts(wanted: Wanted, decider: Decider) -> Iterator[str]:
    """Yield what can be played and is probably not what was meant."""
    symbol, name = wanted.settings.symbol, wanted.data.name
    if (told := named(wanted.data)[0]) and told != symbol:
        yield f"{name} is played as {symbol}, but its name says {told}"
    if decider.needs_news and wanted.news is None:
        yield f"{wanted.settings.strategy} reads news, and --news names no file: it knows of none"


def _strategy(key: str, parameters: Mapping[str, Any]) -> tuple[Decider, Mapping[str, Any]]:
    if key in BUILT_IN:
        strategy = BUILT_IN[key](**parameters)
        return strategy, strategy.values()
    from tradefleet.adapters.data_folder import DataFolder
    from tradefleet.settings import load_settings

    catalogue = StrategyCatalogue(BUILT_IN, DataFolder(load_settings().home).strategies)
    decider = catalogue.decider(key, parameters)
    defaults = {n: p.default for n, p in catalogue.cards()[key].parameters.items()}
    return decider, defaults | dict(parameters)


def _read(path: Path, settings: BotSettings, interval: str | None = None) -> Recording:
    wanted = settings.interval if interval is None else interval
    recording = read_recording(path, settings.symbol, wanted)
    newest = recording.candles.last_close_time
    if newest > (now := SystemClock().now()):
        raise DataError(
            f"{path.name}: expected candles that have closed, the newest closes "
            f"{(newest - now) // 60_000:,} minutes from now"
        )
    return recording


def _part(candles: Candles, wanted: Wanted, warmup: int) -> tuple[Candles, int]:
    """Return the candles from the warm-up on to the end, and the index of the first one played."""
    start = 0 if wanted.start is None else wanted.start
    first = int(np.searchsorted(candles.open_time, start))
    after = len(candles)
    if wanted.end is not None:
        after = int(np.searchsorted(candles.open_time, wanted.end))
    if first >= after:
        raise DataError(
            f"{wanted.data.name}: expected candles between --start and --end; there are "
            f"{len(candles):,}, from {_iso(candles.open_time[0])} to {_iso(candles.open_time[-1])}"
        )
    if after < warmup:
        raise DataError(
            f"{wanted.data.name}: {wanted.settings.strategy} needs {warmup} candles to warm up,"
            f" there are {after}"
        )
    begin = max(0, first - window_length(warmup) + 1)
    return candles.between(begin, after), first - begin


def _finer(path: Path, settings: BotSettings, candles: Candles) -> Candles:
    finer = _read(path, settings, "").candles
    if finer.interval >= candles.interval or candles.interval % finer.interval:
        raise InputError(
            f"{path.name}: expected candles finer than {settings.interval} that divide it,"
            f" was {finer.interval // 1_000} s",
            field="detail",
        )
    return finer


def _rules(path: Path | None, symbol: str) -> Any:
    if path is None:
        return None
    from tradefleet.adapters.binance.rules_file import read_rules

    return read_rules(path, symbol)


def _headlines(path: Path, symbol: str) -> Sequence[Headline]:
    """Return the file's headlines about a symbol's coin or the whole market, scored."""
    from tradefleet.adapters.news.headline_file import HeadlineFile
    from tradefleet.adapters.news.lexicon import LexiconScorer

    scored = LexiconScorer().score(HeadlineFile(path).headlines(0))
    return tuple(h for h in scored if not h.symbols or any(map(symbol.startswith, h.symbols)))


def _iso(at: Any) -> str:
    return str(np.datetime64(int(at), "ms").astype("datetime64[m]")) + "Z"
