"""Bots over HTTP: create, change, start, stop, pause, delete; the whole fleet at once."""

from dataclasses import replace
from typing import Any

from flask import request
from flask_openapi.blueprint import APIBlueprint

from tradefleet.application.arming import Ask
from tradefleet.application.demo import start_demo
from tradefleet.domain.errors import InputError
from tradefleet.interfaces.dashboard.docs import ANSWERS, answer
from tradefleet.interfaces.dashboard.guard import actor
from tradefleet.interfaces.dashboard.handover import check_unlocked
from tradefleet.interfaces.dashboard.parts import Services, default_settings, services
from tradefleet.interfaces.dashboard.shapes import (
    ArmBot,
    BotFields,
    BotPath,
    CreateBot,
    DeleteBot,
    Panic,
    Reset,
    StopBot,
    UpdateBot,
)
from tradefleet.interfaces.dashboard.sight import (
    bot_json,
    loss_json,
    order_json,
    overview_json,
    receipt_json,
    strategy_json,
)
from tradefleet.interfaces.wire import wire
from tradefleet.ports.access import Arming

ROUTES = APIBlueprint("bots", __name__, url_prefix="/api", abp_responses=ANSWERS)

LONGEST_KEY = 200


@ROUTES.get("/overview")
def overview() -> dict[str, Any]:
    """Return the whole fleet: money, health, findings, bots, newest trades."""
    return overview_json(services())


@ROUTES.post("/create-bot", responses={201: answer("The new bot.")})
def create_bot(body: CreateBot) -> tuple[dict[str, Any], int]:
    """Create a bot, stopped unless `start`.

    The header `Idempotency-Key` makes a repeated request harmless: it returns the bot that was
    made the first time.
    """
    at = services()
    _check_mode(at, body)
    if body.from_run is not None:
        check_unlocked(at.parts.runs.get(body.from_run), at.mode)
    defaults = default_settings(at.parts.settings, at.parts.catalogue.cards().get(body.strategy))
    settings = replace(defaults, **body.settings())
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY or not key.isascii():
        raise InputError(
            f"expected an Idempotency-Key of at most {LONGEST_KEY} ASCII characters", code="bad_key"
        )
    bot = at.fleet.create(settings, actor(), start=body.start, key=key)
    return bot_json(at, bot.id), 201


@ROUTES.get("/bot/<int:bot_id>/details")
def details(path: BotPath) -> dict[str, Any]:
    """Return everything about a bot but its long lists."""
    at = services()
    bot = at.parts.bots.get(path.bot_id)
    said = bot_json(at, bot.id)
    books = at.fleet.books(bot)
    card = at.parts.catalogue.cards().get(bot.settings.strategy)
    return {
        **said,
        "parameters": wire(bot.settings.parameters),
        "rules": wire(bot.settings.rules),
        "guards": wire(at.overviews.rules(bot.id)),
        "ledger": {
            "budget": wire(bot.settings.trade_amount),
            "cash": wire(books.cash),
            "base": wire(books.quantity + books.dust),
            "dust": wire(books.dust),
            "profit": wire(books.profit),
            "fees": wire(books.fees),
            "equity": said["equity"],
        },
        "arming": _arming_json(at.parts.armings.get(bot.id)),
        "receipt": wire(next(iter(at.fleet.told(0, bot.id)), None)),
        "orders": [order_json(i) for i in at.parts.records.intents(bot.id, limit=50)],
        "created_at": bot.created_at,
        "strategy_schema": strategy_json(card) if card else None,
    }


@ROUTES.post("/bot/<int:bot_id>/start")
def start(path: BotPath) -> dict[str, Any]:
    """Start a bot; one that runs stays as it is."""
    services().fleet.start(path.bot_id, actor())
    return bot_json(services(), path.bot_id)


@ROUTES.post("/bot/<int:bot_id>/pause")
def pause(path: BotPath) -> dict[str, Any]:
    """Let a running bot enter nothing new; its exits go on."""
    services().fleet.pause(path.bot_id, actor())
    return bot_json(services(), path.bot_id)


@ROUTES.post("/bot/<int:bot_id>/stop")
def stop(path: BotPath, body: StopBot) -> dict[str, Any]:
    """Stop a bot; its position stays protected, or is sold first. Answers with a receipt."""
    _, receipt = services().fleet.stop(path.bot_id, body.how, actor())
    return {**bot_json(services(), path.bot_id), "receipt": receipt_json(receipt)}


