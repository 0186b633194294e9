"""Self-trade prevention: what happens instead where an account would trade with itself.

Modes and their meaning: Binance spot docs, faqs/stp_faq.md. There are no trade groups here: only
orders of one account are kept apart, so that nothing is ever transferred and `TRANSFER` does what
`DECREMENT` does, as it does on Binance within one account.
"""

from decimal import Decimal

from tradefleet.exchange.decimals import ZERO

NONE = "NONE"
EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH = "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"
DECREMENT, TRANSFER = "DECREMENT", "TRANSFER"

STP_MODES = (NONE, EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH, DECREMENT, TRANSFER)
DEFAULT_STP = EXPIRE_MAKER
NO_TRADE_GROUP = -1

MAKER_ENDS = frozenset({EXPIRE_MAKER, EXPIRE_BOTH})
TAKER_ENDS = frozenset({EXPIRE_TAKER, EXPIRE_BOTH})


def effective(taker: str, maker: str) -> str:
    """Return the mode in force where two orders meet: the taker's, but a transfer needs both."""
    return DECREMENT if taker == TRANSFER and maker != TRANSFER else taker


def prevented(
    mode: str, *, taker: Decimal, maker: Decimal, met: Decimal
) -> tuple[Decimal, Decimal]:
    """Return how much of the taker and of the maker expires.

    Args:
        mode: in force.
        taker, maker: what is left of them.
        met: what would have been traded.
    """
    if mode in (DECREMENT, TRANSFER):
        return met, met
    return taker if mode in TAKER_ENDS else ZERO, maker if mode in MAKER_ENDS else ZERO
