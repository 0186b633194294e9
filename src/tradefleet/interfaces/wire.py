"""How things look on the wire: money as decimal texts, times as milliseconds, unknown as null."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from tradefleet.domain.instrument import plain

FINEST = Decimal("1e-12")
AS_IT_IS = frozenset({str, int, bool, type(None)})


def wire(value: Any) -> Any:
    """Return a value as JSON knows it: dataclasses and named tuples as objects, money as texts."""
    kind = type(value)
    if kind in AS_IT_IS:
        return value
    if kind is Decimal:
        return money(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if names := _names(kind):  # type: ignore[arg-type]  # mypy: no hash on type[Any]
        return {name: wire(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): wire(inner) for key, inner in value.items()}
    return [wire(inner) for inner in value]


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass or named tuple; asked thousands of times a second."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    return tuple(getattr(kind, "_fields", ()))


def money(value: Decimal) -> str:
    """Return a decimal in plain notation; what division made endless is cut at 12 decimals."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        value = value.quantize(FINEST)
    return plain(value) if value else "0"
