"""The stops: pause entries, keep, sell, all at once or by a file; each with a receipt."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY
from tests.application.test_bot_process import Running
from tests.fakes.clock import FakeClock
from tradefleet.application.bot_process import ExitCode
from tradefleet.domain.bot import Halt, Wish, heed
from tradefleet.domain.errors import StoreError
from tradefleet.ports.halts import BotReceipt


@pytest.fixture
def running(clock: FakeClock) -> Running:
    clock.advance(seconds=100)
    return Running(clock)


@pytest.fixture
def holding(running: Running) -> Running:
    running.strategy.next = BUY
    running.live(10)
    assert running.position.is_open
    return running


def until_it_ends(running: Running, seconds: float) -> float:
    """Let time pass as the waker does until the process ends; return how long it took."""
    began = running.clock.monotonic()
    while (wait := running.turn()) is not None:
        assert running.clock.monotonic() - began < seconds, "it goes on"
        running.clock.advance(ms=max(1, int(wait * 1_000)))
    return running.clock.monotonic() - began


def the_receipt(running: Running) -> BotReceipt:
    assert len(running.halts.left) == 1
    return running.halts.left[0]


@pytest.mark.parametrize("halt", Halt)
@pytest.mark.parametrize("wish", Wish)
def test_a_halt_never_loosens_what_a_bot_was_told(wish: Wish, halt: Halt):
    assert heed(wish, None) is wish
    heeded = heed(wish, halt)
    assert heeded in (wish, halt.wish)
    if wish is Wish.STOP_SELL or halt is Halt.SELL:
        assert heeded is Wish.STOP_SELL
    assert heeded is not Wish.RUN


def test_W3_stop_and_keep_leaves_a_receipt_that_was_asked_at_the_exchange(holding: Running):
    holding.bots.wish(1, Wish.STOP_KEEP)
    until_it_ends(holding, 2)

    receipt = the_receipt(holding)
    assert receipt.checked
    assert receipt.held == holding.position.quantity
    resting = {order.client_order_id for order in holding.exchange.resting}
    assert {order.client_order_id for order in receipt.resting} == resting
    assert len(resting) == 2
    assert "At the exchange rests" in receipt.sentence


def test_W3_stop_and_sell_says_what_was_sold_at_what_price(holding: Running):
    held = holding.position.quantity
    holding.bots.wish(1, Wish.STOP_SELL)
    until_it_ends(holding, 2)

    receipt = the_receipt(holding)
    (sold,) = receipt.sold
    assert sold.quantity == holding.exchange.instrument_.floor_quantity(held)
    assert sold.price == holding.exchange.last
    assert receipt.resting == ()
    assert receipt.sentence.startswith("BTC Bot sold ")


def test_orders_of_others_are_in_no_receipt(holding: Running):
    before = {order.client_order_id for order in holding.exchange.resting}
    by_hand = replace(holding.exchange.resting[0], client_order_id="by hand")
    holding.exchange.orders["by hand"] = by_hand
    holding.bots.wish(1, Wish.STOP_KEEP)
    until_it_ends(holding, 2)

    assert {order.client_order_id for order in the_receipt(holding).resting} == before


def test_what_rests_without_an_answer_of_the_exchange_is_said_to_be_unknown(holding: Running):
    holding.bots.wish(1, Wish.STOP_KEEP)
    holding.exchange.down = True
    until_it_ends(holding, 20)

    receipt = the_receipt(holding)
    assert not receipt.checked
    assert "could NOT be asked" in receipt.sentence


def test_a_pause_is_followed_and_receipted_while_the_bot_goes_on(holding: Running):
    holding.bots.wish(1, Wish.PAUSE)
    holding.live(2)

    receipt = the_receipt(holding)
    assert receipt.how is Halt.PAUSE
    assert len(receipt.resting) == 2
    holding.live(60)
    assert len(holding.halts.left) == 1
    assert holding.position.is_open


def test_a_pause_a_moment_before_an_evaluation_counts_for_it(running: Running):
    running.live(1)
    due = running.heartbeat.next_evaluation_at - running.clock.now()
    running.live(due / 1_000 - 0.2)
    running.bots.wish(1, Wish.PAUSE)
    running.strategy.next = BUY
    running.live(1)

    assert not running.position.is_open
    assert running.journal.decisions[-1].outcome == "denied"


@pytest.mark.parametrize("how", ["keep", "sell"])
def test_the_file_kill_is_followed_within_two_seconds_where_all_else_is_dead(
    holding: Running, how: str
):
    holding.bell.hub = False
    holding.kill_file = how
    assert until_it_ends(holding, 2) <= 2

    assert holding.process.exit_code == ExitCode.DONE
    assert holding.position.is_open is (how == "keep")
    assert holding.halts.halt.how == how  # it stands in the store now, whatever becomes of the file
    assert the_receipt(holding).halt == holding.halts.halt.id


def test_the_file_kill_is_followed_although_the_fleet_cannot_be_read(holding: Running):
    def broken(bot_id: int):
        raise StoreError("the disk is gone")

    holding.bots.get = broken
    holding.kill_file = "keep"
    assert until_it_ends(holding, 2) <= 2
    assert len(holding.exchange.resting) == 2


def test_a_bot_that_is_started_while_the_file_is_there_sells_and_ends(holding: Running):
    holding.turn(asked_to_stop=True)
    holding.kill_file = "sell"
    holding.start()
    until_it_ends(holding, 2)

    assert not holding.position.is_open
    assert [one.quantity for one in holding.halts.left[-1].sold] != []


def test_a_halt_is_obeyed_within_two_seconds_without_anybodys_signal(holding: Running):
    holding.halts.raise_halt(Halt.SELL, "owner", holding.clock.now())
    assert until_it_ends(holding, 2) <= 2
    assert the_receipt(holding).sold[0].quote > Decimal(90)


def test_stopping_under_no_wish_leaves_no_receipt(holding: Running):
    assert holding.turn(asked_to_stop=True) is None
    assert holding.halts.left == []


def test_a_halt_that_sells_goes_on_through_an_outage_and_then_says_so(holding: Running):
    holding.exchange.down = True
    holding.halts.raise_halt(Halt.SELL, "owner", holding.clock.now())
    for _ in range(20):
        holding.clock.advance(seconds=holding.turn() or 0)
    assert "does not answer" in holding.heartbeat.waiting_for

    holding.exchange.down = False
    until_it_ends(holding, 61)
    assert the_receipt(holding).checked
    assert the_receipt(holding).trouble == ""
