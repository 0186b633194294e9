"""`tradefleet data download`: candles of the past from Binance."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tradefleet.domain.candle import INTERVALS, interval_ms
from tradefleet.domain.errors import ExchangeUnavailableError, InputError
from tradefleet.interfaces.cli.output import moment, print_json, print_table, say
from tradefleet.interfaces.cli.words import read_moment

if TYPE_CHECKING:
    from tradefleet.application.download import Download
    from tradefleet.bootstrap.download import Order, Step

HEAD = ("symbol", "interval", "new", "other", "kept", "first", "last", "gaps", "missing")
COUNTS = (2, 3, 4, 7, 8)
PAUSE_S = 1.0  # between two words about the progress


@click.command("download")
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option(
    "--interval",
    "intervals",
    default=("5m",),
    multiple=True,
    type=click.Choice([*INTERVALS]),
    show_default=True,
)
@click.option("--from", "start", required=True, metavar="ISO", help="First candle wanted.")
@click.option("--to", "end", metavar="ISO", help="Candles from here on are not wanted; now.")
@click.option(
    "--source",
    default="both",
    type=click.Choice(["both", "dumps", "rest"]),
    show_default=True,
    help="Whole months and days as files, single candles by request.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def download_command(
    symbols: tuple[str, ...],
    intervals: tuple[str, ...],
    start: str,
    end: str | None,
    source: str,
    as_json: bool,
) -> None:
    """Download candles into the data folder; what is there is not fetched again."""
    from tradefleet.bootstrap.download import downloading
    from tradefleet.bootstrap.installation import installation

    made = installation(secrets=False)
    try:
        orders = list(_orders(symbols, intervals, start, end, made.clock.now()))
    except InputError as error:
        raise click.UsageError(str(error)) from None
    with downloading(made, dumps=source != "rest", rest=source != "dumps") as download:
        try:
            done = {order: _fetched(download, order) for order in orders}
        finally:
            for trouble in download.troubles:
                say(f"passed over: {trouble}", err=True)
    _tell(made, done, as_json)


def _orders(
    symbols: Sequence[str], intervals: Sequence[str], start: str, end: str | None, now: int
) -> "Iterator[Order]":
    from tradefleet.bootstrap.download import Order

    begin = read_moment(start, "--from") or 0
    until = read_moment(end, "--to")
    after = now if until is None else min(until, now)
    if begin >= after:
        raise InputError(
            f"--from: expected a moment before --to and before now, was {moment(begin)}"
        )
    for symbol in symbols:
        if not symbol.isalnum():
            raise InputError(f"expected a symbol such as BTCUSDT, was {symbol!r}")
        for interval in intervals:
            interval_ms(interval)
            yield Order(symbol.upper(), interval, begin, after)


def _fetched(download: "Download", order: "Order") -> "list[Step]":
    """Fetch one order and tell of each part; whoever breaks off keeps what has come."""
    steps: list[Step] = []
    told = 0.0
    try:
        for step in download.run(order):
            steps.append(step)
            if (now := time.monotonic()) - told >= PAUSE_S:
                told = now
                until = moment(step.last)
                say(f"{order.symbol} {order.interval} until {until}, {step.source}", err=True)
    except ExchangeUnavailableError as error:
        raise ExchangeUnavailableError(
            f"{error}. What has come is kept: the same command goes on from there. Without a "
            "network, import files: tradefleet data import FILE"
        ) from None
    return steps


def _tell(made: Any, done: "dict[Order, list[Step]]", as_json: bool) -> None:
    from tradefleet.bootstrap.candles import kept

    holdings = {(one.symbol, one.interval): one for one in kept(made.folder) if not one.tape}
    found = [
        (order, steps, holdings.get((order.symbol, order.interval)))
        for order, steps in done.items()
    ]
    if as_json:
        print_json(
            [
                {
                    **asdict(order),
                    "steps": [asdict(step) for step in steps],
                    "kept": holding.as_json() if holding else None,
                }
                for order, steps, holding in found
            ]
        )
    else:
        rows = [
            (
                order.symbol, order.interval, sum(step.added for step in steps),
                sum(step.conflicts for step in steps), holding.rows, moment(holding.first),
                moment(holding.last), holding.gaps.count, holding.gaps.candles,
            )
            for order, steps, holding in found
            if holding
        ]  # fmt: skip
        print_table(HEAD, rows, right=COUNTS)
    for order, steps, holding in found:
        _tell_doubts(order, steps, holding is None)
    if any(holding is None or any(s.conflicts for s in steps) for _, steps, holding in found):
        sys.exit(1)


def _tell_doubts(order: "Order", steps: "Sequence[Step]", nothing: bool) -> None:
    if nothing:
        say(f"there are no {order.interval} candles of {order.symbol} in that time", err=True)
    for step in steps:
        if step.conflicts:
            say(
                f"{order.symbol} {order.interval}: {step.conflicts:,} candles of {step.source} "
                f"differ from those kept, the first at {moment(step.first_conflict)}: kept as they "
                "were",
                err=True,
            )
