"""What one bot's process does when, and how it ends."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, Scripted
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import Answer, FakeExchange
from tests.fakes.store import (
    FakeBell,
    FakeBots,
    FakeFindings,
    FakeHalts,
    FakeLeases,
    ListLog,
    NoNews,
    a_bot,
)
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.application.bot_process import BotParts, BotProcess, ExitCode
from tradefleet.application.desk import SEND_WITHIN_MS
from tradefleet.application.world import World
from tradefleet.domain.bot import Status, Wish
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import AccessDeniedError, InputError, RuleBrokenError
from tradefleet.domain.order import OrderType
from tradefleet.domain.position import ExitReason
from tradefleet.ports.exchange import Ring, RingKind
from tradefleet.ports.fleet import Heartbeat, Holder
from tradefleet.ports.notices import Finding, Severity

ME = Holder(4711, 12.5, "here", "this boot", "test")
MY_ORDER_CHANGED = (Ring(RingKind.ACCOUNT, "BTCUSDT"),)


class Running:
    """A bot's process, its world, and time that passes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.exchange = FakeExchange(clock)
        self.halts = FakeHalts()
        self.bots = FakeBots(a_bot(), halts=self.halts)
        self.leases = FakeLeases()
        self.findings = FakeFindings()
        self.journal = MemoryJournal()
        self.strategy = Scripted()
        self.bell = FakeBell()
        self.log = ListLog()
        self.folder = True
        self.kill_file = ""
        self.process = self.start()

    def start(self) -> BotProcess:
        world = World(self.exchange, self.exchange, self.clock, NoNews(), self.findings)
        parts = BotParts(
            self.bots,
            self.leases,
            lambda bot, lease: self.journal,
            world,
            self.bell,
            self.log,
            lambda settings: self.strategy,
            ME,
            "k7x2",
            "paper",
            lambda: self.folder,
            self.halts,
            lambda: self.kill_file,
        )
        self.process = BotProcess(1, parts)
        return self.process

    def turn(self, rings=(), *, asked_to_stop: bool = False) -> float | None:
        return self.process.turn(rings, asked_to_stop=asked_to_stop)

    def live(self, seconds: float, rings=()) -> None:
        """Let time pass as the waker does: sleep exactly as long as the process says."""
        end = self.clock.monotonic() + seconds
        for _ in range(100 + int(seconds) * 2):
            wait = self.turn(rings)
            assert wait is not None, f"the process ended: {self.process.exit_code!r}"
            rings = ()
            left = end - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.advance(ms=max(1, int(min(wait, left) * 1000)))
        pytest.fail("the process turns without waiting")

    @property
    def heartbeat(self) -> Heartbeat:
        heartbeat = self.leases.held[1].heartbeat
        assert heartbeat is not None
        return heartbeat

    @property
    def position(self):
        return self.process._trader.ledger.position


@pytest.fixture
def running(clock: FakeClock) -> Running:
    clock.advance(seconds=100)  # not on a candle's edge
    return Running(clock)


def test_the_first_evaluation_comes_at_once(running: Running):
    running.turn()
    assert len(running.journal.decisions) == 1
    assert running.heartbeat.status is Status.RUNNING
    assert running.log.lines[0] == "🤖 STARTING BOT: BTC Bot"


def test_a_protection_whose_answer_got_lost_is_settled_and_placed_again_at_once(running: Running):
    running.strategy.next = BUY
    running.exchange.next_answer.extend([None, Answer.LOST_BEFORE])
    running.turn()
    settled_s = (running.exchange.settle_ms + SEND_WITHIN_MS) / 1_000
    running.live(settled_s + 3)

    assert running.heartbeat.protection == "exchange"


def test_evaluations_follow_the_candle_close_without_drift(running: Running):
    running.live(24 * 3600)

    closes = [decision.at % (15 * MINUTE) for decision in running.journal.decisions[1:]]
    assert len(closes) == 96
    assert len(set(closes)) == 1
    assert 0 < closes[0] < 2_100


def test_it_never_waits_longer_than_a_heartbeat(running: Running):
    running.live(60)
    assert 0 < running.turn() <= 5
    assert running.clock.now() - running.heartbeat.at <= 5_000


