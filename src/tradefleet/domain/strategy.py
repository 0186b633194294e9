"""What a strategy is: a class with a name, typed parameters, a warm-up and `decide`.

The create form, the optimiser and the docs are made from the parameters, so each is declared
once, with its range and its help:

    class Breakout(Strategy):
        \"\"\"Buys when the close leaves the range of the last candles.\"\"\"

        key = "breakout"
        length = Parameter(20, minimum=2, maximum=200, help="Candles in the range.")

        @property
        def warmup(self) -> int:
            return self.length + 1

        def decide(self, candles, news=None): ...
"""

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import InputError
from tradefleet.domain.remembered import remembering
from tradefleet.domain.signal import Signal
from tradefleet.domain.signals import Places, Signals

MAX_WARMUP = 1_000

V = TypeVar("V", int, float, bool, str)


class Parameter(Generic[V]):
    """A typed setting of a strategy, declared as a class attribute, read as its value.

    Attributes:
        name: the attribute's own name.
        default, minimum, maximum, choices: the legal values; bounds are inclusive.
        help: one sentence for the form, with the unit.
    """

    def __init__(
        self,
        default: V,
        *,
        minimum: V | None = None,
        maximum: V | None = None,
        choices: tuple[V, ...] = (),
        help: str,
    ) -> None:
        self.name = ""
        self.default: V = default
        self.minimum: V | None = minimum
        self.maximum: V | None = maximum
        self.choices: tuple[V, ...] = choices
        self.help = help

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> V: ...
    def __get__(self, instance: object | None, owner: type) -> Self | V:
        """Return the value on an instance, the parameter itself on the class."""
        if instance is None:
            return self
        value: V = vars(instance).get(self.name, self.default)
        return value

    @property
    def kind(self) -> str:
        """`int`, `float`, `bool` or `str`."""
        return type(self.default).__name__

    def check(self, value: object) -> V:
        """Return `value` in the parameter's type.

        Raises:
            InputError: wrong type or outside the range; texts are never coerced.
        """
        wanted = type(self.default)
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise self._refuse(f"a value of type {self.kind}", value)
        if self.choices and value not in self.choices:
            raise self._refuse(f"one of {', '.join(map(str, self.choices))}", value)
        if self.minimum is not None and not value >= self.minimum:  # `not >=` also refuses NaN
            raise self._refuse(f"at least {self.minimum}", value)
        if self.maximum is not None and not value <= self.maximum:
            raise self._refuse(f"at most {self.maximum}", value)
        return value

    def _refuse(self, expected: str, value: object) -> InputError:
        return InputError(
            f"{self.name}: expected {expected}, was {value!r}",
            field=f"parameters.{self.name}",
            code="bad_parameter",
        )


@dataclass(frozen=True, slots=True)
class Headline:
    """A scored piece of news.

    Attributes:
        published: UTC milliseconds; only headlines at or before the decision's candle close count.
        symbols: base assets it is about, such as `BTC`; empty = the whole market.
        score: sentiment from -1 (bad) to 1 (good); None = nobody has scored it.
    """

    published: int
    title: str
    source: str = ""
    symbols: tuple[str, ...] = ()
    score: float | None = None


class Strategy(ABC):
    """Base class of native strategies. Pure: the same candles give the same signal."""

    key: ClassVar[str]
    title: ClassVar[str] = ""
    needs_news: ClassVar[bool] = False

    def __init__(self, **values: Any) -> None:
        """Set parameters by name.

        Raises:
            InputError: an unknown name (with the nearest known one) or an illegal value.
        """
        declared = self.parameters()
        for name, value in values.items():
            if name not in declared:
                raise InputError(
                    unknown_name("parameter", name, declared),
                    field=f"parameters.{name}",
                    code="unknown_parameter",
                )
            vars(self)[name] = declared[name].check(value)

    @classmethod
    def parameters(cls) -> dict[str, Parameter[Any]]:
        """Return the declared parameters by name, in the order of declaration."""
        found: dict[str, Parameter[Any]] = {}
        for base in reversed(cls.__mro__):
            found |= {k: v for k, v in vars(base).items() if isinstance(v, Parameter)}
        return found

    def values(self) -> dict[str, Any]:
        """Return the value of every parameter."""
        return {name: getattr(self, name) for name in self.parameters()}

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Candles needed for a decision, at most 1,000.

        Deciding on the last `warmup` candles must equal deciding on all of them.
        """

    @abstractmethod
    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Return an opinion about the newest candle of the window."""

    def signals(self, candles: Candles, at: Places) -> Signals | None:  # noqa: ARG002 - for others
        """Return the opinions about many candles at once, or None if only `decide` can tell.

        They must equal what `decide` says. Backtests use it where it is offered.

        Args:
            candles: as many as there are.
            at: indices, ascending; before each lie at least `warmup - 1` candles.
        """
        return None

    def _asked(self, candles: Candles) -> Callable[[int], Signal]:
        """Return what decides at one candle, on the window a bot would have."""
        warmup = self.warmup

        def ask(index: int) -> Signal:
            with remembering(None):  # no window comes twice
                return self.decide(candles.between(index + 1 - warmup, index + 1))

        return ask


def unknown_name(kind: str, name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """Return `unknown parameter 'rsi_perod', did you mean 'rsi_period'?`."""
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
    return f"unknown {kind} {name!r}, {hint}"
