"""A strategy in its cage: whatever it does, it is HOLD, counted and said; exits go on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.application.conftest import BUY, SELL, Stage
from tradefleet.application import cage
from tradefleet.application.cage import check_sound
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import InputError, StrategyError
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.strategy import Headline, Strategy


class Doing(Strategy):
    """Does what the test wants, with the candles it is given."""

    key = "doing"
    warmup = 10  # type: ignore[assignment]

    def __init__(self, does: Callable[[Candles], Any]) -> None:
        super().__init__()
        self.does = does

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        return self.does(candles)  # type: ignore[no-any-return]


def let(stage: Stage, does: Callable[[Candles], Any]) -> None:
    stage.strategy = Doing(does)  # type: ignore[assignment]
    stage.start()


def test_Y1_after_three_failures_in_a_row_entries_pause_until_it_answers_properly_again(
    stage: Stage,
) -> None:
    for _ in range(2):
        assert stage.cycle(ZeroDivisionError("by zero")) == "failed"
    assert "strategy_failing" not in stage.findings.codes
    stage.cycle(ZeroDivisionError("by zero"))
    assert "strategy_failing" in stage.findings.codes

    assert [stage.cycle(BUY) for _ in range(3)] == ["denied", "denied", "bought"]
    assert "strategy_failing" not in stage.findings.codes


def test_Y1_two_failures_are_forgiven_by_an_answer(stage: Stage) -> None:
    for _ in range(3):
        stage.cycle(ValueError("oops"))
        stage.cycle(ValueError("oops"))
        stage.cycle()

    assert stage.cycle(BUY) == "bought"


def test_Y1_protection_and_the_exits_go_on_while_it_fails(stage: Stage) -> None:
    stage.cycle(BUY)
    for _ in range(4):
        stage.cycle(RuntimeError("broken"))
    assert stage.is_protected
    assert stage.cycle(SELL) == "sold"

    stage.start()
    stage.cycle(BUY)
    for _ in range(4):
        stage.cycle(RuntimeError("broken"))
    stage.exchange.move("48000")
    stage.trader.keep()
    assert stage.ledger.trades[-1].exit_reason is ExitReason.STOP_LOSS


def test_Y2_a_built_in_strategy_that_hangs_is_interrupted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cage, "DEADLINE_S", 0.05)

    def hang(_: Candles) -> Signal:
        while True:
            time.monotonic()

    let(stage, hang)

    assert stage.cycle() == "failed"
    assert "no answer within 0.05 seconds" in stage.trader.waiting_for


NO_SIGNALS = (None, "BUY", {"signal": "BUY"}, 1.0, Action.BUY, Signal("MAYBE"), Signal("buy"))  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", NO_SIGNALS, ids=repr)
def test_Y3_what_is_no_signal_is_hold(stage: Stage, answer: object) -> None:
    let(stage, lambda _: answer)

    assert stage.cycle() == "failed"
    assert not stage.exchange.bought()


@pytest.mark.parametrize("field", ["fraction", "stop_loss", "take_profit"])
@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal(-1), Decimal(1001), float("nan"), "1"]
)
def test_Y3_a_size_or_level_that_cannot_be_is_hold(stage: Stage, field: str, value: object) -> None:
    let(stage, lambda _: replace(BUY, **{field: value}))

    assert stage.cycle() == "failed"
    assert not stage.exchange.bought()


@given(st.from_type(Decimal))
def test_Y3_any_fraction_is_used_or_refused_never_passed_on(value: Decimal) -> None:
    try:
        check_sound(Signal(Action.BUY, fraction=value))
    except StrategyError:
        return
    assert 0 < value <= 1


def test_Y3_the_text_of_an_error_is_cut(stage: Stage) -> None:
    stage.cycle(ValueError("x" * 10_000_000))

    assert len(stage.trader.waiting_for) < 1_000


def test_Y4_an_answer_that_took_longer_than_its_candle_is_not_acted_on(stage: Stage) -> None:
    def ponder(_: Candles) -> Signal:
        stage.clock.advance(ms=9 * MINUTE)
        return BUY

    let(stage, ponder)

    assert stage.cycle() == "held"
    assert "stale data" in stage.trader.waiting_for
    assert not stage.exchange.bought()


@pytest.mark.parametrize("column", ["open_time", "open", "high", "low", "close", "volume"])
def test_Y6_a_strategy_cannot_change_the_candles(stage: Stage, column: str) -> None:
    def forge(candles: Candles) -> Signal:
        getattr(candles, column)[-1] = 1
        return BUY

    let(stage, forge)

    assert stage.cycle() == "failed"
    assert "read-only" in stage.trader.waiting_for


def test_Y8_a_recommended_symbol_is_shown_and_not_followed(stage: Stage) -> None:
    let(stage, lambda _: replace(BUY, recommended_symbol="DOGEUSDT"))

    assert stage.cycle() == "bought"
    assert {order.symbol for order in stage.exchange.orders.values()} == {"BTCUSDT"}


# ---------------------------------------------------------------- not there any more


@pytest.fixture
def bereft(stage: Stage) -> Stage:
    """Return a bot that holds and was restarted after somebody took its strategy away."""
    stage.cycle(BUY)
    stage.gone = "unknown strategy 'mine'"
    stage.start()
    return stage


def test_C9_what_is_held_stays_protected_without_the_strategy(bereft: Stage) -> None:
    for order in bereft.exchange.resting:
        bereft.exchange.cancel(order.client_order_id)

    assert bereft.cycle() == "failed"

    assert bereft.is_protected
    assert bereft.journal.decisions[-1].sentence.endswith("unknown strategy 'mine'")  # type: ignore[attr-defined]


def test_C9_what_is_held_is_sold_by_its_stop_or_by_hand_without_the_strategy(
    bereft: Stage,
) -> None:
    assert bereft.trader.sell_out()
    assert bereft.ledger.trades[0].exit_reason is ExitReason.MANUAL


def test_C9_the_bot_goes_on_once_its_strategy_is_back(bereft: Stage) -> None:
    bereft.cycle()
    bereft.gone = ""

    assert bereft.cycle(SELL) == "sold"


def test_C9_with_nothing_held_there_must_be_a_strategy(bereft: Stage) -> None:
    bereft.exchange.move("48900")

    with pytest.raises(InputError, match="unknown strategy 'mine'"):
        bereft.cycle()
    with pytest.raises(InputError):
        bereft.start()
