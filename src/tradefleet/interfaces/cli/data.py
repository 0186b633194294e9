"""`tradefleet data …`: candle files checked, kept and listed."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tradefleet.domain.candle import INTERVALS
from tradefleet.interfaces.cli.output import print_json, print_table

if TYPE_CHECKING:
    from tradefleet.bootstrap.candles import Report

T = TypeVar("T", bound=Callable[..., Any])

HEAD = ("symbol", "interval", "candles", "first", "last", "gaps", "missing", "longest", "first gap")
COUNTS = (2, 5, 6, 7)


@click.group("data")
def data_command() -> None:
    """Check, keep and list files of recorded candles."""


def _file_options(function: T) -> T:
    options = (
        click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.option(
            "--symbol",
            default="",
            callback=_symbol,
            help="What they are of, where the name does not say.",
        ),
        click.option("--interval", default="", type=click.Choice(["", *INTERVALS])),
        json_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


def _symbol(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Refuse what would lead out of the catalogue's folder as a part of a file name."""
    if text and not (text.isascii() and text.isalnum()):
        raise click.BadParameter(f"expected a symbol such as BTCUSDT, was {text!r}")
    return text.upper()


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@data_command.command("check")
@_file_options
def check_files(files: tuple[Path, ...], symbol: str, interval: str, as_json: bool) -> None:
    """Say what is in candle files, and what is missing in them."""
    from tradefleet.bootstrap.candles import check

    _tell([check(file, symbol, interval) for file in files], as_json)


@data_command.command("import")
@_file_options
def import_files(files: tuple[Path, ...], symbol: str, interval: str, as_json: bool) -> None:
    """Keep candle files in the data folder, in place of older ones of the same candles."""
    from tradefleet.bootstrap.candles import keep
    from tradefleet.bootstrap.installation import installation

    folder = installation(secrets=False).folder
    _tell([keep(folder, file, symbol, interval) for file in files], as_json)


@data_command.command("list")
@json_option
def list_files(as_json: bool) -> None:
    """List the recordings kept in the data folder."""
    from tradefleet.bootstrap.candles import kept
    from tradefleet.bootstrap.installation import installation

    folder = installation(secrets=False).folder
    found = kept(folder)
    if not found and not as_json:
        click.echo(f"{folder.candles} keeps no recordings yet: tradefleet data import FILE")
    else:
        _tell(found, as_json)


def _tell(reports: "Sequence[Report]", as_json: bool) -> None:
    """Print the reports; exit 1 if a file cannot be used."""
    refused = [report for report in reports if report.problem]
    if as_json:
        print_json([report.as_json() for report in reports])
    else:
        if good := [report for report in reports if not report.problem]:
            print_table(HEAD, [_row(report) for report in good], right=COUNTS)
        for report in refused:
            click.echo(f"{report.path} cannot be used: {report.problem}", err=True)
    if refused:
        sys.exit(1)


def _row(report: "Report") -> tuple[Any, ...]:
    gaps = report.gaps
    return (
        report.symbol,
        report.interval,
        report.rows,
        _moment(report.first),
        _moment(report.last),
        gaps.count,
        gaps.candles,
        _length(gaps.longest),
        _moment(gaps.first_at),
    )


def _moment(at: int | None) -> str:
    return "-" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _length(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "-"
