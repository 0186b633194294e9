"""`tradefleet optimise`: what is asked, what is answered, and what is refused."""

import sys

import numpy as np
import pytest

from tests.application.optimisation.markets import random_walk, returning
from tests.interfaces.cli.conftest import Terminal
from tradefleet.domain.candle import Candles

HEADER = "open_time,open,high,low,close,volume\n"
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
ASKED = (
    "optimise", "--strategy", "volatile", "--symbol", "BTCUSDT", "--interval", "1h", "--every",
    "1h", "--jobs", "1", "--param", "macd_fast=2", "--param", "macd_slow=3", "--param",
    "macd_signal=2", "--param", "band_length=5",
)  # fmt: skip
SPACE = ("--space", "rsi_length=2:5", "--space", "votes=1,2,3")


def write(terminal: Terminal, candles: Candles, name: str = "candles.csv") -> str:
    rows = np.stack([getattr(candles, column) for column in COLUMNS], axis=1).tolist()
    lines = (f"{int(row[0])}," + ",".join(map(str, row[1:])) for row in rows)
    (terminal.here / name).write_text(HEADER + "\n".join(lines) + "\n")
    return name


@pytest.fixture
def data(terminal: Terminal) -> str:
    return write(terminal, random_walk(1, days=60))


def test_the_verdict_comes_first_and_in_sample_beside_out_of_sample(terminal: Terminal, data: str):
    said = terminal.run(*ASKED, *SPACE, "--data", data, "--method", "grid").stdout

    assert said.startswith("verdict: no better than chance\n")
    assert "in sample  out of sample" in said
    assert said.count(" to 20") == 5
    assert "12 trials; the best of all days" in said


def test_the_document(terminal: Terminal, data: str):
    found = terminal.json(*ASKED, *SPACE, "--data", data, "--method", "random", "--trials", "6")

    assert found["settings"]["space"] == ["rsi_length=2:5", "votes=1,2,3"]
    assert found["settings"]["parameters"]["band_length"] == 5
    assert (found["settings"]["method"], found["settings"]["trials"]) == ("random", 6)
    assert found["complete"] is True
    assert {tuple(trial["parameters"]) for trial in found["trials"]} == {("rsi_length", "votes")}


def test_the_same_seed_comes_to_the_same_by_any_number_of_processes(terminal: Terminal, data: str):
    asked = (*ASKED, "--space", "rsi_length=2:20", "--space", "rsi_buy=10:50", "--data", data)
    one, two = (terminal.json(*asked, "--trials", "20", "--jobs", jobs) for jobs in ("1", "2"))
    other = terminal.json(*asked, "--trials", "20", "--seed", "2")

    assert one == two
    assert one["trials"] != other["trials"]


def test_where_all_combinations_can_be_tried_all_are(terminal: Terminal, data: str):
    found = terminal.json(*ASKED, *SPACE, "--data", data, "--trials", "500")

    assert found["overfitting"]["trials"] == 12


def test_a_study_is_gone_on_with(terminal: Terminal, data: str):
    asked = (*ASKED, *SPACE, "--data", data, "--study", "study.jsonl")
    few = terminal.json(*asked, "--method", "random", "--trials", "3")
    again = terminal.run(*asked, "--method", "grid", exits=2)
    more = terminal.json(*asked, "--method", "grid", "--resume")
    whole = terminal.json(*ASKED, *SPACE, "--data", data, "--method", "grid")

    assert few["overfitting"]["trials"] < 12
    assert "go on with it by --resume" in again.output
    assert more | {"settings": {}} == whole | {"settings": {}}


def test_a_study_of_other_candles_is_refused(terminal: Terminal, data: str):
    other = write(terminal, random_walk(2, days=60), "other.csv")
    asked = (*ASKED, *SPACE, "--study", "study.jsonl", "--resume", "--method", "grid")
    terminal.run(*asked, "--data", data)

    said = terminal.run(*asked, "--data", other, exits=2).output
    assert "study.jsonl is about another backtest (candles was" in said


