"""`tradefleet verify`: the real bot on the same candles, beside what the backtest says of it."""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.backtest import AMOUNT, _named, _progress, _settings, _wanted
from tradefleet.interfaces.cli.optimise import _as_backtest
from tradefleet.interfaces.cli.output import print_json, print_table, say
from tradefleet.interfaces.cli.wallet import each_symbol

if TYPE_CHECKING:
    from tradefleet.application.parity.comparison import Compared
    from tradefleet.bootstrap.backtest import Ready, Wanted

SHOWN = 20
UNPLAYED = {
    "trailing_stop": "a bot moves a stop within the candle, a backtest at its close",
    "break_even": "a bot moves a stop within the candle, a backtest at its close",
    "detail": "the exchange plays each candle as open, low, high, close",
}


@click.command("verify")
@_as_backtest
@click.option(
    "--price-cap",
    default="0",
    type=AMOUNT,
    show_default=True,
    help="Percent above the price a buy may pay; backtests know none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify_command(as_json: bool, price_cap: Decimal, **options: Any) -> None:
    """Let the real bot trade recorded candles at the built-in exchange, and compare.

    docs/parity.md has what is compared. Exit 0: no difference. 1: there are some, or it cannot run,
    or was interrupted. 2: wrong usage.
    """
    from tradefleet.application.parity.report import document
    from tradefleet.bootstrap.backtest import ready

    try:
        wanted = _wanted(_one(options))
        wanted = replace(wanted, settings=replace(wanted.settings, price_cap=price_cap))
        made = ready(wanted)
    except InputError as error:
        raise click.UsageError(_named(error, options)) from None
    for warning in made.warnings:
        say(f"warning: {warning}", err=True)
    began = time.monotonic()
    compared = _played(wanted, made, options["progress"])
    settings = _settings(wanted, made.parameters) | {"price_cap": plain(price_cap)}
    found = document(compared, settings, time.monotonic() - began)
    if as_json:
        print_json(found)
    else:
        _tell(found)
    sys.exit(1 if compared.differences else 0)


def _one(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the one symbol; `InputError` where a bot cannot be compared."""
    for name, why in UNPLAYED.items():
        if options[name]:
            raise InputError(f"expected none, because it cannot be compared: {why}", field=name)
    asked = each_symbol(options | {"max_open": None})
    if len(asked) > 1:
        raise InputError(f"expected one symbol, was {len(asked)}", field="symbol")
    return asked[0]


def _played(wanted: "Wanted", made: "Ready", progress_s: float | None) -> "Compared":
    from tradefleet.application.backtest.run import run
    from tradefleet.application.parity.comparison import compare
    from tradefleet.bootstrap.parity import Terms, walk

    with _progress(pause_s=progress_s) as go_on:
        walked = walk(made, Terms(wanted.assumptions.fee, wanted.rules), go_on)
    if not walked.is_whole:
        say("interrupted: nothing is shown by this", err=True)
        sys.exit(1)
    result = run(replace(made.setup, instrument=walked.instrument), made.decider)
    return compare(result, walked.lived)


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
