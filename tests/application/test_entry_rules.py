"""Rules before an entry, as a running bot obeys them; none ever blocks an exit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.conftest import BUY, SELL, Stage
from tradefleet.domain.rules import Circumstances


class Limited:
    """Surroundings with a fleet that lost too much, or not."""

    def __init__(self) -> None:
        self.why = ""
        self.others_open = 0

    def why_no_entry(self, now: int) -> str:
        return self.why

    def widen(self, bot_id: int, seen: Circumstances) -> Circumstances:
        return replace(seen, others_open=self.others_open)


@pytest.fixture
def limited(stage: Stage) -> Limited:
    limited = Limited()
    stage.surroundings = limited
    stage.start()
    return limited


def test_the_fleets_loss_limit_blocks_entries_and_never_an_exit(
    stage: Stage, limited: Limited
) -> None:
    assert stage.cycle(BUY) == "bought"
    limited.why = "the fleet lost 5 of 5 USDT today"

    assert stage.cycle(SELL) == "sold"
    assert stage.cycle(BUY) == "denied"
    assert stage.trader.waiting_for == limited.why


def test_a_rule_sees_the_other_bots(stage: Stage, limited: Limited) -> None:
    stage.change(rules={"open_bots": {"most": 1}})
    limited.others_open = 1

    assert stage.cycle(BUY) == "denied"
    limited.others_open = 0
    assert stage.cycle(BUY) == "bought"


@pytest.mark.parametrize(
    ("spread", "outcome"), [("0.3", "bought"), ("20", "denied"), (None, "denied")]
)
def test_D8_the_spread_is_asked_for_before_an_entry(
    stage: Stage, spread: str | None, outcome: str
) -> None:
    stage.change(rules={"spread": {}})
    stage.exchange.spread_ = None if spread is None else Decimal(spread)

    assert stage.cycle(BUY) == outcome


def test_D8_a_spread_blocks_no_exit(stage: Stage) -> None:
    stage.change(rules={"spread": {}})
    stage.cycle(BUY)
    stage.exchange.spread_ = None

    assert stage.cycle(SELL) == "sold"
