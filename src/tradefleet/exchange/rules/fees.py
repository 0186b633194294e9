"""Commission: a fraction of what is received, taken in the received asset.

Source: Binance spot docs, faqs/commission_faq.md; cut to the asset's precision, not rounded.
"""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, truncate
from tradefleet.domain.order import Side


@dataclass(frozen=True, slots=True)
class Rates:
    """Fractions of what is received (0.001 = 0.1 %)."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")


RATES = Rates()


def commission(
    instrument: Instrument, side: Side, quantity: Decimal, quote: Decimal, *, is_maker: bool
) -> tuple[Decimal, str]:
    """Return the fee of a fill and its asset.

    Args:
        instrument: of the fill; gives the assets and their precision.
        side: a buyer receives base, a seller quote.
        quantity: base of the fill.
        quote: its worth in quote.
        is_maker: whether it added liquidity.
    """
    rate = RATES.maker if is_maker else RATES.taker
    if side is Side.BUY:
        return truncate(quantity * rate, instrument.base_precision), instrument.base
    return truncate(quote * rate, instrument.quote_precision), instrument.quote
