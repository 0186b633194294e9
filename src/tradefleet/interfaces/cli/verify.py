"""`tradefleet verify`: the real bot on the same candles, beside what the backtest says of it."""

import sys
import time
from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tradefleet.domain.errors import InputError
from tradefleet.interfaces.cli.backtest_options import (
    backtest_options,
    named,
    played_settings,
    wanted_by,
)
from tradefleet.interfaces.cli.output import print_json, print_table, say
from tradefleet.interfaces.cli.progress import telling_progress
from tradefleet.interfaces.cli.wallet import only_symbol

if TYPE_CHECKING:
    from tradefleet.application.parity.comparison import Compared
    from tradefleet.bootstrap.backtest import Ready, Wanted

    Verified = tuple[Wanted, Ready, Compared, bool]

SHOWN = 20
UNPLAYED = {
    "trailing_stop": "a bot moves a stop within the candle, a backtest at its close",
    "break_even": "a bot moves a stop within the candle, a backtest at its close",
    "detail": "the exchange plays each candle as open, low, high, close",
}


@click.command("verify")
@backtest_options
@click.option("--bot", "bot_id", type=int, metavar="ID", help="Explain what this bot did.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify_command(as_json: bool, bot_id: int | None, **options: Any) -> None:
    """Let the real bot trade recorded candles at the built-in exchange, and compare.

    With --bot: compare what a bot of this data folder did on paper or live.

    docs/parity.md has what is compared. Exit 0: no difference. 1: there are some, or it cannot run,
    or was interrupted. 2: wrong usage.
    """
    from tradefleet.application.parity.report import document

    began = time.monotonic()
    try:
        if bot_id is None:
            wanted, made, compared, is_complete = _replayed(options)
        else:
            wanted, made, compared, is_complete = _lived(bot_id, options)
    except InputError as error:
        raise click.UsageError(named(error, options)) from None
    for warning in made.warnings:
        say(f"warning: {warning}", err=True)
    settings = played_settings(wanted, made.parameters)
    found = document(compared, settings, time.monotonic() - began, is_complete=is_complete)
    if as_json:
        print_json(found)
    else:
        _tell(found)
    sys.exit(1 if compared.differences or not is_complete else 0)


def _replayed(options: dict[str, Any]) -> "Verified":
    from tradefleet.bootstrap.backtest import ready

    wanted = wanted_by(_one(options))
    made = ready(wanted)
    return wanted, made, *_played(wanted, made, options["progress"])


def _lived(bot_id: int, options: dict[str, Any]) -> "Verified":
    from tradefleet.application.backtest.run import run
    from tradefleet.application.parity.comparison import compare
    from tradefleet.application.parity.life import explain
    from tradefleet.bootstrap.installation import installation
    from tradefleet.bootstrap.life import life_of

    for name in ("strategy", "symbol", "rules", "start", "end", "params"):
        if options[name]:
            raise InputError("expected none with --bot: the bot has its own", field=name)
    if len(options["data"]) > 1:
        raise InputError("expected the candles of one symbol", field="data")
    made = installation(secrets=False)
    made.migrate()
    data = next(iter(options["data"]), None)
    life = life_of(made, bot_id, options["fee"], data, options["news"])
    result = run(life.made.setup, life.made.decider)
    return life.wanted, life.made, explain(compare(result, life.lived), result, life.lived), True


def _one(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the one symbol; `InputError` where a bot cannot be compared."""
    if not options["strategy"] or not options["symbol"]:
        raise InputError("expected --strategy and --symbol, or --bot ID")
    for name, why in UNPLAYED.items():
        if options[name]:
            raise InputError(f"expected none, because it cannot be compared: {why}", field=name)
    return only_symbol(options)


def _played(wanted: "Wanted", made: "Ready", progress_s: float | None) -> tuple["Compared", bool]:
    """Return the comparison of what the bot saw, and whether it saw everything."""
    from tradefleet.application.backtest.run import run
    from tradefleet.application.parity.comparison import compare
    from tradefleet.bootstrap.parity import Terms, walk

    with telling_progress(pause_s=progress_s) as go_on:
        walked = walk(made, Terms(wanted.assumptions.fee, wanted.rules), go_on)
    seen, everything = (len(setup.candles) for setup in (walked.setup, made.setup))
    first = made.setup.first
    if seen == first:
        say("interrupted before the first evaluation: there is nothing to compare", err=True)
        sys.exit(1)
    if seen < everything:
        told = f"interrupted after {seen - first:,} of {everything - first:,} candles"
        say(f"{told}: they are compared", err=True)
    return compare(run(walked.setup, made.decider), walked.lived), seen == everything


def _relaxed(option: click.Parameter) -> click.Parameter:
    """Return an option that a bot makes unnecessary as one that may be missing."""
    if option.name not in ("strategy", "symbol"):
        return option
    freed = copy(option)
    freed.required = False
    return freed


verify_command.params = [_relaxed(option) for option in verify_command.params]


def _tell(found: Mapping[str, Any]) -> None:
    what = (
        f"{found['decisions']:,} decisions and {found['trades']:,} trades in {found['seconds']} s"
    )
    if found["equal"]:
        say(f"The bot did what the backtest says: {what}, no difference.")
    else:
        rows = [
            (_moment(d["at"]), d["what"], d["backtest"] or "-", d["bot"] or "-")
            for d in found["differences"][:SHOWN]
        ]
        print_table(("when", "what", "backtest", "bot"), rows)
        if left := len(found["differences"]) - len(rows):
            say(f"and {left:,} more (--json has all)")
        say(f"{len(found['differences']):,} differences in {what}:")
        for cause, count in found["causes"].items():
            say(f"  {count:,} times: {cause}")
    if times := found["renamed_exits"]:
        say(
            f"{times} times a level and a sell signal met at one open: the bot calls the exit by"
            " the level, the backtest by the signal; price and moment are the same."
        )


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"
