"""Promises about strategies and those who run them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Signal
from tradefleet.domain.strategy import Headline, Parameter


@dataclass(frozen=True, slots=True)
class StrategyCard:
    """What people may know of a strategy without running it.

    Attributes:
        warmup: candles it needs, with its default parameters.
        source: `built-in` or `yours`.
        native: False for a class of the sketch's form (`analyze(data)`), which has no parameters.
    """

    key: str
    title: str
    summary: str
    doc: str
    warmup: int
    parameters: Mapping[str, Parameter[Any]] = field(default_factory=dict)
    needs_news: bool = False
    source: str = "built-in"
    native: bool = True


class Catalogue(Protocol):
    """The strategies there are, the person's own files included as they come and go."""

    def cards(self) -> Mapping[str, StrategyCard]:
        """Return every usable strategy by key."""

    def faulty(self) -> Mapping[str, str]:
        """Return what is wrong with each file that cannot be used, by file name."""


class Decider(Protocol):
    """A strategy with its parameters set, wherever it runs; the bot decides through it."""

    @property
    def warmup(self) -> int:
        """Candles it needs, at most 1,000."""

    @property
    def needs_news(self) -> bool:
        """Whether it wants headlines."""

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Return its opinion.

        Raises:
            StrategyError: it raised, hung past its deadline or answered nonsense; counts as HOLD,
                and the next call begins afresh.
        """


@runtime_checkable
class FarDecider(Decider, Protocol):
    """A decider to which every question is a journey: it is quicker to ask many at once."""

    def decide_each(
        self, candles: Candles, windows: Sequence[tuple[int, int]]
    ) -> Iterator[Signal | StrategyError]:
        """Yield its opinion on each window, or why there is none, as `decide` would one by one.

        Reasons and measured values are left out. Only for one that wants no headlines.

        Args:
            candles: of arrays, the windows of all questions among them.
            windows: `first <= index < after`, ascending.
        """


class Deciders(Protocol):
    """Makes strategies ready to decide."""

    def decider(self, strategy: str, parameters: Mapping[str, Any]) -> Decider:
        """Return a strategy with its parameters set.

        Raises:
            InputError: no such strategy, or an unknown or illegal parameter.
            StrategyError: the person's file is faulty; its error.
        """
