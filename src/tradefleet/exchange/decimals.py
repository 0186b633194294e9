"""How money is written in an answer: plain decimal texts of eight places."""

from decimal import Decimal

ZERO = Decimal(0)


def amount(value: Decimal) -> str:
    """Return a price, quantity or balance as Binance writes it: `0.00100000`."""
    return f"{value:.8f}"
