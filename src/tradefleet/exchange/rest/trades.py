"""Public endpoints: trades, one by one and aggregated, as far as the tape keeps them."""

from collections.abc import Sequence
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.books.tape import Aggregate, Printed
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.parameters import INTEGER, Parameter
from tradefleet.exchange.rest.asked_symbols import LIMIT, ONE_SYMBOL, TIMES, asked_symbol
from tradefleet.exchange.rest.endpoint import Call, Endpoint

View = dict[str, Any]

_DEFAULT, _MOST = 500, 1_000
_FROM_ID = Parameter("fromId", INTEGER)


def trades(call: Call) -> list[View]:
    """Return the newest trades, or those from a number on, oldest first."""
    kept = list(call.venue.books.tape.newest(asked_symbol(call)))
    first = call.values.get("fromId")
    limit = call.limit(_DEFAULT, _MOST)
    if first is None:
        return [_trade_view(printed) for printed in kept[-limit:]]
    return [_trade_view(printed) for printed in kept if printed.id >= first][:limit]


def aggregate_trades(call: Call) -> list[View]:
    """Return aggregates: what one taker did at one price."""
    values, limit = call.values, call.limit(_DEFAULT, _MOST)
    start, end, first = values.get("startTime"), values.get("endTime"), values.get("fromId")
    if first is not None and (start is not None or end is not None):
        raise errors.bad_combination()
    found: Sequence[Aggregate] = [
        known
        for known in call.venue.books.tape.aggregates(asked_symbol(call))
        if (first is None or known.id >= first)
        and (start is None or known.time >= start)
        and (end is None or known.time <= end)
    ]
    is_newest = first is None and start is None
    return [_aggregate_view(one) for one in (found[-limit:] if is_newest else found[:limit])]


def _trade_view(printed: Printed) -> View:
    trade = printed.trade
    return {
        "id": printed.id,
        "price": amount(trade.price),
        "qty": amount(trade.quantity),
        "quoteQty": amount(trade.price * trade.quantity),
        "time": trade.time,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _aggregate_view(found: Aggregate) -> View:
    return {
        "a": found.id,
        "p": amount(found.price),
        "q": amount(found.quantity),
        "f": found.first,
        "l": found.last,
        "T": found.time,
        "m": found.buyer_is_maker,
        "M": True,
    }


ENDPOINTS = (
    Endpoint("GET /trades", trades, ONE_SYMBOL, LIMIT, weight=25, method="trades.recent"),
    Endpoint(
        "GET /historicalTrades",
        trades,
        ONE_SYMBOL,
        LIMIT,
        _FROM_ID,
        weight=25,
        method="trades.historical",
    ),
    Endpoint(
        "GET /aggTrades",
        aggregate_trades,
        ONE_SYMBOL,
        _FROM_ID,
        *TIMES,
        LIMIT,
        weight=4,
        method="trades.aggregate",
    ),
)
