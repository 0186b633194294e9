"""The pages. They hold no data but results of backtests: scripts fetch it from the API."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from markupsafe import Markup

from tradefleet.domain.errors import InputError
from tradefleet.interfaces.dashboard.handover import symbols_of, why_locked
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.report import body, comparison, optimisation
from tradefleet.interfaces.report.words import moment, several
from tradefleet.ports.runs import Kind, Run
from tradefleet.ports.uploads import LARGEST_FILE

ROUTES = Blueprint("pages", __name__)

SIDE_BY_SIDE = range(2, 5)


@ROUTES.get("/")
def overview() -> str:
    """Show the whole fleet."""
    return render_template("overview.html", page="overview")


@ROUTES.get("/bots")
def bots() -> str:
    """Show the bots as a table."""
    return render_template("bots.html", page="bots")


@ROUTES.get("/bots/new")
def new_bot() -> str:
    """Show the form that makes a bot."""
    return render_template("new_bot.html", page="new_bot")


@ROUTES.get("/bot/<int:bot_id>")
def bot(bot_id: int) -> str:
    """Show one bot."""
    shown = services().parts.bots.get(bot_id)
    return render_template("bot.html", page="bot", bot_id=bot_id, bot_name=shown.settings.name)


@ROUTES.get("/backtest")
def backtest() -> str:
    """Show the form of a backtest, and those there were."""
    return render_template("backtest.html", page="backtest")


@ROUTES.get("/backtest/<run_id>")
def backtest_run(run_id: str) -> str:
    """Show one backtest: its progress, or its result, which is drawn here and not by a script."""
    run = _run(run_id, Kind.BACKTEST)
    result = Markup(body(_found(run))) if run.has_result else ""
    symbols = symbols_of(run)
    return render_template(
        "backtest_run.html",
        page="backtest_run",
        run=run,
        result=result,
        symbols=symbols,
        what=f"{run.asked['strategy']} on {several(symbols)}",
    )


@ROUTES.get("/backtest/compare")
def backtest_compare() -> str:
    """Show two to four backtests side by side."""
    wanted = dict.fromkeys(request.args.getlist("run"))
    if len(wanted) not in SIDE_BY_SIDE:
        raise InputError(f"expected two to four runs to compare, were {len(wanted)}", field="run")
    named = {}
    for number, run_id in enumerate(wanted, 1):
        run = _run(run_id, Kind.BACKTEST)
        name = f"{number}. {run.asked.get('strategy')} {several(symbols_of(run))}"
        named[f"{name}, {moment(run.started_at)}"] = _found(run)
    result = Markup(comparison(named))
    return render_template("backtest_compare.html", page="backtest_compare", result=result)


@ROUTES.get("/candles")
def candles() -> str:
    """Show the kept candles, and the ways to more of them."""
    return render_template("candles.html", page="candles", largest=LARGEST_FILE)


@ROUTES.get("/optimise")
def optimise() -> str:
    """Show the form of an optimisation, and those there were."""
    return render_template("optimise.html", page="optimise")


@ROUTES.get("/optimise/<run_id>")
def optimise_run(run_id: str) -> str:
    """Show one optimisation: its progress, or its verdict and what that rests on."""
    run = _run(run_id, Kind.OPTIMISE)
    found = _found(run) if run.has_result else {}
    result = Markup(optimisation(found)) if found else ""
    locked = why_locked(run, services().mode)
    return render_template(
        "optimise_run.html", page="optimise_run", run=run, result=result, locked=locked
    )


@ROUTES.get("/strategies")
def strategies() -> str:
    """Show what strategies there are."""
    return render_template("strategies.html", page="strategies")


@ROUTES.get("/news")
def news() -> str:
    """Show headlines and their scores."""
    return render_template("news.html", page="news")


@ROUTES.get("/activity")
def activity() -> str:
    """Show what people did."""
    return render_template("activity.html", page="activity")


@ROUTES.get("/settings")
def settings() -> str:
    """Show the settings."""
    return render_template("settings.html", page="settings")


def _run(run_id: str, kind: Kind) -> Run:
    run = services().parts.runs.get(run_id)
    if run.kind is not kind:
        why = f"expected a run of another kind here, {run_id} is one of `{run.kind}`"
        raise InputError(why, field="run", code="unknown_run")
    return run


def _found(run: Run) -> Mapping[str, Any]:
    return services().parts.runs.document(run.id)
