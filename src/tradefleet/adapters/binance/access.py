"""What a key may do at the exchange."""

from dataclasses import dataclass
from typing import Any

from tradefleet.adapters.binance.rest import Rest


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of an account and its key.

    Attributes:
        trade: it may trade.
        withdraw: the key may move money away; None where the exchange does not tell.
        fixed_address: the key works from chosen addresses only; None where that is not told.
    """

    trade: bool
    withdraw: bool | None = None
    fixed_address: bool | None = None


def rights(rest: Rest, *, live: bool) -> Rights:
    """Return the rights of the key; raises as `Rest.read`.

    Args:
        rest: a client with credentials.
        live: Binance itself, which alone tells a key's restrictions.
    """
    trade = rest.read("/account", {"omitZeroBalances": True}, _may_trade, weight=20, signed=True)
    if not live:
        return Rights(trade)
    path = "/sapi/v1/account/apiRestrictions"
    told = rest.read(path, {}, lambda answer: dict(answer), weight=1, signed=True)
    return Rights(
        trade and bool(told["enableSpotAndMarginTrading"]),
        bool(told["enableWithdrawals"]),
        bool(told["ipRestrict"]),
    )


def _may_trade(account: Any) -> bool:
    return bool(account["canTrade"])
