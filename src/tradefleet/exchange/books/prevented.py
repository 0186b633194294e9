"""Matches that self-trade prevention kept from becoming trades."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class PreventedMatch:
    """Two orders of one account that met.

    Attributes:
        id: unique and increasing within the symbol, from 0.
        mode: of self-trade prevention, in force there.
        taker_quantity, maker_quantity: base that expired of each; 0 = none of it.
        time: UTC milliseconds.
    """

    id: int
    uid: int
    symbol: str
    taker_order_id: int
    maker_order_id: int
    mode: str
    price: Decimal
    taker_quantity: Decimal
    maker_quantity: Decimal
    time: int


_DECIMALS = ("price", "taker_quantity", "maker_quantity")


def prevented_record(match: PreventedMatch) -> dict[str, Any]:
    """Return what the log keeps of a prevented match."""
    return asdict(match) | {name: str(getattr(match, name)) for name in _DECIMALS}


def prevented_from(record: Mapping[str, Any]) -> PreventedMatch:
    """Return the prevented match of a record of the log."""
    return PreventedMatch(**{**record, **{name: Decimal(record[name]) for name in _DECIMALS}})
