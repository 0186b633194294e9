"""Endpoints about the rules: of symbols, of execution, of an account."""

from collections.abc import Iterable
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.info.symbol_rules import SymbolRules
from tradefleet.exchange.parameters import (
    BOOLEAN,
    INTEGER,
    PERMISSIONS,
    SYMBOL,
    SYMBOLS,
    WORD,
    Parameter,
)
from tradefleet.exchange.rest.asked_symbols import asked_status
from tradefleet.exchange.rest.endpoint import Call, Endpoint

View = dict[str, Any]

_SHOWN = frozenset({"SPOT", "MARGIN", "LEVERAGED"})  # who asks for no permission sees these
_SYMBOL = Parameter("symbol", SYMBOL, required=True)


def exchange_info(call: Call) -> View:
    """Return the symbols with their rules, and the limits."""
    exchange = call.venue.engine.rulebook.exchange
    shows_sets = call.values.get("showPermissionSets", True)
    return {
        "timezone": "UTC",
        "serverTime": call.venue.now(),
        "rateLimits": exchange.rate_limits.views(),
        "exchangeFilters": list(exchange.exchange_filters),
        "symbols": [
            known.entry if shows_sets else {**known.entry, "permissionSets": []}
            for known in _asked(call)
        ],
    }


def _asked(call: Call) -> Iterable[SymbolRules]:
    """Return the symbols that are asked for by name, or else by permission and status."""
    rulebook, values = call.venue.engine.rulebook, call.values
    names = _names(call, "permissions", "symbolStatus")
    if names is not None:
        return [rulebook.of(name) for name in names]
    permissions = frozenset(values.get("permissions", _SHOWN))
    status = asked_status(call)
    return [
        known
        for known in rulebook.exchange.symbols.values()
        if status in (None, known.status)
        and any(not permissions.isdisjoint(some) for some in known.permission_sets)
    ]


def _names(call: Call, *others: str) -> list[str] | None:
    """Return the symbols named; None if none are. Names go with none of the `others` (-1128)."""
    values = call.values
    if sum(name in values for name in ("symbol", "symbols")) + any(
        name in values for name in others
    ) > 1 and ("symbol" in values or "symbols" in values):
        raise errors.bad_combination()
    if "symbol" in values:
        return [values["symbol"]]
    names: list[str] | None = values.get("symbols")
    return names


def execution_rules(call: Call) -> View:
    """Return that no symbol has a price range beyond which a taker would expire."""
    rulebook = call.venue.engine.rulebook
    names, status = _names(call, "symbolStatus"), asked_status(call)
    asked = (
        [known for known in rulebook.exchange.symbols.values() if status in (None, known.status)]
        if names is None
        else [rulebook.of(name) for name in names]
    )
    return {"symbolRules": [{"symbol": known.symbol, "rules": []} for known in asked]}


def reference_price(call: Call) -> View:
    """Refuse: no symbol has a price by which orders are held, other than its own trades."""
    call.venue.engine.instrument(call.values["symbol"])
    asked_status(call)
    raise errors.no_reference_price()


def block_trades(call: Call) -> list[View]:
    """Return that nobody agreed on a trade beside the book."""
    call.venue.engine.instrument(call.values["symbol"])
    call.limit(500, 1000)
    return []


def my_filters(call: Call) -> View:
    """Return the filters that bind an account in a symbol."""
    rulebook = call.venue.engine.rulebook
    rules = rulebook.of(call.values["symbol"])
    assets = (rules.instrument.base, rules.instrument.quote)
    limits = call.account.asset_limits
    return {
        "exchangeFilters": list(rulebook.exchange.exchange_filters),
        "symbolFilters": list(rules.entry["filters"]),
        "assetFilters": [
            {"filterType": "MAX_ASSET", "asset": asset, "limit": amount(limits[asset])}
            for asset in assets
            if asset in limits
        ],
    }


def _rules_weight(sent: dict[str, str]) -> int:
    if "symbol" in sent:
        return 2
    return min(40, 2 * (sent["symbols"].count(",") + 1)) if "symbols" in sent else 40


ENDPOINTS = (
    Endpoint(
        "GET /exchangeInfo",
        exchange_info,
        Parameter("symbol", SYMBOL),
        Parameter("symbols", SYMBOLS),
        Parameter("permissions", PERMISSIONS),
        Parameter("showPermissionSets", BOOLEAN),
        Parameter("symbolStatus", WORD),
        weight=20,
        method="exchangeInfo",
    ),
    Endpoint(
        "GET /executionRules",
        execution_rules,
        Parameter("symbol", SYMBOL),
        Parameter("symbols", SYMBOLS),
        Parameter("symbolStatus", WORD),
        weight=_rules_weight,
        method="executionRules",
    ),
    Endpoint("GET /referencePrice", reference_price, _SYMBOL, weight=2, method="referencePrice"),
    Endpoint(
        "GET /referencePrice/calculation",
        reference_price,
        _SYMBOL,
        Parameter("symbolStatus", WORD),
        weight=2,
        method="referencePrice.calculation",
    ),
    Endpoint(
        "GET /historicalBlockTrades",
        block_trades,
        _SYMBOL,
        Parameter("fromId", INTEGER, required=True),
        Parameter("limit", INTEGER),
        weight=25,
        method="blockTrades.historical",
    ),
    Endpoint("GET /myFilters", my_filters, _SYMBOL, weight=40, signed=True, method="myFilters"),
)
