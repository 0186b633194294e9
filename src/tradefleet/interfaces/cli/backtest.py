"""`tradefleet backtest`: a bot on recorded candles, with the money it would have made or lost."""

import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tradefleet.application.terms import (
    check_amount,
    check_moving_stops,
    check_percents,
    check_rhythm,
    read_amount,
)
from tradefleet.domain.bot import BotSettings, Sizing
from tradefleet.domain.candle import INTERVALS, duration_ms, interval_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.interfaces.cli.output import print_table, say
from tradefleet.interfaces.cli.reports import check_targets, write_reports
from tradefleet.interfaces.cli.wallet import each_symbol, shared_settings, tell_symbols
from tradefleet.interfaces.cli.words import read_moment, read_parameter

if TYPE_CHECKING:
    from tradefleet.bootstrap.backtest import Ready, Wanted

FILE = click.Path(path_type=Path)
PAUSE_S = 1.0  # between two words about the progress, in a terminal
QUIET_PAUSE_S = 10.0  # the same where nobody watches


class Amount(click.ParamType[Decimal]):
    """A decimal number in plain digits."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the number; never by way of a float."""
        try:
            return value if isinstance(value, Decimal) else read_amount(str(value))
        except ValueError as error:
            self.fail(f"{error}, was {value!r}", param, ctx)


AMOUNT = Amount()


@click.command("backtest")
@click.option("--strategy", required=True, metavar="KEY", help="Built-in, or a file of yours.")
@click.option(
    "--symbol",
    required=True,
    multiple=True,
    help="What the candles are of, such as BTCUSDT; several share one wallet.",
)
@click.option("--interval", default="5m", type=click.Choice([*INTERVALS]), show_default=True)
@click.option(
    "--data",
    multiple=True,
    type=FILE,
    help="Parquet, CSV or dump, or a folder of them, one for all symbols or one for each;"
    " without it what the data folder keeps.",
)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Of the strategy.")
@click.option("--every", help="Time between two evaluations; 15m, or the interval if longer.")
@click.option("--fee", default="0.001", type=AMOUNT, show_default=True, help="Part of each fill.")
@click.option("--slippage", default="0", type=AMOUNT, show_default=True, help="Part of the price.")
@click.option("--stop-loss", default="2", type=AMOUNT, show_default=True, help="Percent; 0 = off.")
@click.option(
    "--take-profit", default="5", type=AMOUNT, show_default=True, help="Percent; 0 = off."
)
@click.option(
    "--trailing-stop", default="0", type=AMOUNT, help="Percent below the highest price; 0 = off."
)
@click.option(
    "--break-even", default="0", type=AMOUNT, help="Percent of gain from which costs are covered."
)
@click.option("--amount", default="100", type=AMOUNT, show_default=True, help="The first buy.")
@click.option(
    "--sizing", default="compound", type=click.Choice([s.value for s in Sizing]), show_default=True
)
@click.option(
    "--max-open", type=click.IntRange(min=1), help="Positions at once; as many as symbols."
)
@click.option("--rules", type=FILE, help="File of an exchangeInfo (.json, .json.gz).")
@click.option(
    "--detail",
    multiple=True,
    type=FILE,
    help="Finer candles, to tell whether stop or target came first: files, or 1m of what is kept.",
)
@click.option("--max-gap", default="1h", show_default=True, help="Longest gap in a window.")
@click.option(
    "--news", type=FILE, help="Headlines (CSV, .jsonl, parquet) for strategies that read them."
)
@click.option("--start", metavar="ISO", help="First candle; those before it only warm up.")
@click.option("--end", metavar="ISO", help="Candles from here on are left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--decisions", is_flag=True, help="List every evaluation in it.")
@click.option(
    "--drawn", is_flag=True, help="Add to it what charts draw: price and curves, thinned."
)
@click.option("--report", type=FILE, help="Write a page with charts here (.html).")
@click.option("--csv", "table", type=FILE, help="Write the trades here.")
@click.option("--progress", type=click.FloatRange(0.1), help="Seconds between two words about it.")
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
        wanted = [_wanted(one) for one in asked]
        made = [ready(one) for one in wanted]
    except InputError as error:
        raise click.UsageError(_named(error, options)) from None
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

    with _progress(pause_s=listed.progress_s) as go_on:
        result = run(made.setup, made.decider, go_on)
    settings = _settings(wanted, made.parameters)
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
    with _progress("moments", listed.progress_s) as go_on:
        together = run_together(setups, deciders, places, go_on, workers)
    asked = [_settings(one, made[0].parameters) for one in wanted]
    settings = shared_settings(asked) | {"max_open": places, "wallet": plain(together.amount)}
    found = wallet_document(together, settings, with_decisions=listed.decisions, workers=workers)
    if listed.drawn:
        from tradefleet.application.backtest.drawing import drawn_together

        found["drawn"] = drawn_together(together)
    doubts = dict.fromkeys(warning for one in made for warning in one.warnings)
    return found | {"warnings": [*doubts, *found["warnings"]]}


