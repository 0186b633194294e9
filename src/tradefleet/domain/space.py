"""What an optimiser may try: for each name a list of values, and all combinations of them.

Every list is finite, floats included: two trials are neighbours or they are not, what was played
once need not be played again, and a grid is a grid.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, prod
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.domain.strategy import Parameter, unknown_name

STEPS = 20  # into which a range of floats is cut, unless it is said otherwise
MOST_VALUES = 10_000
STOP_LOSS, TAKE_PROFIT = "stop_loss", "take_profit"


class Levels:
    """The bot's own stop and target, which may be tried as the parameters of its strategy are."""

    stop_loss = Parameter(2.0, minimum=0.0, maximum=99.0, help="Percent below the entry; 0 = off.")
    take_profit = Parameter(5.0, minimum=0.0, maximum=1_000.0, help="Percent above it; 0 = off.")


LEVELS: Mapping[str, Parameter[Any]] = {
    STOP_LOSS: Levels.stop_loss,
    TAKE_PROFIT: Levels.take_profit,
}
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dimension:
    """The values of one parameter, in their order.

    Attributes:
        values: in their order.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def is_ordered(self) -> bool:
        """Whether neighbours in the list are neighbours in meaning; texts are not."""
        return not isinstance(self.values[0], str | bool)

    @property
    def stride(self) -> int:
        """How many places away a value is a neighbour: one, or a twentieth of a long list."""
        return max(1, round((len(self.values) - 1) / STEPS))


@dataclass(frozen=True, slots=True)
class Space:
    """All combinations of some dimensions' values, each with a number."""

    dimensions: tuple[Dimension, ...]

    def __len__(self) -> int:
        return prod(len(dimension.values) for dimension in self.dimensions)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order they were given."""
        return tuple(dimension.name for dimension in self.dimensions)

    def at(self, places: Sequence[int]) -> dict[str, Any]:
        """Return the combination at these places of the lists."""
        pairs = zip(self.dimensions, places, strict=True)
        return {dimension.name: dimension.values[place] for dimension, place in pairs}

    def places(self, values: Values) -> tuple[int, ...] | None:
        """Return where the values of a combination stand; None if it is not of this space."""
        try:
            return tuple(d.values.index(values[d.name]) for d in self.dimensions)
        except (KeyError, ValueError):
            return None

    def numbered(self, number: int) -> dict[str, Any]:
        """Return the combination of a number from 0 to `len(self) - 1`."""
        places = []
        for dimension in reversed(self.dimensions):
            number, place = divmod(number, len(dimension.values))
            places.append(place)
        return self.at(places[::-1])

    def neighbours(self, values: Values) -> Iterator[dict[str, Any]]:
        """Yield the combinations one stride away in one dimension that has an order."""
        places = self.places(values)
        for index, dimension in enumerate(self.dimensions if places else ()):
            for step in (-dimension.stride, dimension.stride):
                place = places[index] + step if places else -1
                if dimension.is_ordered and 0 <= place < len(dimension.values):
                    yield {**values, dimension.name: dimension.values[place]}


def dimension(word: str, declared: Mapping[str, Parameter[Any]]) -> Dimension:
    """Return what `NAME=LOW:HIGH[:STEP]` or `NAME=a,b,c` means.

    A range of whole numbers has steps of 1, one of floats is cut into 20, unless told otherwise.

    Args:
        word: as it was typed.
        declared: the parameters of the strategy; stop and target of the bot are known besides.

    Raises:
        InputError: an unknown name, a value it cannot take, or no values at all.
    """
    name, equals, text = word.partition("=")
    known = {**LEVELS, **declared}
    if not equals or not text:
        raise _refused(f"expected NAME=LOW:HIGH[:STEP] or NAME=a,b,c, was {word!r}")
    if name not in known:
        raise _refused(unknown_name("parameter", name, known), code="unknown_parameter")
    parameter = known[name]
    texts = _spread(name, text, parameter) if ":" in text else text.split(",")
    values = tuple(parameter.check(_read(name, each, parameter)) for each in texts)
    if len(set(values)) < len(values):
        raise _refused(f"{name}: expected each value once, was {text!r}")
    return Dimension(name, values)


def space(words: Sequence[str], declared: Mapping[str, Parameter[Any]]) -> Space:
    """Return the space that some words describe together.

    Raises:
        InputError: as `dimension`; a name that is said twice; nothing that could be chosen.
    """
    dimensions = tuple(dimension(word, declared) for word in words)
    names = [each.name for each in dimensions]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _refused(f"{twice}: expected it once, was given twice")
    found = Space(dimensions)
    if not dimensions or len(found) < 2:
        ranges = ", ".join(map(_range, {**declared, **LEVELS}.items()))
        raise _refused(
            "expected at least one parameter with two values to choose from, such as"
            f" LOW:HIGH:STEP; there are: {ranges}"
        )
    return found


def _spread(name: str, text: str, parameter: Parameter[Any]) -> list[str]:
    parts = text.split(":")
    if parameter.kind not in {"int", "float"} or len(parts) not in {2, 3}:
        legal = "a list such as a,b,c" if parameter.kind in {"str", "bool"} else "LOW:HIGH[:STEP]"
        raise _refused(f"{name}: expected {legal}, was {text!r}")
    ends = [parameter.check(_read(name, part, parameter)) for part in parts[:2]]
    low, high = (Decimal(str(end)) for end in ends)
    steps = [Decimal(str(_read(name, part, parameter))) for part in parts[2:]]
    if not low < high:
        raise _refused(f"{name}: expected LOW below HIGH, was {text!r}")
    step = steps[0] if steps else (high - low) / STEPS if parameter.kind == "float" else Decimal(1)
    if step <= 0:
        raise _refused(f"{name}: expected a STEP above 0, was {text!r}")
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        raise _refused(f"{name}: expected at most {MOST_VALUES:,} values, were {count:,}")
    return [format((low + index * step).normalize(), "f") for index in range(count)]


def _read(name: str, text: str, parameter: Parameter[Any]) -> Any:
    """Return a text as a value of the parameter's kind."""
    text, kind = text.strip(), parameter.kind
    if kind == "str":
        return text
    words = {"true": True, "false": False}
    if kind == "bool" and text.lower() in words:
        return words[text.lower()]
    try:
        if kind == "int" and text.lstrip("+-").isdecimal():
            return int(text)
        if kind == "float" and isfinite(number := float(text)):
            return number
    except ValueError:
        pass
    expected = {"int": "a whole number", "float": "a number", "bool": "true or false"}[kind]
    raise _refused(f"{name}: expected {expected}, was {text!r}")


def _range(named: tuple[str, Parameter[Any]]) -> str:
    name, parameter = named
    if parameter.choices:
        return f"{name} ({', '.join(map(str, parameter.choices))})"
    if parameter.minimum is None or parameter.maximum is None:
        return f"{name} ({parameter.kind})"
    return f"{name} ({parameter.minimum} to {parameter.maximum})"


def _refused(why: str, code: str = "bad_space") -> InputError:
    return InputError(why, field="space", code=code)
