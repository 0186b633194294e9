"""What the API says about bots, trades and orders."""

from typing import Any

from tradefleet import __version__
from tradefleet.application.bot_view import BotView
from tradefleet.application.stop_receipt import Receipt
from tradefleet.application.surroundings import FleetLoss
from tradefleet.domain.order import ProtectionRequest
from tradefleet.domain.position import Trade
from tradefleet.interfaces.dashboard.parts import Services
from tradefleet.interfaces.wire import wire
from tradefleet.ports.journal import Intent
from tradefleet.ports.strategies import StrategyCard


def overview_json(at: Services) -> dict[str, Any]:
    """Return the overview of this moment."""
    look = at.overviews.look()
    said: dict[str, Any] = wire(look)
    titles = {key: card.title for key, card in at.parts.catalogue.cards().items()}
    for bot in said["bots"]:
        bot["strategy_title"] = titles.get(bot["strategy"], bot["strategy"])
    said["recent_trades"] = [
        {**trade_json(recent.trade), "bot_id": recent.bot_id, "bot_name": recent.bot_name}
        for recent in look.recent_trades
    ]
    halt = wire(at.fleet.halted())
    return {**said, "loss": loss_json(look.loss), "halt": halt, "version": __version__}


def loss_json(loss: FleetLoss) -> dict[str, Any]:
    """Return the fleet's loss of the day and its limit."""
    return {**wire(loss), "text": loss.text, "reached": loss.is_reached}


def bot_json(at: Services, bot_id: int) -> dict[str, Any]:
    """Return one bot as on its card."""
    view: BotView = at.overviews.bot(bot_id)
    card = at.parts.catalogue.cards().get(view.strategy)
    return {**wire(view), "strategy_title": card.title if card else view.strategy}


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt."""
    said: dict[str, Any] = wire(receipt)
    return said


def trade_json(trade: Trade) -> dict[str, Any]:
    """Return a closed trade."""
    return {**wire(trade), "profit_percent": wire(trade.profit_percent)}


def order_json(intent: Intent) -> dict[str, Any]:
    """Return what was asked for and what became of it; a protection shows as one row."""
    request = intent.request
    said: dict[str, Any] = {
        "sequence": intent.sequence,
        "purpose": intent.purpose.name.lower(),
        "created_at": intent.created_at,
        "state": intent.state.value,
        "detail": intent.detail,
        "symbol": request.symbol,
        "quantity": wire(request.quantity),
        "stop_price": wire(request.stop_price),
    }
    if isinstance(request, ProtectionRequest):
        return {
            **said,
            "client_order_id": request.list_client_order_id,
            "side": "SELL",
            "type": "OCO" if request.stop_price and request.target_price else "SINGLE",
            "quote_quantity": None,
            "price": None,
            "target_price": wire(request.target_price),
        }
    return {
        **said,
        "client_order_id": request.client_order_id,
        "side": request.side.value,
        "type": request.type.value,
        "quote_quantity": wire(request.quote_quantity),
        "price": wire(request.price),
        "target_price": None,
    }


def strategy_json(card: StrategyCard) -> dict[str, Any]:
    """Return a strategy with the fields of its form."""
    return {
        "key": card.key,
        "title": card.title,
        "summary": card.summary,
        "doc": card.doc,
        "warmup": card.warmup,
        "needs_news": card.needs_news,
        "source": card.source,
        "native": card.native,
        "parameters": [parameter_json(parameter) for parameter in card.parameters.values()],
    }


def parameter_json(parameter: Any) -> dict[str, Any]:
    """Return a parameter of a strategy or a rule."""
    return {
        "name": parameter.name,
        "kind": parameter.kind,
        "default": parameter.default,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": list(parameter.choices),
        "help": parameter.help,
    }
