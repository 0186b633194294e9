"""Trading real money within what was armed: first a little, then the cap, then no more."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tests.fakes.exchange import FakeExchange
from tests.fakes.store import a_bot
from tradefleet.application.arming import Licence
from tradefleet.domain.candle import DAY
from tradefleet.ports.access import Arming


class OneArming:
    def __init__(self, arming: Arming | None) -> None:
        self.arming = arming

    def get(self, bot_id: int) -> Arming | None:
        return self.arming


@pytest.fixture
def live(exchange: FakeExchange) -> Stage:
    stage = Stage(exchange, a_bot(trade_amount=Decimal(200)))
    now = stage.clock.now()
    arming = Arming(1, "BTCUSDT", Decimal(50), now, now + 30 * DAY, "owner", "abc")
    stage.armings = OneArming(arming)  # type: ignore[attr-defined]
    start(stage)
    return stage


def start(stage: Stage, key: str = "abc") -> None:
    stage.start()
    world = stage.trader._world
    licence = Licence(stage.armings, stage.clock, key)  # type: ignore[attr-defined]
    stage.trader._world = replace(world, licence=licence)


def spent(stage: Stage) -> Decimal:
    return stage.ledger.position.spent


def test_the_first_live_trade_is_small_and_the_next_one_is_not(live: Stage):
    assert live.cycle(BUY) == "bought"
    assert spent(live) == 10
    assert "first live trade is small" in live.journal.decisions[-1].sentence  # type: ignore[attr-defined]
    assert live.is_protected

    assert live.cycle(SELL) == "sold"
    assert live.cycle(BUY) == "bought"
    assert spent(live) == 50
    assert "at most 50 USDT a buy, as armed" in live.journal.decisions[-1].sentence  # type: ignore[attr-defined]


def test_a_restart_does_not_forget_whether_it_came_round(live: Stage):
    live.cycle(BUY)
    live.cycle(SELL)
    start(live)
    live.cycle(BUY)
    assert spent(live) == 50


@pytest.mark.parametrize("how", ["disarmed", "expired", "another key"])
def test_C3_a_bot_that_is_not_armed_any_more_enters_nothing_and_still_leaves(live: Stage, how: str):
    live.cycle(BUY)
    armings = live.armings  # type: ignore[attr-defined]
    if how == "disarmed":
        armings.arming = None
    elif how == "expired":
        armings.arming = replace(armings.arming, expires_at=live.clock.now())
    else:
        start(live, key="another")

    assert live.cycle(SELL) == "sold"
    assert live.cycle(BUY) == "denied"
    assert "tradefleet bot arm 1" in live.journal.decisions[-1].sentence  # type: ignore[attr-defined]
