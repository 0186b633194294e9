"""Signed endpoints of the account: balances, trades, fees, limits."""

from bisect import bisect_left
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.account_views import account_view, commission_view
from tradefleet.exchange.books.orders import Trade
from tradefleet.exchange.parameters import BOOLEAN, INTEGER, SYMBOL, TIME, Parameter
from tradefleet.exchange.rest.endpoint import Call, Endpoint, check_span
from tradefleet.exchange.rest.order_choice import SYMBOL_PARAMETER
from tradefleet.exchange.views import traded

View = dict[str, Any]


# What trades may be chosen by: one of these combinations.
_SELECTIONS = frozenset(
    frozenset(names.split())
    for names in (
        "",
        "orderId",
        "startTime",
        "endTime",
        "fromId",
        "startTime endTime",
        "orderId fromId",
    )
)
_SELECTORS = frozenset().union(*_SELECTIONS)


def account(call: Call) -> View:
    """Return the balances."""
    return account_view(call.account, omit_zero=call.values.get("omitZeroBalances", False))


def my_trades(call: Call) -> list[View]:
    """Return executions in a symbol, oldest first: the book of record for fills and fees."""
    values, limit = call.values, call.limit(500, 1000)
    symbol = call.venue.engine.instrument(values["symbol"]).symbol
    start, end = values.get("startTime"), values.get("endTime")
    check_span(start, end)
    if frozenset(values) & _SELECTORS not in _SELECTIONS:
        raise errors.bad_combination()
    orders = call.venue.books.orders(call.account.uid)
    trades = orders.trades(symbol)
    if "orderId" in values:
        trades = orders.trades_of(values["orderId"])
    if "fromId" in values:
        trades = trades[bisect_left(trades, values["fromId"], key=_id) :]
    if start is not None:
        trades = trades[bisect_left(trades, start, key=_time) :]
    if end is not None:
        trades = trades[: bisect_left(trades, end + 1, key=_time)]
    from_the_start = "fromId" in values or start is not None
    chosen = trades[:limit] if from_the_start else trades[-limit:]
    return [traded(trade) for trade in chosen if trade.symbol == symbol]


def _id(trade: Trade) -> int:
    return trade.id


def _time(trade: Trade) -> int:
    return trade.time


def commission(call: Call) -> View:
    """Return what a fill costs."""
    engine = call.venue.engine
    instrument = engine.instrument(call.values["symbol"])
    may_be_bnb = engine.fees.may_be_bnb(instrument)
    return commission_view(instrument.symbol, call.account.fees, may_be_bnb=may_be_bnb)


def order_counts(call: Call) -> list[View]:
    """Return how many unfilled orders were placed in the present windows."""
    return call.venue.engine.counts.view(call.account.uid, call.venue.now())


def _trades_weight(sent: dict[str, str]) -> int:
    return 5 if "orderId" in sent else 20


ENDPOINTS = (
    Endpoint(
        "GET /account",
        account,
        Parameter("omitZeroBalances", BOOLEAN),
        weight=20,
        signed=True,
        method="account.status",
    ),
    Endpoint(
        "GET /myTrades",
        my_trades,
        SYMBOL_PARAMETER,
        Parameter("orderId", INTEGER),
        Parameter("startTime", TIME),
        Parameter("endTime", TIME),
        Parameter("fromId", INTEGER),
        Parameter("limit", INTEGER),
        weight=_trades_weight,
        signed=True,
        method="myTrades",
    ),
    Endpoint(
        "GET /account/commission",
        commission,
        Parameter("symbol", SYMBOL, required=True),
        weight=20,
        signed=True,
        method="account.commission",
    ),
    Endpoint(
        "GET /rateLimit/order",
        order_counts,
        weight=40,
        signed=True,
        method="account.rateLimits.orders",
    ),
)
