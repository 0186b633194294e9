"""Dataclasses to plain JSON values and back, exactly: money and enums travel as text.

A field that is missing in stored JSON takes its default, so a dataclass may grow a field with a
default and still read what an older version wrote.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
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
    values: dict[str, Any] = {}
    for name, (hint, required) in _shape(kind).items():  # type: ignore[arg-type]  # mypy: no hash on type[T]
        if name in stored:
            values[name] = _load(hint, stored[name])
        elif required:
            raise ValueError(f"a stored {kind.__name__} lacks {name!r}")
    return kind(**values)


@cache
def _shape(kind: Any) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind)
    return {
        field.name: (
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    }


def _load(hint: Any, stored: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if stored is None:
            return None
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
        return _load(hint, stored)
    if origin is tuple:
        return tuple(_load(get_args(hint)[0], item) for item in stored)
    if isinstance(hint, type):
        if is_dataclass(hint):
            return load(hint, stored)
        if issubclass(hint, (Decimal, Enum)):
            return hint(stored)
    return stored
