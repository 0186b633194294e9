"""The processes of a data folder, brought up, kept up and taken down."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fakes.store import FakeBots, FakeHalts, FakeLeases, FakeProcesses, FakeRecords
from tradefleet.application.system import System
from tradefleet.domain.bot import BotSettings, Halt, Wish
from tradefleet.domain.errors import TradefleetError
from tradefleet.ports.records import Totals

SETTINGS = BotSettings("BTC Bot", "BTCUSDT", "volatile", Decimal(100))


class FakeDaemons:
    """Processes that live as soon as they are started."""

    def __init__(self, *living: str) -> None:
        self.living = list(living)
        self.ended: list[str] = []
        self.down = False

    def alive(self, name: str) -> bool:
        return name in self.living

    def start(self, name: str, arguments: Sequence[str]) -> None:
        self.living.append(name)

    def ask_to_stop(self, name: str) -> None:
        if name in self.living:
            self.living.remove(name)
            self.ended.append(name)

    def mark_down(self, *, down: bool) -> None:
        self.down = down

    def wait(self, name: str, *, alive: bool, wait_s: float) -> bool:
        return self.alive(name) is alive

    def last_words(self, name: str, lines: int = 5) -> str:
        return ""


def a_system(daemons: FakeDaemons) -> System:
    return System(
        daemons,
        FakeProcesses(),
        FakeBots(),
        FakeLeases(),
        FakeRecords(),  # type: ignore[arg-type]
        lambda: ["exchange"],
        lambda: True,
        lambda seconds: None,
    )


@pytest.mark.parametrize("living", [(), ("hub",), ("exchange", "hub")])
def test_a_host_that_died_is_started_again_and_starts_the_rest(living):
    daemons, said = FakeDaemons(*living), []

    a_system(daemons).revive(said.append)

    assert daemons.living == [*living, "host"]
    assert said == ["the host is gone; it is started again"]


def test_a_host_that_lives_is_left_alone():
    daemons, said = FakeDaemons("host"), []

    a_system(daemons).revive(said.append)

    assert (daemons.living, said) == (["host"], [])


def test_who_would_restart_another_is_ended_first():
    daemons = FakeDaemons("exchange", "host", "hub", "dashboard")

    a_system(daemons).take_down(lambda step: None)

    assert daemons.ended == ["dashboard", "host", "hub", "exchange"]
    assert daemons.down


def test_what_lives_again_while_it_goes_down_is_ended_again():
    class Stubborn(FakeDaemons):
        def wait(self, name: str, *, alive: bool, wait_s: float) -> bool:
            if name == "hub" and self.ended == ["host", "hub"]:
                self.living.append("host")  # the guardian had just started it
                return False
            return super().wait(name, alive=alive, wait_s=wait_s)

    daemons = Stubborn("host", "hub")
    a_system(daemons).take_down(lambda step: None)

    assert daemons.living == []


def test_bringing_up_takes_the_mark_away_and_starts_the_exchange_first():
    daemons, said = FakeDaemons("hub"), []
    daemons.mark_down(down=True)

    a_system(daemons).bring_up(said.append)

    assert not daemons.down
    assert daemons.living == ["hub", "exchange", "host"]


def test_selling_under_a_halt_leaves_each_bot_what_it_alone_was_told():
    halts = FakeHalts()
    system = replace(a_system(FakeDaemons("host")), bots=FakeBots(halts=halts))
    bot = system.bots.create(SETTINGS, "BTC", "USDT", 0)
    system.bots.wish(bot.id, Wish.RUN)
    halts.raise_halt(Halt.KEEP, "owner", 1)
    books = system.records.books  # type: ignore[attr-defined]
    books[bot.id] = Totals(Decimal(0), Decimal("0.002"))
    told: list[Wish] = []

    def sold(seconds: float) -> None:
        told.append(system.bots.own_wish(bot.id))
        books[bot.id] = Totals(Decimal(100))

    replace(system, pause=sold).take_down(lambda step: None, sell=True)

    assert told[0] is Wish.STOP_SELL
    assert system.bots.own_wish(bot.id) is Wish.RUN


def test_selling_where_nothing_runs_is_refused_and_no_wish_is_changed():
    system = a_system(FakeDaemons())
    bot = system.bots.create(SETTINGS, "BTC", "USDT", 0)
    books = Totals(Decimal(0), Decimal("0.002"))
    system.records.books[bot.id] = books  # type: ignore[attr-defined]

    with pytest.raises(TradefleetError, match="nothing runs that could sell them"):
        system.take_down(lambda step: None, sell=True)

    assert system.bots.get(bot.id) == bot
