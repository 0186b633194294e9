"""The command `tradefleet`."""

import click

from tradefleet import __version__


@click.group()
@click.version_option(__version__, prog_name="tradefleet")
def main() -> None:
    """Run a fleet of crypto spot trading bots."""
