"""A bot's history over HTTP: candles, decisions, trades, fills, log, diagnosis; equity."""

from typing import Any

from flask_openapi.blueprint import APIBlueprint

from tradefleet.domain.candle import DAY, HOUR, interval_ms
from tradefleet.interfaces.dashboard.bot_log import read_log
from tradefleet.interfaces.dashboard.chart import marks, overlays
from tradefleet.interfaces.dashboard.docs import ANSWERS
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.dashboard.shapes import (
    BotPath,
    CandlesQuery,
    DecisionsQuery,
    EquityQuery,
    Limit,
    LogQuery,
)
from tradefleet.interfaces.dashboard.sight import trade_json
from tradefleet.interfaces.wire import wire

ROUTES = APIBlueprint("journal", __name__, url_prefix="/api", abp_responses=ANSWERS)

RANGES = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
MOST_POINTS = 600
MARKED_FILLS = 500


@ROUTES.get("/bot/<int:bot_id>/candles")
def candles(path: BotPath, query: CandlesQuery) -> dict[str, Any]:
    """Return candles with the bot's fills, levels and indicator values on them."""
    at = services()
    bot = at.parts.bots.get(path.bot_id)
    interval = query.interval or bot.settings.interval
    interval_ms(interval)
    rows = at.parts.chart.candles(bot.settings.symbol, interval, query.limit)
    since = int(rows[0][0]) if rows else 0
    records = at.parts.records
    trades = tuple(trade for _, trade in records.trades(bot.id, MARKED_FILLS))
    position = at.overviews.bot(bot.id).position
    return {
        "interval": interval,
        "candles": [list(row[:6]) for row in rows],
        "marks": wire(marks(records.fills(bot.id, MARKED_FILLS), trades, since)),
        "lines": {
            "stop": wire(position.stop_price if position else None),
            "target": wire(position.target_price if position else None),
            "entry": wire(position.entry_price if position else None),
        },
        "overlays": wire(overlays(records.decisions(bot.id, query.limit), since)),
        "at": at.clock.now(),
    }


@ROUTES.get("/bot/<int:bot_id>/decisions")
def decisions(path: BotPath, query: DecisionsQuery) -> dict[str, Any]:
    """Return why the bot did or did not trade, newest first."""
    records = services().parts.records
    found = records.decisions(path.bot_id, query.limit, query.before)
    return {
        "decisions": wire(found),
        "counted_before": records.counted_decisions(path.bot_id),
    }


@ROUTES.get("/bot/<int:bot_id>/trades")
def trades(path: BotPath, query: Limit) -> dict[str, Any]:
    """Return closed trades, newest first."""
    found = services().parts.records.trades(path.bot_id, query.limit)
    return {"trades": [trade_json(trade) for _, trade in found]}


@ROUTES.get("/bot/<int:bot_id>/fills")
def fills(path: BotPath, query: Limit) -> dict[str, Any]:
    """Return fills as the exchange reported them, newest first."""
    return {"fills": wire(services().parts.records.fills(path.bot_id, query.limit))}


@ROUTES.get("/bot/<int:bot_id>/log")
def log(path: BotPath, query: LogQuery) -> dict[str, Any]:
    """Return the end of the bot's log, oldest line first."""
    file = services().parts.log_folder / f"bot_{path.bot_id}.log"
    return wire(read_log(file, query.lines, query.q, query.level))  # type: ignore[no-any-return]


@ROUTES.get("/bot/<int:bot_id>/diagnosis")
def diagnosis(path: BotPath) -> dict[str, Any]:
    """Return why the bot is not trading, as an ordered list of checks."""
    return wire(services().diagnosis.examine(path.bot_id))  # type: ignore[no-any-return]


@ROUTES.get("/equity")
def equity(query: EquityQuery) -> dict[str, Any]:
    """Return the worth of a bot, or of the fleet, over time, and that of holding instead."""
    at = services()
    if query.bot:
        at.parts.bots.get(query.bot)
    span = RANGES.get(query.range)
    since = at.clock.now() - span if span else 0
    points = at.parts.records.equity(query.bot, since)
    step = max(1, -(-len(points) // MOST_POINTS))
    shown = points[::-1][::step][::-1]  # counted from the newest, which is always shown
    return {"points": [[p.at, wire(p.equity), wire(p.holding)] for p in shown]}
