"""The figures of a run as rows for people, each with what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.interfaces.report.words import exit_reason, number, percent, points, span, tone

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: of the run, of buying and holding, what it means."""

    label: str
    value: str
    held: str
    meaning: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What the trades of one symbol brought to the wallet it shares with others."""

    symbol: str
    brought: str
    tone: str
    trades: str
    won: str
    not_made: str
    exposure: str
    held: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The trades that ended for one reason."""

    reason: str
    trades: int
    won: int
    profit: str
    tone: str


def _parts(value: Any) -> str:
    return percent(value)


def _signed_parts(value: Any) -> str:
    return percent(value, sign=True)


def _money(value: Any) -> str:
    return number(value, sign=True)


def _count(value: Any) -> str:
    return number(value, 0)


MEASURES: tuple[tuple[str, str, Any, str], ...] = (
    ("total_return", "Total return", _signed_parts, "Last equity over what there was, minus 1."),
    ("cagr", "A year", _signed_parts, "The same by the year, compounded."),
    ("max_drawdown", "Deepest fall", _parts, "The furthest equity was below an earlier peak."),
    ("max_drawdown_length", "Its length", span, "From that peak until equity was there again."),
    ("time_under_water", "Time under water", _parts, "Share of the time below an earlier peak."),
    ("sharpe", "Sharpe", number, "Mean daily return over its spread, by the year."),
    ("sortino", "Sortino", number, "The same, with the spread of losing days only."),
    ("calmar", "Calmar", number, "Return of a year over the deepest fall."),
    ("net_profit", "Net profit", _money, "All trades, fees taken off."),
    ("fees", "Fees", number, "Of both sides of all trades."),
    ("trades", "Trades", _count, "Closed by a rule, not by the end of the data."),
    ("win_rate", "Won", _parts, "Trades with a profit over all trades."),
    ("profit_factor", "Profit factor", number, "Profits of the winners over losses of the losers."),
    ("expectancy", "Mean trade", _money, "Mean profit of a trade."),
    ("best_trade", "Best trade", _money, "Its profit."),
    ("worst_trade", "Worst trade", _money, "Its profit."),
    ("exposure", "Exposure", _parts, "Share of the time in which something was held."),
)
SIGNED = {"total_return", "cagr", "net_profit", "expectancy", "best_trade", "worst_trade"}


def measures(document: Document) -> list[Row]:
    """Return the measures beside those of buying and holding."""
    measured = document["metrics"]
    held = measured["buy_and_hold"]
    return [
        Row(
            label,
            words(measured[key]),
            words(held[key]) if key in held else "",
            meaning,
            tone(measured[key]) if key in SIGNED else "",
        )
        for key, label, words, meaning in MEASURES
    ]


def tiles(document: Document) -> list[tuple[str, str, str, str]]:
    """Return label, value, tone and a line below of what is looked at first."""
    measured = document["metrics"]
    made, held = measured["total_return"], measured["buy_and_hold"]["total_return"]
    ahead = None if made is None or held is None else made - held
    lost = measured["max_drawdown"]
    return [
        (
            "Total return",
            percent(made, sign=True),
            tone(made),
            f"{_money(measured['net_profit'])} net",
        ),
        ("Against holding", points(ahead), tone(ahead), f"holding {percent(held)}"),
        ("Deepest fall", percent(lost), tone(lost), span(measured["max_drawdown_length"])),
        ("Won", percent(measured["win_rate"]), "", f"{measured['trades']:,} trades"),
    ]


def chance(document: Document) -> list[tuple[str, str, str, str]]:
    """Return label, low, middle and high of what chance can do; empty if nothing was drawn."""
    found = document["chance"]
    rows = (
        ("Last equity, the trades drawn anew", "redrawn_equity", number),
        ("Deepest fall, the trades drawn anew", "redrawn_drawdown", _parts),
        ("Total return of random entries", "random_entries", _signed_parts),
    )
    return [
        (label, words(found[key]["low"]), words(found[key]["middle"]), words(found[key]["high"]))
        for label, key, words in rows
        if found.get(key)
    ]


def luck(document: Document) -> tuple[str, str]:
    """Return what random entries say of the run, and the tone of a note about it."""
    as_good = document["chance"]["random_as_good"]
    if as_good is None:
        return "Too few trades to tell this run from chance.", "look"
    told = f"{percent(as_good)} of random entries, as many and as long, did at least as well"
    if as_good > 0.05:
        return f"{told}: chance explains this result well enough.", "look"
    return f"{told}. That counts only if these were the first settings tried.", ""


def shares(document: Document) -> list[Share]:
    """Return the symbols of a wallet, who brought most first; none where one had its own."""
    symbols: Mapping[str, Any] = document["metrics"].get("symbols", {})
    ranked = sorted(symbols.items(), key=lambda item: -item[1]["contribution"])
    return [
        Share(
            symbol,
            percent(brought["contribution"], sign=True),
            tone(brought["contribution"]),
            _count(brought["trades"]),
            percent(brought["win_rate"]),
            _count(brought["denied_entries"]),
            percent(brought["exposure"]),
            percent(brought["buy_and_hold"], sign=True),
        )
        for symbol, brought in ranked
    ]


def endings(trades: Sequence[Mapping[str, Any]]) -> list[Ending]:
    """Return why trades ended, the most frequent reason first."""
    groups: dict[str, list[Decimal]] = {}
    for trade in trades:
        groups.setdefault(trade["exit_reason"], []).append(Decimal(trade["profit"]))
    rows = [
        Ending(
            exit_reason(reason),
            len(profits),
            sum(profit > 0 for profit in profits),
            _money(sum(profits)),
            tone(sum(profits)),
        )
        for reason, profits in groups.items()
    ]
    return sorted(rows, key=lambda row: -row.trades)