def test_ctrl_c_keeps_what_is_done(terminal: Terminal, data: str, monkeypatch: pytest.MonkeyPatch):
    from tradefleet.application.optimisation import walk as way

    real = way.walk
    monkeypatch.setattr(way, "walk", lambda plan, trials, _: real(plan, trials, lambda n, _: n < 4))
    asked = (*ASKED, *SPACE, "--data", data, "--method", "grid", "--study", "study.jsonl")
    found = terminal.json(*asked, exits=1)

    assert found["complete"] is False
    assert found["verdict"]["word"] == "cannot be told"
    assert len((terminal.here / "study.jsonl").read_text().splitlines()) == 1 + 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected at least one parameter with two values to choose from"),
        (("--space", "rsi_lenght=2:5"), "did you mean 'rsi_length'?"),
        (("--space", "rsi_length=1:5"), "rsi_length: expected at least 2, was 1"),
        (("--space", "macd_fast=2:5"), "macd_fast is to be tried and was set by --param as well"),
        ((*SPACE, "--train", "36h"), "--train: expected whole days, such as 90d, was '36h'"),
        ((*SPACE, "--train", "x"), "expected a duration"),
        ((*SPACE, "--resume"), "--resume: expected --study FILE"),
        ((*SPACE, "--symbol", "ETHUSDT", "--data", "x.csv"), "--symbol: expected one symbol"),
        ((*SPACE, "--trials", "1"), "1 is not in the range"),
        ((*SPACE, "--method", "best"), "'best' is not one of"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_is_said_in_words(
    terminal: Terminal, data: str, words: tuple[str, ...], said: str
):
    result = terminal.run(*ASKED, *words, "--data", data, exits=2)

    assert said in " ".join(result.output.split())
    assert not result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--train", "90d", "--test", "30d"), "expected candles of 120 whole days"),
        (("--folds", "20"), "expected at least 14 days to choose by and 5 to test on"),
        (("--start", "2030-01-01"), "expected candles between --start and --end"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_too_few_candles_are_said_with_the_numbers(
    terminal: Terminal, data: str, words: tuple[str, ...], said: str
):
    result = terminal.run(*ASKED, *SPACE, *words, "--data", data, exits=1)

    assert said in result.stderr
    assert not result.stdout


def test_without_optuna_it_says_how_to_get_it(
    terminal: Terminal, data: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delitem(sys.modules, "tradefleet.adapters.optuna_search", raising=False)
    monkeypatch.setitem(sys.modules, "optuna", None)
    asked = (*ASKED, "--space", "rsi_length=2:20", "--data", data, "--trials", "5")

    said = terminal.run(*asked, exits=2).output
    assert "needs Optuna, which is not installed" in said
    terminal.json(*asked, "--method", "random")


def test_strategies_of_ones_own_are_optimised_too(terminal: Terminal):
    folder = terminal.home / "strategies"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(MINE)
    data = write(terminal, returning(1, days=40))
    asked = ("--data", data, "--space", "depth=1,2", "--method", "grid", "--folds", "1")
    found = terminal.json("optimise", "--strategy", "mine", *ASKED[3:11], *asked, "--test", "5d")

    assert [trial["parameters"] for trial in found["trials"]] == [{"depth": 1}, {"depth": 2}]


MINE = '''
"""Buys falls."""
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.strategy import Parameter, Strategy


class Mine(Strategy):
    """Buys falls."""

    key = "mine"
    depth = Parameter(1, minimum=1, maximum=9, help="Percent.")

    @property
    def warmup(self):
        return 2

    def decide(self, candles, news=None):
        change = 100 * (candles.close[-1] / candles.close[-2] - 1)
        return Signal(Action.BUY if change < -self.depth else Action.SELL)
'''