def test_a_bell_makes_a_filled_stop_known_at_once(running: Running):
    running.strategy.next = BUY
    running.live(7)
    running.exchange.move("48900")
    running.turn(MY_ORDER_CHANGED)

    assert not running.position.is_open
    assert running.heartbeat.protection == "exchange"  # until the next beat
    running.live(5)
    assert running.heartbeat.protection == ""


def test_what_a_lagging_answer_hid_when_the_bell_rang_is_asked_for_again(running: Running):
    running.strategy.next = BUY
    running.live(7)
    running.exchange.move("48900")
    running.exchange.hidden = True  # as a copy of the exchange that lags
    running.turn(MY_ORDER_CHANGED)
    running.exchange.hidden = False
    assert running.position.is_open

    running.live(11)

    assert not running.position.is_open


def test_N18_an_order_that_the_exchange_seems_to_have_forgotten_is_asked_about_every_second(
    running: Running,
):
    running.strategy.next = BUY
    running.live(7)
    running.exchange.move("48900")
    running.exchange.hidden = True
    running.turn(MY_ORDER_CHANGED)
    running.live(12)
    running.exchange.hidden = False

    running.live(1.5)

    assert not running.position.is_open


def test_N14_a_look_that_an_outage_broke_off_is_made_again_although_the_hub_is_back(
    running: Running,
):
    running.strategy.next = BUY
    running.bell.hub = False
    running.live(7)
    for order in running.exchange.resting:
        running.exchange.cancel(order.client_order_id)
    running.exchange.down = True
    running.live(2.5)
    running.exchange.down, running.bell.hub = False, True

    running.live(2.5)

    assert len(running.exchange.resting) == 2


def test_N14_a_missed_bell_is_made_up_for(running: Running):
    running.strategy.next = BUY
    running.live(1)
    running.exchange.move("48900")
    running.live(31)
    assert not running.position.is_open


def test_alone_the_bot_looks_every_two_seconds_and_says_so(running: Running):
    running.bell.hub = False
    running.strategy.next = BUY
    running.live(1)
    running.exchange.move("48900")
    running.live(2.1)

    assert not running.position.is_open
    running.live(5)
    assert running.heartbeat.alone


def test_an_exchange_that_is_down_at_the_start_is_waited_for(running: Running):
    running.exchange.down = True
    running.live(20)
    assert running.heartbeat.status is Status.STARTING
    assert "the exchange does not answer" in running.heartbeat.waiting_for

    running.exchange.down = False
    running.live(20)
    assert running.heartbeat.status is Status.RUNNING
    assert running.journal.decisions


def test_D7_after_a_single_price_beyond_a_level_the_process_looks_again_within_a_second(
    running: Running,
):
    running.exchange.refuse_types = {OrderType.STOP_LOSS}
    running.strategy.next = BUY
    running.live(3)
    running.exchange.last = Decimal(40_000)
    running.clock.advance(seconds=2)
    wait = running.turn()
    assert wait is not None
    assert wait <= 1  # one look sees it
    assert running.position.is_open

    running.clock.advance(seconds=wait)
    running.turn()  # and the next one believes it
    assert running.process._trader.ledger.trades[0].exit_reason is ExitReason.STOP_LOSS


def test_an_outage_is_waited_out_in_seconds_and_said_once(running: Running):
    running.strategy.next = BUY
    running.live(1)
    running.exchange.down = True
    running.live(100)
    assert "does not answer" in running.heartbeat.waiting_for
    assert len([line for line in running.log.lines if "does not answer" in line]) == 1

    running.exchange.down = False
    running.exchange.move("48900")
    running.live(61)
    assert not running.position.is_open
    assert running.heartbeat.waiting_for != ""


def test_the_end_of_an_outage_is_said_although_the_first_thing_done_is_to_buy(running: Running):
    running.live(1)
    running.exchange.down = True
    running.strategy.next = BUY
    running.live(16 * 60)
    running.exchange.down = False
    running.live(61)

    assert running.position.is_open
    assert running.log.lines.count("✅ Connected again") == 1


