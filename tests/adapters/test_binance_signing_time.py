"""When a request may be signed: by a clock that was measured, and not long after the decision."""

import contextlib
import re
from typing import Any

import httpx2
import pytest

from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import CLOCK_AGE_S, RECV_WINDOW_MS, SIGN_WITHIN_S, Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.domain.errors import ExchangeUnavailableError, OrderRefusedError

NOW = 1_700_000_000_000


class Machine:
    """A machine with a clock of its own before an exchange that is `ahead_ms` of it."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.booted_s = 1_000.0
        self.ahead_ms = ahead_ms
        self.asked: list[str] = []
        self.stamps: list[int] = []
        self.answers: list[httpx2.Response] = []
        self.slow_s = 0.0
        self.refuses_all = False
        self.clock = ExchangeClock(lambda: self.booted_s, lambda: NOW)
        http = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        credentials = Credentials("k", "s")
        self.rest = Rest("https://there", self.clock, Budget(self.clock), credentials, http)

    def order(self) -> Any:
        return self.rest.send("POST", "/order", {}, dict, order_id="tfp-1", orders=1)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path.rpartition("/")[2])
        self.booted_s += self.slow_s
        self.stamps += map(int, re.findall(rb"timestamp=(\d+)", request.read()))
        if self.refuses_all:
            return httpx2.Response(400, json=TOO_OLD)
        if self.asked[-1] == "time":
            there = NOW + self.ahead_ms + int((self.booted_s - 1_000) * 1_000)
            return httpx2.Response(200, json={"serverTime": there})
        return self.answers.pop(0) if self.answers else httpx2.Response(200, json={"orderId": 1})


TOO_OLD = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}


def test_nothing_is_signed_before_the_clock_was_measured() -> None:
    machine = Machine(ahead_ms=90_000)
    machine.order()

    assert machine.asked == ["time"] * 3 + ["order"]
    assert machine.clock.offset_ms == 90_000


def test_a_clock_measured_long_ago_is_measured_again() -> None:
    machine = Machine()
    machine.order()
    machine.order()
    machine.booted_s += CLOCK_AGE_S + 1
    machine.order()

    assert machine.asked == [*["time"] * 3, "order", "order", *["time"] * 3, "order"]


def test_T1_a_refused_time_stamp_is_signed_anew_exactly_once() -> None:
    machine = Machine()
    machine.answers = [httpx2.Response(400, json=TOO_OLD), httpx2.Response(400, json=TOO_OLD)]

    with pytest.raises(OrderRefusedError):
        machine.order()
    assert machine.asked.count("order") == 2


def test_an_exchange_that_finds_every_time_wrong_is_not_asked_for_ever() -> None:
    machine = Machine()
    machine.rest.measure_clock()
    machine.refuses_all = True

    with pytest.raises(ExchangeUnavailableError):
        machine.order()
    assert machine.asked[3:] == ["order", "time"]


def test_an_order_is_not_signed_anew_long_after_it_was_decided() -> None:
    machine = Machine()
    machine.rest.measure_clock()
    machine.slow_s = SIGN_WITHIN_S / 3
    machine.answers = [httpx2.Response(400, json=TOO_OLD)]

    with pytest.raises(ExchangeUnavailableError, match="was not sent"):
        machine.order()
    assert machine.asked.count("order") == 1


def test_T2_a_step_of_the_wall_clock_changes_nothing() -> None:
    machine = Machine(ahead_ms=500)
    machine.rest.measure_clock()
    before = machine.clock.now()
    machine.clock._wall = lambda: NOW + 7_200_000

    assert machine.clock.now() == before


class Freezing:
    """A clock of the machine on which the process freezes the next time it looks at it."""

    def __init__(self, machine: Machine, look: int) -> None:
        self.machine, self.look, self.seconds = machine, look, 60.0
        machine.clock._since_boot = self.since_boot

    def since_boot(self) -> float:
        shown = self.machine.booted_s
        self.look -= 1
        if self.look == 0:
            self.machine.booted_s += self.seconds
            self.woke_ms = int((self.machine.booted_s - 1_000) * 1_000)
        return shown


@pytest.mark.parametrize("look", range(1, 5))
def test_P18_a_process_that_freezes_anywhere_before_it_signs_sends_nothing_the_exchange_takes(
    look: int,
) -> None:
    """SIGSTOP or a laptop's sleep, while another machine takes the bot over."""
    machine = Machine()
    machine.rest.measure_clock()
    decided = machine.clock.monotonic()
    clock = Freezing(machine, look)
    with contextlib.suppress(ExchangeUnavailableError):
        machine.rest.send("POST", "/order", {}, dict, order_id="tfp-1", orders=1, since=decided)

    assert clock.look <= 0, "it did not look so often: the test froze nothing"
    for stamp in machine.stamps:  # the exchange refuses it with -1021
        assert NOW + clock.woke_ms - stamp > RECV_WINDOW_MS
