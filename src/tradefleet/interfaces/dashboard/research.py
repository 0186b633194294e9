"""Research over HTTP: backtests and honesty tests, in processes of their own; their results."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from pydantic import ValidationError

from tradefleet.application.terms import (
    check_amount,
    check_moving_stops,
    check_percents,
    check_rhythm,
    check_symbols,
)
from tradefleet.domain.candle import interval_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.space import space
from tradefleet.interfaces.dashboard.docs import ANSWERS, answer
from tradefleet.interfaces.dashboard.handover import SHARED, settings_for_a_bot
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.dashboard.shapes import (
    RunPath,
    RunsQuery,
    StartBacktest,
    StartCheck,
    StartOptimisation,
    SymbolQuery,
)
from tradefleet.interfaces.report import page, trades_csv
from tradefleet.interfaces.wire import wire
from tradefleet.ports.runs import Kind

ROUTES = APIBlueprint("research", __name__, url_prefix="/api", abp_responses=ANSWERS)

STARTED: dict[str | int, Any] = {202: answer("It is under way.")}
LARGEST_PERCENT = 50
SAME_NAME = (*SHARED, "max_open", "detail", "start", "end")  # as the options of the command


_at = datetime.fromisoformat


def _file(kind: str, words: str) -> dict[str | int, Any]:
    return {200: {"description": words, "content": {kind: {"schema": {"type": "string"}}}}}


@ROUTES.post("/backtests", responses=STARTED)
def start_backtest(body: StartBacktest) -> tuple[dict[str, Any], int]:
    """Play a bot on candles the data folder keeps; at most two runs are under way at once."""
    at = services()
    check_symbols([body.symbol, *body.more_symbols], body.max_open)
    check_rhythm(body.interval, body.every)
    check_percents(body.stop_loss, body.take_profit)
    check_moving_stops(body.price_cap, body.trailing_stop, body.break_even)
    check_amount(body.trade_amount)
    if body.start and body.end and _at(body.end) <= _at(body.start):
        raise InputError(f"expected a day after {body.start}, was {body.end}", field="end")
    for name in ("fee_percent", "slippage_percent"):
        if (value := getattr(body, name)) > LARGEST_PERCENT:
            why = f"expected at most {LARGEST_PERCENT} percent, was {value}"
            raise InputError(why, field=name)
    if body.detail is not None:
        interval_ms(body.detail)
    at.terms.check_strategy(body.strategy, body.parameters)
    asked = body.model_dump(mode="json", exclude_none=True)
    return wire(at.parts.runs.start(Kind.BACKTEST, words_of(body), asked)), 202


@ROUTES.post("/strategy-checks", responses=STARTED)
def start_check(body: StartCheck) -> tuple[dict[str, Any], int]:
    """Ask whether a strategy looks ahead, warms up too short or says one thing and another."""
    at = services()
    interval_ms(body.interval)
    at.terms.check_strategy(body.strategy, body.parameters)
    return wire(at.parts.runs.start(Kind.CHECK, words_of(body), body.model_dump())), 202


@ROUTES.post("/optimisations", responses=STARTED)
def start_optimisation(body: StartOptimisation) -> tuple[dict[str, Any], int]:
    """Look for better parameters than those of a kept backtest, and tell whether they are."""
    at = services()
    base = at.parts.runs.get(body.run)
    if base.kind is not Kind.BACKTEST:
        raise InputError("expected a backtest to begin with", field="run")
    try:
        begun_with = StartBacktest(**base.asked)
    except ValidationError:
        why = "another version of Tradefleet played this backtest: play it again"
        raise InputError(why, field="run") from None
    if begun_with.more_symbols:
        count = 1 + len(begun_with.more_symbols)
        raise InputError(f"expected a backtest of one symbol, was one of {count}", field="run")
    at.terms.check_strategy(begun_with.strategy, begun_with.parameters)
    declared = at.terms.catalogue.cards()[begun_with.strategy].parameters
    space([f"{name}={values}" for name, values in body.space.items()], declared)
    words = words_of_search(body, begun_with)
    asked = {**base.asked, **body.model_dump(exclude_none=True)}
    return wire(at.parts.runs.start(Kind.OPTIMISE, words, asked)), 202


@ROUTES.get("/runs")
def runs(query: RunsQuery) -> dict[str, Any]:
    """Return the kept runs of a kind, the newest first, each with its result in few words."""
    return {"runs": wire(services().parts.runs.all(Kind(query.kind)))}


@ROUTES.get("/run/<run_id>")
def run(path: RunPath) -> dict[str, Any]:
    """Return a run: how far it is, or what became of it."""
    return wire(services().parts.runs.get(path.run_id))  # type: ignore[no-any-return]


@ROUTES.get("/run/<run_id>/bot-settings")
def bot_settings(path: RunPath, query: SymbolQuery) -> dict[str, Any]:
    """Return what the run suggests for a new bot.

    What a search has chosen is handed out only where it held out of sample, and only on paper.
    """
    at = services()
    found = at.parts.runs.get(path.run_id)
    return wire(settings_for_a_bot(found, at.mode, query.symbol))  # type: ignore[no-any-return]


@ROUTES.post("/run/<run_id>/cancel")
def cancel(path: RunPath) -> dict[str, Any]:
    """End a run now; what it has done until then is kept."""
    return wire(services().parts.runs.cancel(path.run_id))  # type: ignore[no-any-return]


@ROUTES.delete("/run/<run_id>")
def forget(path: RunPath) -> dict[str, Any]:
    """Take a run and its result away for good."""
    services().parts.runs.forget(path.run_id)
    return {"id": path.run_id, "forgotten": True}


@ROUTES.get("/run/<run_id>/document")
def document(path: RunPath) -> Response:
    """Return everything a run found, as the command line's `--json` prints it."""
    text = json.dumps(services().parts.runs.document(path.run_id), ensure_ascii=False)
    return _download(text, "application/json", f"{path.run_id}.json")


