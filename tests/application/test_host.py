"""What the host does about each bot, row by row."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.store import (
    FakeBots,
    FakeFindings,
    FakeHalts,
    FakeLeases,
    FakeProcesses,
    FakeRecords,
    FakeSnapshots,
    a_bot,
)
from tradefleet.application.host import Deed, Fleet, Host, choose_launcher, decide
from tradefleet.application.restarts import Restarts
from tradefleet.domain.bot import Halt, Status, Wish
from tradefleet.domain.errors import LeaseError
from tradefleet.ports.fleet import BOOKKEEPERS, Heartbeat, Holder
from tradefleet.ports.halts import BotReceipt
from tradefleet.ports.records import Totals


def wished(wish: Wish, failure: str = ""):
    return replace(a_bot(), wish=wish, failure=failure)


@pytest.mark.parametrize(
    ("bot", "alive", "hangs", "errand", "deed"),
    [
        (wished(Wish.RUN), False, False, False, Deed.START),
        (wished(Wish.PAUSE), False, False, False, Deed.START),
        (wished(Wish.RUN), True, False, False, Deed.NOTHING),
        (wished(Wish.RUN), True, True, False, Deed.KILL),
        (wished(Wish.RUN, "unknown strategy"), False, False, False, Deed.NOTHING),
        (wished(Wish.RUN, "unknown strategy"), True, False, False, Deed.ASK_TO_STOP),
        (wished(Wish.STOP_KEEP), False, False, False, Deed.NOTHING),
        (wished(Wish.STOP_KEEP), False, False, True, Deed.START),
        (wished(Wish.STOP_KEEP), True, False, False, Deed.ASK_TO_STOP),
        (wished(Wish.STOP_SELL), True, False, True, Deed.NOTHING),  # it still sells
        (wished(Wish.STOP_SELL), True, False, False, Deed.ASK_TO_STOP),
        (wished(Wish.STOP_SELL), True, True, True, Deed.KILL),
        (wished(Wish.STOP_SELL), False, False, True, Deed.START),
        (wished(Wish.STOP_SELL), False, False, False, Deed.NOTHING),
        (None, True, False, False, Deed.ASK_TO_STOP),
        (None, False, False, False, Deed.NOTHING),
    ],
)
def test_wish_and_lease_become_a_deed(bot, alive, hangs, errand, deed):
    decided = decide(bot, alive=alive, hangs=hangs, errand=errand, restarts=Restarts(), now=100.0)
    assert decided is deed


def test_P17_restarts_wait_longer_each_time_and_end():
    restarts, now, gaps = Restarts(), 0.0, []
    while not restarts.too_often(now):
        restarts.started(now)
        restarts.ended()
        since = now
        while not restarts.may_start(now):
            now += 0.5
        gaps.append(now - since)
    assert gaps == [1, 2, 4, 8, 16]


def test_a_start_that_does_not_show_up_is_given_twenty_seconds():
    restarts = Restarts()
    restarts.started(0.0)
    assert restarts.is_coming(19.0)
    assert not restarts.is_coming(21.0)


class Listed:
    """A launcher that writes down what it launches."""

    def __init__(self, name: str = "host") -> None:
        self.name = name
        self.launched: list[int] = []

    def launch(self, bot_id: int) -> None:
        self.launched.append(bot_id)


class FakeService:
    name = "hub"

    def __init__(self) -> None:
        self.alive = False
        self.launches = 0

    def is_alive(self) -> bool:
        return self.alive

    def launch(self) -> None:
        self.launches += 1


class Hosting:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.halts = FakeHalts()
        self.bots = FakeBots(a_bot(1), halts=self.halts)
        self.leases = FakeLeases()
        self.records = FakeRecords()
        self.findings = FakeFindings()
        self.snapshots = FakeSnapshots()
        self.processes = FakeProcesses()
        self.launcher = Listed()
        self.hub = FakeService()
        self.kill_file = ""
        self.start()

    def start(self) -> None:
        fleet = Fleet(
            self.bots,
            self.leases,
            self.records,
            self.findings,
            self.snapshots,
            self.halts,
            lambda: self.kill_file,
        )
        self.host = Host(
            fleet, self.processes, {"host": self.launcher}, "auto", [self.hub], self.clock
        )

    def live(self, seconds: float) -> None:
        for _ in range(int(seconds * 2)):
            self.host.tick()
            self.clock.advance(seconds=0.5)

    def bot_lives(self, bot_id: int = 1, pid: int = 10) -> None:
        self.processes.alive.add(pid)
        lease = self.leases.acquire(bot_id, Holder(pid, 1.0, "here", "this boot", "host"), 0)
        self.leases.beat(lease, Heartbeat(self.clock.now(), Status.RUNNING))

    def bot_dies(self, bot_id: int = 1, pid: int = 10) -> None:
        self.processes.alive.discard(pid)
        self.leases.held.pop(bot_id, None)
        self.host.ended(f"bot {bot_id}")

    def beat(self, bot_id: int = 1) -> None:
        lease = self.leases.held[bot_id].lease
        self.leases.beat(lease, Heartbeat(self.clock.now(), Status.RUNNING))


@pytest.fixture
def hosting(clock: FakeClock) -> Hosting:
    return Hosting(clock)


def test_W1_wanted_bots_are_started_once(hosting: Hosting):
    hosting.live(5)
    assert hosting.launcher.launched == [1]


def test_W1_living_bots_are_adopted_after_the_hosts_own_restart(hosting: Hosting):
    hosting.bot_lives()
    hosting.start()
    hosting.live(5)
    assert hosting.launcher.launched == []


def test_W1_a_host_that_dies_around_a_start_leaves_one_process(hosting: Hosting):
    hosting.host.tick()  # the process is on its way
    hosting.start()  # and the next host knows nothing of it
    hosting.host.tick()
    assert hosting.launcher.launched == [1, 1]

    hosting.bot_lives()
    with pytest.raises(LeaseError):  # the second one finds the lease taken, and ends
        hosting.bot_lives(pid=11)
    hosting.live(5)
    assert hosting.launcher.launched == [1, 1]


def test_a_bot_that_dies_is_started_again(hosting: Hosting):
    hosting.host.tick()
    hosting.bot_lives()
    hosting.live(5)
    hosting.bot_dies()
    hosting.live(2)
    assert hosting.launcher.launched == [1, 1]


def test_P17_a_bot_that_always_dies_is_given_up_with_a_reason(hosting: Hosting):
    for _ in range(240):
        before = len(hosting.launcher.launched)
        hosting.live(0.5)
        if len(hosting.launcher.launched) > before:
            hosting.host.ended("bot 1")

    assert len(hosting.launcher.launched) == 5
    assert "died 5 times" in hosting.bots.get(1).failure
    assert "crash_loop" in hosting.findings.codes

    hosting.bots.wish(1, Wish.RUN)  # the person starts it again
    hosting.live(1)
    assert len(hosting.launcher.launched) == 6
    hosting.bot_lives()
    hosting.live(1)
    assert "crash_loop" not in hosting.findings.codes


@pytest.mark.parametrize("who", sorted(BOOKKEEPERS))
@pytest.mark.parametrize("wish", [Wish.STOP_KEEP, Wish.RUN])
def test_who_only_writes_into_a_bots_books_is_never_ended(hosting: Hosting, who: str, wish: Wish):
    hosting.bots.wish(1, wish)
    hosting.processes.alive.add(10)
    hosting.leases.acquire(1, Holder(10, 1.0, "here", "this boot", who), 0)
    hosting.live(120)

    assert hosting.processes.asked == []
    assert hosting.processes.killed == []
    assert hosting.launcher.launched == []


def test_a_stop_is_asked_for_at_once_and_again_if_need_be(hosting: Hosting):
    hosting.bot_lives()
    hosting.live(1)
    hosting.bots.wish(1, Wish.STOP_KEEP)
    hosting.host.tick()
    assert hosting.processes.asked == [10]
    hosting.live(11)
    assert hosting.processes.asked == [10, 10]


def test_W9_a_bot_that_hangs_is_killed_and_started_again(hosting: Hosting):
    hosting.bot_lives()
    hosting.live(80)
    hosting.beat()
    hosting.live(80)
    assert hosting.processes.killed == []
    hosting.live(20)
    assert hosting.processes.killed == [10]
    hosting.live(2)
    assert hosting.launcher.launched == [1]


def test_T4_a_machine_that_stood_still_has_no_hanging_bots(hosting: Hosting):
    hosting.bot_lives()
    hosting.live(5)
    hosting.clock.advance(seconds=300)
    hosting.live(80)
    assert hosting.processes.killed == []
    hosting.live(20)
    assert hosting.processes.killed == [10]


def test_a_stopped_bot_that_is_to_sell_gets_a_process_for_it(hosting: Hosting):
    hosting.bots.wish(1, Wish.STOP_SELL)
    hosting.records.books[1] = Totals(Decimal(0), quantity=Decimal("0.002"))
    hosting.live(10)
    assert hosting.launcher.launched == [1]


def test_the_hub_is_kept_alive_and_its_troubles_are_said(hosting: Hosting):
    for _ in range(400):
        before = hosting.hub.launches
        hosting.live(0.5)
        if hosting.hub.launches > before:
            hosting.host.ended("hub")
    assert hosting.hub.launches >= 6
    assert "hub_crashing" in hosting.findings.codes

    hosting.hub.alive = True
    hosting.live(700)
    assert "hub_crashing" not in hosting.findings.codes


def test_the_host_says_that_it_lives_and_how_bots_are_launched(hosting: Hosting):
    hosting.live(1)
    said = hosting.snapshots.get("host")
    assert said is not None
    assert said.value["launcher"] == "host"
    assert "screen is not installed" in said.value["sentence"]


def test_auto_takes_screen_for_up_to_ten_bots():
    launchers = {name: Listed(name) for name in ("screen", "host", "process")}
    assert choose_launcher("auto", launchers, 10)[0].name == "screen"
    assert choose_launcher("auto", launchers, 11)[0].name == "host"
    assert choose_launcher("process", launchers, 3)[0].name == "process"
    assert choose_launcher("screen", {"host": launchers["host"]}, 3)[0].name == "host"


def test_the_file_kill_halts_everything_until_that_is_reset(hosting: Hosting):
    hosting.bot_lives()
    hosting.live(1)
    hosting.kill_file = "sell"
    hosting.live(1)
    assert hosting.bots.get(1).wish is Wish.STOP_SELL
    assert hosting.processes.asked == []  # it hears the halt by itself, and sells
    assert "halted" in hosting.findings.codes

    hosting.bots.wish(1, Wish.RUN)  # starting it again does not help
    hosting.kill_file = ""  # nor does removing the file, nor a restart
    hosting.start()
    hosting.live(1)
    assert hosting.bots.get(1).wish is Wish.STOP_SELL

    hosting.halts.reset("owner", 0, resume=False)
    hosting.live(1)
    assert "halted" not in hosting.findings.codes


def test_a_file_kill_that_keeps_does_not_soften_a_halt_that_sells(hosting: Hosting):
    hosting.halts.raise_halt(Halt.SELL, "owner", 1)
    hosting.kill_file = "keep"
    hosting.live(1)
    assert hosting.halts.halt.how is Halt.SELL

    hosting.halts.raise_halt(Halt.PAUSE, "owner", 2)
    hosting.live(1)
    assert hosting.halts.halt.how is Halt.KEEP


def test_a_bot_that_was_stopped_before_a_halt_looks_once_at_what_rests(hosting: Hosting):
    hosting.bots.wish(1, Wish.STOP_KEEP)
    hosting.records.books[1] = Totals(Decimal(0), quantity=Decimal(1))
    halt = hosting.halts.raise_halt(Halt.KEEP, "owner", 1)
    hosting.live(2)
    assert hosting.launcher.launched == [1]

    hosting.halts.leave(BotReceipt(1, 1, Halt.KEEP, 5, halt=halt.id))
    hosting.live(120)
    assert hosting.launcher.launched == [1]


def test_a_bot_that_waits_for_the_exchange_to_sell_is_left_to_it_and_never_given_up(
    hosting: Hosting,
):
    hosting.bot_lives()
    hosting.records.books[1] = Totals(Decimal(0), quantity=Decimal(1))
    hosting.bots.wish(1, Wish.STOP_SELL)
    for _ in range(120):  # ten minutes of outage, through which it beats
        hosting.beat()
        hosting.live(5)
    assert hosting.processes.asked == []
    assert not hosting.bots.get(1).failure

    hosting.records.books[1] = Totals(Decimal(100))
    hosting.live(1)
    assert hosting.processes.asked == [10]


def test_W3_a_bot_that_did_not_run_when_it_was_told_to_stop_looks_and_leaves_a_receipt(
    hosting: Hosting,
):
    hosting.bots.wish(1, Wish.STOP_KEEP)
    hosting.live(5)
    assert hosting.launcher.launched == []

    hosting.halts.expect(1, 2, 0)
    hosting.live(1)
    assert hosting.launcher.launched == [1]

    hosting.halts.leave(BotReceipt(1, 2, Halt.KEEP, 5))
    hosting.live(120)
    assert hosting.launcher.launched == [1]


def test_W3_under_a_halt_who_holds_is_visited_first_and_the_flat_ones_a_few_at_a_time(
    hosting: Hosting,
):
    for bot_id in range(1, 11):
        hosting.bots.rows[bot_id] = a_bot(bot_id)
        hosting.bots.wish(bot_id, Wish.STOP_KEEP)
    hosting.records.books[10] = Totals(Decimal(0), quantity=Decimal(1))
    halt = hosting.halts.raise_halt(Halt.KEEP, "owner", 1)
    hosting.live(1)
    assert sorted(hosting.launcher.launched) == [1, 2, 3, 4, 10]

    for bot_id in (1, 2, 3, 4, 10):
        hosting.halts.leave(BotReceipt(bot_id, 1, Halt.KEEP, 5, halt=halt.id))
    hosting.live(1)
    assert sorted(hosting.launcher.launched[5:]) == [5, 6, 7, 8]


def test_who_failed_again_on_its_visit_is_not_visited_forever(hosting: Hosting):
    hosting.bots.wish(1, Wish.STOP_KEEP)
    hosting.halts.raise_halt(Halt.KEEP, "owner", 1)
    hosting.bots.fail(1, "its strategy is gone")
    hosting.live(60)
    assert hosting.launcher.launched == []


def test_a_stopped_bot_books_what_became_of_its_protection(hosting: Hosting):
    hosting.bots.wish(1, Wish.STOP_KEEP)
    hosting.snapshots.put("ended_protection", {"bots": [1]}, 5)
    hosting.live(5)
    assert hosting.launcher.launched == [1]
