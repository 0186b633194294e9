"""Amendments: open orders whose quantity their owner made smaller."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of one order.

    Attributes:
        execution_id: of the report about it; increases.
        old_client_id, client_id: the order's name before and after.
        old_quantity, quantity: base, before and after.
        time: UTC milliseconds.
    """

    execution_id: int
    uid: int
    symbol: str
    order_id: int
    old_client_id: str
    client_id: str
    old_quantity: Decimal
    quantity: Decimal
    time: int


_DECIMALS = ("old_quantity", "quantity")


def amendment_record(amendment: Amendment) -> dict[str, Any]:
    """Return what the log keeps of an amendment."""
    return asdict(amendment) | {name: str(getattr(amendment, name)) for name in _DECIMALS}


def amendment_from(record: Mapping[str, Any]) -> Amendment:
    """Return the amendment of a record of the log."""
    return Amendment(**{**record, **{name: Decimal(record[name]) for name in _DECIMALS}})
