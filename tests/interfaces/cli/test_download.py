"""`tradefleet data download`: from a server of dumps, and from the built-in exchange."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytest_httpserver import HTTPServer

from tests.adapters.candles.test_dumps import MONTH, START, dump, serve
from tests.exchange.running import Running
from tests.interfaces.cli.conftest import Terminal
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.interfaces.cli.output import moment

NOBODY = "http://127.0.0.1:1"
HOUR = 3_600_000
ASKED = ("data", "download", "btcusdt")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("exchange"), "--market", "synthetic")
    yield running
    running.end(15)


@pytest.fixture(autouse=True)
def nobody_answers(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """No address leads anywhere unless a test says so, and nobody waits for it."""
    monkeypatch.setenv("BINANCE_DUMPS_URL", NOBODY)
    monkeypatch.setenv("BINANCE_DATA_URL", NOBODY)
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_month_comes_as_a_dump_once(
    terminal: Terminal, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BINANCE_DUMPS_URL", httpserver.url_for("/"))
    serve(httpserver, MONTH, dump("BTCUSDT-1h-2024-01.zip", 31 * 24))
    asked = (*ASKED, "--interval", "1h", "--from", "2024-01-01", "--to", "2024-02-01")

    (first,) = terminal.json(*asked)
    requests = len(httpserver.log)
    again = terminal.run(*asked)

    (step,) = first["steps"]
    assert (step["source"], step["added"]) == ("BTCUSDT-1h-2024-01.zip", 744)
    assert first["kept"]["rows"] == 744
    assert len(httpserver.log) == requests == 2
    assert "2024-01-31T23:00:00Z" in again.stdout


def test_the_exchange_is_asked_for_what_no_dump_has(
    terminal: Terminal,
    exchange: Running,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("BINANCE_DUMPS_URL", httpserver.url_for("/"))
    monkeypatch.setenv("BINANCE_DATA_URL", f"http://127.0.0.1:{exchange.port}")
    httpserver.expect_request(re.compile(r".*\.CHECKSUM")).respond_with_data("", 404)
    start = (exchange.now() // HOUR - 130) * HOUR
    served = exchange.get("/klines", symbol="BTCUSDT", interval="5m", startTime=str(start))

    (found,) = terminal.json(*ASKED, "--from", moment(start))

    assert found["kept"]["first"] == start
    assert found["kept"]["gaps"]["count"] == 0
    assert found["kept"]["rows"] >= 130 * 12
    assert len(found["steps"]) == 2
    assert found["kept"]["sources"] == [f"127.0.0.1:{exchange.port}"]
    kept = Catalogue(terminal.home / "candles").read("BTCUSDT", "5m")
    assert kept is not None
    assert [Decimal(repr(float(price))) for price in kept.candles.close[:500]] == [
        Decimal(row[4]) for row in served
    ]
    assert kept.trades is not None
    assert kept.trades[:500].tolist() == [row[8] for row in served]


def test_a_symbol_the_exchange_does_not_have_is_said(
    terminal: Terminal, exchange: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BINANCE_DATA_URL", f"http://127.0.0.1:{exchange.port}")

    told = terminal.run(
        "data", "download", "NOSUCH", "--source", "rest", "--from", "2024-01-01", exits=1
    ).stderr

    assert "expected a symbol the exchange has" in told


def test_before_the_coin_was_traded_there_is_nothing(
    terminal: Terminal, exchange: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BINANCE_DATA_URL", f"http://127.0.0.1:{exchange.port}")
    span = ("--from", "2001-01-01", "--to", "2001-02-01")

    told = terminal.run(*ASKED, "--source", "rest", *span, exits=1).stderr

    assert "there are no 5m candles of BTCUSDT in that time" in told


def test_without_a_network_both_ways_are_named_and_what_to_do(terminal: Terminal):
    told = terminal.run(*ASKED, "--from", "2024-01-01", "--to", "2024-02-01", exits=1).stderr

    assert f"passed over: {NOBODY} does not answer" in told
    assert "the exchange cannot be reached" in told
    assert "the same command goes on from there" in told
    assert "tradefleet data import FILE" in told


def test_other_figures_than_those_kept_are_told(
    terminal: Terminal, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BINANCE_DUMPS_URL", httpserver.url_for("/"))
    serve(httpserver, MONTH, dump("BTCUSDT-1h-2024-01.zip", 31 * 24))
    text = f"open_time,open,high,low,close,volume\n{START},10.1,10.3,10.0,10.21,5.5\n"
    (terminal.here / "BTCUSDT-1h.csv").write_text(text)
    terminal.run("data", "import", "BTCUSDT-1h.csv")

    told = terminal.run(
        *ASKED, "--interval", "1h", "--from", "2024-01-01", "--to", "2024-02-01", exits=1
    ).stderr

    assert "1 candles of BTCUSDT-1h-2024-01.zip differ from those kept" in told
    assert "2024-01-01T00:00:00Z" in told


@pytest.mark.parametrize(
    ("words", "exits", "says"),
    [
        (("BTCUSDT",), 2, "Missing option '--from'"),
        (("BTCUSDT", "--from", "yesterday"), 2, "--from: expected a moment such as"),
        (("BTCUSDT", "--from", "2094-01-01"), 2, "before now, was 2094-01-01"),
        (("BTCUSDT", "--from", "2024-02-01", "--to", "2024-01-01"), 2, "before --to"),
        (("../BTC", "--from", "2024-01-01"), 2, "expected a symbol such as BTCUSDT"),
        (("BTCUSDT", "--from", "2024-01-01", "--interval", "7m"), 2, "'7m' is not one of"),
    ],
)
def test_what_cannot_be_meant_says_why(
    terminal: Terminal, words: tuple[str, ...], exits: int, says: str
):
    assert says in terminal.run("data", "download", *words, exits=exits).stderr


def test_an_address_that_is_none_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BINANCE_DUMPS_URL", "data.binance.vision")

    told = terminal.run(*ASKED, "--from", "2024-01-01", exits=1).stderr

    assert "BINANCE_DUMPS_URL: expected an address such as https://" in told
