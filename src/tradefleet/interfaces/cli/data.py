"""`tradefleet data …`: candles checked, taken into the data folder, and listed."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tradefleet.domain.candle import INTERVALS
from tradefleet.domain.sanity import SIGMAS
from tradefleet.interfaces.cli.download import download_command
from tradefleet.interfaces.cli.output import moment, print_json, print_table

if TYPE_CHECKING:
    from tradefleet.bootstrap.candles import Holding, Imported, Report

T = TypeVar("T", bound=Callable[..., Any])

SPAN = ("symbol", "interval", "candles", "first", "last", "gaps", "missing")
CHECKED = (*SPAN, "longest", "first gap")
TAKEN = (*SPAN, "new", "other")
KEPT = (*SPAN, "size", "from")
COUNTS = (2, 5, 6, 7)
MOST_SOURCES = 2
HOW_TO_FILL = "tradefleet data download SYMBOL --from DAY, or tradefleet data import FILE"


@click.group("data")
def data_command() -> None:
    """Candles on your disk: download, import, check and list them."""


data_command.add_command(download_command)


def _symbol(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Refuse what would lead out of the catalogue's folder as a part of a file name."""
    if text and not (text.isascii() and text.isalnum()):
        raise click.BadParameter(f"expected a symbol such as BTCUSDT, was {text!r}")
    return text.upper()


def _content_options(function: T) -> T:
    options = (
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


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@data_command.command("check")
@click.argument("what", nargs=-1, metavar="[FILE|SYMBOL]...")
@click.option(
    "--sigmas",
    default=SIGMAS,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Moves so many standard deviations wide are pointed out.",
)
@_content_options
def check_candles(
    what: tuple[str, ...], sigmas: float, symbol: str, interval: str, as_json: bool
) -> None:
    """Say what is in candle files or kept of a symbol (of all, if none is named).

    Exit code 1 if candles cannot be true; gaps and hints are told and are no failure.
    """
    from tradefleet.bootstrap.candles import check, check_kept, is_file

    reports: list[Report] = []
    for word in what:
        if is_file(word):
            reports.append(check(Path(word), symbol, interval, sigmas))
        else:
            reports += _checked(check_kept, word.upper(), interval, sigmas)
    if not what:
        reports += _checked(check_kept, symbol, interval, sigmas)
    _tell_checked(reports, as_json)


def _checked(check_kept: Any, symbol: str, interval: str, sigmas: float) -> "list[Report]":
    from tradefleet.bootstrap.installation import installation

    folder = installation(secrets=False).folder
    found = list(check_kept(folder, symbol, interval, sigmas))
    if not found:
        wanted = " ".join(word for word in (symbol, interval) if word) or "anything"
        click.echo(f"{folder.candles} has no candles of {wanted}: {HOW_TO_FILL}", err=True)
        sys.exit(1)
    return found


@data_command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Where candles differ, take the file's.")
@_content_options
def import_files(
    files: tuple[Path, ...], replace: bool, symbol: str, interval: str, as_json: bool
) -> None:
    """Take candle files, or whole folders of them, into the data folder.

    What is there already stays; where a file tells other figures, this is said (exit code 1) and
    nothing is changed, unless --replace.
    """
    from tradefleet.bootstrap.candles import keep
    from tradefleet.bootstrap.installation import installation

    folder = installation(secrets=False).folder
    done = [
        report for file in files for report in keep(folder, file, symbol, interval, replace=replace)
    ]
    tell_taken(done, as_json, replace)


@data_command.command("list")
@json_option
def list_kept(as_json: bool) -> None:
    """List the candles kept in the data folder, and those the hub recorded for its bots."""
    from tradefleet.bootstrap.candles import kept
    from tradefleet.bootstrap.installation import installation

    folder = installation(secrets=False).folder
    found = kept(folder)
    if as_json:
        print_json([holding.as_json() for holding in found])
    elif not found:
        click.echo(f"{folder.candles} has no candles yet: {HOW_TO_FILL}")
    else:
        sound = [holding for holding in found if not holding.problem]
        rows = [(*_span(one), _size(one.size), _sources(one)) for one in sound]
        print_table(KEPT, rows, right=COUNTS)
    _tell_problems(found)


def _tell_checked(reports: "Sequence[Report]", as_json: bool) -> None:
    """Print the reports; exit 1 if a file cannot be used."""
    if as_json:
        print_json([report.as_json() for report in reports])
    else:
        readable = [report for report in reports if report.rows]
        rows = [
            (*_span(one), _length(one.gaps.longest), moment(one.gaps.first_at)) for one in readable
        ]
        if rows:
            print_table(CHECKED, rows, right=COUNTS)
        for report in readable:
            _tell_oddities(report)
    _tell_problems(reports)


def _tell_oddities(report: "Report") -> None:
    for odd in report.oddities:
        most = ""
        if odd.kind == "jump":
            most = f", the largest {100 * odd.most:.1f} %"
        elif odd.most:
            most = f", the longest {odd.most:.0f} candles"
        click.echo(
            f"{report.symbol} {report.interval}: {'' if odd.wrong else 'hint: '}{odd.count:,} × "
            f"{odd.says}{most}; first in row {odd.first_row:,}, {moment(odd.first_at)}"
        )


def tell_taken(done: "Sequence[Imported]", as_json: bool, replaced: bool = False) -> None:
    """Print what became of files; exit 1 if one was refused or told other figures."""
    if as_json:
        print_json([report.as_json() for report in done])
    elif rows := [(*_span(one), one.added, one.conflicts) for one in done if not one.problem]:
        print_table(TAKEN, rows, right=(*COUNTS, 8))
    different = [report for report in done if report.conflicts]
    outcome = "the file's were taken" if replaced else "kept as they were; --replace takes these"
    for report in different:
        click.echo(
            f"{report.path}: {report.conflicts:,} candles differ from those kept, the first at "
            f"{moment(report.first_conflict)}: {outcome}",
            err=True,
        )
    _tell_problems(done)
    if different and not replaced:
        sys.exit(1)


def _tell_problems(reports: "Iterable[Report | Holding | Imported]") -> None:
    refused = [report for report in reports if report.problem]
    for report in refused:
        click.echo(f"{report.path} cannot be used: {report.problem}", err=True)
    if refused:
        sys.exit(1)


def _span(found: "Report | Holding | Imported") -> tuple[Any, ...]:
    return (
        found.symbol,
        found.interval,
        found.rows,
        moment(found.first),
        moment(found.last),
        found.gaps.count,
        found.gaps.candles,
    )


def _sources(holding: "Holding") -> str:
    if holding.tape:
        return f"tape of {holding.tape}"
    newest = holding.sources[::-1][:MOST_SOURCES]
    more = len(holding.sources) - len(newest)
    return ", ".join(newest) + (f" and {more} more" if more else "")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _length(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "-"
