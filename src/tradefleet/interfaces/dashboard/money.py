"""Whose money the wallet holds, over HTTP, and what a person says about what is missing."""

from typing import Any

from flask_openapi.blueprint import APIBlueprint

from tradefleet.application.settlement import Choice
from tradefleet.application.statement import statement
from tradefleet.interfaces.dashboard.docs import ANSWERS
from tradefleet.interfaces.dashboard.guard import actor
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.dashboard.shapes import BotPath, Settle
from tradefleet.interfaces.wire import wire

ROUTES = APIBlueprint("money", __name__, url_prefix="/api", abp_responses=ANSWERS)


@ROUTES.get("/statement")
def the_statement() -> dict[str, Any]:
    """Return what bots own of each asset and the rest: together the wallet, to the last digit.

    `unallocated` is below 0 where bots own more than there is; `seen_at` is null while the wallet
    was never seen.
    """
    at = services()
    wallet = at.market.wallet()
    if wallet is None:
        return {"seen_at": None, "assets": []}
    balances, seen_at = wallet
    lines = statement(at.parts.bots.all(), at.parts.records.totals(), balances).values()
    return {
        "seen_at": seen_at,
        "assets": [
            {
                "asset": line.asset,
                "bots": wire(line.owned),
                "unallocated": wire(line.rest),
                "wallet": wire(line.wallet),
                "holders": [
                    {"bot": bot, "amount": wire(amount)} for bot, amount in line.holders.items()
                ],
            }
            for line in lines
        ],
    }


@ROUTES.post("/bot/<int:bot_id>/settle")
def settle(path: BotPath, body: Settle) -> dict[str, Any]:
    """Say what became of coins or money that a bot owns and the wallet does not hold.

    `adopt`: sold by hand, the bot gets the market price out of the unallocated rest; `write-off`:
    gone, nothing came for it; `resume`: it is back, or an order of the bot that was cancelled by
    hand was seen. A running bot stops meanwhile and then goes on; `resume` does not stop it.
    """
    sentence = services().settlement.settle(path.bot_id, Choice(body.choice), actor())
    return {"sentence": sentence}
