"""`tradefleet backup`, `restore`, `rebuild`: when the store is lost, damaged or old."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradefleet.bootstrap.installation import installation
from tradefleet.domain.instrument import plain

if TYPE_CHECKING:
    from tradefleet.bootstrap.rescue import Rebuilding

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(file: Path) -> None:
    """Write a copy of the store to FILE, whole and checked, while everything runs."""
    from tradefleet.bootstrap.rescue import back_up

    made = installation(secrets=False)
    back_up(made.store, file.resolve())
    click.echo(f"The store of the {made.mode} mode is in {file.resolve()}.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@yes_option
def restore_command(file: Path, yes: bool) -> None:
    """Put the backup FILE in the store's place; nothing may run meanwhile.

    The store that is there is kept beside it. Every bot is stopped, and its books are those of the
    backup until `tradefleet rebuild` reads from the exchange what it traded since.
    """
    from tradefleet.bootstrap.rescue import put_back

    made = installation(secrets=False)
    if not yes:
        click.confirm(f"Replace the store of the {made.mode} mode?", abort=True)
    kept = put_back(made, file.resolve())
    click.echo(f"{file} is restored; every bot is stopped.")
    if kept is not None:
        click.echo(f"What stood there is kept as {kept}.")
    for bot in made.bots.all():
        click.echo(f"Then, for what it traded since: tradefleet rebuild {bot.id}")


@click.command("rebuild")
@click.argument("bot_id", type=int)
@click.option("--installation", "name", default="", help="Whose orders, where the store was lost.")
@click.option(
    "--backed-up", is_flag=True, help="You made a backup of a store on a PostgreSQL server."
)
@yes_option
def rebuild_command(bot_id: int, name: str, backed_up: bool, yes: bool) -> None:
    """Read the books of BOT_ID from the exchange alone: its orders, and the trades they made.

    The bot must be stopped. Both results are shown before anything is replaced, and a copy of the
    store is kept.
    """
    from tradefleet.bootstrap.rescue import rebuild_books

    made = installation()
    made.migrate()

    def agree(plan: "Rebuilding") -> bool:
        _show(plan)
        if plan.is_same:
            click.echo("The books are the same, entry by entry.")
            return True  # what rests at the exchange is still brought up to date
        return yes or click.confirm("Replace the books of the store?")

    if not rebuild_books(made, bot_id, name, agree, is_backed_up=backed_up):
        click.echo("Nothing was changed.")
        sys.exit(1)
    click.echo(f"The books of bot {bot_id} are those of the exchange.")


def _show(plan: "Rebuilding") -> None:
    before, after = plan.before, plan.rebuilt.ledger
    rows = (
        ("cash", before.cash, after.cash),
        ("position", before.quantity, after.position.quantity),
        ("dust", before.dust, after.dust),
        ("profit", before.profit, after.profit),
    )
    click.echo(f"Orders of installation {plan.installation}: {len(plan.rebuilt.entries)} entries")
    for label, stored, told in rows:
        click.echo(f"  {label}: the store says {plain(stored)}, the exchange {plain(told)}")
    if plan.backup is not None:
        click.echo(f"The store as it is now is kept as {plan.backup}.")