@ROUTES.post("/bot/<int:bot_id>/arm")
def arm(path: BotPath, body: ArmBot) -> dict[str, Any]:
    """Let a bot trade real money, up to `cap` a buy, for some days; any change of it ends that."""
    at, address = services(), request.remote_addr or ""
    if at.owner.is_throttled(address, body.password):
        raise InputError("too many wrong passwords; wait five minutes", code="too_many")
    if not at.owner.knows(address, body.password):
        at.fleet.refused_to_arm(path.bot_id, "wrong password", actor())
        raise InputError(
            "expected the password or the token of this dashboard",
            field="password",
            code="wrong_password",
        )
    ask = Ask(body.symbol, body.cap, body.days, body.reason)
    arming, warning = at.fleet.arm(path.bot_id, ask, actor())
    return {"arming": _arming_json(arming), "warning": warning}


@ROUTES.post("/bot/<int:bot_id>/disarm")
def disarm(path: BotPath) -> dict[str, Any]:
    """Let a bot enter nothing more with real money; its exits go on."""
    return {"disarmed": services().fleet.disarm(path.bot_id, actor())}


def _arming_json(arming: Arming | None) -> dict[str, Any] | None:
    if arming is None:
        return None
    said: dict[str, Any] = wire(arming)
    del said["key"]
    return said


@ROUTES.post("/bot/<int:bot_id>/update")
def update(path: BotPath, body: UpdateBot) -> dict[str, Any]:
    """Change a bot; it follows at its next evaluation."""
    at = services()
    _check_mode(at, body)
    at.fleet.change(path.bot_id, body.settings(), body.version, actor())
    return bot_json(at, path.bot_id)


@ROUTES.delete("/bot/<int:bot_id>", responses={202: answer("It still sells or stops.")})
def delete(path: BotPath, body: DeleteBot) -> tuple[dict[str, Any], int]:
    """Delete a bot; `disposition` says what becomes of its position.

    202 means that it is still selling or stopping: delete it again when it has stopped.
    """
    at = services()
    if sentence := at.fleet.delete(path.bot_id, body.disposition, actor()):
        return {"id": path.bot_id, "deleted": True, "sentence": sentence}, 200
    waiting = "The bot was told to stop and is still at it. Delete it again when it has stopped."
    return {"id": path.bot_id, "deleted": False, "sentence": waiting}, 202


@ROUTES.post("/demo", responses={201: answer("The ids of its bots.")})
def demo() -> tuple[dict[str, Any], int]:
    """Start the demonstration fleet (paper only); asking again starts the same bots."""
    at = services()
    bots = start_demo(at.fleet, at.mode, actor())
    return {"bots": [bot.id for bot in bots]}, 201


@ROUTES.post("/panic")
def panic(body: Panic) -> dict[str, Any]:
    """Stop every bot; positions stay protected, or are sold. Answers with receipts."""
    receipts = services().fleet.panic(body.how, actor())
    return {
        "how": body.how,
        "at": services().clock.now(),
        "bots": [receipt_json(receipt) for receipt in receipts],
        "sentence": _panic_sentence(body.how, len(receipts)),
    }


@ROUTES.post("/loss-limit/reset")
def reset_loss_limit() -> dict[str, Any]:
    """Count the fleet's loss of the day anew, so that entries go on; it stands in the activity."""
    at = services()
    loss = at.overviews.surroundings.reset(at.clock.now(), actor(), at.parts.activities)
    return loss_json(loss)


@ROUTES.get("/halt")
def halt() -> dict[str, Any]:
    """Return the stop of everything, and what each bot found at the exchange when it stopped."""
    at = services()
    standing, told = at.fleet.halted(), {r.bot_id: r for r in at.fleet.told()}
    return {
        "halt": wire(standing),
        "bots": [
            {
                "bot_id": view.id,
                "name": view.name,
                "status": view.status.value,
                "waiting_for": view.waiting_for,
                "receipt": wire(told.get(view.id)),
            }
            for view in at.overviews.look().bots
            if standing is not None
        ],
    }


@ROUTES.post("/halt/reset")
def reset(body: Reset) -> dict[str, Any]:
    """End the stop of everything; bots stay stopped unless `resume`."""
    stood = services().fleet.reset(actor(), resume=body.resume)
    return {"reset": stood, "resume": body.resume}


def _panic_sentence(how: str, bots: int) -> str:
    if how == "pause":
        return "No bot buys anything until this is reset; positions are looked after."
    fleet = "the one bot stops" if bots == 1 else f"all {bots} bots stop"
    if not bots:
        return "There is no bot to stop."
    if how == "sell":
        return f"{fleet.capitalize()}, and what they hold is sold at the market price."
    return f"{fleet.capitalize()}; what they hold stays protected at the exchange."


def _check_mode(at: Services, body: BotFields) -> None:
    if body.mode is not None and body.mode != at.mode:
        raise InputError(
            f"this dashboard runs {at.mode}; expected {at.mode!r} or nothing, was {body.mode!r}",
            field="mode",
            code="other_mode",
        )
