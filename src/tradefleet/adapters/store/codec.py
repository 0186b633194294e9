"""Dataclasses to plain JSON values and back, exactly: money and enums travel as text.

A field that is missing in stored JSON takes its default, so a dataclass may grow a field with a
default and still read what an older version wrote.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from tradefleet.domain.instrument import plain

T = TypeVar("T")


def dump(value: Any) -> Any:
    """Return `value` as JSON can hold it; a float that is not finite becomes null."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if is_dataclass(value):
        return {field.name: dump(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    return value


def load(kind: type[T], stored: Mapping[str, Any]) -> T:
    """Return a dataclass of `kind` from what `dump` made of one; unknown names are ignored."""
    if not isinstance(stored, Mapping):
        raise ValueError(f"a stored {kind.__name__} was {stored!r}")
    values: dict[str, Any] = {}
    for name, read, required in _shape(kind):  # type: ignore[arg-type]  # mypy: no hash on type[T]
        if name in stored:
            value = stored[name]
            values[name] = value if value is None or read is None else read(value)
        elif required:
            raise ValueError(f"a stored {kind.__name__} lacks {name!r}")
    return kind(**values)


_Read = Callable[[Any], Any]


@cache
def _shape(kind: Any) -> tuple[tuple[str, _Read | None, bool], ...]:
    """Return name, reader and whether it must be there, of every field."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            _reader(hints[field.name]),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    )


def _reader(hint: Any) -> _Read | None:
    """Return what turns JSON into a value of this type, None where JSON has it already."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _reader(next(choice for choice in get_args(hint) if choice is not type(None)))
    if origin is tuple:
        read = _reader(get_args(hint)[0]) or _as_it_is
        return lambda items: tuple(read(item) for item in items)
    if not isinstance(hint, type):
        return None
    if is_dataclass(hint):
        return partial(load, hint)
    if issubclass(hint, Decimal):
        return amount
    return hint if issubclass(hint, Enum) else None


def amount(value: Any) -> Decimal:
    """Return a stored amount; `ValueError` if it is none."""
    try:
        found = Decimal(value)
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"expected an amount, was {value!r}") from error
    if not found.is_finite():
        raise ValueError(f"expected an amount, was {value!r}")
    return found


def _as_it_is(value: Any) -> Any:
    return value
