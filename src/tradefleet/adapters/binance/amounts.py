"""Amounts as the exchange writes them; what is none is refused at the edge."""

from decimal import Decimal, InvalidOperation
from typing import Any

# No price, quantity or balance has more digits before its point.
MOST_DIGITS = 30


def amount(value: Any) -> Decimal:
    """Return an amount of money or coins, never negative.

    Raises:
        ValueError: NaN, infinite, negative, absurdly large, or no number at all.
    """
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and number >= 0 and number.adjusted() < MOST_DIGITS:
            return number
    raise ValueError(f"expected an amount, was {str(value)[:40]!r}")


def positive(value: Any) -> Decimal:
    """Return an amount that is not zero.

    Raises:
        ValueError: as `amount`, or it is zero.
    """
    if not (number := amount(value)):
        raise ValueError(f"expected a price, was {value!r}")
    return number
