"""`tradefleet backtest`: a bot on recorded candles, with the money it would have made or lost."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.backtest_options import (
    FILE,
    backtest_options,
    named,
    played_settings,
    wanted_by,
)
from tradefleet.interfaces.cli.output import print_table, say
from tradefleet.interfaces.cli.progress import telling_progress
from tradefleet.interfaces.cli.reports import check_targets, write_reports
from tradefleet.interfaces.cli.wallet import each_symbol, shared_settings, tell_symbols

if TYPE_CHECKING:
    from tradefleet.bootstrap.backtest import Ready, Wanted


@click.command("backtest")
@backtest_options
@click.option(
    "--max-open", type=click.IntRange(min=1), help="Positions at once; as many as symbols."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--decisions", is_flag=True, help="List every evaluation in it.")
@click.option(
    "--drawn", is_flag=True, help="Add to it what charts draw: price and curves, thinned."
)
@click.option("--report", type=FILE, help="Write a page with charts here (.html).")
@click.option("--csv", "table", type=FILE, help="Write the trades here.")
def backtest_command(
    as_json: bool,
    decisions: bool,
    drawn: bool,
    report: Path | None,
    table: Path | None,
    progress: float | None,
    **options: Any,
) -> None:
    """Play a bot on recorded candles; docs/backtests.md has the rules."""
    from tradefleet.bootstrap.backtest import ready

    try:
        check_targets(report, table)
        asked = each_symbol(options)
        wanted = [wanted_by(one) for one in asked]
        made = [ready(one) for one in wanted]
    except InputError as error:
        raise click.UsageError(named(error, options)) from None
    listed = Listed(decisions, drawn or report is not None, progress)
    if len(made) == 1:
        found = _alone(wanted[0], made[0], listed)
    else:
        found = _together(wanted, made, options["max_open"] or len(made), listed)
    for warning in found["warnings"]:
        say(f"warning: {warning}", err=True)
    if report or table:
        write_reports(found, report, table)
    if as_json or decisions or drawn:
        say(json.dumps(found, ensure_ascii=False))
    else:
        _tell(found)
    if not found["complete"]:
        sys.exit(1)


class Listed(NamedTuple):
    """What of a run is told: every evaluation, what charts draw, the progress every so often."""

    decisions: bool
    drawn: bool
    progress_s: float | None


def _alone(wanted: "Wanted", made: "Ready", listed: Listed) -> dict[str, Any]:
    from tradefleet.application.backtest.report import document
    from tradefleet.application.backtest.run import run

    with telling_progress(pause_s=listed.progress_s) as go_on:
        result = run(made.setup, made.decider, go_on)
    settings = played_settings(wanted, made.parameters)
    found = document(result, settings, with_decisions=listed.decisions)
    if listed.drawn:
        from tradefleet.application.backtest.drawing import drawn

        found["drawn"] = drawn(result)
    return found | {"warnings": [*made.warnings, *found["warnings"]]}


def _together(
    wanted: "Sequence[Wanted]", made: "Sequence[Ready]", places: int, listed: Listed
) -> dict[str, Any]:
    from tradefleet.application.backtest.together import run_together
    from tradefleet.application.backtest.wallet_report import wallet_document
    from tradefleet.bootstrap.backtest import cores

    workers = cores()
    setups, deciders = [one.setup for one in made], [one.decider for one in made]
    with telling_progress("moments", listed.progress_s) as go_on:
        together = run_together(setups, deciders, places, go_on, workers)
    asked = [played_settings(one, made[0].parameters) for one in wanted]
    settings = shared_settings(asked) | {"max_open": places, "wallet": plain(together.amount)}
    found = wallet_document(together, settings, with_decisions=listed.decisions, workers=workers)
    if listed.drawn:
        from tradefleet.application.backtest.drawing import drawn_together

        found["drawn"] = drawn_together(together)
    doubts = dict.fromkeys(warning for one in made for warning in one.warnings)
    return found | {"warnings": [*doubts, *found["warnings"]]}


SHOWN = (
    ("return", "total_return"),
    ("a year", "cagr"),
    ("deepest fall", "max_drawdown"),
    ("time under water", "time_under_water"),
    ("Sharpe", "sharpe"),
    ("Sortino", "sortino"),
    ("Calmar", "calmar"),
)
PARTS = {"total_return", "cagr", "max_drawdown", "time_under_water", "win_rate", "exposure"}


def _tell(found: dict[str, Any]) -> None:
    """Print the measures beside those of buying and holding."""
    measured, held = found["metrics"], found["metrics"]["buy_and_hold"]
    rows = [(label, _figure(key, measured), _figure(key, held)) for label, key in SHOWN]
    alone = ("trades", "win_rate", "profit_factor", "expectancy", "exposure", "fees", "net_profit")
    rows += [(key.replace("_", " "), _figure(key, measured), "") for key in alone]
    settings = found["settings"]
    symbol = settings.get("symbol") or f"{len(settings['symbols'])} symbols"
    print_table((settings["strategy"], symbol, "buy and hold"), rows, right=(1, 2))
    if "symbols" in measured:
        tell_symbols(measured["symbols"])
    if (as_good := found["chance"]["random_as_good"]) is not None:
        say(f"random entries, as many and as long, did as well in {100 * as_good:.0f} % of runs")


def _figure(key: str, measured: dict[str, Any]) -> str:
    value = measured[key]
    if value is None:
        return "-"
    if key in PARTS:
        return f"{100 * value:.2f} %"
    return f"{value:.2f}" if isinstance(value, float) else str(value)[:14]
