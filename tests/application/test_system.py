"""The processes of a data folder, brought up, kept up and taken down."""

from collections.abc import Sequence

import pytest

from tests.fakes.store import FakeBots, FakeLeases, FakeProcesses, FakeRecords
from tradefleet.application.system import System


class FakeDaemons:
    """Processes that live as soon as they are started."""

    def __init__(self, *living: str) -> None:
        self.living = list(living)
        self.ended: list[str] = []

    def alive(self, name: str) -> bool:
        return name in self.living

    def start(self, name: str, arguments: Sequence[str]) -> None:
        self.living.append(name)

    def stop(self, name: str, wait_s: float) -> bool:
        self.living.remove(name)
        self.ended.append(name)
        return True

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
        ["exchange"],
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
