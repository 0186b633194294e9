"""`tradefleet backtest`: the contract that other programs rely on."""

import json
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.dashboard.world import EXCHANGE_INFO
from tests.markets import random_market
from tests.skips import shared_data
from tradefleet.application.terms import read_amount
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.interfaces.cli.progress import telling_progress

HEADER = "open_time,open,high,low,close,volume\n"
COUNT = 900
QUICK = (
    "--param", "rsi_length=2", "--param", "macd_fast=2", "--param", "macd_slow=3",
    "--param", "macd_signal=2", "--param", "band_length=5",
)  # fmt: skip
ASKED = ("backtest", "--strategy", "volatile", "--symbol", "btcusdt")


def rows() -> list[list[object]]:
    market = random_market(3, COUNT)
    return [list(row[:6]) for row in market.klines()]


def write(terminal: Terminal, lines: list[list[object]], name: str = "candles.csv") -> str:
    text = "".join(",".join(map(str, line)) + "\n" for line in lines)
    (terminal.here / name).write_text(HEADER + text)
    return name


@pytest.fixture
def data(terminal: Terminal) -> str:
    return write(terminal, rows())


def test_the_document(terminal: Terminal, data: str):
    found = terminal.json(*ASKED, "--data", data, *QUICK)

    assert list(found) == [
        "settings", "complete", "candles", "metrics", "chance", "trades", "equity", "warnings",
    ]  # fmt: skip
    trade = found["trades"][0]
    assert list(trade) == [
        "entry_time", "entry_price", "exit_time", "exit_price",
        "quantity", "fees", "profit", "exit_reason",
    ]  # fmt: skip
    assert {type(trade[key]) for key in ("entry_price", "quantity", "fees", "profit")} == {str}
    assert found["settings"]["parameters"]["rsi_length"] == 2
    assert found["settings"]["symbol"] == "BTCUSDT"
    assert found["complete"] is True
    assert len(found["equity"]) == found["candles"]["played"] == COUNT


def test_the_money_of_the_document_adds_up(terminal: Terminal, data: str):
    found = terminal.json(*ASKED, "--data", data, *QUICK)

    trades, metrics = found["trades"], found["metrics"]
    profit = sum(Decimal(trade["profit"]) for trade in trades)
    assert profit == Decimal(metrics["net_profit"])
    assert Decimal(metrics["final_equity"]) == 100 + profit
    assert metrics["trades"] + metrics["open_at_end"] == len(trades)
    for trade in trades:
        sold, fees = Decimal(trade["quantity"]), Decimal(trade["fees"])
        gained = sold * (Decimal(trade["exit_price"]) - Decimal(trade["entry_price"]))
        assert Decimal(trade["profit"]) == gained - fees
    assert Decimal(found["equity"][-1][1]) == pytest.approx(Decimal(metrics["final_equity"]))


def test_decisions_are_listed_where_they_are_wanted(terminal: Terminal, data: str):
    asked = (*ASKED, "--data", data, *QUICK)
    found = terminal.json(*asked, "--decisions")

    assert "decisions" not in terminal.json(*asked)
    assert {(at + 1) % (15 * MINUTE) for at, _ in found["decisions"]} == {0}
    assert {said for _, said in found["decisions"]} == {"BUY", "SELL", "HOLD"}
    assert len(found["decisions"]) == found["metrics"]["evaluations"] == COUNT // 3


def test_a_buy_with_its_own_size_and_levels_says_so(terminal: Terminal, data: str):
    asked = ("backtest", "--strategy", "enhanced", "--symbol", "BTCUSDT", "--data", data)
    found = terminal.json(*asked, "--every", "5m", "--decisions")

    own = [said[2] for said in found["decisions"] if said[1] == "BUY"]
    assert own
    assert all(set(values) == {"fraction", "stop_loss", "take_profit"} for values in own)
    assert all(read_amount(text) for values in own for text in values.values())


