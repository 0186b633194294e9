"""What is compared of a bot's record and a backtest, and what each difference is put down to."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tradefleet.application.backtest.opinions import Evaluated
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.application.parity.comparison import (
    FEE,
    LATER,
    LEVEL,
    NOT_EVALUATED,
    OPEN,
    OTHER_OPINION,
    QUANTITY,
    SAME_OPEN,
    SLIPPAGE,
    Difference,
    compare,
)
from tradefleet.application.parity.lived import Lived
from tradefleet.application.parity.report import document
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.signal import Action, Reason
from tradefleet.ports.journal import Decision
from tradefleet.ports.records import Totals

LENGTH = 5 * MINUTE
LATE = 717  # a bot acts so long after the close
D = Decimal

TRADE = Trade("BTCUSDT", 3 * LENGTH, D(100), 6 * LENGTH, D(98), D("0.99"), D(99), D("0.196"),
              D("-2.176"), ExitReason.STOP_LOSS)  # fmt: skip
NEXT = TRADE._replace(entry_time=9 * LENGTH, exit_time=12 * LENGTH)
CLOSES = [(place + 1) * LENGTH - 1 for place in range(2, 18, 3)]


def setup(slippage: str = "0") -> Setup:
    times = np.arange(18, dtype=np.int64) * LENGTH
    price = np.full(18, 100.0)
    candles = Candles.from_arrays(LENGTH, times, price, price, price, price, price)
    settings = BotSettings("", "BTCUSDT", "volatile", D(100))
    return Setup(settings, candles, assumptions=Assumptions(slippage=D(slippage)))


def backtest(trades: Sequence[Trade] = (TRADE,), slippage: str = "0") -> Result:
    evaluated = [Evaluated(close, Action.HOLD) for close in CLOSES]
    return Result(setup(slippage), 18, tuple(trades), evaluated)


def decision(close: int, action: Action = Action.HOLD, **more: object) -> Decision:
    said = Decision(close, close + LATE, action, "held", "waiting", D(100), (Reason("why"),))
    return replace(said, **more)


def bot(trades: Sequence[Trade] = (TRADE,), **more: object) -> Lived:
    late = tuple(
        one._replace(entry_time=one.entry_time + LATE, exit_time=one.exit_time + LENGTH // 3)
        for one in trades
    )
    lived = Lived(tuple(map(decision, CLOSES)), late, Totals(D(100)))
    return replace(lived, **more)


def told(*differences: Difference) -> list[tuple[str, str]]:
    return [(difference.what, difference.cause) for difference in differences]


def test_the_same_candle_is_the_same_time_and_nothing_differs():
    compared = compare(backtest([TRADE, NEXT]), bot([TRADE, NEXT]))

    assert compared.differences == ()
    assert (compared.decisions, compared.trades) == (len(CLOSES), 2)


def test_another_opinion_on_the_same_candles_is_the_strategys_fault():
    lived = bot()
    wrong = (decision(CLOSES[0], Action.BUY), *lived.decisions[1:])

    (found,) = compare(backtest(), replace(lived, decisions=wrong)).differences

    assert found == Difference(CLOSES[0], "decision", "HOLD", "BUY", OTHER_OPINION)


def test_an_evaluation_that_is_missing_is_a_difference():
    lived = bot()

    found = compare(backtest(), replace(lived, decisions=lived.decisions[1:])).differences

    assert told(*found) == [("decision", NOT_EVALUATED)]


def test_a_bot_that_could_not_decide_is_quoted():
    result = backtest()
    result = replace(result, evaluated=[Evaluated(CLOSES[0], Action.BUY), *result.evaluated[1:]])
    lived = bot()
    stale = decision(CLOSES[0], reasons=(), sentence="stale data")

    found = compare(result, replace(lived, decisions=(stale, *lived.decisions[1:]))).differences

    assert told(*found) == [("decision", "the bot said: stale data")]


@pytest.mark.parametrize(
    ("change", "first", "cause"),
    [
        ({"entry_price": D(101)}, "entry_price", OPEN),
        ({"quantity": D("0.98")}, "quantity", FEE),
        ({"quantity": D("0.98"), "cost": D(98)}, "quantity", QUANTITY),
        ({"exit_price": D(97)}, "exit_price", LEVEL),
        ({"exit_time": 7 * LENGTH}, "exit_time", LEVEL),
        ({"exit_reason": ExitReason.TAKE_PROFIT}, "exit_reason", LEVEL),
        ({"fees": D("0.4")}, "fees", FEE),
    ],
)
def test_each_figure_of_a_trade_is_compared(change: dict[str, object], first: str, cause: str):
    found = compare(backtest(), bot([TRADE._replace(**change)])).differences

    assert told(found[0]) == [(first, cause)]


def test_slippage_the_exchange_does_not_have_is_named():
    found = compare(backtest(slippage="0.001"), bot([TRADE._replace(entry_price=D(99))]))

    assert told(*found.differences)[0] == ("entry_price", SLIPPAGE)


def test_what_comes_after_a_difference_in_money_follows_from_it():
    other = [TRADE._replace(exit_price=D(97)), NEXT._replace(quantity=D("0.98"), cost=D(98))]

    found = compare(backtest([TRADE, NEXT]), bot(other)).differences

    assert {d.cause for d in found if d.at == NEXT.entry_time} == {LATER}


def test_a_buy_at_the_open_that_ended_the_position_before_is_known():
    extra = NEXT._replace(entry_time=TRADE.exit_time)

    found = compare(backtest(), bot([TRADE, extra])).differences

    assert told(*found) == [("trade", SAME_OPEN)]
    assert found[0].backtest is None


def test_a_buy_that_the_exchange_refused_is_put_down_to_what_it_said():
    lived = bot([])
    refused = decision(3 * LENGTH - 1, outcome="refused", sentence="too much at once")

    found = compare(backtest(), replace(lived, decisions=(refused, *lived.decisions[1:])))

    assert told(*found.differences) == [("trade", "the bot did not buy: too much at once")]


def test_a_level_and_a_signal_at_one_open_are_one_exit_with_two_names():
    ours = TRADE._replace(exit_reason=ExitReason.SIGNAL)
    lived = bot([TRADE])
    (theirs,) = lived.trades
    at_open = theirs._replace(exit_time=TRADE.exit_time)

    compared = compare(backtest([ours]), replace(lived, trades=(at_open,)))

    assert compared.differences == ()
    assert compared.renamed == 1


def test_a_position_that_the_data_ended_is_compared_with_what_the_bot_holds():
    ours = TRADE._replace(exit_reason=ExitReason.END, exit_time=17 * LENGTH)
    holding = Totals(D(1), TRADE.quantity, D(0), TRADE.entry_price, TRADE.cost, 3 * LENGTH + LATE)

    assert compare(backtest([ours]), bot([], held=holding)).differences == ()
    assert told(*compare(backtest([ours]), bot([TRADE])).differences) == [("exit", LEVEL)]


def test_the_document_counts_the_causes():
    compared = compare(backtest(), bot([TRADE._replace(fees=D("0.4"))]))

    found = document(compared, {"symbol": "BTCUSDT"}, 1.234, is_complete=True)

    assert found["equal"] is False
    assert found["causes"] == {FEE: 1}
    assert found["differences"][0] == {
        "at": 3 * LENGTH, "what": "fees", "backtest": "0.196", "bot": "0.4", "cause": FEE,
    }  # fmt: skip
