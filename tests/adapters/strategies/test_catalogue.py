"""The person's own strategies: found, described, asked in a process of their own, harmless."""

import os
import select
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from tests.markets import random_market
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue, UserStrategy
from tradefleet.adapters.strategies.child import Child
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import InputError, StrategyError
from tradefleet.domain.signal import Action
from tradefleet.strategies import BUILT_IN

WINDOW = random_market(1, 120)

SKETCH = """
    class MyStrategy:
        '''Buys always.'''

        def analyze(self, data):
            assert len(data[0]) == 12 and isinstance(data[0][4], str)
            why = f'close {data[-1][4]}'
            return {'signal': 'BUY', 'reasoning': why, 'recommended_symbol': 'ETHUSDT'}
"""
NATIVE = """
    from decimal import Decimal

    from tradefleet.domain.signal import Action, Signal, above
    from tradefleet.domain.strategy import Parameter, Strategy

    class Breakout(Strategy):
        '''Buys above the highest close.

        Idea: what rises goes on rising.
        '''

        key = "breakout"
        title = "Breakout"
        length = Parameter(20, minimum=2, maximum=200, help="Candles in the range.")

        @property
        def warmup(self):
            return self.length + 1

        def decide(self, candles, news=None):
            rule, half = above("close", candles.close[-1], 0.5), Decimal("0.5")
            return Signal(Action.BUY, (rule,), fraction=half, values={"length": self.length})
"""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(dedent(text))

    def catalogue(self) -> StrategyCatalogue:
        return StrategyCatalogue(BUILT_IN, self.path)

    def decider(self, key: str, **parameters: object) -> UserStrategy:
        decider = self.catalogue().decider(key, parameters)
        assert isinstance(decider, UserStrategy)
        return decider


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_built_in_strategies_are_described_by_their_classes(folder: Folder) -> None:
    cards = folder.catalogue().cards()

    assert list(cards) == list(BUILT_IN)
    assert cards["volatile"].parameters["votes"].default == 2
    assert cards["simple_profitable"].title == "Conservative"
    assert cards["ticker_news"].needs_news
    assert cards["enhanced"].summary.endswith(".")


def test_a_built_in_strategy_is_given_as_it_is(folder: Folder) -> None:
    assert (
        folder.catalogue().decider("volatile", {"votes": 3}).warmup == BUILT_IN["volatile"]().warmup
    )


def test_a_file_in_the_sketchs_form_appears_and_decides(folder: Folder) -> None:
    folder.write("My Idea.py", SKETCH)
    card = folder.catalogue().cards()["my_idea"]
    decider = folder.decider("my_idea")
    signal = decider.decide(WINDOW)
    decider.close()

    assert (card.native, card.source, card.warmup, card.summary) == (
        False,
        "yours",
        100,
        "Buys always.",
    )
    assert signal.action is Action.BUY
    assert signal.sentence == f"close {WINDOW.last_close} (it recommends ETHUSDT)"
    assert signal.recommended_symbol == "ETHUSDT"


def test_a_native_file_appears_with_its_parameters_and_decides(folder: Folder) -> None:
    folder.write("breakout.py", NATIVE)
    card = folder.catalogue().cards()["breakout"]
    decider = folder.decider("breakout", length=30)
    signal = decider.decide(WINDOW)
    decider.close()

    assert card.native
    assert card.parameters["length"].maximum == 200
    assert decider.warmup == 31
    assert signal.fraction == Decimal("0.5")
    assert signal.values == {"length": 30.0}
    assert signal.reasons[0].met


@pytest.mark.parametrize("parameters", [{"lenght": 3}, {"length": 1}, {"length": "20"}])
def test_a_wrong_parameter_is_refused(folder: Folder, parameters: dict[str, object]) -> None:
    folder.write("breakout.py", NATIVE)

    with pytest.raises(InputError, match="length"):
        folder.catalogue().decider("breakout", parameters)


def test_an_unknown_strategy_is_refused_with_the_nearest(folder: Folder) -> None:
    with pytest.raises(InputError, match="did you mean 'volatile'"):
        folder.catalogue().decider("volatil", {})


FAULTY = {
    "syntax.py": ("class A(:", "SyntaxError"),
    "raises.py": ("raise RuntimeError('no luck')", "no luck"),
    "leaves.py": ("import os; os._exit(3)", "process died"),
    "polite.py": ("import sys; sys.exit(3)", "SystemExit"),
    "nothing.py": ("x = 1", "found: none"),
    "two.py": ("class A:\n def analyze(self, d): ...\nclass B(A): ...", "found: A, B"),
    "taken.py": ("class A:\n key = 'volatile'\n def analyze(self, d): ...", "belongs to another"),
    "odd.py": ("class A:\n key = 'No Way'\n def analyze(self, d): ...", "expected a-z"),
    "greedy.py": ("class A:\n warmup = 5000\n def analyze(self, d): ...", "1 to 1000"),
    "hungry.py": ("x = bytearray(8 << 30)", "MemoryError"),
}


def test_a_faulty_file_is_listed_with_its_error_and_harms_no_other(folder: Folder) -> None:
    for name, (text, _) in FAULTY.items():
        folder.write(name, text)
    folder.write("zz_good.py", SKETCH)
    folder.write("_private.py", "raise RuntimeError('never looked at')")
    catalogue = folder.catalogue()

    faults = catalogue.faulty()

    assert set(faults) == set(FAULTY)
    for name, (_, why) in FAULTY.items():
        assert why in faults[name], (name, faults[name])
    assert set(catalogue.cards()) == {*BUILT_IN, "zz_good"}
    with pytest.raises(StrategyError, match="no luck"):
        catalogue.decider("raises", {})