def test_only_the_document_goes_to_standard_output(terminal: Terminal):
    holed = rows()
    del holed[500:520]
    data = write(terminal, holed)

    told = terminal.run(*ASKED, "--data", data, *QUICK, "--json")

    assert json.loads(told.stdout)["candles"]["gaps"]["count"] == 1
    assert "warning: 20 candles are missing in 1 gaps, the longest of 1h 40m" in told.stderr


def test_start_is_inclusive_end_exclusive_and_what_comes_before_warms_up(
    terminal: Terminal, data: str
):
    first = int(str(rows()[0][0]))
    midnight = first // DAY * DAY + 2 * DAY
    day = "2023-11-16"
    found = terminal.json(
        *ASKED, "--data", data, *QUICK, "--start", day, "--end", f"{day}T12:00", "--decisions"
    )

    assert found["candles"]["first"] == midnight
    assert found["candles"]["last"] == midnight + DAY // 2 - 5 * MINUTE
    assert found["candles"]["warm_up"] == 99
    assert found["decisions"][0][0] == midnight + 15 * MINUTE - 1


def test_the_same_candles_give_the_same_document(terminal: Terminal, data: str):
    first, second = (terminal.run(*ASKED, "--data", data, *QUICK, "--json") for _ in range(2))

    assert first.stdout == second.stdout


def test_for_people_it_prints_the_measures_beside_buying_and_holding(terminal: Terminal, data: str):
    told = terminal.run(*ASKED, "--data", data, *QUICK).stdout

    assert "buy and hold" in told
    assert "random entries, as many and as long, did as well in " in told
    assert "deepest fall" in told


def test_the_rules_of_the_symbol_are_obeyed(terminal: Terminal, data: str):
    (terminal.here / "info.json").write_text(json.dumps(EXCHANGE_INFO))

    found = terminal.json(*ASKED, "--data", data, *QUICK, "--rules", "info.json")

    assert all(Decimal(t["quantity"]) % Decimal("0.00001") == 0 for t in found["trades"])


def test_the_stop_follows_the_price_where_it_is_told_to(terminal: Terminal, data: str):
    asked = (*ASKED, "--data", data, *QUICK, "--stop-loss", "0", "--take-profit", "0")

    rests = terminal.json(*asked)
    trails = terminal.json(*asked, "--trailing-stop", "0.5")
    covers = terminal.json(*asked, "--break-even", "0.3")

    def stopped(found) -> int:
        return sum(trade["exit_reason"] == "stop_loss" for trade in found["trades"])

    assert stopped(rests) == 0 < min(stopped(trails), stopped(covers))
    assert (trails["settings"]["trailing_stop"], covers["settings"]["break_even"]) == ("0.5", "0.3")


def test_a_strategy_of_the_persons_own_is_played(terminal: Terminal, data: str):
    folder = terminal.home / "strategies"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(
        "class Mine:\n"
        "    def analyze(self, data):\n"
        "        even = int(data[-1][0]) // 900000 % 2 == 0\n"
        "        return {'signal': 'BUY' if even else 'SELL', 'reasoning': 'the clock'}\n"
    )
    asked = ("backtest", "--strategy", "mine", "--symbol", "BTCUSDT", "--data", data)

    assert len(terminal.json(*asked)["trades"]) > 50


def test_headlines_are_read_where_they_are_given(terminal: Terminal, data: str):
    (terminal.here / "news.csv").write_text(
        "published,title\n" + f"{rows()[600][0]},Bitcoin soars to record high on strong demand\n"
    )
    asked = ("backtest", "--strategy", "ticker_news", "--symbol", "BTCUSDT", "--data", data)
    eager = ("--param", "headlines=1", "--param", "good=0.0", "--every", "5m")

    with_news = terminal.json(*asked, *eager, "--news", "news.csv", "--decisions")
    without = terminal.json(*asked, *eager, "--decisions")

    assert "BUY" in {said for _, said, *_ in with_news["decisions"]}
    assert "BUY" not in {said for _, said, *_ in without["decisions"]}


