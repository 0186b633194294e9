"""`tradefleet optimise`: parameters chosen on one part of the past, judged by the next."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from tradefleet.domain.candle import DAY, duration_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.folds import Split
from tradefleet.interfaces.cli.backtest_options import (
    FILE,
    backtest_options,
    named,
    played_settings,
    wanted_by,
)
from tradefleet.interfaces.cli.output import print_table, say
from tradefleet.interfaces.cli.progress import telling_progress
from tradefleet.interfaces.cli.wallet import only_symbol
from tradefleet.ports.trials import METHODS, MOST_TRIALS, OBJECTIVES

if TYPE_CHECKING:
    from tradefleet.bootstrap.optimise import Hunt


@click.command("optimise")
@backtest_options
@click.option(
    "--space",
    multiple=True,
    metavar="NAME=LOW:HIGH[:STEP]",
    help="What to try, or NAME=a,b,c; stop_loss and take_profit too. Several times.",
)
@click.option(
    "--method", default="tpe", type=click.Choice(METHODS), show_default=True, help="Of searching."
)
@click.option(
    "--trials",
    default=200,
    show_default=True,
    type=click.IntRange(2, MOST_TRIALS),
    help="Combinations tried, by tpe in each fold; a grid tries all.",
)
@click.option(
    "--objective",
    default="sharpe",
    type=click.Choice(OBJECTIVES),
    show_default=True,
    help="What the best is the best in.",
)
@click.option("--folds", type=click.IntRange(1, 1_000), help="Parts to test on; 5.")
@click.option("--train", metavar="DAYS", help="Length of a part to choose by, such as 90d.")
@click.option("--test", metavar="DAYS", help="Length of a part to test on, such as 30d.")
@click.option("--anchored", is_flag=True, help="Choose by all that came before a test.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--jobs", default=0, type=click.IntRange(0, 1_024), help="Processes; one a core.")
@click.option("--study", type=FILE, help="File that keeps every trial.")
@click.option("--resume", is_flag=True, help="Go on with it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def optimise_command(as_json: bool, **options: Any) -> None:
    """Look for good parameters, and tell whether they are any better than chance.

    docs/optimisation.md has the rules. Exit 0: done, whatever the verdict. 1: it cannot run, or was
    interrupted. 2: wrong usage.
    """
    from tradefleet.application.optimisation.report import document
    from tradefleet.application.optimisation.walk import walk
    from tradefleet.bootstrap.optimise import prepare

    try:
        hunt, wanted = _hunt(options), wanted_by(only_symbol(options))
        made = prepare(wanted, hunt)
    except InputError as error:
        raise click.UsageError(named(error, options)) from None
    with telling_progress("trials", options["progress"]) as go_on:
        way = walk(made.plan, made.trials, go_on)
    found = document(way, played_settings(wanted, made.parameters) | _asked(options))
    found["warnings"] = [*made.warnings, *found["warnings"]]
    for warning in found["warnings"]:
        say(f"warning: {warning}", err=True)
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    else:
        _tell(found)
    if not found["complete"]:
        sys.exit(1)


def _hunt(options: dict[str, Any]) -> "Hunt":
    from tradefleet.bootstrap.optimise import Hunt

    if options["resume"] and options["study"] is None:
        raise InputError("--resume: expected --study FILE, the study to go on with")
    return Hunt(
        words=options["space"],
        trials=options["trials"],
        method=options["method"],
        objective=options["objective"],
        seed=options["seed"],
        split=Split(
            options["folds"],
            _days(options["train"], "--train"),
            _days(options["test"], "--test"),
            options["anchored"],
        ),
        jobs=options["jobs"],
        study=options["study"],
        resume=options["resume"],
    )


def _days(text: str | None, option: str) -> int | None:
    """Return a length of time in days."""
    if text is None:
        return None
    milliseconds = duration_ms(text)
    if milliseconds % DAY:
        raise InputError(f"{option}: expected whole days, such as 90d, was {text!r}")
    return milliseconds // DAY


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for beyond a backtest, as JSON values."""
    names = ("method", "trials", "objective", "folds", "train", "test", "anchored", "seed")
    return {"space": list(options["space"])} | {name: options[name] for name in names}


def _tell(found: dict[str, Any]) -> None:
    verdict = found["verdict"]
    say(f"verdict: {verdict['word']}")
    for reason in verdict["reasons"]:
        say(f"  {'yes' if reason['held'] else 'NO '}  {reason['sentence']}")
    say("")
    head = ("tested", "chosen", "in sample", "out of sample", "Sharpe", "Sharpe", "held", "trades")
    rows = [_row(fold) for fold in found["folds"]]
    if found["latest"]:
        rows.append(_row(found["latest"]))
    if (whole := found["out_of_sample"]) is not None:
        rows.append(_sum(found["in_sample"], whole))
    print_table(head, rows, right=range(2, 8))
    say("(Sharpe ratios: in sample, then out of sample; held: buying and holding)")
    if (search := found["overfitting"]) is not None:
        say(_search(search, found["in_sample"]))


def _row(fold: dict[str, Any]) -> tuple[str, ...]:
    before, after = fold["in_sample"], fold["out_of_sample"]
    chosen = " ".join(f"{name}={value}" for name, value in fold["parameters"].items())
    if after is None:
        own = (_part(before["total_return"]), "-", _number(before["sharpe"]), "-", "-", "-")
        return ("to come", chosen, *own)
    return (
        " to ".join(map(_day, fold["test"])),
        chosen,
        _part(before["total_return"]),
        _part(after["total_return"]),
        _number(before["sharpe"]),
        _number(after["sharpe"]),
        _part(after["buy_and_hold"]),
        str(after["trades"]),
    )


def _sum(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    return (
        "together",
        "(in sample: on average)",
        _part(before["mean_return"]),
        _part(after["total_return"]),
        _number(before["mean_sharpe"]),
        _number(after["sharpe"]),
        _part(after["buy_and_hold"]["total_return"]),
        str(after["trades"]),
    )


def _search(search: dict[str, Any], before: dict[str, Any]) -> str:
    best, luck = before["best_sharpe"], search["expected_maximum_sharpe"]
    return (
        f"{search['trials']:,} trials; the best of all days has a Sharpe ratio of {_number(best)},"
        f" luck alone would make it {_number(luck)};"
        f" probability of overfitting {_part(search['probability'])}"
    )


def _day(at: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d}"


def _part(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
