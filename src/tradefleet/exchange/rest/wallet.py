"""What clients ask of the exchange around the spot API before they trade: coins, fees, a key.

`/sapi` and the futures' exchangeInfo exist on the real exchange besides `/api`; ccxt asks them as
it loads its markets. Here nothing can be lent, deposited or withdrawn, and only spot is traded.
Their weights are counted apart from the spot API's, so here they cost nothing.
"""

from typing import Any

from tradefleet.exchange.decimals import ZERO, amount
from tradefleet.exchange.parameters import SYMBOL, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint

View = dict[str, Any]

_ONE_SYMBOL = Parameter("symbol", SYMBOL)


def coins(call: Call) -> list[View]:
    """Return every asset that is traded or held, with what the account has of it."""
    instruments = call.venue.engine.instruments.values()
    traded = {asset for known in instruments for asset in (known.base, known.quote)}
    balances = call.account.balances
    return [_coin(call, asset) for asset in sorted(traded | set(balances))]


def _coin(call: Call, asset: str) -> View:
    nothing = amount(ZERO)
    held = call.account.balances.get(asset)
    return {
        "coin": asset,
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "name": asset,
        "free": nothing if held is None else amount(held.free),
        "locked": nothing if held is None else amount(held.locked),
        "freeze": nothing,
        "withdrawing": nothing,
        "ipoing": nothing,
        "ipoable": nothing,
        "storage": nothing,
        "isLegalMoney": False,
        "trading": True,
        "networkList": [],
    }


def trade_fees(call: Call) -> list[View]:
    """Return what a fill costs in each symbol, or in one."""
    engine = call.venue.engine
    chosen = list(engine.instruments)
    if "symbol" in call.values:
        chosen = [engine.instrument(call.values["symbol"]).symbol]
    rates = call.account.fees.standard
    fees = {"makerCommission": amount(rates.maker), "takerCommission": amount(rates.taker)}
    return [{"symbol": symbol, **fees} for symbol in chosen]


def key_rights(call: Call) -> View:
    """Return what the key may do: trade, if its account may; withdraw, if it is said to."""
    return {
        "ipRestrict": False,
        "createTime": 0,
        "enableReading": True,
        "enableSpotAndMarginTrading": call.account.can_trade,
        "enableWithdrawals": call.account.may_withdraw,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFutures": False,
        "enableMargin": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enablePortfolioMarginTrading": False,
    }


def no_pairs(_: Call) -> list[View]:
    """Return the pairs that can be traded on margin: none."""
    return []


def no_futures(call: Call) -> View:
    """Return an exchangeInfo without symbols: this is a spot exchange."""
    return {
        "timezone": "UTC",
        "serverTime": call.venue.now(),
        "rateLimits": [],
        "exchangeFilters": [],
        "assets": [],
        "symbols": [],
    }


ENDPOINTS = (
    Endpoint("GET /sapi/v1/capital/config/getall", coins, weight=0, signed=True),
    Endpoint("GET /sapi/v1/asset/tradeFee", trade_fees, _ONE_SYMBOL, weight=0, signed=True),
    Endpoint("GET /sapi/v1/account/apiRestrictions", key_rights, weight=0, signed=True),
    Endpoint("GET /sapi/v1/margin/allPairs", no_pairs, _ONE_SYMBOL, weight=0, signed=True),
    Endpoint("GET /sapi/v1/margin/isolated/allPairs", no_pairs, _ONE_SYMBOL, weight=0, signed=True),
    Endpoint("GET /fapi/v1/exchangeInfo", no_futures, weight=0),
    Endpoint("GET /dapi/v1/exchangeInfo", no_futures, weight=0),
)