@ROUTES.get("/run/<run_id>/report", responses=_file("text/html", "A page that needs nothing."))
def report(path: RunPath) -> Response:
    """Return the report of a backtest as one page with its charts."""
    return _download(page(_backtest(path)), "text/html", f"{path.run_id}.html")


@ROUTES.get("/run/<run_id>/trades", responses=_file("text/csv", "A line for each trade."))
def trades(path: RunPath) -> Response:
    """Return the trades of a backtest as CSV."""
    return _download(trades_csv(_backtest(path)), "text/csv", f"{path.run_id}.csv")


def _backtest(path: RunPath) -> Mapping[str, Any]:
    at = services().parts.runs
    if at.get(path.run_id).kind is not Kind.BACKTEST:
        raise InputError("only a backtest has trades", field="run", code="no_result")
    return at.document(path.run_id)


def _download(text: str, kind: str, name: str) -> Response:
    said = {"Content-Disposition": f'attachment; filename="tradefleet-{name}"'}
    return Response(text, mimetype=kind, headers=said)


def words_of(body: StartBacktest | StartCheck) -> list[str]:
    """Return the command that does it; every value is bound to its option by `=`."""
    if isinstance(body, StartCheck):
        words = ["strategy", "check", "--json", f"--symbol={body.symbol}"]
        words += [f"--interval={body.interval}", *_parameters(body.parameters)]
        return [*words, "--", body.strategy]
    given = {name: getattr(body, name) for name in SAME_NAME}
    given |= {"amount": body.trade_amount}
    given |= {"fee": body.fee_percent.scaleb(-2), "slippage": body.slippage_percent.scaleb(-2)}
    words = ["backtest", "--json", "--drawn", "--progress=0.5"]
    words += [f"--symbol={symbol}" for symbol in (body.symbol, *body.more_symbols)]
    for name, value in given.items():
        if value is not None:
            words.append(f"--{name.replace('_', '-')}={wire(value)}")
    return words + _parameters(body.parameters)


def _parameters(given: Mapping[str, Any]) -> list[str]:
    return [f"--param={name}={json.dumps(value)}" for name, value in given.items()]


def words_of_search(body: StartOptimisation, base: StartBacktest) -> list[str]:
    """Return the command that searches around a backtest; what is tried is no longer fixed."""
    kept = {name: v for name, v in base.parameters.items() if name not in body.space}
    fixed = base.model_copy(update={"parameters": kept})
    _, *given = [word for word in words_of(fixed) if word != "--drawn"]
    words = ["optimise", *given, f"--trials={body.trials}", f"--method={body.method}"]
    words += [f"--objective={body.objective}", f"--seed={body.seed}"]
    cut = (("folds", body.folds, ""), ("train", body.train, "d"), ("test", body.test, "d"))
    words += [f"--{name}={many}{unit}" for name, many, unit in cut if many is not None]
    words += ["--anchored"] * body.anchored
    return words + [f"--space={name}={values}" for name, values in body.space.items()]
