"""What can be traded, and how: coins, strategies, rules, defaults of the form, headlines."""

from typing import Any

from flask_openapi.blueprint import APIBlueprint

from tradefleet.domain.candle import DAY, INTERVALS
from tradefleet.domain.errors import DataError
from tradefleet.domain.risk import RULES
from tradefleet.interfaces.dashboard.docs import ANSWERS
from tradefleet.interfaces.dashboard.parts import default_settings, services
from tradefleet.interfaces.dashboard.shapes import CoinsQuery, Limit
from tradefleet.interfaces.dashboard.sight import parameter_json, strategy_json
from tradefleet.interfaces.wire import wire

ROUTES = APIBlueprint("market", __name__, url_prefix="/api", abp_responses=ANSWERS)

NEWS_SHOWN_MS = 7 * DAY


@ROUTES.get("/search-coins")
def search_coins(query: CoinsQuery) -> dict[str, Any]:
    """Search symbols: tradeable ones first, then those that begin with `q`, by volume."""
    return {"coins": wire(services().market.search(query.q, query.quote.upper(), query.limit))}


@ROUTES.get("/strategies")
def strategies() -> dict[str, Any]:
    """Return the strategies with the fields of their forms, and files that cannot be used."""
    catalogue = services().parts.catalogue
    return {
        "strategies": [strategy_json(card) for card in catalogue.cards().values()],
        "faulty": [{"file": file, "error": why} for file, why in catalogue.faulty().items()],
    }


@ROUTES.get("/rules")
def rules() -> dict[str, Any]:
    """Return the risk rules a bot can have."""
    return {
        "rules": [
            {
                "key": rule.key,
                "title": rule.title,
                "doc": rule.__doc__ or "",
                "parameters": [parameter_json(p) for p in rule.parameters().values()],
            }
            for rule in RULES.values()
        ]
    }


@ROUTES.get("/defaults")
def defaults() -> dict[str, Any]:
    """Return what the create form starts with."""
    at = services()
    settings = default_settings(at.parts.settings)
    try:
        unallocated = at.fleet.unallocated()
    except DataError:
        unallocated = None
    return {
        "symbol": settings.symbol,
        "trade_amount": wire(settings.trade_amount),
        "interval": settings.interval,
        "every": settings.every,
        "stop_loss": wire(settings.stop_loss),
        "take_profit": wire(settings.take_profit),
        "sizing": settings.sizing.value,
        "parameters": {
            key: at.parts.settings.indicator_defaults(card.parameters)
            for key, card in at.parts.catalogue.cards().items()
        },
        "intervals": list(INTERVALS),
        "unallocated": wire(unallocated),
        "quote": at.parts.quote,
        "mode": at.mode,
    }


@ROUTES.get("/news")
def news(query: Limit) -> dict[str, Any]:
    """Return headlines of the last week, newest first; an unscored one has no score."""
    at = services()
    now = at.clock.now()
    found = at.parts.news.between(now - NEWS_SHOWN_MS, now)
    newest = sorted(found, key=lambda headline: -headline.published)[: query.limit]
    gathered = at.parts.snapshots.get("news")
    said = gathered.value if gathered is not None else {}
    return {
        "headlines": wire(newest),
        "scorer": said.get("scorer", ""),
        "feed": said.get("feed", ""),
        "problem": said.get("problem", ""),
    }
