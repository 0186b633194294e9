"""A run's report as HTML: a part of a page, or a page that needs nothing but itself."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tradefleet import __version__
from tradefleet.interfaces.report import figures, words
from tradefleet.interfaces.report.charts import charts, returns

HERE = Path(__file__).parent
STYLES = HERE.parent / "dashboard" / "static" / "css"
SHEETS = ("tokens.css", "base.css", "parts.css", "report.css")
LONGEST_TABLE = 1_000  # trades on a page; the CSV has all

Document = Mapping[str, Any]


def body(document: Document) -> str:
    """Return the result as a part of a page that has our stylesheets."""
    return render("result.html", **_view(document))


def page(document: Document) -> str:
    """Return a whole page: styles and charts are in it, and it asks no network."""
    styles = "\n".join((STYLES / sheet).read_text("utf-8") for sheet in SHEETS)
    return render("report.html", **_view(document), styles=styles, version=__version__)


def comparison(named: Mapping[str, Document]) -> str:
    """Return runs side by side as a part of a page.

    Args:
        named: documents by the name that tells them apart; each of the same measures.
    """
    columns = [figures.measures(document) for document in named.values()]
    rows = [(row[0].label, row[0].meaning, row) for row in zip(*columns, strict=True)]
    curves = {name: (doc.get("drawn") or {}).get("equity", []) for name, doc in named.items()}
    return render(
        "comparison.html",
        names=list(named),
        rows=rows,
        differing=_differing(list(named.values())),
        charts=[returns(curves, "Return of each run")] if any(curves.values()) else [],
    )


def heading(document: Document) -> str:
    """Return what was played, in a few words."""
    settings = document["settings"]
    symbols = settings.get("symbols") or [settings["symbol"]]
    return f"{settings['strategy']} on {words.several(symbols)}, {settings['interval']}"


def _view(document: Document) -> dict[str, Any]:
    trades = document["trades"]
    told, tone = figures.luck(document)
    return {
        "heading": heading(document),
        "span": _span(document),
        "warnings": document["warnings"],
        "tiles": figures.tiles(document),
        "luck": told,
        "luck_tone": tone,
        "measures": figures.measures(document),
        "chance": figures.chance(document),
        "charts": charts(document),
        "shares": figures.shares(document),
        "endings": figures.endings(trades),
        "trades": list(enumerate(trades, 1))[-LONGEST_TABLE:][::-1],
        "left_out": max(0, len(trades) - LONGEST_TABLE),
        "several": bool(trades) and "symbol" in trades[0],
        "settings": settings_rows(document["settings"]),
    }


def settings_rows(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was asked for, parameters included, as rows for people."""
    rows = [
        (name.replace("_", " "), words.moment(value) if name in ("start", "end") else value)
        for name, value in settings.items()
        if name != "parameters" and value is not None
    ]
    rows += [(name.replace("_", " "), value) for name, value in settings["parameters"].items()]
    return [(name, ", ".join(v) if isinstance(v, list) else str(v)) for name, v in rows]


def _span(document: Document) -> str:
    played = document["candles"]
    parts = [played] if "played" in played else list(played.values())
    firsts = [part["first"] for part in parts if part["first"] is not None]
    lasts = [part["last"] for part in parts if part["last"] is not None]
    count = sum(part["played"] for part in parts)
    if not firsts:
        return "no candle was played"
    return f"{words.moment(min(firsts))} to {words.moment(max(lasts))} UTC, {count:,} candles"


def _differing(documents: Sequence[Document]) -> list[tuple[str, list[str]]]:
    """Return the settings in which runs differ."""
    columns = [dict(settings_rows(document["settings"])) for document in documents]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, [column.get(name, words.NOTHING) for column in columns]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def render(template: str, **view: Any) -> str:
    """Return a template of ours filled; everything in the view is escaped."""
    return _templates().get_template(template).render(view)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=words)
    return made
