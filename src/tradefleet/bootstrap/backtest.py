"""A backtest made ready: files read and refused where they lie, a strategy found.

Imports only what one run needs: the command must start quickly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tradefleet.adapters.candles.files import named
from tradefleet.adapters.cores import Cores, core_count
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.window import window_length
from tradefleet.bootstrap.recordings import Part, from_catalogue, from_file
from tradefleet.bootstrap.strategies import catalogue_with
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import INTERVALS, Candles
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.strategy import Headline
from tradefleet.ports.strategies import Decider
from tradefleet.ports.workers import Workers
from tradefleet.strategies import BUILT_IN


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for.

    Attributes:
        data: a candle file, or a folder of one recording; None = what the catalogue keeps.
        rules: file of an exchangeInfo; None = no rules.
        detail: finer candles of the same symbol: a file, or an interval the catalogue keeps.
        news: file of headlines, for strategies that read them.
        start, end: UTC milliseconds, `start <= open time < end`; None = all there is.
    """

    settings: BotSettings
    assumptions: Assumptions
    data: Path | None = None
    rules: Path | None = None
    detail: Path | None = None
    news: Path | None = None
    start: int | None = None
    end: int | None = None

    @property
    def name(self) -> str:
        """What to call the candles in a message."""
        return self.data.name if self.data else f"{self.settings.symbol} {self.settings.interval}"


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be played, the value of every parameter, and what looks like a mistake."""

    setup: Setup
    decider: Decider
    parameters: Mapping[str, Any]
    warnings: Sequence[str]


def ready(wanted: Wanted, before: int = 0) -> Ready:
    """Return the backtest, ready to be played.

    Args:
        wanted: what to play.
        before: candles to keep before the first one, where there are so many, if the strategy
            itself needs fewer to warm up.

    Raises:
        InputError: something named cannot be: a strategy, a parameter, a symbol, a file.
        DataError: the candles cannot be true, or are too few.
        StrategyError: the person's file is faulty.
    """
    settings = wanted.settings
    decider, parameters = _strategy(settings.strategy, settings.parameters)
    whole, made_of = _candles(wanted, decider.warmup)
    candles, first = _part(whole, wanted, decider.warmup, before)
    setup = Setup(
        settings=settings,
        candles=candles,
        first=first,
        assumptions=wanted.assumptions,
        instrument=_rules(wanted.rules, settings.symbol),
        detail=_finer(wanted.detail, settings, candles) if wanted.detail else None,
        news=_headlines(wanted.news, settings.symbol) if wanted.news else (),
    )
    return Ready(setup, decider, parameters, tuple(_doubts(wanted, decider, made_of)))


def cores() -> Workers | None:
    """Return who works beside this process; None on a machine with one core."""
    return Cores() if core_count() > 1 else None


def _doubts(wanted: Wanted, decider: Decider, made_of: str) -> Iterator[str]:
    """Yield what can be played and is probably not what was meant."""
    symbol = wanted.settings.symbol
    if wanted.data and (told := named(wanted.data)[0]) and told != symbol:
        yield f"{wanted.name} is played as {symbol}, but its name says {told}"
    if made_of:
        yield f"{wanted.name} candles are made of {made_of} candles; no others are kept"
    if decider.needs_news and wanted.news is None:
        yield f"{wanted.settings.strategy} reads news, and --news names no file: it knows of none"


def _strategy(key: str, parameters: Mapping[str, Any]) -> tuple[Decider, Mapping[str, Any]]:
    if key in BUILT_IN:
        strategy = BUILT_IN[key](**parameters)
        return strategy, strategy.values()
    catalogue = catalogue_with(key)
    decider = catalogue.decider(key, parameters)
    defaults = {n: p.default for n, p in catalogue.cards()[key].parameters.items()}
    return decider, defaults | dict(parameters)


def _candles(wanted: Wanted, warmup: int) -> tuple[Candles, str]:
    """Return the candles, and of which shorter ones they were made (empty: of none)."""
    settings = wanted.settings
    if wanted.data:
        return from_file(wanted.data, settings.symbol, settings.interval).candles, ""
    part = Part(wanted.start, wanted.end, window_length(warmup))
    recording, made_of = from_catalogue(settings.symbol, settings.interval, part)
    return recording.candles, made_of


def _part(candles: Candles, wanted: Wanted, warmup: int, before: int) -> tuple[Candles, int]:
    """Return the candles from the warm-up on to the end, and the index of the first one played."""
    start = 0 if wanted.start is None else wanted.start
    first = int(np.searchsorted(candles.open_time, start))
    after = len(candles)
    if wanted.end is not None:
        after = int(np.searchsorted(candles.open_time, wanted.end))
    if first >= after:
        raise DataError(
            f"{wanted.name}: expected candles between --start and --end; there are "
            f"{len(candles):,}, from {_iso(candles.open_time[0])} to {_iso(candles.open_time[-1])}"
        )
    if after < warmup:
        raise DataError(
            f"{wanted.name}: {wanted.settings.strategy} needs {warmup} candles to warm up,"
            f" there are {after}"
        )
    begin = max(0, first - max(before, window_length(warmup) - 1))
    return candles.between(begin, after), first - begin


def _finer(source: Path, settings: BotSettings, candles: Candles) -> Candles:
    if source.name in INTERVALS and not source.exists():
        played = Part(int(candles.open_time[0]), candles.last_close_time + 1)
        kept, _ = from_catalogue(settings.symbol, source.name, played, field="detail")
        finer = kept.candles
    else:
        finer = from_file(source, settings.symbol).candles
    if finer.interval >= candles.interval or candles.interval % finer.interval:
        raise InputError(
            f"{source.name}: expected candles finer than {settings.interval} that divide it,"
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
