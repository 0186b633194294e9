"""Bots and hub talk over a socket in the data folder, and bots can do without."""

import asyncio
import select
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradefleet.adapters.binance.budget import Budget, told
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.hub.client import (
    HubBell,
    HubGovernor,
    HubLink,
    HubMarketData,
    set_clock,
)
from tradefleet.adapters.hub.server import HubServer
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import ExchangeUnavailableError, InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.ports.exchange import Price, Ring, RingKind


class FakeDesk:
    """Answers from a table, and remembers."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"clock": {}, "silence": {}}
        self.questions: list[dict[str, Any]] = []
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.watched = threading.Semaphore(0)
        self.forgotten = threading.Semaphore(0)

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self.questions.append(question)
        return self.answers[question["ask"]] | {"base": 5_000_000.0}

    def watch(self, listener: Callable[[dict[str, Any]], None], question: dict[str, Any]) -> None:
        self.listeners.append(listener)
        self.questions.append(question)
        self.watched.release()

    def forget(self, listener: Callable[[dict[str, Any]], None]) -> None:
        self.forgotten.release()


class RunningHub:
    """A hub server in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.desk = FakeDesk()
        self.path = path
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._up.wait(5)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(HubServer(self.path, self.desk).serve())
        while not self.path.exists():
            await asyncio.sleep(0.001)
        self._up.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def ring(self, **message: str) -> None:
        self._loop.call_soon_threadsafe(self.desk.listeners[-1], message)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(5)


