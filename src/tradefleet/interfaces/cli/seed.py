"""`tradefleet export` and `tradefleet import`: the JSON files of the sketch."""

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from tradefleet.bootstrap.installation import installation
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.output import print_json

folder_argument = click.argument(
    "folder", default=".", type=click.Path(path_type=Path, file_okay=False)
)


@click.command("export")
@folder_argument
@click.option("--json", "as_json", is_flag=True, help="Print what was left alone as JSON.")
def export_command(folder: Path, as_json: bool) -> None:
    """Write active_bots.json and bot_N_position.json into FOLDER (default: the working folder).

    A file of somebody else is never overwritten.
    """
    from tradefleet.application.hub_clock import HubClock
    from tradefleet.bootstrap.seed_files import export

    made = installation(secrets=False)
    made.migrate()
    foreign = export(made, folder, HubClock(made.snapshots, made.clock))
    if as_json:
        print_json({"folder": folder.resolve(), "left_alone": foreign})
    else:
        click.echo(f"The bots are written to {folder.resolve()}.")
    for name in () if as_json else foreign:
        click.echo(f"{name} was written by another program and is left as it is.", err=True)
    if foreign:
        sys.exit(1)


@click.command("import")
@folder_argument
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="BOT=QTY",
    help="What a bot's position holds, as 1=0.002; the older files do not say it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; asks nothing.")
def import_command(folder: Path, quantities: tuple[str, ...], as_json: bool) -> None:
    """Take over an older system's bots from FOLDER (default: the working folder).

    Its files are only read. How much a position holds is taken from --quantity, from the
    exchange's own record of trades, or asked for; it is never guessed.

    Where the store was lost, the files in the data folder give the bots back, and `tradefleet
    rebuild` then tells their books.
    """
    from tradefleet.bootstrap.fleet import fleet, look_at_exchange
    from tradefleet.bootstrap.seed_files import SeedPosition, account_quantities, seed_import

    told = dict(_quantity(word) for word in quantities)
    made = installation()
    made.migrate()
    look_at_exchange(made)

    def ask(position: SeedPosition) -> Decimal | None:
        if as_json or not sys.stdin.isatty():
            return None
        answer: Decimal = click.prompt(
            f"How much does bot {position.bot_id} hold of {position.symbol}, bought at "
            f"{plain(position.entry_price)}? (0 = not known)",
            value_proc=_amount,
        )
        return answer or None

    found = seed_import(made, fleet(made), folder, account_quantities(made, told, ask)).run(folder)
    if as_json:
        print_json({"taken": found.taken, "left_out": found.left_out})
    else:
        _tell(found.taken, "Taken over:", "Nothing was taken over.")
        _tell(found.left_out, "Left out:", "")
    if not found.taken:
        sys.exit(1)


def _tell(sentences: tuple[str, ...], head: str, nothing: str) -> None:
    if sentences or nothing:
        click.echo(head if sentences else nothing)
    for sentence in sentences:
        click.echo(f"  {sentence}")


def _quantity(word: str) -> tuple[int, Decimal]:
    bot_id, equals, text = word.partition("=")
    if not (equals and bot_id.isascii() and bot_id.isdigit()):
        raise click.BadParameter(f"expected BOT=QTY such as 1=0.002, was {word!r}")
    quantity = _amount(text)
    if not quantity:
        raise click.BadParameter(f"expected a quantity above 0, was {text!r}")
    return int(bot_id), quantity


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not (text.isascii() and value.is_finite() and value >= 0):
        raise click.BadParameter(f"expected a number such as 0.002, was {text!r}")
    return value