def test_a_stop_leaves_the_position_protected(running: Running):
    running.strategy.next = BUY
    running.live(10)
    running.bots.wish(1, Wish.STOP_KEEP)

    assert running.turn(asked_to_stop=True) is None
    assert running.process.exit_code == ExitCode.DONE
    assert len(running.exchange.resting) == 2
    assert not running.leases.held
    assert running.log.lines[-1] == "🛑 STOPPED: the position stays protected at the exchange"


def test_a_stopped_bot_has_no_failing_strategy(running: Running):
    running.live(1)
    running.findings.open(Finding("strategy_failing", Severity.LOOK, "it raised", 1, 1))
    running.bots.wish(1, Wish.STOP_KEEP)
    running.turn(asked_to_stop=True)

    assert "strategy_failing" not in running.findings.codes


def test_a_signal_without_a_wish_stops_and_leaves_the_wish_alone(running: Running):
    running.live(10)
    assert running.turn(asked_to_stop=True) is None
    assert running.bots.get(1).wish is Wish.RUN


def test_a_stop_is_seen_with_the_heartbeat_even_without_a_signal(running: Running):
    running.live(10)
    running.bots.wish(1, Wish.STOP_KEEP)
    running.clock.advance(seconds=5)
    assert running.turn() is None


def test_stop_and_sell_sells_before_it_stops(running: Running):
    running.strategy.next = BUY
    running.live(10)
    running.bots.wish(1, Wish.STOP_SELL)

    assert running.turn(asked_to_stop=True) is None
    assert not running.exchange.resting
    assert running.process._trader.ledger.trades[0].exit_reason is ExitReason.MANUAL


def test_stop_and_sell_goes_on_selling_through_an_outage(running: Running):
    running.strategy.next = BUY
    running.live(10)
    running.bots.wish(1, Wish.STOP_SELL)
    running.exchange.down = True
    running.clock.advance(seconds=5)
    assert running.turn() is not None
    assert running.turn() > 0

    running.exchange.down = False
    running.clock.advance(seconds=10)
    assert running.turn() is None
    assert len(running.exchange.sold()) == 1


def test_P16_W3_a_stop_waits_a_moment_for_an_order_whose_outcome_is_not_known(running: Running):
    running.exchange.next_answer.append(Answer.LOST_AFTER)
    running.exchange.hidden = True
    running.strategy.next = BUY
    running.live(1)
    assert running.turn(asked_to_stop=True) is not None

    running.exchange.hidden = False
    running.clock.advance(seconds=2)
    assert running.turn() is None
    assert len(running.exchange.resting) == 2


def test_S7_a_bot_runs_once(running: Running):
    running.live(1)
    second = running.start()
    assert second.turn() is None
    assert second.exit_code == ExitCode.TAKEN
    assert 1 in running.leases.held


def test_P18_a_lease_that_was_taken_over_ends_the_process_without_an_order(running: Running):
    running.live(1)
    del running.leases.held[1]
    running.leases.acquire(1, ME, 0)
    running.strategy.next = BUY
    running.clock.advance(seconds=6)
    assert running.turn() is None
    assert running.process.exit_code == ExitCode.TAKEN
    assert running.leases.held[1].lease.epoch == 2


def test_a_broken_rule_stops_the_bot_and_says_why(running: Running):
    running.live(1)

    def broken(price: str):
        raise RuleBrokenError("it sells more than it holds")

    running.journal.open_intents = broken
    running.journal.open_intents = lambda: broken("")
    running.clock.advance(seconds=60)
    assert running.turn() is None
    assert running.process.exit_code == ExitCode.FAILED
    assert running.bots.get(1).failure == "it sells more than it holds"
    assert "bot_failed" in running.findings.codes


def test_C9_a_strategy_that_does_not_exist_fails_the_bot_with_the_reason(running: Running):
    def unknown(settings):
        raise InputError("unknown strategy 'volatle', did you mean 'volatile'?")

    running.strategy_for = unknown
    process = running.start()
    process._parts = replace(process._parts, strategy_for=unknown)
    assert process.turn() is None
    assert running.bots.get(1).failure == "unknown strategy 'volatle', did you mean 'volatile'?"


