"""What an account pays for its trades: rates, and whether it pays in BNB."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from tradefleet.domain.order import Side
from tradefleet.exchange.decimals import ZERO


@dataclass(frozen=True, slots=True)
class Rates:
    """Fractions of what is received (0.001 = 0.1 %); those of role and side are added up."""

    maker: Decimal = ZERO
    taker: Decimal = ZERO
    buyer: Decimal = ZERO
    seller: Decimal = ZERO

    def of(self, side: Side, *, is_maker: bool) -> Decimal:
        """Return what a fill costs."""
        role = self.maker if is_maker else self.taker
        return role + (self.buyer if side is Side.BUY else self.seller)


USUAL_RATES = Rates(maker=Decimal("0.001"), taker=Decimal("0.001"))
NO_RATES = Rates()


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """The terms of an account.

    Attributes:
        standard, special, tax: all are paid; only the first one is ever reduced.
        in_bnb: fees are paid in BNB as long as there is enough of it.
        discount: the fraction of the standard fee that is then taken off.
    """

    standard: Rates = USUAL_RATES
    special: Rates = NO_RATES
    tax: Rates = NO_RATES
    in_bnb: bool = False
    discount: Decimal = Decimal("0.25")

    def rate(self, side: Side, *, is_maker: bool, discounted: bool = False) -> Decimal:
        """Return what a fill costs in all."""
        standard = self.standard.of(side, is_maker=is_maker)
        kept = 1 - self.discount if discounted else 1
        special = self.special.of(side, is_maker=is_maker)
        return standard * kept + special + self.tax.of(side, is_maker=is_maker)


_RATES = ("standard", "special", "tax")


def terms_record(terms: FeeTerms) -> dict[str, Any]:
    """Return what the log keeps of an account's terms."""
    rates = {
        name: {part: str(rate) for part, rate in asdict(getattr(terms, name)).items()}
        for name in _RATES
    }
    return {**rates, "in_bnb": terms.in_bnb, "discount": str(terms.discount)}


def terms_from(record: Mapping[str, Any]) -> FeeTerms:
    """Return the terms of a record of the log; the usual ones of one without any."""
    if not record:
        return FeeTerms()
    rates = {
        name: Rates(**{part: Decimal(rate) for part, rate in record[name].items()})
        for name in _RATES
    }
    return FeeTerms(**rates, in_bnb=record["in_bnb"], discount=Decimal(record["discount"]))
