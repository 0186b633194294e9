"""What a key may do at the exchange."""

from typing import Any

from tradefleet.adapters.binance.rest import Rest
from tradefleet.domain.errors import ExchangeError
from tradefleet.ports.exchange import Rights


def rights(rest: Rest, *, live: bool) -> Rights:
    """Return the rights of the key.

    Only Binance itself tells a key's restrictions; where it refuses that one question, the account
    alone tells whether it may trade.

    Args:
        rest: a client with credentials.
        live: Binance itself; testnet, demo mode and paper do not have the question.

    Raises:
        ExchangeError: as `Rest.read`; `AccessDeniedError` where the key is not accepted at all.
    """
    trade = rest.read("/account", {"omitZeroBalances": True}, _may_trade, weight=20, signed=True)
    if not live:
        return Rights(trade)
    path = "/sapi/v1/account/apiRestrictions"
    try:
        told = rest.read(path, {}, _restrictions, weight=1, signed=True)
    except ExchangeError:
        return Rights(trade)
    return Rights(trade and told.trade, told.withdraw, told.fixed_address)


def _may_trade(account: Any) -> bool:
    return bool(account["canTrade"])


def _restrictions(told: Any) -> Rights:
    return Rights(
        bool(told["enableSpotAndMarginTrading"]),
        bool(told["enableWithdrawals"]),
        bool(told["ipRestrict"]),
    )