def test_C2_N6_a_wrong_key_is_a_finding_and_is_tried_again_slowly(running: Running):
    def denied(symbol):
        raise AccessDeniedError("Invalid API-key, IP, or permissions for action.", code=-2015)

    instrument, running.exchange.instrument = running.exchange.instrument, denied
    running.live(30)
    assert "access_denied" in running.findings.codes
    running.exchange.instrument = instrument
    running.live(60)
    assert "access_denied" not in running.findings.codes


def test_changed_settings_count_from_the_next_turn(running: Running):
    running.strategy.next = BUY
    running.live(10)
    settings = replace(running.bots.get(1).settings, stop_loss=Decimal(1), every="5m")
    running.bots.update(1, settings, 1)
    running.live(5.1)

    assert running.exchange.resting[0].stop_price == 49_500
    running.live(5)
    assert running.heartbeat.next_evaluation_at - running.clock.now() < 5 * MINUTE


def test_when_the_data_folder_is_gone_so_is_the_bot(running: Running):
    running.live(1)
    running.folder = False
    assert running.turn() is None


def test_coins_moved_by_hand_pause_entries_and_are_said(running: Running):
    running.strategy.next = BUY
    running.live(1)
    running.turn(asked_to_stop=True)
    for order in running.exchange.resting:
        running.exchange.cancel(order.client_order_id)
    running.exchange.wallet["BTC"] = Decimal(0)
    running.start()
    running.live(1)
    assert "shortfall" in running.findings.codes


def test_an_order_of_ours_that_nobody_knows_pauses_entries_and_is_said(running: Running):
    running.strategy.next = BUY
    running.live(1)
    running.turn(asked_to_stop=True)
    running.journal = MemoryJournal()  # the store was lost
    running.start()
    running.live(1)
    assert "orphan_order" in running.findings.codes

    running.strategy.next = BUY
    running.live(15 * 60)
    assert running.journal.decisions[-1].outcome == "denied"


def test_a_stopped_bot_that_is_visited_books_what_happened_and_ends(running: Running):
    running.strategy.next = BUY
    running.live(1)
    running.bots.wish(1, Wish.STOP_KEEP)
    assert running.turn(asked_to_stop=True) is None
    running.exchange.move("48900")

    visit = running.start()
    assert visit.turn() is None
    assert visit.exit_code == ExitCode.DONE
    assert not running.position.is_open
    assert not running.leases.held


def test_a_stopped_bot_does_not_wait_for_an_exchange_that_is_away(running: Running):
    running.bots.wish(1, Wish.STOP_KEEP)
    running.exchange.down = True
    assert running.turn() is None


def test_what_rings_while_it_works_counts_for_the_evaluation_that_falls_due(running: Running):
    running.strategy.next = BUY
    running.live(775)  # 100 s after midnight it began, at 900 s a candle closes
    running.live(22, MY_ORDER_CHANGED)  # so that no look at the exchange is due there
    assert running.position.is_open
    price = running.exchange.price

    def the_stop_is_met_meanwhile(symbol):
        running.exchange.price = price
        running.exchange.move("48900")
        running.bell.rings.extend(MY_ORDER_CHANGED)
        running.clock.advance(seconds=6)
        return price(symbol)

    running.exchange.price = the_stop_is_met_meanwhile
    running.strategy.next = BUY
    running.turn((Ring(RingKind.CANDLE, "BTCUSDT"),))

    assert running.journal.decisions[-1].outcome == "bought"


def test_a_candle_in_a_replayed_market_is_evaluated_when_it_rings(running: Running):
    running.turn()
    decided = len(running.journal.decisions)
    price = running.exchange.price

    def price_and_time(symbol):  # the exchange's clock stood still until it was asked
        running.clock.advance(ms=15 * MINUTE)
        return price(symbol)

    running.exchange.price = price_and_time
    running.turn((Ring(RingKind.CANDLE, "BTCUSDT"),))
    assert len(running.journal.decisions) == decided + 1
