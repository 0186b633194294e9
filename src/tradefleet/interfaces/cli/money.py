"""`tradefleet statement`, `settle` and `loss-limit`: whose money it is, and how much was lost."""

import sys

import click

from tradefleet.application.settlement import Choice
from tradefleet.application.statement import statement
from tradefleet.bootstrap.installation import installation
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.output import print_json, print_table
from tradefleet.interfaces.wire import wire

ACTOR = "command line"


@click.command("statement")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def statement_command(as_json: bool) -> None:
    """Print what bots own of each asset and the rest: together the wallet, to the last digit.

    Exits 1 where bots own more than the wallet holds.
    """
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange

    made = installation()
    made.migrate()
    look_at_exchange(made)
    balances, seen_at = fleet(made).wallet()
    lines = statement(made.bots.all(), made.records.totals(), balances).values()
    if as_json:
        rows = [
            {
                "asset": line.asset,
                "bots": line.owned,
                "unallocated": line.rest,
                "wallet": line.wallet,
                "holders": {str(bot): amount for bot, amount in line.holders.items()},
            }
            for line in lines
        ]
        print_json({"seen_at": seen_at, "assets": rows})
    else:
        shown = [
            (line.asset, plain(line.owned), plain(line.rest), plain(line.wallet)) for line in lines
        ]
        print_table(("asset", "bots own", "unallocated", "wallet"), shown, right=(1, 2, 3))
    if any(line.missing for line in lines):
        sys.exit(1)


@click.command("settle")
@click.argument("bot_id", type=int)
@click.argument("choice", type=click.Choice([choice.value for choice in Choice]))
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def settle_command(bot_id: int, choice: str, as_json: bool) -> None:
    """Say what became of coins or money that BOT_ID owns and the wallet does not hold.

    adopt: they were sold by hand; the bot gets the market price out of the unallocated rest.
    write-off: they are gone, and nothing came for them. resume: they are back, or: that an order of
    the bot was cancelled at the exchange is right, and it may go on.
    """
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange
    from tradefleet.bootstrap.settlement import settlement

    made = installation()
    made.migrate()
    look_at_exchange(made)
    said = settlement(made, fleet(made), "settle").settle(bot_id, Choice(choice), ACTOR)
    if as_json:
        print_json({"bot": bot_id, "choice": choice, "sentence": said})
    else:
        click.echo(f"{said}.")


@click.command("loss-limit")
@click.option("--reset", is_flag=True, help="Count the day's loss anew, so that bots buy again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def loss_limit_command(reset: bool, as_json: bool) -> None:
    """Print what all bots lost today (UTC) and how far DAILY_LOSS_LIMIT is.

    --reset lets every bot lose the whole limit once more before entries pause; it stands in the
    activity log.
    """
    from tradefleet.bootstrap.fleet import overviews

    made = installation(secrets=False)
    made.migrate()
    at = overviews(made)
    if reset and not at.surroundings.loss_limit:
        raise InputError("there is no limit to reset: DAILY_LOSS_LIMIT is 0 in your settings")
    now = at.clock.now()
    loss = at.surroundings.loss(now)
    if reset:
        loss = at.surroundings.reset(now, ACTOR, made.activities)
    if as_json:
        print_json({**wire(loss), "text": loss.text, "reached": loss.is_reached})
        return
    begun = "Counted anew; bots may buy. " if reset else ""
    paused = " Entries of all bots pause until midnight UTC." if loss.is_reached else ""
    click.echo(f"{begun}All bots together: {loss.text}.{paused}")
