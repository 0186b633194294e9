"""`python -m tradefleet.exchange`: the exchange on its own, on the synthetic market."""

import logging
import sys
from pathlib import Path
from typing import Any

import click

from tradefleet.domain.errors import TradefleetError
from tradefleet.exchange.account_files import balances_of
from tradefleet.exchange.clock import WallClock
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.opening import Options
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.server import serve


def synthetic(seed: int, state: dict[str, Any] | None) -> Market:
    """Return the synthetic market, new or continued."""
    return SyntheticMarket(WallClock(), seed, state)


@click.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=5002)
@click.option("--seed", type=int)
@click.option("--state", type=click.Path(path_type=Path), default=Path("data/exchange"))
@click.option("--fresh", is_flag=True)
@click.option("--api-key", default="")
@click.option("--api-secret", default="")
@click.option("--accounts", type=click.Path(path_type=Path))
@click.option("--balance", multiple=True)
@click.option("--faults", type=click.Path(path_type=Path))
@click.option("--ready-file", type=click.Path(path_type=Path))
@click.option("--watch", type=click.Path(path_type=Path))
def main(balance: tuple[str, ...], **options: Any) -> None:
    """Run the built-in exchange."""
    logging.basicConfig(level=logging.WARNING)
    balances = balances_of(dict(word.partition("=")[::2] for word in balance))
    try:
        serve(Options(**options, balances=balances), synthetic, click.echo)
    except TradefleetError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
