"""What can be traded, and how: coins, strategies, rules, defaults of the form, headlines."""

from dataclasses import replace
from typing import Any

from flask_openapi.blueprint import APIBlueprint

from tradefleet.application.preview import candles_wanted, preview
from tradefleet.application.terms import check_moving_stops, check_percents, check_rhythm
from tradefleet.domain.candle import DAY, INTERVALS, Candles, interval_ms
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.rules import RULES
from tradefleet.interfaces.dashboard.docs import ANSWERS
from tradefleet.interfaces.dashboard.parts import default_settings, services
from tradefleet.interfaces.dashboard.shapes import CoinsQuery, Limit, PreviewBot
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
        "price_cap": wire(settings.price_cap),
        "trailing_stop": wire(settings.trailing_stop),
        "break_even": wire(settings.break_even),
        "bot_side_stop": settings.bot_side_stop,
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


@ROUTES.post("/preview")
def preview_bot(body: PreviewBot) -> dict[str, Any]:
    """Return how often such a bot would have bought in the last 30 days; nothing is made.

    Only built-in strategies that read no news are tried: the person's own run beside bots alone.
    """
    at = services()
    card = at.parts.catalogue.cards().get(body.strategy)
    if card is not None and (card.needs_news or card.source != "built-in"):
        why = "it reads news" if card.needs_news else "it is a file of yours"
        raise InputError(f"{card.title} cannot be tried on the past here: {why}", field="strategy")
    defaults = default_settings(at.parts.settings, card)
    wanted = replace(defaults, **body.model_dump(exclude_none=True))
    check_rhythm(wanted.interval, wanted.every)
    check_percents(wanted.stop_loss, wanted.take_profit)
    check_moving_stops(wanted.price_cap, wanted.trailing_stop, wanted.break_even)
    instrument = at.market.instrument(wanted.symbol)
    decider = at.parts.deciders.decider(wanted.strategy, wanted.parameters)
    length = interval_ms(wanted.interval)
    rows = at.parts.chart.candles(
        wanted.symbol, wanted.interval, candles_wanted(length, decider.warmup)
    )
    now = at.clock.now()
    closed = [row for row in rows if int(row[0]) + length <= now]
    return wire(preview(wanted, instrument, decider, Candles(length, closed)))  # type: ignore[no-any-return]


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