def test_recorded_headlines_move_a_recorded_market(terminal: Terminal):
    recorded = shared_data()
    asked = (
        "backtest", "--strategy", "ticker_news", "--symbol", "BTCUSDT", "--interval", "1h",
        "--data", str(recorded / "klines/1h/BTCUSDT-1h-20170817-20211231.parquet"),
        "--start", "2021-10-20", "--decisions",
    )  # fmt: skip
    news = str(recorded / "news/crypto-headlines-20211012-20220430.parquet")

    found = terminal.json(*asked, "--news", news)
    cut = terminal.json(*asked, "--news", news, "--end", "2021-12-01")

    assert found["trades"]
    assert {said for _, said in found["decisions"]} == {"BUY", "SELL", "HOLD"}
    assert cut["decisions"] == found["decisions"][: len(cut["decisions"])]  # nobody looks ahead


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--strategy", "volatil"), "unknown strategy 'volatil', did you mean 'volatile'?"),
        (("--param", "rsi_lenght=3"), "unknown parameter 'rsi_lenght', did you mean 'rsi_length'?"),
        (("--param", "rsi_length=1"), "rsi_length: expected at least 2, was 1"),
        (("--param", "rsi_length"), "--param: expected name=value"),
        (("--interval", "7m"), "'7m' is not one of"),
        (("--every", "7m"), "expected a whole multiple of the candle's 5m"),
        (("--fee", "1.5"), "--fee: expected a part below 1"),
        (("--fee", "1e-3"), "expected a number such as 100"),
        (("--stop-loss", "101"), "--stop-loss: expected percent"),
        (("--trailing-stop", "100"), "--trailing-stop: expected percent"),
        (("--break-even", "0.00001"), "--break-even: expected percent"),
        (("--amount", "0"), "expected an amount above 0"),
        (("--sizing", "huge"), "'huge' is not one of 'compound', 'fixed'"),
        (("--max-gap", "long"), "expected a duration such as"),
        (("--start", "soon"), "--start: expected a moment such as"),
        (("--data", "nosuch.csv"), "--data: expected one, was 2"),
        (("--rules", "nosuch.json"), "nosuch.json cannot be read"),
        (("--detail", "candles.csv"), "expected candles finer than 5m"),
        (("--speed", "9"), "No such option '--speed'"),
    ],
)
def test_wrong_usage_is_said_and_exits_2(
    terminal: Terminal, data: str, words: tuple[str, ...], says: str
):
    told = terminal.run(*ASKED, "--data", data, *words, "--json", exits=2)

    assert says in told.stderr
    assert told.stdout == ""


def test_a_file_that_is_not_there_is_said(terminal: Terminal):
    told = terminal.run(*ASKED, "--data", "nosuch.csv", exits=2)

    assert "nosuch.csv, which does not exist" in told.stderr


def worse(change: str) -> list[list[object]]:
    """Candles with one thing wrong with them."""
    found = rows()
    late = [[int(str(row[0])) + 10**12 // (5 * MINUTE) * 5 * MINUTE, *row[1:]] for row in found]
    changes = {
        "twice": [*found[:600], found[599], *found[600:]],
        "order": [*found[:600], found[601], found[600], *found[602:]],
        "not a number": [*found[:600], [*found[600][:4], "NaN", "1"], *found[601:]],
        "high below low": [*found[:600], [found[600][0], 5, 4, 6, 5, 1], *found[601:]],
        "another interval": found[::3],
        "empty": [],
        "future": late,
        "short": found[:60],
    }
    return changes[change]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("twice", "row 601, 2023-11-17T00:10:00+00:00: expected each open_time once"),
        ("order", "expected open_time ascending"),
        ("not a number", "expected close above zero, was nan"),
        ("high below low", "expected high >= open, close"),
        ("another interval", "the interval is another one"),
        ("empty", "expected candles, was empty"),
        ("future", "expected candles that have closed"),
        ("short", "volatile needs 70 candles to warm up, there are 60"),
    ],
)
def test_candles_that_cannot_be_are_refused_without_half_a_result(
    terminal: Terminal, change: str, says: str
):
    data = write(terminal, worse(change))

    told = terminal.run(*ASKED, "--data", data, *QUICK, "--json", exits=1)

    assert says in told.stderr
    assert told.stdout == ""


