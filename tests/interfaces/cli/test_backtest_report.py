"""A run's report for people: what it says, and that it needs nothing but itself."""

import csv
import io
import re
from typing import Any

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_backtest import ASKED, QUICK, rows, write
from tradefleet.domain.candle import DAY
from tradefleet.interfaces.report import body, comparison, page, trades_csv
from tradefleet.interfaces.report.charts import charts
from tradefleet.interfaces.report.words import number, percent, price, span

PLACES = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


@pytest.fixture
def data(terminal: Terminal) -> str:
    return write(terminal, rows())


@pytest.fixture
def found(terminal: Terminal, data: str) -> dict[str, Any]:
    return terminal.json(*ASKED, "--data", data, "--drawn", *QUICK)  # type: ignore[no-any-return]


def test_the_page_asks_for_nothing(found: dict[str, Any]):
    text = page(found)

    assert not re.search(r"<script|https?://|@import|url\(|src=", text)
    assert "default-src 'none'" in text


def test_what_a_person_wrote_stays_text(found: dict[str, Any]):
    hostile = "<img src=x onerror=alert(1)>"
    found["warnings"] = [hostile]
    found["settings"]["strategy"] = hostile

    assert "<img" not in page(found)
    assert "&lt;img src=x" in page(found)


def test_warnings_come_before_any_figure(found: dict[str, Any]):
    found["warnings"] = ["16 candles are missing"]
    text = body(found)

    assert text.index("16 candles are missing") < text.index("Total return")


def test_figures_are_those_of_the_document(found: dict[str, Any]):
    text, measured = body(found), found["metrics"]

    for key in ("total_return", "cagr"):
        assert percent(measured[key], sign=True) in text
        assert percent(measured["buy_and_hold"][key], sign=True) in text
    assert text.count('<tr><td class="number">') == len(found["trades"])


def test_charts_have_each_trade_and_the_ends_of_each_curve(found: dict[str, Any]):
    equity, fall, priced = charts(found)

    assert [chart.title for chart in (equity, fall, priced)][1] == "Fall below the earlier peak"
    assert sum(shape.kind == "entry" for shape in priced.shapes) == len(found["trades"])
    drawn = found["drawn"]
    assert drawn["equity"][-1][:2] == [found["equity"][-1][0], float(found["equity"][-1][1])]
    assert min(row[2] for row in drawn["equity"]) == pytest.approx(found["metrics"]["max_drawdown"])
    lows = [float(str(row[3])) for row in rows()]
    assert min(row[3] for row in drawn["price"]) == min(lows)
    everywhere = [x for shape in priced.shapes for x in PLACES.findall(shape.path)]
    assert all(0 <= float(x) <= 1_000 and 0 <= float(y) <= 1_000 for x, y in everywhere)


def test_a_run_without_trades_is_told_too(terminal: Terminal, data: str):
    silent = ("backtest", "--strategy", "ticker_news", "--symbol", "BTCUSDT")
    found = terminal.json(*silent, "--data", data, "--drawn")

    assert found["trades"] == []
    assert "There was no trade." in page(found)
    assert trades_csv(found) == "entry_time,exit_time,profit\n"


def test_the_table_of_trades_is_exact(found: dict[str, Any]):
    lines = list(csv.DictReader(io.StringIO(trades_csv(found))))

    assert [line["profit"] for line in lines] == [trade["profit"] for trade in found["trades"]]
    assert lines[0]["entry_time"].endswith("Z")


def test_runs_side_by_side_say_in_what_they_differ(found: dict[str, Any]):
    other = {**found, "settings": {**found["settings"], "stop_loss": "3"}}
    text = comparison({"first": found, "<second>": other})

    assert "stop loss" in text
    assert "take profit</td>" not in text
    assert "&lt;second&gt;" in text


def test_the_command_writes_both_files(terminal: Terminal, data: str):
    asked = (*ASKED, "--data", data, *QUICK, "--report", "run.html", "--csv", "trades.csv")
    told = terminal.run(*asked).stdout

    assert "buy and hold" in told
    assert "<svg" in (terminal.here / "run.html").read_text()
    assert (terminal.here / "trades.csv").read_text().startswith("entry_time,")
    refused = terminal.run(*ASKED, "--data", data, "--report", "no/where.html", exits=2)
    assert "expected a file in a folder that exists, was no/where.html" in refused.output


def test_several_symbols_have_one_curve(terminal: Terminal):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        write(terminal, rows(), f"{symbol}-5m.csv")
    both = ("--symbol", "ETHUSDT", "--data", "BTCUSDT-5m.csv", "--data", "ETHUSDT-5m.csv")
    found = terminal.json(*ASKED, *both, "--drawn", *QUICK)

    assert len(charts(found)) == 2
    assert "<th>Symbol</th>" in page(found)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (percent(0.05), "5.00 %"),
        (percent(-0.051, sign=True), "−5.10 %"),
        (percent(None), "—"),
        (number("-0.001"), "0.00"),
        (number(1234.5, sign=True), "+1,234.50"),
        (price("0.00001234"), "0.00001234"),
        (span(DAY + 7_200_000), "1 d 2 h"),
    ],
)
def test_how_figures_read(shown: str, expected: str):
    assert shown == expected
