"""Many questions to a strategy in a process of its own: the answers of one question at a time."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.application.backtest.told import bot
from tests.markets import random_market
from tradefleet.adapters.strategies import wire
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue, UserStrategy
from tradefleet.adapters.strategies.child import Child
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Signal
from tradefleet.domain.strategy import Strategy
from tradefleet.ports.strategies import FarDecider
from tradefleet.strategies.volatile import Volatile

MARKET = random_market(3, 700)
WINDOWS = [(index, index + 100) for index in range(0, 600, 3)]

Make = Callable[[str], UserStrategy]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make a strategy of the text of its file."""
    made: list[UserStrategy] = []

    def decider(text: str) -> UserStrategy:
        (tmp_path / "mine.py").write_text(dedent(text))
        found = StrategyCatalogue({}, tmp_path).decider("mine", {})
        assert isinstance(found, UserStrategy)
        made.append(found)
        return found

    yield decider
    for one in made:
        one.close()


SEES = """
    from decimal import Decimal
    from tradefleet.domain.signal import Action, Signal
    from tradefleet.domain.strategy import Strategy

    class Mine(Strategy):
        key = "mine"
        warmup = 100

        def decide(self, candles, news=None):
            '''Tell by its levels what it saw.'''
            columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
            seen = sum(float(column @ column) for column in columns) + int(candles.open_time[-1])
            stop = Decimal(int(100 * seen + len(candles) + float(candles.last_close)) % 9000) / 100
            return Signal(Action.BUY, stop_loss=stop, fraction=Decimal("0.25"))
"""
SKETCHED = """
    import hashlib

    class Mine:
        def analyze(self, data):
            seen = hashlib.sha256(repr(data).encode()).digest()[0]
            data.clear()
            return {'signal': ('BUY', 'SELL', 'HOLD')[seen % 3], 'reasoning': 'because'}
"""
FAILS = """
    import os

    class Mine:
        def analyze(self, data):
            last = int(data[-1][4][-1])
            if last == 1:
                raise ValueError('one')
            if last == 2:
                return {'signal': 'MAYBE'}
            if last == 3:
                os._exit(1)
            return {'signal': 'BUY', 'reasoning': 'x'}
"""


def moves(answer: Signal | StrategyError) -> Any:
    if isinstance(answer, StrategyError):
        return str(answer)
    return answer.action, answer.fraction, answer.stop_loss, answer.take_profit


def one_by_one(decider: UserStrategy, windows: list[tuple[int, int]]) -> list[Any]:
    found = []
    for window in windows:
        try:
            found.append(moves(decider.decide(MARKET.between(*window))))
        except StrategyError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize("text", [SEES, SKETCHED, FAILS], ids=["native", "sketch", "fails"])
def test_each_answer_is_that_of_one_question(make: Make, text: str):
    decider, windows = make(text), WINDOWS[:60]

    together = [moves(answer) for answer in decider.decide_each(MARKET, windows)]

    assert together == one_by_one(decider, windows)
    assert len(set(together)) > 2


def test_each_window_is_seen_whole_whatever_is_asked_in_between(make: Make):
    decider = make(SEES)
    answers = decider.decide_each(MARKET, WINDOWS)

    for window, answer in zip(WINDOWS[:40], answers, strict=False):
        if window[0] % 30 == 0:
            one_by_one(decider, [(5, 110)])
        assert [moves(answer)] == one_by_one(decider, [window])


def test_who_stops_listening_may_ask_again(make: Make):
    decider = make(SEES)

    next(answers := decider.decide_each(MARKET, WINDOWS))
    answers.close()  # type: ignore[attr-defined]

    assert one_by_one(decider, WINDOWS[:1])


def test_a_worker_whose_memory_grows_is_renewed_among_the_answers(make: Make):
    decider = make("""
        import os
        from decimal import Decimal

        class Mine:
            kept = []

            def analyze(self, data):
                self.kept.append(b'x' * (130 << 20))
                return {'signal': 'BUY' if len(self.kept) == 1 else 'SELL', 'reasoning': ''}
    """)

    said = [str(moves(answer)[0]) for answer in decider.decide_each(MARKET, WINDOWS[:4])]

    assert said == ["BUY", "SELL", "BUY", "SELL"]


def test_the_deadline_is_that_of_each_answer(tmp_path: Path):
    (tmp_path / "mine.py").write_text(
        "class A:\n def analyze(self, d):\n"
        f"  while d[-1][0] == {int(MARKET.open_time[WINDOWS[2][1] - 1])}: pass\n"
        "  return {'signal': 'HOLD', 'reasoning': 'x'}"
    )
    child = Child(deadline_s=2.0)
    child.ask({"do": "load", "path": str(tmp_path / "mine.py"), "parameters": {}})
    request = {
        "do": "decide_each",
        "candles": wire.columns_out(MARKET),
        "windows": WINDOWS[:5],
    }
    answers = child.ask_each(request, 5)

    assert all("signal" in next(answers) for _ in range(2))
    with pytest.raises(StrategyError, match="no answer within 2 seconds"):
        next(answers)
    assert not child.is_running


MINE = """
    from tradefleet.domain.strategy import Strategy
    from tradefleet.strategies.volatile import Volatile

    class Mine(Volatile):
        key = "mine"
        signals = Strategy.signals
"""


class Plain(Volatile):
    signals = Strategy.signals  # type: ignore[assignment]


def with_a_gap(market: Candles, index: int) -> Candles:
    columns = [getattr(market, name) for name in ("open", "high", "low", "close", "volume")]
    times = market.open_time.copy()
    times[index:] += 30 * market.interval
    return Candles.from_arrays(market.interval, times, *columns)


def test_a_backtest_is_the_one_of_the_same_rules_in_this_process(make: Make):
    setup = Setup(bot(every="15m"), with_a_gap(random_market(2, 2_500), 1_500))
    decider = make(MINE)

    far, near = play(setup, decider), play(setup, Plain())

    assert isinstance(decider, FarDecider)
    assert far.trades == near.trades
    assert list(far.evaluated) == list(near.evaluated)
    assert near.trades


def test_failures_are_counted_as_one_by_one(make: Make):
    class OneByOne:
        needs_news = False

        def __init__(self, decider: UserStrategy) -> None:
            self.warmup, self.decide = decider.warmup, decider.decide

    setup = Setup(bot(take_profit=Decimal(1)), random_market(2, 160))
    decider = make(FAILS)

    far, near = play(setup, decider), play(setup, OneByOne(decider))

    assert far.trades == near.trades
    assert (far.failures, far.failure) == (near.failures, near.failure)
    assert far.failures


def test_a_backtest_that_is_ended_early_leaves_the_strategy_usable(make: Make):
    setup, decider = Setup(bot(), random_market(2, 1_200)), make(MINE)

    ended = play(setup, decider, lambda done, _all: done < 700)
    whole = play(setup, decider)

    assert not ended.is_complete
    assert whole.trades == play(setup, Plain()).trades
