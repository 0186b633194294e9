"""One writer: a process whose bot was taken over while it slept touches nothing any more."""

from collections.abc import Callable

import pytest

from tests.application.conftest import BUY, Stage
from tests.fakes.exchange import FakeExchange
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.domain.errors import LeaseError
from tradefleet.domain.position import ExitReason
from tradefleet.ports.journal import Intent, IntentState


class TakenOver(MemoryJournal):
    """A journal whose lease another process takes at a chosen moment."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ours = True

    def confirm_lease(self) -> None:
        self._check()

    def record_intent(self, intent: Intent) -> None:
        self._check()
        super().record_intent(intent)

    def settle_intent(
        self,
        sequence: int,
        state: IntentState,
        detail: str = "",
        naked_ms: int | None = None,
    ) -> None:
        self._check()
        super().settle_intent(sequence, state, detail, naked_ms)

    def _check(self) -> None:
        if not self.is_ours:
            raise LeaseError("taken over")


@pytest.fixture
def zombie(exchange: FakeExchange) -> Stage:
    """A bot that holds a protected position."""
    stage = Stage(exchange)
    stage.journal = TakenOver()
    stage.start()
    stage.cycle(BUY)
    return stage


ACTS: dict[str, Callable[[Stage], object]] = {
    "sells": lambda stage: stage.trader.protection.leave(
        ExitReason.SIGNAL, stage.trader._upkeep.resting()
    ),
    "sells out": lambda stage: stage.trader.sell_out(),
}


@pytest.mark.parametrize("act", ["sells", "sells out"])
def test_P18_a_process_that_was_taken_over_leaves_the_protection_of_its_successor_alone(
    zombie: Stage, act: str
) -> None:
    before = zombie.exchange.resting
    zombie.journal.is_ours = False  # type: ignore[attr-defined]

    with pytest.raises(LeaseError):
        ACTS[act](zombie)

    assert zombie.exchange.resting == before
    assert not zombie.exchange.sold()


class Slow(TakenOver):
    """A journal during whose write the process freezes, as by SIGSTOP."""

    def __init__(self, freeze: Callable[[], None]) -> None:
        super().__init__()
        self._freeze = freeze

    def record_intent(self, intent: Intent) -> None:
        super().record_intent(intent)
        self._freeze()


def test_P18_an_order_carries_the_moment_it_was_decided_not_the_moment_the_process_woke(
    exchange: FakeExchange,
) -> None:
    stage = Stage(exchange)
    decided: list[float | None] = []
    place = exchange.place

    def noting(request, since=None):  # type: ignore[no-untyped-def]
        decided.append(since)
        return place(request, since)

    exchange.place = noting  # type: ignore[method-assign]
    stage.journal = Slow(lambda: stage.clock.advance(seconds=4))
    stage.start()
    stage.cycle(BUY)

    assert decided == [stage.clock.monotonic() - 8]  # the entry's, then the protection's 4 s


def test_P18_an_intent_written_before_a_long_sleep_is_not_sent(exchange: FakeExchange) -> None:
    stage = Stage(exchange)
    stage.journal = Slow(lambda: stage.clock.advance(seconds=60))
    stage.start()

    assert stage.cycle(BUY) == "refused"
    assert not exchange.orders
    (intent,) = stage.journal.intents.values()  # type: ignore[attr-defined]
    assert intent.state is IntentState.ABSENT
    assert "asleep" in intent.detail


class Dozing(MemoryJournal):
    """A journal whose process sleeps after it decided and before it writes anything down."""

    def __init__(self, freeze: Callable[[], object]) -> None:
        super().__init__()
        self._freeze = freeze

    def next_sequence(self) -> int:
        self._freeze()
        return super().next_sequence()


def test_P18_what_was_decided_before_a_long_sleep_is_not_bought_after_it(
    exchange: FakeExchange,
) -> None:
    stage = Stage(exchange)
    stage.journal = Dozing(lambda: stage.clock.advance(seconds=600))
    stage.start()

    assert stage.cycle(BUY) == "refused"
    assert not exchange.orders
