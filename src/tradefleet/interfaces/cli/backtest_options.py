"""The options of a backtest, which `optimise` and `verify` take too, and what they ask for."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click import option

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
from tradefleet.interfaces.cli.words import read_moment, read_parameter

if TYPE_CHECKING:
    from tradefleet.bootstrap.backtest import Wanted

FILE = click.Path(path_type=Path)


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


OPTIONS = (
    option("--strategy", required=True, metavar="KEY", help="Built-in, or a file of yours."),
    option(
        "--symbol",
        required=True,
        multiple=True,
        help="What the candles are of, such as BTCUSDT; several share one wallet.",
    ),
    option("--interval", default="5m", type=click.Choice([*INTERVALS]), show_default=True),
    option(
        "--data",
        multiple=True,
        type=FILE,
        help="Parquet, CSV or dump, or a folder of them, one for all symbols or one for each;"
        " without it what the data folder keeps.",
    ),
    option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Of the strategy."),
    option("--every", help="Time between two evaluations; 15m, or the interval if longer."),
    option("--fee", default="0.001", type=AMOUNT, show_default=True, help="Part of each fill."),
    option("--slippage", default="0", type=AMOUNT, show_default=True, help="Part of the price."),
    option("--stop-loss", default="2", type=AMOUNT, show_default=True, help="Percent; 0 = off."),
    option("--take-profit", default="5", type=AMOUNT, show_default=True, help="Percent; 0 = off."),
    option(
        "--price-cap",
        default="0",
        type=AMOUNT,
        show_default=True,
        help="Percent above the newest price that a buy may pay; 0 = at market.",
    ),
    option(
        "--trailing-stop",
        default="0",
        type=AMOUNT,
        help="Percent below the highest price; 0 = off.",
    ),
    option(
        "--break-even",
        default="0",
        type=AMOUNT,
        help="Percent of gain from which costs are covered.",
    ),
    option("--amount", default="100", type=AMOUNT, show_default=True, help="The first buy."),
    option(
        "--sizing",
        default="compound",
        type=click.Choice([s.value for s in Sizing]),
        show_default=True,
    ),
    option("--rules", type=FILE, help="File of an exchangeInfo (.json, .json.gz)."),
    option(
        "--detail",
        multiple=True,
        type=FILE,
        help="Finer candles, to tell whether stop or target came first: files, or 1m of what is"
        " kept.",
    ),
    option("--max-gap", default="1h", show_default=True, help="Longest gap in a window."),
    option(
        "--news", type=FILE, help="Headlines (CSV, .jsonl, parquet) for strategies that read them."
    ),
    option("--start", metavar="ISO", help="First candle; those before it only warm up."),
    option("--end", metavar="ISO", help="Candles from here on are left out."),
    option("--progress", type=click.FloatRange(0.1), help="Seconds between two words about it."),
)


def backtest_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a backtest, in front of its own."""
    for give in reversed(OPTIONS):
        command = give(command)
    return command


def named(error: InputError, options: Mapping[str, Any]) -> str:
    """Return the error's text with the option it is about in front."""
    if error.field not in options or str(error).startswith("--"):
        return str(error)
    return f"--{error.field.replace('_', '-')}: {error}"


def wanted_by(options: Mapping[str, Any]) -> "Wanted":
    """Return the backtest that the options of one symbol ask for.

    Raises:
        InputError: one of them cannot be.
    """
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
        price_cap=options["price_cap"],
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


def played_settings(wanted: "Wanted", parameters: Any) -> dict[str, Any]:
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
        "price_cap": plain(settings.price_cap),
        "trailing_stop": plain(settings.trailing_stop),
        "break_even": plain(settings.break_even),
        "amount": plain(settings.trade_amount),
        "sizing": settings.sizing.value,
        "max_gap": assumed.max_gap,
        "start": wanted.start,
        "end": wanted.end,
    }
