"""Strategies in files. Runs only in a strategy worker: importing a file runs its code."""

import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.domain.strategy import Headline, Strategy

SKETCH_WARMUP = 100
LONGEST_ADVICE = 20


def key_of(path: Path) -> str:
    """Return the key of a file whose class names none: `My Idea.py` becomes `my_idea`."""
    return re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")


def load(path: Path) -> type[Strategy]:
    """Return the strategy class of a file.

    A class of the sketch's form, with `analyze(self, data)`, comes wrapped in a native one.

    Raises:
        StrategyError: there is none, or more than one.
        Exception: whatever the file's own code raises.
    """
    name = f"tradefleet_user_{key_of(path)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StrategyError(f"expected a Python file, was {path.name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == name]
    found = [c for c in own if issubclass(c, Strategy) and not c.__abstractmethods__]
    found = found or [_wrapped(c) for c in own if callable(getattr(c, "analyze", None))]
    if len(found) != 1:
        names = ", ".join(c.__name__ for c in found) or "none"
        raise StrategyError(
            "expected one class with decide(self, candles, news=None) that extends Strategy, "
            f"or one with analyze(self, data), found: {names}"
        )
    strategy = found[0]
    if not hasattr(strategy, "key"):
        strategy.key = key_of(path)
    return strategy


class SketchStrategy(Strategy):
    """A class with `analyze(self, data)`, unchanged, as a native strategy."""

    sketch: type[Any]

    def __init__(self, **values: Any) -> None:
        """Make the sketched object; it takes no parameters."""
        super().__init__(**values)
        self._sketched = self.sketch()

    @property
    def warmup(self) -> int:
        """The class's own `warmup`, or the sketch's 100 candles."""
        return int(getattr(self._sketched, "warmup", SKETCH_WARMUP))

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Hand over kline lists and read the dict that comes back."""
        return read_answer(self._sketched.analyze(candles.klines()))


def read_answer(answer: object) -> Signal:
    """Return what the dict of a sketched strategy says.

    Raises:
        StrategyError: no dict, or no `signal` of BUY, SELL or HOLD.
    """
    if not isinstance(answer, Mapping):
        raise StrategyError(f"expected a dict with 'signal', was {type(answer).__name__}")
    said = str(answer.get("signal")).strip().upper()
    if said not in set(Action):
        raise StrategyError(f"signal: expected BUY, SELL or HOLD, was {answer.get('signal')!r}")
    why = str(answer.get("reasoning") or "the strategy gave no reason")
    if advice := str(answer.get("recommended_symbol") or "")[:LONGEST_ADVICE]:
        why = f"{why} (it recommends {advice})"  # shown with every decision, never followed
    waiting = why if said == Action.HOLD else ""
    return Signal(Action(said), (Reason(why),), waiting, recommended_symbol=advice)


def _wrapped(sketch: type[Any]) -> type[Strategy]:
    about = {
        "sketch": sketch,
        "title": str(getattr(sketch, "title", "")),
        "__doc__": sketch.__doc__,
    }
    if isinstance(key := getattr(sketch, "key", None), str):
        about["key"] = key
    return type(sketch.__name__, (SketchStrategy,), about)