def test_a_span_without_candles_says_which_there_are(terminal: Terminal, data: str):
    told = terminal.run(*ASKED, "--data", data, "--start", "2024-01-01", exits=1)

    assert "there are 900, from 2023-11-14T22:15Z to 2023-11-18T01:10Z" in told.stderr


@pytest.mark.parametrize("name", ["news.csv", "news.jsonl", "news.parquet"])
def test_headlines_that_cannot_be_read_are_refused(terminal: Terminal, data: str, name: str):
    (terminal.here / name).write_text("nonsense\nmore of it\n")

    told = terminal.run(*ASKED, "--data", data, "--news", name, exits=1)

    assert f"the headlines in {name} cannot be read" in told.stderr


def test_a_file_that_is_no_exchange_info_is_refused(terminal: Terminal, data: str):
    (terminal.here / "info.json").write_text("[]")

    told = terminal.run(*ASKED, "--data", data, "--rules", "info.json", exits=1)

    assert "expected Binance's exchangeInfo" in told.stderr


def test_ctrl_c_ends_the_run_and_keeps_what_is_done():
    with telling_progress() as go_on:
        assert go_on(1, 2)
        signal.raise_signal(signal.SIGINT)
        assert not go_on(2, 2)


def test_an_interrupted_run_prints_what_it_has_and_says_so(terminal: Terminal, data: str):
    folder = terminal.home / "strategies"
    folder.mkdir(parents=True)
    (folder / "impatient.py").write_text(
        "import os, signal\n"
        "class Impatient:\n"
        "    def analyze(self, data):\n"
        f"        if int(data[-1][0]) == {rows()[300][0]}:\n"
        "            os.kill(os.getppid(), signal.SIGINT)\n"
        "        return {'signal': 'BUY', 'reasoning': 'always'}\n"
    )
    asked = ("backtest", "--strategy", "impatient", "--symbol", "BTCUSDT", "--data", data)

    told = terminal.run(*asked, "--every", "5m", "--json", exits=1)

    found = json.loads(told.stdout)
    assert found["complete"] is False
    played = found["candles"]["played"]  # its strategy is asked ahead, the more the quicker it is
    assert played == len(found["equity"])
    assert played in (256, 512)
    assert found["trades"][-1]["exit_reason"] == "end"
    assert f"interrupted after {played} of 900 candles" in told.stderr


def test_longer_candles_are_evaluated_at_each_close(terminal: Terminal):
    hours = [[1_700_006_400_000 + n * 60 * MINUTE, *row[1:]] for n, row in enumerate(rows())]
    asked = (*ASKED, "--data", write(terminal, hours), *QUICK, "--interval", "1h")

    assert terminal.json(*asked)["metrics"]["evaluations"] == COUNT
    told = terminal.run(*asked, "--every", "15m", exits=2)
    assert "--every: expected a whole multiple of the candle's 1h" in told.stderr


def test_what_is_probably_not_meant_is_said(terminal: Terminal):
    data = write(terminal, rows(), "ETHUSDT-5m-2023.csv")
    asked = ("backtest", "--strategy", "ticker_news", "--symbol", "BTCUSDT", "--data", data)

    found = terminal.json(*asked)

    assert found["warnings"] == [
        "ETHUSDT-5m-2023.csv is played as BTCUSDT, but its name says ETHUSDT",
        "ticker_news reads news, and --news names no file: it knows of none",
    ]


def test_nothing_is_written_anywhere(terminal: Terminal, data: str):
    before = sorted(Path(terminal.here).iterdir())

    terminal.run(*ASKED, "--data", data, *QUICK)

    assert sorted(Path(terminal.here).iterdir()) == before
    assert not terminal.home.exists()
