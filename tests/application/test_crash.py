"""A process may die at any moment; what a restart finds is always whole.

The bot is killed before and after every single call it makes to its broker and journal, during a
purchase, a sale and a filled stop, and again during the recovery. Afterwards it never bought
or sold twice, is protected or flat, and its books equal the exchange's, to the last digit.
"""

from contextlib import suppress
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import Answer, FakeExchange
from tests.fakes.fuse import Fuse, Killed
from tradefleet.domain.errors import OutcomeUnknownError

SOMEBODY_ELSES = Decimal(2)


def a_purchase(stage: Stage) -> None:
    stage.cycle(BUY)


def a_sale(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.cycle(SELL)


def a_stop_that_fills(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.exchange.move("48900")
    stage.trader.keep()


def a_purchase_without_an_answer(stage: Stage) -> None:
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.cycle(BUY)


def a_sale_without_an_answer(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.exchange.next_answer.append(Answer.LOST_AFTER)
    stage.cycle(SELL)


def a_tightened_stop(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.change(stop_loss=Decimal(1))
    stage.trader.keep()


STORIES = [
    a_purchase,
    a_sale,
    a_stop_that_fills,
    a_purchase_without_an_answer,
    a_sale_without_an_answer,
    a_tightened_stop,
]


def a_stage(fuse: Fuse) -> Stage:
    exchange = FakeExchange(FakeClock())
    exchange.wallet["BTC"] = SOMEBODY_ELSES
    stage = Stage(exchange)
    use(stage, fuse)
    return stage


def begin(stage: Stage, story) -> None:
    stage.start()
    story(stage)


def use(stage: Stage, fuse: Fuse) -> None:
    journal = getattr(stage.journal, "_port", stage.journal)
    stage.broker, stage.journal = fuse.wrap(stage.exchange), fuse.wrap(journal)


def calls_of(story) -> int:
    fuse = Fuse()
    begin(a_stage(fuse), story)
    return fuse.calls


MOMENTS = [
    pytest.param(
        story, blow_at, after, id=f"{story.__name__}-{blow_at}-{after and 'after' or 'before'}"
    )
    for story in STORIES
    for blow_at in range(1, calls_of(story) + 1)
    for after in (False, True)
]


def live_on(stage: Stage) -> None:
    """Restart, and look often enough for everything that was open to be settled."""
    stage.start()
    for _ in range(4):
        stage.clock.advance(seconds=11)
        with suppress(OutcomeUnknownError):  # as the process does: the next look settles it
            stage.trader.keep()


def assert_whole(stage: Stage) -> None:
    exchange, ledger = stage.exchange, stage.ledger
    assert len(exchange.bought()) <= 1
    assert len(exchange.sold()) <= 1
    assert len(set(exchange.sent)) == len(exchange.sent)
    assert not stage.trader.has_unknown
    assert exchange.base == SOMEBODY_ELSES + ledger.base
    assert exchange.quote == 900 + ledger.cash
    assert stage.is_protected
    if not ledger.position.is_open:
        assert not exchange.resting


@pytest.mark.parametrize(("story", "blow_at", "after"), MOMENTS)
def test_a_kill_at_any_call_loses_nothing_and_sends_nothing_twice(story, blow_at, after):
    stage = a_stage(Fuse(blow_at, after=after))
    with pytest.raises(Killed):
        begin(stage, story)
    use(stage, Fuse())
    live_on(stage)

    assert_whole(stage)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("again_at", range(1, 9))
def test_P10_kills_during_the_recovery_change_nothing(story, again_at):
    for blow_at in range(1, calls_of(story) + 1):
        stage = a_stage(Fuse(blow_at, after=True))
        with pytest.raises(Killed):
            begin(stage, story)
        use(stage, Fuse(again_at, after=True))
        try:
            live_on(stage)
        except Killed:
            use(stage, Fuse())
            live_on(stage)

        assert_whole(stage)
