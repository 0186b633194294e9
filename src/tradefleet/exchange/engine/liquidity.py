"""What a taker would get from a book, found out before anything is taken."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tradefleet.domain.order import Side
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.merged_book import Offer, is_better
from tradefleet.exchange.self_trades import EXPIRE_MAKER, NONE, TAKER_ENDS


class Taker(NamedTuple):
    """What matters of an order that takes.

    Attributes:
        limit: worst acceptable price; None = any.
    """

    uid: int
    side: Side
    stp_mode: str
    limit: Decimal | None = None


class Match(NamedTuple):
    """One step of a taker through the book.

    Attributes:
        maker: whose order it meets; None = the market itself.
        is_prevented: both are the same account's: there is no trade.
    """

    price: Decimal
    quantity: Decimal
    maker: Order | None = None
    is_prevented: bool = False


@dataclass(slots=True)
class Reach:
    """How far a taker would come.

    Attributes:
        matches: step by step.
        quantity: base it would trade; less than wanted if the book is too thin.
        quote: its worth.
        is_enough: everything wanted is there.
    """

    matches: list[Match] = field(default_factory=list)
    quantity: Decimal = ZERO
    quote: Decimal = ZERO
    is_enough: bool = False


def reach(offers: Iterable[Offer], taker: Taker, wanted: Decimal) -> Reach:
    """Return what a taker would get.

    Args:
        offers: the book, in the order in which it is met.
        taker: who takes.
        wanted: base.
    """
    found, left, gone = Reach(), wanted, set[int]()
    for offer in offers:
        if taker.limit is not None and is_better(taker.side, taker.limit, offer.price):
            break
        maker = offer.order
        if maker is not None and maker.id in gone:
            continue
        part = min(offer.quantity, left)
        is_own = maker is not None and maker.uid == taker.uid and taker.stp_mode != NONE
        found.matches.append(Match(offer.price, part, maker, is_own))
        if not is_own:
            found.quantity += part
            found.quote += part * offer.price
            left -= part
        elif taker.stp_mode in TAKER_ENDS:
            break
        elif taker.stp_mode == EXPIRE_MAKER:
            assert maker is not None
            gone.add(maker.id)
        else:
            left -= part
        if not left:
            break
    found.is_enough = found.quantity == wanted
    return found


def affordable(offers: Iterable[Offer], taker: Taker, quote: Decimal) -> tuple[Decimal, bool]:
    """Return how much base a sum of quote reaches, and whether the book has enough of it.

    What would be prevented counts as if it traded, except orders that would only make way.
    """
    quantity, left = ZERO, quote
    for offer in offers:
        maker = offer.order
        if maker is not None and maker.uid == taker.uid and taker.stp_mode == EXPIRE_MAKER:
            continue
        part = min(offer.quantity, left / offer.price)
        quantity += part
        left -= part * offer.price
        if part < offer.quantity or not left:
            return quantity, True
    return quantity, False
