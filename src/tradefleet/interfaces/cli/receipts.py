"""What a stop came to: waited for, and printed."""

import time
from collections.abc import Callable, Sequence

import click

from tradefleet.application.stop_receipt import Receipt
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.bot import Status
from tradefleet.interfaces.cli.output import print_json
from tradefleet.interfaces.wire import wire
from tradefleet.ports.halts import BotReceipt


def await_receipts(
    made: Installation,
    asked: Sequence[Receipt],
    told: Callable[[], Sequence[BotReceipt]],
    wait_s: int,
) -> Sequence[BotReceipt]:
    """Wait until every bot that can has told what rests at the exchange; return what was told.

    Who does not run is started by the host to ask; where no host lives either, nobody is waited
    for.
    """
    host = made.folder.holder("host") is not None
    able = {one.bot_id for one in asked if host or one.status is not Status.STOPPED}
    until = time.monotonic() + wait_s
    while True:
        found = told()
        missing = able - {receipt.bot_id for receipt in found}
        if not missing or time.monotonic() >= until:
            return found
        time.sleep(0.2)


def print_receipts(asked: Sequence[Receipt], told: Sequence[BotReceipt], *, as_json: bool) -> None:
    """Print what each bot found, or what it was asked for where it has not told yet."""
    found = {receipt.bot_id: receipt for receipt in told}
    if as_json:
        print_json([wire(one) | {"told": wire(found.get(one.bot_id))} for one in asked])
        return
    for one in asked:
        receipt = found.get(one.bot_id)
        if receipt is not None:
            click.echo(receipt.sentence)
        elif one.quantity or one.status is not Status.STOPPED:
            click.echo(f"{one.sentence} Not confirmed at the exchange yet: `tradefleet bot list`.")
        else:
            click.echo(one.sentence)
    if not asked:
        click.echo("No bot was running and none holds anything.")
