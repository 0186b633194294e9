"""`tradefleet strategy check`: honest is 0, not honest 1, wrong usage 2; the person's files too."""

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.markets import random_market

FILE = "BTCUSDT-5m-2023.csv"
NATIVE = """
from tradefleet.domain.indicators import rsi
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.strategy import Parameter, Strategy


class Mine(Strategy):
    key = "mine"
    length = Parameter(20, minimum=20, maximum=500, help="Warm-up.")

    @property
    def warmup(self):
        return self.length

    def decide(self, candles, news=None):
        return Signal(Action.BUY if rsi(candles.close)[-1] < 50 else Action.SELL)
"""
SKETCH = """
import random


class Mine:
    warmup = 10

    def __init__(self):
        self.seen = {{}}

    def analyze(self, data):
        rising = {rising}
        return {{"signal": "BUY" if rising else "SELL", "reasoning": "because"}}
"""
HONEST = "float(data[-1][4]) > float(data[-2][4])"
RANDOM = "random.random() < 0.5"
AHEAD = (
    "[self.seen.update({r[0]: r[4] for r in data}),"
    " float(self.seen.get(data[-1][0] + 300000, 0)) > float(data[-1][4])][1]"
)
ASKED = ("strategy", "check", "mine", "--data", FILE, "--places", "60")


@pytest.fixture(autouse=True)
def data(terminal: Terminal) -> None:
    rows = [",".join(map(str, row[:6])) for row in random_market(3, 1_200).klines()]
    (terminal.here / FILE).write_text(
        "\n".join(["open_time,open,high,low,close,volume", *rows]) + "\n"
    )


def mine(terminal: Terminal, text: str) -> None:
    folder = terminal.home / "strategies"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(text)


def test_an_honest_strategy_is_an_exit_code_of_0_and_a_word_for_each_law(terminal: Terminal):
    told = terminal.run("strategy", "check", "volatile", "--data", FILE).stdout

    assert "volatile: every law holds" in told
    for law in ("determinism", "look-ahead", "warm-up", "agreement"):
        assert f"holds    {law}: " in told


def test_the_document(terminal: Terminal):
    found = terminal.json(
        "strategy", "check", "volatile", "--data", FILE, "--param", "rsi_length=2"
    )

    assert list(found) == [
        "strategy", "parameters", "symbol", "interval", "honest", "checks", "remarks",
    ]  # fmt: skip
    assert (found["symbol"], found["interval"]) == ("BTCUSDT", "5m")
    assert found["parameters"] == {"rsi_length": 2}
    assert found["honest"] is True
    assert list(found["checks"][0]) == [
        "law", "held", "sentence", "asked", "differing", "close_time", "answers",
    ]  # fmt: skip


def test_a_strategy_that_reads_news_was_asked_without(terminal: Terminal):
    found = terminal.json("strategy", "check", "ticker_news", "--data", FILE)

    assert "it reads news, and was asked without any" in found["remarks"]


def test_a_sketch_of_the_persons_own_can_be_honest(terminal: Terminal):
    mine(terminal, SKETCH.format(rising=HONEST))

    assert terminal.json(*ASKED)["honest"] is True


@pytest.mark.parametrize(
    ("text", "law"),
    [
        (SKETCH.format(rising=RANDOM), "determinism"),
        (SKETCH.format(rising=AHEAD), "look-ahead"),
        (NATIVE, "warm-up"),
    ],
)
def test_a_dishonest_one_is_an_exit_code_of_1_and_a_sentence(
    terminal: Terminal, text: str, law: str
):
    mine(terminal, text)

    found = terminal.json(*ASKED, "--places", "300", exits=1)

    assert found["honest"] is False
    (broken,) = (check for check in found["checks"] if check["held"] is False)
    assert broken["law"] == law
    assert (broken["close_time"] + 1) % 300_000 == 0
    assert set(broken["answers"]) == {"BUY", "SELL"}


def test_people_are_told_what_is_broken(terminal: Terminal):
    mine(terminal, NATIVE)

    told = terminal.run(*ASKED, "--places", "300", exits=1).stdout

    assert "BROKEN   warm-up: at the candle that closed 2023-11-" in told
    assert "mine: do not believe a backtest of it" in told


def test_a_parameter_of_the_persons_own_counts(terminal: Terminal):
    mine(terminal, NATIVE)

    assert terminal.json(*ASKED, "--param", "length=490")["honest"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("volatil", "--data", FILE), "unknown strategy 'volatil', did you mean 'volatile'?"),
        (("volatile",), "expected --data FILE, or --symbol of candles that are kept"),
        (("volatile", "--symbol", "BTCUSDT"), "there are no 5m candles of BTCUSDT"),
        (("volatile", "--data", "nosuch.csv"), "does not exist"),
        (("volatile", "--data", FILE, "--interval", "7m"), "'7m' is not one of"),
        (("volatile", "--data", FILE, "--param", "votes=9"), "votes: expected at most 3, was 9"),
        (("volatile", "--data", FILE, "--places", "1"), "1 is not in the range"),
    ],
)
def test_wrong_usage_is_said_and_exits_2(terminal: Terminal, words: tuple[str, ...], says: str):
    told = terminal.run("strategy", "check", *words, "--json", exits=2)

    assert says in told.stderr
    assert told.stdout == ""


def test_candles_that_are_kept_need_only_their_symbol(terminal: Terminal):
    terminal.run("data", "import", FILE)

    of_kept = terminal.json("strategy", "check", "volatile", "--symbol", "btcusdt")

    assert of_kept == terminal.json("strategy", "check", "volatile", "--data", FILE)


def test_a_faulty_file_and_too_few_candles_are_said(terminal: Terminal):
    mine(terminal, "import nosuchmodule\n")

    assert "nosuchmodule" in terminal.run(*ASKED, exits=1).stderr
    told = terminal.run(
        "strategy", "check", "volatile", "--data", FILE, "--param", "macd_slow=45", exits=1
    )
    assert "there are 1,200" in told.stderr
