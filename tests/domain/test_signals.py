"""Signals on many candles: who is asked where the arrays leave a doubt."""

from decimal import Decimal

import numpy as np

from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.signals import BUYS, HOLDS, Places, Verdict, is_above, signals_of

HALF, ALL = (Signal(Action.BUY, fraction=Decimal(text)) for text in ("0.5", "1"))
NEVER = Verdict(np.zeros(4, np.bool_), np.zeros(4, np.bool_))
PRICES = np.array([9.0, 11.0, 12.0, 10.0 + 1e-9])  # the last too near to the limit of 10 to tell
AT = np.array([20, 21, 22, 23])


def judge(at: Places) -> tuple[Verdict, Verdict]:
    return is_above(PRICES[at - 20], 10.0, 1e-6), NEVER


def test_where_a_verdict_is_open_the_strategy_is_asked():
    asked = []

    def ask(index: int) -> Signal:
        asked.append(index)
        return hold("not yet")

    assert signals_of(AT, judge, ask).actions.tolist() == [HOLDS, BUYS, BUYS, HOLDS]
    assert asked == [23]


def test_buys_are_sized_at_once_and_by_the_strategy_where_that_leaves_a_doubt():
    sized = []

    def size(at: Places) -> list[Signal | None]:
        sized.extend(at.tolist())
        return [HALF, None]

    said = signals_of(AT, judge, {22: ALL, 23: ALL}.__getitem__, size)

    assert said.actions.tolist() == [HOLDS, BUYS, BUYS, BUYS]
    assert said.own == {1: HALF, 2: ALL, 3: ALL}
    assert sized == [21, 22]
