"""Bad data and bad clocks, row by row of the fault catalogue: no entry on them, exits go on."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import BTCUSDT, FakeExchange
from tests.fakes.store import a_bot
from tradefleet.adapters.binance import parse
from tradefleet.adapters.store.engine import Store
from tradefleet.application.desk import OrderNames
from tradefleet.application.schedule import next_evaluation
from tradefleet.application.window import why_unfit
from tradefleet.domain.candle import HOUR, MINUTE, Candles, duration_ms
from tradefleet.domain.errors import InputError
from tradefleet.domain.order import OrderType, Purpose
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Signal
from tradefleet.strategies import BUILT_IN

LENGTH = 5 * MINUTE


def rows(count: int, first: int = 0, price: str = "50000", volume: str = "1") -> list[list[object]]:
    return [[first + i * LENGTH, price, price, price, price, volume] for i in range(count)]


def show(stage: Stage, candles: list[list[object]]) -> None:
    """Let the exchange answer with these candles from now on."""
    stage.exchange.closed_candles = lambda *_: Candles(LENGTH, candles)  # type: ignore[method-assign]


# ---------------------------------------------------------------- clock and time


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


# When Berlin and New York turned their clocks in 2025, and a second after a leap second; UTC.
TURNS = (
    1_743_296_400_000,
    1_761_440_400_000,
    1_741_503_600_000,
    1_762_063_200_000,
    1_483_228_800_000,
)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.usefixtures("zone")
def test_T3_evaluations_follow_utc_whatever_the_zone_does(turn: int) -> None:
    settings = a_bot(every="15m").settings
    every = duration_ms(settings.every)

    for now in range(turn - HOUR, turn + HOUR, 7 * MINUTE):
        assert next_evaluation(settings, 1, now).close % every == 0
        assert 0 <= next_evaluation(settings, 1, now).close - now <= every


def test_T4_what_was_decided_before_a_sleep_is_not_sent_after_it(stage: Stage) -> None:
    write = stage.journal.record_intent  # type: ignore[attr-defined]

    def doze(intent: object) -> None:
        write(intent)
        stage.clock.advance(ms=6 * HOUR)

    stage.change(price_cap=Decimal(0))
    stage.journal.record_intent = doze  # type: ignore[attr-defined]

    assert stage.cycle(BUY) == "refused"
    assert not stage.exchange.sent


def test_T4_after_a_sleep_the_books_come_before_the_decision(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.exchange.move("48000")
    stage.clock.advance(ms=6 * HOUR)

    stage.cycle()

    assert stage.ledger.trades[-1].exit_reason is ExitReason.STOP_LOSS
    assert not stage.ledger.position.is_open


# ---------------------------------------------------------------- candles


def gappy(until: int) -> list[list[object]]:
    """Return 100 candles, the newest closed a moment before `until`, with two hours missing."""
    last = until // LENGTH * LENGTH
    return [*rows(40, last - 124 * LENGTH), *rows(60, last - 60 * LENGTH)]


def test_D1_missing_candles_are_no_ground_for_an_entry(stage: Stage) -> None:
    show(stage, gappy(stage.clock.now() + 15 * MINUTE))

    assert stage.cycle(BUY) == "held"
    assert stage.trader.waiting_for == "broken data: 7200 seconds of candles are missing"


def test_D1_missing_candles_keep_no_stop_from_working(stage: Stage) -> None:
    stage.cycle(BUY)
    show(stage, gappy(stage.clock.now() + 15 * MINUTE))
    stage.exchange.move("48000")

    assert stage.cycle(BUY) == "held"
    assert stage.ledger.trades[-1].exit_reason is ExitReason.STOP_LOSS


@given(st.integers(0, 98), st.sampled_from(["50000", "1"]), st.booleans())
def test_D2_a_candle_that_comes_twice_or_late_is_no_ground_for_a_decision(
    at: int, price: str, twice: bool
) -> None:
    seen = rows(100)
    seen[at + 1 : at + 1 + (not twice)] = [[seen[at][0], *[price] * 4, "1"]]

    assert "twice or out of order" in why_unfit(Candles(LENGTH, seen), 100, 100 * LENGTH)


def test_D3_on_stale_candles_nothing_is_bought_and_the_stop_follows_the_live_price(
    stage: Stage,
) -> None:
    old = rows(100, stage.clock.now() // LENGTH * LENGTH - 100 * LENGTH)
    stage.cycle(BUY)
    show(stage, old)
    stage.clock.advance(ms=HOUR)
    stage.exchange.move("48000")

    assert stage.cycle(BUY) == "held"
    assert "stale data" in stage.trader.waiting_for
    assert stage.ledger.trades[-1].exit_reason is ExitReason.STOP_LOSS


@pytest.mark.parametrize("key", sorted(BUILT_IN))
@pytest.mark.parametrize("volume", ["0", "1"])
def test_D5_without_trades_or_movement_nothing_is_bought(key: str, volume: str) -> None:
    strategy = BUILT_IN[key]()
    still = Candles(LENGTH, rows(strategy.warmup, volume=volume))

    said = strategy.decide(still, ()) if strategy.needs_news else strategy.decide(still)

    assert isinstance(said, Signal)
    assert said.action != "BUY"


@given(st.sampled_from(["NaN", "Infinity", "-Infinity", "-1", "", "null", "0x10"]))
def test_D6_what_is_no_amount_never_gets_in(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        parse.last_price({"price": text})


# ---------------------------------------------------------------- symbols and their rules


def test_D9_a_symbol_that_vanished_is_still_protected_and_left(stage: Stage) -> None:
    stage.cycle(BUY)

    def gone(symbol: str) -> None:
        raise InputError("there is no such symbol", code="unknown_symbol")

    stage.exchange.instrument = gone  # type: ignore[method-assign, assignment]

    stage.trader.keep()
    assert stage.is_protected
    assert stage.cycle(SELL) == "sold"


@pytest.mark.parametrize("status", ["BREAK", "HALT", "CANCEL_ONLY", "END_OF_DAY", "SOMETHING_NEW"])
def test_D10_a_halted_symbol_is_not_entered(stage: Stage, status: str) -> None:
    stage.exchange.instrument_ = replace(BTCUSDT, status=status)

    assert stage.cycle(BUY) == "denied"
    assert not stage.exchange.sent


def test_D10_protection_that_a_halt_took_away_is_back_when_it_is_over(stage: Stage) -> None:
    stage.cycle(BUY)
    stage.exchange.instrument_ = replace(BTCUSDT, status="HALT")
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.exchange.refuse_types = set(OrderType)
    stage.trader.keep()
    assert stage.findings.codes

    stage.exchange.instrument_ = BTCUSDT
    stage.exchange.refuse_types = set()
    stage.clock.advance(seconds=61)
    stage.trader.keep()

    assert stage.is_protected


STOP, STOP_LIMIT = OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT
TARGET = OrderType.LIMIT_MAKER
ALL_TYPES = BTCUSDT.order_types | {"LIMIT_MAKER"}


@pytest.mark.parametrize(
    ("allowed", "requests", "rests", "by"),
    [
        pytest.param(
            {"oto_allowed": True, "opo_allowed": True}, 1, {STOP, TARGET}, "exchange", id="OPOCO"
        ),
        pytest.param({"oto_allowed": True}, 1, {STOP, TARGET}, "exchange", id="OTOCO"),
        pytest.param({}, 2, {STOP, TARGET}, "exchange", id="OCO after the fill"),
        pytest.param(
            {"order_types": ALL_TYPES - {"STOP_LOSS"}},
            2,
            {STOP_LIMIT, TARGET},
            "exchange",
            id="OCO with a stop-limit",
        ),
        pytest.param({"oco_allowed": False}, 2, {STOP}, "exchange", id="a stop alone"),
        pytest.param(
            {"oco_allowed": False, "order_types": ALL_TYPES - {"STOP_LOSS"}},
            2,
            {STOP_LIMIT},
            "exchange",
            id="a stop-limit alone",
        ),
        pytest.param(
            {"order_types": frozenset({"LIMIT", "MARKET"})}, 1, set(), "bot", id="the bot itself"
        ),
    ],
)
def test_D12_the_best_form_that_the_symbol_allows_protects(
    clock: FakeClock, allowed: dict[str, object], requests: int, rests: set[OrderType], by: str
) -> None:
    symbol = replace(BTCUSDT, **{"order_types": ALL_TYPES, **allowed})  # type: ignore[arg-type]
    stage = Stage(FakeExchange(clock, instrument=symbol), a_bot(bot_side_stop=True))

    assert stage.cycle(BUY) == "bought"

    assert len(stage.exchange.sent) == requests
    assert {order.type for order in stage.exchange.resting} == rests
    assert stage.trader.protection.by == by
    assert ("protection_by_bot" in stage.findings.codes) == (by == "bot")


# ---------------------------------------------------------------- worlds and names


def test_D13_each_mode_keeps_its_own_books_and_names(tmp_path: Path) -> None:
    stores = {Store.locate("", tmp_path, mode).url for mode in ("paper", "testnet", "live")}
    prefixes = {OrderNames("k7x2", mode, 1, 1).prefix for mode in ("paper", "testnet", "live")}
    names = {OrderNames("k7x2", mode, 1, 1).name(1, Purpose.ENTRY) for mode in ("paper", "live")}

    assert len(stores) == len(prefixes) == 3
    assert len(names) == 2
