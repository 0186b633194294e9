"""The command `tradefleet`: the dashboard's powers in a terminal.

Each command imports what it needs when it runs, so that a bot's process stays small and `--help` is
quick. What went wrong is said in words, never as a trace: exit 1 cannot, exit 2 wrong usage.
"""

import sys
from importlib import import_module
from typing import Any

import click

from tradefleet import __version__
from tradefleet.domain.errors import TradefleetError

# Command → the room it lives in.
ROOMS = {
    "up": "system",
    "down": "system",
    "demo": "system",
    "login": "system",
    "panic": "system",
    "loss-limit": "money",
    "doctor": "doctor",
    "bot": "bots",
    "statement": "money",
    "settle": "money",
    "backup": "rescue",
    "restore": "rescue",
    "rebuild": "rescue",
    "exchange": "processes",
    "hub": "processes",
    "host": "processes",
    "strategy-worker": "processes",
    "backtest": "backtest",
    "verify": "verify",
    "optimise": "optimise",
    "strategy": "strategy",
    "data": "data",
    "export": "seed",
    "import": "seed",
}


class Commands(click.Group):
    """Finds commands in their rooms, and says errors instead of showing traces."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order people need them."""
        return list(ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command from its room; None if there is none of that name."""
        if cmd_name not in ROOMS:
            return None
        room = import_module(f"{__name__}.{ROOMS[cmd_name]}")
        command: click.Command = getattr(room, cmd_name.replace("-", "_") + "_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours becomes its text and exit code 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read our output has enough; click ends quietly
        except (TradefleetError, OSError) as error:
            click.echo(f"tradefleet: {error}", err=True)
            sys.exit(1)


@click.command(cls=Commands)
@click.version_option(__version__, prog_name="tradefleet")
def main() -> None:
    """Run a fleet of crypto spot trading bots."""