class OwnMarket:
    """Where a bot without a hub looks."""

    def instrument(self, symbol: str) -> Instrument:
        return Instrument(symbol, "OWN", "USDT")

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        return Candles(MINUTE, [])

    def price(self, symbol: str) -> Price:
        return Price(Decimal(1), 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / ("a-long-name-" * 15)  # beyond what a socket's name may be
    folder.mkdir()
    return folder / "hub.sock"


@pytest.fixture
def hub(path: Path) -> Iterator[RunningHub]:
    running = RunningHub(path)
    yield running
    running.stop()


@pytest.fixture
def clock() -> ExchangeClock:
    return ExchangeClock()


@pytest.fixture
def link(path: Path, clock: ExchangeClock) -> Iterator[HubLink]:
    made = HubLink(path, clock)
    yield made
    made.close()


def market_of(link: HubLink, clock: ExchangeClock) -> HubMarketData:
    return HubMarketData(link, OwnMarket(), clock.monotonic)


def heard_within(bell: HubBell, seconds: float = 5) -> tuple[Ring, ...]:
    select.select([bell], [], [], seconds)
    return bell.heard()


def row(number: int) -> list[Any]:
    return [number * MINUTE, "1", "2", "0.5", "1.5", "9", (number + 1) * MINUTE - 1]


def test_only_the_owner_may_open_the_socket(hub: RunningHub) -> None:
    assert hub.path.stat().st_mode & 0o777 == 0o600


def test_a_window_is_sent_once_and_then_only_what_is_new(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    market = market_of(link, clock)
    hub.desk.answers["candles"] = {"rows": [row(1), row(2), row(3)], "whole": True}
    market.closed_candles("BTCUSDT", "1m", 3)
    hub.desk.answers["candles"] = {"rows": [row(4)], "whole": False}

    candles = market.closed_candles("BTCUSDT", "1m", 3)

    assert candles.open_time.tolist() == [2 * MINUTE, 3 * MINUTE, 4 * MINUTE]
    assert [q.get("after") for q in hub.desk.questions] == [None, 3 * MINUTE]
    assert not market.alone


def test_prices_and_rules_come_from_the_hub(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    market = market_of(link, clock)
    symbol = {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT"}
    hub.desk.answers["price"] = {"value": "50000.10", "at": 77}
    hub.desk.answers["instrument"] = {"instrument": symbol}

    assert market.price("BTCUSDT") == Price(Decimal("50000.10"), 77)
    assert market.instrument("BTCUSDT").base == "BTC"
    market.instrument("BTCUSDT")
    assert len(hub.desk.questions) == 2


def test_what_the_hub_cannot_answer_it_says(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    market = market_of(link, clock)
    hub.desk.answers["instrument"] = {"error": "InputError", "text": "no", "code": "unknown_symbol"}
    hub.desk.answers["price"] = {
        "error": "ExchangeUnavailableError",
        "text": "away",
        "retry_after_ms": 9,
    }
    with pytest.raises(InputError) as wrong:
        market.instrument("NOSUCH")
    with pytest.raises(ExchangeUnavailableError) as away:
        market.price("BTCUSDT")
    assert (wrong.value.code, away.value.retry_after_ms) == ("unknown_symbol", 9)


def test_the_hubs_clock_becomes_the_bots(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    set_clock(link, lambda: pytest.fail("measured although there is a hub"))
    assert clock.base_ms == 5_000_000.0


def test_without_a_hub_the_bot_measures_and_asks_for_itself(
    link: HubLink, clock: ExchangeClock
) -> None:
    measured: list[bool] = []
    set_clock(link, lambda: measured.append(True))
    market = market_of(link, clock)

    assert measured
    assert market.instrument("BTCUSDT").base == "OWN"
    assert market.price("BTCUSDT").value == 1
    assert market.alone


def test_a_hub_that_dies_is_done_without_and_found_again(
    hub: RunningHub, path: Path, clock: ExchangeClock
) -> None:
    link = HubLink(path, clock)
    market = market_of(link, clock)
    hub.desk.answers["price"] = {"value": "2", "at": 1}
    assert market.price("BTCUSDT").value == 2

    hub.stop()
    assert market.price("BTCUSDT").value == 1
    assert market.alone

    second = RunningHub(path)
    second.desk.answers["price"] = {"value": "3", "at": 1}
    found = HubLink(path, clock)
    assert market_of(found, clock).price("BTCUSDT").value == 3
    found.close()
    second.stop()


def test_a_bell_rings_for_candles_and_orders(hub: RunningHub, clock: ExchangeClock) -> None:
    bell = HubBell(hub.path, clock.monotonic)
    bell.watch("BTCUSDT", "1s", "tfp-x-1-")
    assert hub.desk.watched.acquire(timeout=5)
    assert hub.desk.questions == [{"symbol": "BTCUSDT", "interval": "1s", "prefix": "tfp-x-1-"}]
    assert bell.heard() == ()

    hub.ring(ring="candle", symbol="BTCUSDT")
    assert heard_within(bell) == (Ring(RingKind.CANDLE, "BTCUSDT"),)

    hub.ring(ring="account", symbol="BTCUSDT", order="tfp-x-1-2-3-L")
    assert heard_within(bell) == (Ring(RingKind.ACCOUNT, "BTCUSDT", "tfp-x-1-2-3-L"),)
    bell.close()
    assert hub.desk.forgotten.acquire(timeout=5)


def test_a_bell_says_that_the_hub_is_lost_and_comes_back(hub: RunningHub) -> None:
    times = [0.0]
    bell = HubBell(hub.path, lambda: times[0])
    bell.watch("BTCUSDT", "1m", "tfp-x-1-")
    assert hub.desk.watched.acquire(timeout=5)

    hub.stop()
    assert heard_within(bell) == (Ring(RingKind.HUB_LOST),)
    assert bell.fileno() == -1
    assert bell.heard() == ()

    second = RunningHub(hub.path)
    times[0] += 2
    assert bell.heard() == (Ring(RingKind.ACCOUNT, "BTCUSDT"),)
    assert bell.fileno() >= 0
    assert second.desk.watched.acquire(timeout=5)
    bell.close()
    second.stop()


def test_the_hub_gives_out_weight_for_everybody(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    governor = HubGovernor(link, Budget(clock))
    hub.desk.answers["weight"] = {"wait_ms": 0}
    governor.admit(5, urgent=False)
    governor.hear(told(clock.now(), weight=321))
    hub.desk.answers["weight"] = {"wait_ms": 1_500}

    with pytest.raises(ExchangeUnavailableError) as held_back:
        governor.admit(2, urgent=True)
    governor.silence(30_000)

    assert held_back.value.retry_after_ms == 1_500
    heard = [[t["weight"] for t in q["told"]] for q in hub.desk.questions[:2]]
    assert heard == [[], [321]]
    assert hub.desk.questions[-1] == {"ask": "silence", "ms": 30_000}


def test_a_bot_that_was_told_to_be_silent_asks_nothing_and_tells_the_next_hub(
    hub: RunningHub, link: HubLink, clock: ExchangeClock
) -> None:
    governor = HubGovernor(link, Budget(clock))
    set_clock(link, lambda: None)
    governor.silence(30_000)
    hub.desk.answers["weight"] = {"wait_ms": 0}  # a hub that has just begun

    with pytest.raises(ExchangeUnavailableError):
        governor.admit(1, urgent=True)
    assert 0 < hub.desk.questions[-1]["silent_ms"] <= 30_000


def test_without_a_hub_a_bot_keeps_a_small_budget_of_its_own(
    link: HubLink, clock: ExchangeClock
) -> None:
    governor = HubGovernor(link, Budget(clock, allowance=10))
    governor.admit(7, urgent=False)
    with pytest.raises(ExchangeUnavailableError):
        governor.admit(7, urgent=False)


def test_rubbish_ends_a_connection_and_nothing_else(hub: RunningHub, link: HubLink) -> None:
    hub.desk.answers["price"] = {"value": "2", "at": 1}
    rude = HubLink(hub.path, ExchangeClock())
    rude.ask({"ask": "clock"})
    assert rude._connection is not None
    rude._connection.sendall(b"{rubbish\n")
    assert rude.ask({"ask": "clock"}) is None
    assert link.ask({"ask": "price"}) is not None
    rude.close()
