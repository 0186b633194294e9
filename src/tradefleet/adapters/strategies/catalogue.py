"""The catalogue: built-in strategies, and what lies in the person's folder."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradefleet.adapters.strategies import wire
from tradefleet.adapters.strategies.child import Child
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import InputError, StrategyError
from tradefleet.domain.signal import Signal
from tradefleet.domain.strategy import Headline, Strategy, unknown_name
from tradefleet.ports.strategies import Decider, StrategyCard

BUILT_IN, YOURS = "built-in", "yours"
FEWEST, MOST = 8, 512  # windows that are asked about at a time
SOON_S = 0.25
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class _Description:
    """What a file was found to hold, as long as it does not change."""

    stamp: tuple[int, int]
    card: StrategyCard | None
    fault: str


class StrategyCatalogue:
    """Keeps `Catalogue` and `Deciders`. A file is described anew when it changes."""

    def __init__(self, built_in: Mapping[str, type[Strategy]], folder: Path) -> None:
        """Take the built-in classes by key, and the folder of the person's own files."""
        self._built_in = built_in
        self._folder = folder
        self._known: dict[Path, _Description] = {}

    def cards(self) -> Mapping[str, StrategyCard]:
        """Return every usable strategy by key, the built-in ones first."""
        cards = {
            key: wire.card_in(wire.card_out(key, strategy(), native=True), BUILT_IN)
            for key, strategy in self._built_in.items()
        }
        return cards | {d.card.key: d.card for d in self._described().values() if d.card}

    def faulty(self) -> Mapping[str, str]:
        """Return what is wrong with each file that cannot be used, by file name."""
        return {path.name: d.fault for path, d in self._described().items() if d.fault}

    def decider(self, strategy: str, parameters: Mapping[str, Any]) -> Decider:
        """Return a strategy with its parameters set.

        Raises:
            InputError: no such strategy, or an unknown or illegal parameter.
            StrategyError: the person's file is faulty; its error.
        """
        if strategy in self._built_in:
            return self._built_in[strategy](**parameters)
        for path, description in self._described().items():
            card = description.card
            if card and card.key == strategy:
                return UserStrategy(path, card, parameters)
            if description.fault and path.stem == strategy:
                raise StrategyError(f"{path.name}: {description.fault}")
        raise InputError(
            unknown_name("strategy", strategy, self.cards()),
            field="strategy",
            code="unknown_strategy",
        )

    def _described(self) -> Mapping[Path, _Description]:
        """Return what each file holds; only new and changed ones are looked at."""
        child, known = Child(), {}
        try:
            for path, stamp in _files(self._folder):
                before = self._known.get(path)
                same = before is not None and before.stamp == stamp
                known[path] = before if before and same else self._describe(child, path, stamp)
        finally:
            child.kill()
        self._known = known
        return self._without_twins(known)

    def _describe(self, child: Child, path: Path, stamp: tuple[int, int]) -> _Description:
        try:
            answer = child.ask({"do": "describe", "path": str(path)})
            card = wire.card_in(answer["card"], YOURS)
            if not KEY.fullmatch(card.key):
                raise StrategyError(f"key: expected a-z, 0-9 and _, was {card.key!r}")
        except StrategyError as error:
            return _Description(stamp, None, str(error))
        except (KeyError, TypeError, ValueError) as error:
            return _Description(stamp, None, f"its description cannot be read: {error}")
        return _Description(stamp, card, "")

    def _without_twins(self, known: Mapping[Path, _Description]) -> dict[Path, _Description]:
        """Return the descriptions, those whose key is taken turned into faults."""
        taken = set(self._built_in)
        result = {}
        for path, description in known.items():
            card = description.card
            if card and card.key in taken:
                fault = f"its key {card.key!r} belongs to another strategy; set another `key`"
                description = _Description(description.stamp, None, fault)
            elif card:
                taken.add(card.key)
            result[path] = description
        return result


class UserStrategy:
    """A file of the person's, asked in a worker of its own; keeps `Decider`."""

    def __init__(self, path: Path, card: StrategyCard, parameters: Mapping[str, Any]) -> None:
        """Check the parameters; the worker starts with the first decision.

        Raises:
            InputError: an unknown or illegal parameter.
            StrategyError: the file cannot be loaded with them.
        """
        for name, value in parameters.items():
            if name not in card.parameters:
                raise InputError(
                    unknown_name("parameter", name, card.parameters),
                    field=f"parameters.{name}",
                    code="unknown_parameter",
                )
            card.parameters[name].check(value)
        self._load = {"do": "load", "path": str(path), "parameters": dict(parameters)}
        self._child = Child()
        self._known: Candles | None = None  # the window the worker has
        self.needs_news = card.needs_news
        self.warmup = int(self._child.ask(self._load)["warmup"])

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Ask the worker, a new one if the last is gone; `StrategyError` if it fails."""
        self._make_ready()
        window, self._known = wire.candles_out(candles, self._known), None
        answer = self._child.ask({"do": "decide", "candles": window, "news": wire.news_out(news)})
        self._known = candles
        return wire.signal_in(answer.get("signal") or {})

    def decide_each(
        self, candles: Candles, windows: Sequence[tuple[int, int]]
    ) -> Iterator[Signal | StrategyError]:
        """Yield what it says on each window; see `ports.strategies.FarDecider`.

        As many are asked at a time as are answered soon, so that whoever stops waits for few.
        """
        place, many = 0, FEWEST
        while place < len(windows):
            began = time.monotonic()
            asked = windows[place : place + many]
            for answer in self._answers(candles, asked):
                yield answer
                place += 1
            many = min(2 * many, MOST) if time.monotonic() - began < SOON_S else FEWEST

    def _answers(
        self, candles: Candles, windows: Sequence[tuple[int, int]]
    ) -> list[Signal | StrategyError]:
        """Return the answers until the worker is gone, its last word included."""
        begin, end = windows[0][0], windows[-1][1]
        request = {
            "do": "decide_each",
            "candles": wire.columns_out(candles.between(begin, end)),
            "windows": [(first - begin, after - begin) for first, after in windows],
        }
        found: list[Signal | StrategyError] = []
        try:
            self._make_ready()
            found.extend(map(_signal, self._child.ask_each(request, len(windows))))
        except StrategyError as error:
            found.append(error)
        return found

    def _make_ready(self) -> None:
        """Start a worker, if the last is gone."""
        if not self._child.is_running:
            self._known = None
            self._child.ask(self._load)

    def close(self) -> None:
        """End the worker."""
        self._child.kill()


def _signal(answer: dict[str, Any] | StrategyError) -> Signal | StrategyError:
    if isinstance(answer, StrategyError):
        return answer
    try:
        return wire.signal_in(answer.get("signal") or {})
    except StrategyError as error:
        return error


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for path in sorted(folder.glob("*.py")):
        with suppress(FileNotFoundError):  # just deleted
            about = path.stat()
            if path.name[0] not in "_.":
                yield path, (about.st_mtime_ns, about.st_size)
