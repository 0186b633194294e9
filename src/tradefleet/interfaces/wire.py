"""How things look on the wire: money as decimal texts, times as milliseconds, unknown as null."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from tradefleet.domain.instrument import plain

FINEST = Decimal("1e-12")


def wire(value: Any) -> Any:
    """Return a value as JSON knows it: dataclasses as objects, money as texts."""
    if value is None or isinstance(value, str | bool | int) and not isinstance(value, Enum):
        return value
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value):
        return {f.name: wire(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): wire(inner) for key, inner in value.items()}
    return [wire(inner) for inner in value]


def money(value: Decimal) -> str:
    """Return a decimal in plain notation; what division made endless is cut at 12 decimals."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        value = value.quantize(FINEST)
    return plain(value) if value else "0"
