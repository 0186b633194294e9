"""`tradefleet strategy check`: whether a backtest of a strategy can be believed."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradefleet.application.honesty import PLACES, examine
from tradefleet.domain.candle import INTERVALS
from tradefleet.domain.errors import InputError
from tradefleet.interfaces.cli.output import print_json, say
from tradefleet.interfaces.cli.words import read_parameter

if TYPE_CHECKING:
    from tradefleet.application.honesty import Report

VERDICTS = {True: "holds", False: "BROKEN", None: "unknown"}
WITHOUT_NEWS = "it reads news, and was asked without any"


@click.group("strategy")
def strategy_command() -> None:
    """Look at strategies."""


@strategy_command.command("check")
@click.argument("key")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Parquet, CSV or dump, or a folder of them; without it what is kept of --symbol.",
)
@click.option("--symbol", default="", help="What the candles are of, where the name does not say.")
@click.option("--interval", default="", type=click.Choice(["", *INTERVALS]))
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Of the strategy.")
@click.option(
    "--places",
    default=PLACES,
    show_default=True,
    type=click.IntRange(min=10),
    help="Candles it is asked about.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check_strategy(
    key: str,
    data: Path | None,
    symbol: str,
    interval: str,
    params: tuple[str, ...],
    places: int,
    as_json: bool,
) -> None:
    """Ask whether a strategy looks ahead, warms up too short or says one thing and another.

    Exit 0: every law holds. 1: one does not, or nothing can be told. 2: wrong usage.
    """
    from tradefleet.bootstrap.honesty import maker, recording

    try:
        parameters = dict(map(read_parameter, params))
        make = maker(key, parameters)
        found = recording(data, symbol.upper(), interval)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    report = examine(make, found.candles, places)
    remarks = [*report.remarks, *([WITHOUT_NEWS] if make().needs_news else [])]
    if as_json:
        about = {"strategy": key, "parameters": parameters, "symbol": found.symbol}
        checks = [asdict(check) for check in report.checks]
        verdict = {"honest": report.is_honest, "checks": checks, "remarks": remarks}
        print_json(about | {"interval": found.interval} | verdict)
    else:
        _tell(key, report, remarks)
    if not report.is_honest:
        sys.exit(1)


def _tell(key: str, report: "Report", remarks: list[str]) -> None:
    for check in report.checks:
        say(f"{VERDICTS[check.held]:7}  {check.law}: {check.sentence}")
    for remark in remarks:
        say(f"remark   {remark}")
    honest = "every law holds" if report.is_honest else "do not believe a backtest of it"
    say(f"{key}: {honest}")
