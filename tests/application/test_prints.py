"""D7: one wrong trade, far away and gone a moment later, makes a bot do nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.application.conftest import BUY, Stage
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import BTCUSDT, FakeExchange
from tests.fakes.store import a_bot
from tradefleet.application.prints import APART_MS, STANDS_MS, Prints
from tradefleet.domain.order import OrderType
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.ports.exchange import Price

LEVELS = Levels(Decimal(98), Decimal(105))
STOPPED, AT_TARGET = ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT
ENTRY = Decimal(100)
FAR_DOWN, FAR_UP = Decimal(20_000), Decimal(80_000)


@pytest.fixture
def watching(clock: FakeClock) -> Stage:
    """Return a bot that watches its stop and target itself, and holds."""
    bare = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET"}))
    stage = Stage(FakeExchange(clock, instrument=bare), a_bot(bot_side_stop=True))
    stage.cycle(BUY)
    assert stage.trader.protection.by == "bot"
    return stage


def a_print(stage: Stage, price: Decimal) -> None:
    """Let one trade happen far away, be looked at, and be gone at the next look."""
    before = stage.exchange.last
    stage.clock.advance(seconds=2)
    stage.exchange.last = price
    stage.trader.keep()
    stage.clock.advance(seconds=1)
    stage.exchange.last = before
    stage.trader.keep()


@pytest.mark.parametrize("price", [FAR_DOWN, FAR_UP])
def test_D7_one_wrong_price_sells_nothing(watching: Stage, price: Decimal) -> None:
    a_print(watching, price)

    assert watching.ledger.position.is_open
    assert not watching.exchange.sold()


def test_D7_after_one_price_beyond_a_level_the_bot_looks_again_at_once(watching: Stage) -> None:
    watching.clock.advance(seconds=2)
    watching.exchange.last = FAR_DOWN
    watching.trader.keep()
    assert watching.trader.protection.is_unsure

    watching.clock.advance(seconds=1)
    watching.trader.keep()
    assert watching.ledger.trades[0].exit_reason is STOPPED
    assert not watching.trader.protection.is_unsure


def test_D7_one_wrong_price_ends_no_stop_limit_that_rests(clock: FakeClock) -> None:
    limited = replace(BTCUSDT, order_types=frozenset({"LIMIT", "MARKET", "STOP_LOSS_LIMIT"}))
    stage = Stage(FakeExchange(clock, instrument=limited))
    stage.cycle(BUY)
    rests = stage.exchange.resting

    a_print(stage, FAR_DOWN)

    assert stage.exchange.resting == rests


@pytest.mark.parametrize(
    "settings", [{"trailing_stop": Decimal(2)}, {"break_even": Decimal(1)}], ids=str
)
def test_D7_one_wrong_price_pulls_no_stop_up(
    clock: FakeClock, settings: dict[str, Decimal]
) -> None:
    stage = Stage(FakeExchange(clock), a_bot(take_profit=Decimal(0), **settings))
    stage.cycle(BUY)
    rests = stage.exchange.resting

    a_print(stage, FAR_UP)

    assert stage.exchange.resting == rests
    assert stage.trader.protection.levels.stop == 49_000


def test_D7_one_wrong_price_sells_nothing_whose_protection_is_refused_for_another_reason(
    stage: Stage,
) -> None:
    stage.cycle(BUY)
    for order in stage.exchange.resting:
        stage.exchange.cancel(order.client_order_id)
    stage.exchange.refuse_types = {OrderType.STOP_LOSS}  # too many stops, says the exchange

    a_print(stage, FAR_DOWN)

    assert stage.ledger.position.is_open


def test_D7_a_fresh_process_believes_no_single_price_either(watching: Stage) -> None:
    watching.start()
    a_print(watching, FAR_DOWN)

    assert watching.ledger.position.is_open


# ---------------------------------------------------------------- what is believed


def seen(*looks: tuple[int, str, int]) -> Prints:
    """Return what is believed after looks: at which moment, which price, printed when."""
    prints = Prints(ENTRY)
    for now, value, at in looks:
        prints.see(Price(Decimal(value), at), now)
    return prints


def test_two_looks_that_agree_are_believed() -> None:
    assert seen((10_000, "97", 10_000)).passed(LEVELS) is None
    assert seen((10_000, "97", 10_000), (11_000, "96", 11_000)).passed(LEVELS) is STOPPED
    assert seen((10_000, "106", 10_000), (11_000, "107", 11_000)).passed(LEVELS) is AT_TARGET


def test_two_looks_in_one_breath_are_one() -> None:
    together = seen((10_000, "97", 10_000), (10_000 + APART_MS - 1, "96", 10_400))

    assert together.passed(LEVELS) is None
    assert together.may_have_passed(LEVELS) is STOPPED


def test_the_same_print_looked_at_again_is_one_until_it_has_stood_for_a_while() -> None:
    first = (10_000, "97", 9_900)

    assert seen(first, (11_000, "97", 9_900)).passed(LEVELS) is None
    assert seen(first, (10_000 + STANDS_MS, "97", 9_900)).passed(LEVELS) is STOPPED


@given(st.lists(st.integers(95, 110), min_size=2, max_size=12), st.integers(0, 11))
def test_D7_whatever_comes_before_a_single_print_never_decides(
    prices: list[int], place: int
) -> None:
    place = min(place, len(prices))
    quiet = [price if 98 < price < 105 else 100 for price in prices]
    prints = Prints(ENTRY)
    for number, price in enumerate([*quiet[:place], 1, *quiet[place:]]):
        at = 10_000 + 1_000 * number
        prints.see(Price(Decimal(price), at), at)
        assert prints.passed(LEVELS) is None
