"""A process that dies between two named steps of an order's life; rows P1 to P11 of the catalogue.

`test_crash.py` kills it at every call there is; here each row of docs/reliability.md has its moment
and what the next process does about it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.fuse import Killed
from tests.fakes.store import a_bot
from tradefleet.domain.order import Purpose
from tradefleet.domain.position import ExitReason
from tradefleet.ports.journal import IntentState

ENTRY, PROTECTION, EXIT = Purpose.ENTRY, Purpose.PROTECTION, Purpose.EXIT
UNKNOWN_IS_OVER_S = 31


class Trap:
    """Kills the process at a call of a port, and is gone in the next process.

    Attributes:
        method: of the broker or the journal.
        purpose: of what is written or sent; None = whatever it is.
        after: whether the call is still done.
    """

    def __init__(self, method: str, purpose: Purpose | None = None, *, after: bool) -> None:
        self.method = method
        self.purpose = purpose
        self.after = after

    def around(self, port: object) -> Any:
        return _Trapped(port, self)

    def catches(self, method: str, args: tuple[Any, ...]) -> bool:
        if method != self.method:
            return False
        return self.purpose is None or getattr(args[0], "purpose", self.purpose) is self.purpose


class _Trapped:
    def __init__(self, port: object, trap: Trap) -> None:
        self._port = port
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            caught = self._trap.catches(name, args)
            if caught and not self._trap.after:
                raise Killed
            answer = found(*args, **kwargs)
            if caught:
                raise Killed
            return answer

        return call


Dies = Callable[..., None]


@pytest.fixture
def dies(stage: Stage) -> Dies:
    """Return what lets the process die in an evaluation, and another one start."""

    def die(signal: Any, method: str, purpose: Purpose | None = None, *, after: bool) -> None:
        journal, trap = stage.journal, Trap(method, purpose, after=after)
        stage.broker, stage.journal = trap.around(stage.exchange), trap.around(journal)
        stage.start()
        with pytest.raises(Killed):
            stage.cycle(signal)
        stage.broker, stage.journal = stage.exchange, journal
        stage.start()

    return die


def assert_nothing_was_sent_twice(stage: Stage) -> None:
    assert len(set(stage.exchange.sent)) == len(stage.exchange.sent)
    assert len(stage.exchange.bought()) <= 1
    assert len(stage.exchange.sold()) <= 1


def state_of(stage: Stage, purpose: Purpose) -> IntentState:
    intent = stage.journal.newest_intent(purpose)  # type: ignore[attr-defined]
    assert intent is not None
    return IntentState(intent.state)


# ---------------------------------------------------------------- an entry


def test_P1_before_the_intent_is_written_nothing_happened(stage: Stage, dies: Dies) -> None:
    dies(BUY, "record_intent", ENTRY, after=False)
    stage.trader.keep()

    assert not stage.exchange.sent
    assert not stage.trader.has_unknown
    assert stage.cycle(BUY) == "bought"


def test_P2_an_intent_that_was_never_sent_is_absent_once_that_is_certain(
    stage: Stage, dies: Dies
) -> None:
    dies(BUY, "record_intent", ENTRY, after=True)
    stage.trader.keep()
    assert stage.trader.has_unknown

    stage.clock.advance(seconds=UNKNOWN_IS_OVER_S)
    stage.trader.keep()
    assert state_of(stage, ENTRY) is IntentState.ABSENT
    assert stage.ledger.cash == 100
    assert stage.cycle(BUY) == "bought"
    assert_nothing_was_sent_twice(stage)


@pytest.mark.parametrize(
    ("method", "after"),
    [
        pytest.param("place", True, id="P3 the answer is not heard"),
        pytest.param("book", False, id="P4 the fills are not booked"),
    ],
)
def test_P3_P4_what_was_bought_is_found_by_its_name_and_protected(
    stage: Stage, dies: Dies, method: str, after: bool
) -> None:
    dies(BUY, method, after=after)
    stage.trader.keep()

    assert stage.ledger.position.bought == Decimal("0.002")
    assert stage.is_protected
    assert_nothing_was_sent_twice(stage)


def test_P5_a_booked_purchase_is_protected_before_anything_else(stage: Stage, dies: Dies) -> None:
    dies(BUY, "record_intent", PROTECTION, after=False)
    assert not stage.exchange.resting

    stage.trader.keep()

    assert stage.is_protected


def test_P6_protection_that_was_written_down_and_not_sent_is_placed_under_a_new_name(
    stage: Stage, dies: Dies
) -> None:
    dies(BUY, "record_intent", PROTECTION, after=True)
    stage.trader.keep()
    stage.clock.advance(seconds=UNKNOWN_IS_OVER_S)
    stage.trader.keep()

    assert stage.is_protected
    assert len(stage.exchange.lists) == 1
    assert_nothing_was_sent_twice(stage)


def test_P6_protection_that_rests_is_found_and_not_placed_twice(stage: Stage, dies: Dies) -> None:
    dies(BUY, "protect", after=True)
    stage.trader.keep()

    assert stage.is_protected
    assert len(stage.exchange.lists) == 1


# ---------------------------------------------------------------- an exit


@pytest.fixture
def holding(stage: Stage) -> Stage:
    stage.cycle(BUY)
    return stage


def test_P7_until_the_cancel_is_sent_the_protection_goes_on(holding: Stage, dies: Dies) -> None:
    rests = holding.exchange.resting
    dies(SELL, "cancel_protection", after=False)
    holding.trader.keep()

    assert holding.exchange.resting == rests
    assert holding.cycle(SELL) == "sold"
    assert_nothing_was_sent_twice(holding)


def test_P8_what_was_cancelled_and_not_sold_is_protected_again(holding: Stage, dies: Dies) -> None:
    dies(SELL, "cancel_protection", after=True)
    assert not holding.exchange.resting

    holding.trader.keep()

    assert holding.is_protected
    assert holding.cycle(SELL) == "sold"
    assert_nothing_was_sent_twice(holding)


@pytest.mark.parametrize(
    ("method", "purpose", "after"),
    [
        pytest.param("place", None, True, id="sent"),
        pytest.param("book", None, False, id="answered"),
        pytest.param("book", None, True, id="booked"),
    ],
)
def test_P9_a_sale_is_found_and_never_made_twice(
    holding: Stage, dies: Dies, method: str, purpose: Purpose | None, after: bool
) -> None:
    holding.exchange.wallet["BTC"] += 1  # somebody else's: a second sale would succeed
    dies(SELL, method, purpose, after=after)
    holding.trader.keep()
    holding.trader.keep()

    assert not holding.ledger.position.is_open
    assert len(holding.exchange.sold()) == 1
    assert holding.exchange.base == 1 + holding.ledger.dust


def test_P9_a_sale_that_was_written_down_and_not_sent_leaves_the_coins_protected_again(
    holding: Stage, dies: Dies
) -> None:
    dies(SELL, "record_intent", EXIT, after=True)
    holding.trader.keep()
    holding.clock.advance(seconds=UNKNOWN_IS_OVER_S)
    holding.trader.keep()

    assert state_of(holding, EXIT) is IntentState.ABSENT
    assert holding.is_protected


@pytest.mark.parametrize(
    ("price", "reason"), [("48900", ExitReason.STOP_LOSS), ("52600", ExitReason.TAKE_PROFIT)]
)
def test_P11_a_leg_that_filled_while_nobody_lived_is_booked_with_its_reason(
    holding: Stage, price: str, reason: ExitReason
) -> None:
    holding.exchange.move(price)
    holding.start().keep()

    assert holding.ledger.trades[0].exit_reason is reason
    assert holding.exchange.quote == 900 + holding.ledger.cash
    assert holding.exchange.base == holding.ledger.dust


# ---------------------------------------------------------------- a changed setting


@pytest.mark.parametrize("loss", [1, 10])
def test_P14_settings_that_changed_while_nobody_lived_count_and_loosen_no_stop(
    holding: Stage, loss: int
) -> None:
    holding.bot = a_bot(stop_loss=Decimal(loss))
    holding.start().keep()

    tighter = loss < 2
    assert holding.exchange.resting[0].stop_price == (49_500 if tighter else 49_000)
    assert holding.is_protected
