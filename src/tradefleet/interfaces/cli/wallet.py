"""Several symbols with one wallet: what was asked of each, and what each brought."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tradefleet.application.terms import check_symbols
from tradefleet.domain.errors import InputError
from tradefleet.interfaces.cli.output import print_table, say

ONE_EACH = ("data", "detail")  # files, one for all symbols or one for each


def each_symbol(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of each symbol, in the order given.

    Raises:
        InputError: a symbol twice, more places than symbols, files that cannot be told apart.
    """
    symbols = [symbol.upper() for symbol in options["symbol"]]
    check_symbols(symbols, options["max_open"])
    columns = [list(_one_each(options[name], name, len(symbols))) for name in ONE_EACH]
    return [
        {**options, "symbol": symbol, **dict(zip(ONE_EACH, files, strict=True))}
        for symbol, *files in zip(symbols, *columns, strict=True)
    ]


def only_symbol(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the one symbol of a command that plays no more.

    Raises:
        InputError: there are several, or several files.
    """
    if (count := len(options["symbol"])) > 1:
        raise InputError(f"expected one symbol, was {count}", field="symbol")
    return each_symbol({**options, "max_open": None})[0]


def _one_each(given: tuple[Path, ...], name: str, count: int) -> Iterator[Path | None]:
    if len(given) not in (0, 1, count):
        wanted = "one" if count == 1 else f"one for all {count} symbols, or one for each"
        raise InputError(f"expected {wanted}, was {len(given)}", field=name)
    if count > 1 and len(given) == 1 and given[0].is_file():
        raise InputError(
            f"expected a folder with candles of all {count} symbols, or a file for each,"
            f" was {given[0].name}",
            field=name,
        )
    yield from given * count if len(given) == 1 else given or [None] * count


def shared_settings(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the settings of all symbols as one: what they have of their own becomes a list."""
    shared: dict[str, Any] = {}
    for name, value in each[0].items():
        if name == "symbol":
            shared["symbols"] = [settings["symbol"] for settings in each]
        elif name in ONE_EACH and any(settings[name] != value for settings in each):
            shared[name] = [settings[name] for settings in each]
        else:
            shared[name] = value
    return shared


def tell_symbols(symbols: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what each symbol brought."""
    rows = [
        (
            symbol,
            _percent(brought["contribution"]),
            brought["trades"],
            _percent(brought["win_rate"]),
            brought["denied_entries"],
            _percent(brought["buy_and_hold"]),
        )
        for symbol, brought in symbols.items()
    ]
    head = ("symbol", "brought", "trades", "won", "not made", "buy and hold")
    say("")
    print_table(head, rows, right=range(1, len(head)))


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{100 * part:.2f} %"