def _named(error: InputError, options: dict[str, Any]) -> str:
    """Return the error's text with the option it is about in front."""
    if error.field not in options or str(error).startswith("--"):
        return str(error)
    return f"--{error.field.replace('_', '-')}: {error}"


def _wanted(options: dict[str, Any]) -> "Wanted":
    from tradefleet.application.backtest.setup import Assumptions
    from tradefleet.bootstrap.backtest import Wanted

    every = options["every"] or max("15m", options["interval"], key=interval_ms)
    check_rhythm(options["interval"], every)
    check_percents(options["stop_loss"], options["take_profit"])
    check_amount(options["amount"], "amount")
    for name in ("fee", "slippage"):
        if options[name] >= 1:
            raise InputError(f"--{name}: expected a part below 1, was {options[name]}", field=name)
    settings = BotSettings(
        name="",
        symbol=options["symbol"].upper(),
        strategy=options["strategy"],
        trade_amount=options["amount"],
        interval=options["interval"],
        every=every,
        stop_loss=options["stop_loss"],
        take_profit=options["take_profit"],
        trailing_stop=options["trailing_stop"],
        break_even=options["break_even"],
        sizing=Sizing(options["sizing"]),
        parameters=dict(map(read_parameter, options["params"])),
    )
    check_moving_stops(settings.price_cap, settings.trailing_stop, settings.break_even)
    return Wanted(
        settings,
        Assumptions(options["fee"], options["slippage"], duration_ms(options["max_gap"])),
        data=options["data"],
        rules=options["rules"],
        detail=options["detail"],
        news=options["news"],
        start=read_moment(options["start"], "--start"),
        end=read_moment(options["end"], "--end"),
    )


def _settings(wanted: "Wanted", parameters: Any) -> dict[str, Any]:
    """Return what was played, as JSON values, every parameter included."""
    settings, assumed = wanted.settings, wanted.assumptions
    return {
        "strategy": settings.strategy,
        "parameters": dict(parameters),
        "symbol": settings.symbol,
        "interval": settings.interval,
        "every": settings.every,
        "data": None if wanted.data is None else str(wanted.data),
        "detail": None if wanted.detail is None else str(wanted.detail),
        "rules": None if wanted.rules is None else str(wanted.rules),
        "news": None if wanted.news is None else str(wanted.news),
        "fee": plain(assumed.fee),
        "slippage": plain(assumed.slippage),
        "stop_loss": plain(settings.stop_loss),
        "take_profit": plain(settings.take_profit),
        "trailing_stop": plain(settings.trailing_stop),
        "break_even": plain(settings.break_even),
        "amount": plain(settings.trade_amount),
        "sizing": settings.sizing.value,
        "max_gap": assumed.max_gap,
        "start": wanted.start,
        "end": wanted.end,
    }


@contextmanager
def _progress(played: str = "candles", pause_s: float | None = None) -> Iterator[Any]:
    """Yield what is asked whether to go on: it tells how far we are; Ctrl-C says no."""
    began = told = time.monotonic()
    pause = pause_s or (PAUSE_S if sys.stderr.isatty() else QUIET_PAUSE_S)
    stopped = False

    def stop(_number: int, _frame: Any) -> None:
        nonlocal stopped
        stopped = True

    def go_on(done: int, everything: int) -> bool:
        nonlocal told
        now = time.monotonic()
        if done and now - told >= pause:
            told = now
            left = (now - began) * (everything - done) / done
            say(f"{done:,} of {everything:,} {played}, about {left:.0f} s to go", err=True)
        return not stopped

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield go_on
    finally:
        signal.signal(signal.SIGINT, before)


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