def test_files_come_change_and_go(folder: Folder) -> None:
    catalogue = folder.catalogue()
    folder.write("mine.py", SKETCH)
    assert "mine" in catalogue.cards()

    folder.write("mine.py", "oops")
    assert "mine.py" in catalogue.faulty()

    (folder.path / "mine.py").unlink()
    assert not catalogue.faulty()


BAD_ANSWERS = {
    "None": "expected a dict",
    "'BUY'": "expected a dict",
    "{'signal': 'MAYBE'}": "BUY, SELL or HOLD",
    "1 / 0": "ZeroDivisionError",
    "__import__('os')._exit(1)": "process died",
    "[0] * 10**10": "MemoryError",
}


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_Y1_Y3_a_strategy_that_fails_says_why_and_may_try_again(
    folder: Folder, answer: str
) -> None:
    folder.write("bad.py", f"class A:\n def analyze(self, data): return {answer}")
    decider = folder.decider("bad")

    for _ in range(2):
        with pytest.raises(StrategyError, match=BAD_ANSWERS[answer]):
            decider.decide(WINDOW)
    decider.close()


def test_Y2_a_strategy_that_hangs_is_killed_at_the_deadline(folder: Folder) -> None:
    folder.write(
        "slow.py", "class A:\n def __init__(self):\n  while True: pass\n def analyze(self, d): ..."
    )
    child = Child(deadline_s=1.0)

    with pytest.raises(StrategyError, match="no answer within 1 seconds"):
        child.ask({"do": "describe", "path": str(folder.path / "slow.py")})

    assert not child.is_running


def test_Y6_a_strategy_sees_no_keys_and_its_prints_are_no_answers(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_API_SECRET", "secret")
    folder.write(
        "curious.py",
        """
        import os

        class Curious:
            def analyze(self, data):
                print('{"signal": 1}')
                os.write(1, b'{"signal": 2}')
                return {'signal': 'HOLD', 'reasoning': ' '.join(sorted(os.environ))}
        """,
    )
    decider = folder.decider("curious")
    seen = decider.decide(WINDOW).waiting_for
    decider.close()

    assert "BINANCE_API_SECRET" in os.environ
    assert set(seen.split()) <= {
        "LANG",
        "LC_CTYPE",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
    }


def test_Y3_a_text_of_ten_megabytes_is_cut_and_the_signal_counts(folder: Folder) -> None:
    folder.write(
        "wordy.py",
        """
        class Wordy:
            def analyze(self, data):
                return {'signal': 'BUY', 'reasoning': 'x' * 10_000_000}
        """,
    )
    decider = folder.decider("wordy")
    said = decider.decide(WINDOW)
    decider.close()

    assert said.action is Action.BUY
    assert all(len(reason.text) <= 500 for reason in said.reasons)


def test_Y5_a_worker_whose_memory_grows_is_renewed(folder: Folder) -> None:
    folder.write(
        "leaky.py",
        """
        import os

        class Leaky:
            kept = []

            def analyze(self, data):
                self.kept.append(b'x' * (260 << 20))
                return {'signal': 'HOLD', 'reasoning': f'{os.getpid()} {len(self.kept)}'}
        """,
    )
    decider = folder.decider("leaky")
    first, second = (decider.decide(WINDOW).waiting_for.split() for _ in range(2))
    decider.close()

    assert first[1] == second[1] == "1"
    assert first[0] != second[0]


def test_Y6_what_a_strategy_forks_is_ended_with_its_worker(folder: Folder) -> None:
    folder.write(
        "forker.py",
        """
        import os, time

        class Forker:
            def analyze(self, data):
                child = os.fork()
                while not child:
                    time.sleep(60)
                return {'signal': 'HOLD', 'reasoning': str(child)}
        """,
    )
    decider = folder.decider("forker")
    forked = os.pidfd_open(int(decider.decide(WINDOW).waiting_for))
    decider.close()

    ended, _, _ = select.select([forked], [], [], 30)
    os.close(forked)
    assert ended


def test_Y6_a_strategy_gets_its_data_by_value(folder: Folder) -> None:
    folder.write(
        "forger.py",
        """
        class Forger:
            def analyze(self, data):
                before = data[-1][4]
                data[-1][4] = '1'
                data.clear()
                return {'signal': 'HOLD', 'reasoning': before}
        """,
    )
    decider = folder.decider("forger")
    first, second = (decider.decide(WINDOW).waiting_for for _ in range(2))
    decider.close()

    assert first == second == WINDOW.klines()[-1][4]


REPEATS = """
    import hashlib

    class Repeats:
        '''Says which candles it saw.'''

        def analyze(self, data):
            seen = hashlib.sha256(repr(data).encode()).hexdigest()
            data.clear()
            return {'signal': 'HOLD', 'reasoning': seen}
"""


def corrected(market: Candles, index: int) -> Candles:
    rows = market.klines()
    rows[index][5] = "7.5"
    return Candles(market.interval, rows)


def test_a_worker_sees_whole_windows_although_only_what_is_new_is_sent(folder: Folder) -> None:
    folder.write("repeats.py", REPEATS)
    market = random_market(4, 90)
    holed = Candles(market.interval, [*market.klines()[:40], *market.klines()[50:]])
    windows = [
        market.between(0, 30),
        market.between(3, 33),  # three new ones
        market.between(3, 33),  # none
        market.between(10, 40),
        corrected(market.between(13, 43), 4),  # one is not what it was
        market.between(16, 46),
        market.between(60, 90),  # all new
        market.between(20, 50),  # back
        holed.between(20, 60),
        market.between(45, 47),
    ]
    one = folder.decider("repeats")

    for window in windows:
        fresh = folder.decider("repeats")
        assert one.decide(window) == fresh.decide(window)
        fresh.close()
    one.close()
