"""What research suggests for a bot, and the lock on what did not hold out of sample."""

from collections.abc import Mapping
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.interfaces.report import is_proven
from tradefleet.ports.runs import Kind, Run

# What a backtest and a bot both have beside the amount, by the names of the API.
SHARED = (
    "strategy",
    "interval",
    "every",
    "stop_loss",
    "take_profit",
    "price_cap",
    "trailing_stop",
    "break_even",
    "sizing",
)
LEVELS = ("stop_loss", "take_profit")
WITHOUT_A_CAP = {"price_cap": "0"}  # kept by a version whose backtests bought at market alone


def symbols_of(run: Run) -> list[str]:
    """Return what a run was played on; one kept by an earlier version has no `more_symbols`."""
    return [run.asked["symbol"], *run.asked.get("more_symbols", ())]


def why_locked(run: Run, mode: str) -> str:
    """Return why no bot may be made of a run's settings in this mode; empty if one may.

    A backtest is what a person asked for, and locks nothing. What a search has chosen is used only
    if it held on days the choice had not seen, and then with pretend money first.
    """
    if run.kind is Kind.BACKTEST:
        return ""
    if run.kind is not Kind.OPTIMISE:
        return "a test of a strategy has no settings for a bot"
    if not is_proven(run.brief):
        word = (run.brief.get("verdict") or {}).get("word", "there is none")
        return f"only what holds out of sample can be used for a bot; the verdict: {word}"
    if mode != "paper":
        return f"what a search has chosen is used on paper first; this dashboard runs {mode}"
    return ""


def check_unlocked(run: Run, mode: str) -> None:
    """Raise `InputError` if no bot may be made of a run's settings in this mode."""
    if why := why_locked(run, mode):
        raise InputError(why, field="from_run", code="locked")


def settings_for_a_bot(run: Run, mode: str, symbol: str = "") -> Mapping[str, Any]:
    """Return the settings of a bot as a run suggests them, by the names of the API.

    Args:
        run: a backtest or an optimisation.
        mode: of the dashboard.
        symbol: which of those the run was played on; empty = its first.

    Raises:
        InputError: they are locked; the run was not played on that symbol.
    """
    check_unlocked(run, mode)
    symbols = symbols_of(run)
    if symbol and symbol not in symbols:
        why = f"expected one of {', '.join(symbols)}, was {symbol[:40]!r}"
        raise InputError(why, field="symbol")
    asked = WITHOUT_A_CAP | dict(run.asked)
    chosen = dict(run.brief["parameters"]) if run.kind is Kind.OPTIMISE else {}
    levels = {name: chosen.pop(name) for name in LEVELS if name in chosen}
    return {
        "symbol": symbol or symbols[0],
        **{name: asked[name] for name in ("trade_amount", *SHARED) if name in asked},
        **levels,
        "parameters": {**asked.get("parameters", {}), **chosen},
    }
