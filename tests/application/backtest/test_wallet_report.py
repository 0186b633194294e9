"""The report of several symbols: what belongs to the wallet, and what to each symbol."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.backtest.told import BUY, FREE, SELL, STEP, Told, bot, market, still
from tests.fakes.clock import MIDNIGHT
from tests.fakes.workers import InLine
from tests.markets import random_market
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.together import Together, play_together, run_together
from tradefleet.application.backtest.wallet_report import wallet_document
from tradefleet.application.backtest.yardsticks import chance, chance_together
from tradefleet.domain.bot import Sizing
from tradefleet.strategies import BUILT_IN

D = Decimal
HELD = {"stop_loss": D(0), "take_profit": D(0)}


def setup(symbol: str, *ohlc, skip=None, **terms) -> Setup:
    settings = replace(bot(**(HELD | terms)), symbol=symbol)
    return Setup(settings, market(*ohlc, skip=skip), 0, FREE)


def both(**terms) -> Together:
    """One rises by a tenth while it is held, one begins later, is bought and loses a fifth."""
    risen = setup("UPUSDT", *still(2), *still(6, 110), **terms)
    fallen = setup("DOWNUSDT", *still(2), *still(3, 80), skip={0: 2}, **terms)
    said = [Told({0: BUY, 4: SELL}), Told({2: BUY, 5: SELL})]
    return play_together([risen, fallen], said, 2)


def test_equity_is_the_cash_and_what_all_symbols_hold():
    found = wallet_document(both(), {}, with_decisions=True)

    worth = [round(float(value)) for _, value in found["equity"]]
    assert worth == [200, 200, 210, 210, 190, 190, 190, 190]
    assert found["equity"][0][0] == MIDNIGHT + STEP - 1
    assert [trade["symbol"] for trade in found["trades"]] == ["UPUSDT", "DOWNUSDT"]
    assert [len(said) for said in found["decisions"].values()] == [8, 5]


def test_what_each_symbol_brought_is_a_part_of_the_wallet():
    metrics = wallet_document(both(), {}, with_decisions=False)["metrics"]

    brought = {symbol: one["contribution"] for symbol, one in metrics["symbols"].items()}
    assert brought == {"UPUSDT": pytest.approx(0.05), "DOWNUSDT": pytest.approx(-0.1)}
    assert metrics["total_return"] == pytest.approx(-0.05)
    assert metrics["exposure"] == pytest.approx(5 / 8)


def test_buy_and_hold_has_an_equal_part_in_each_symbol():
    metrics = wallet_document(both(), {}, with_decisions=False)["metrics"]

    assert metrics["buy_and_hold"]["total_return"] == pytest.approx((0.1 - 0.2) / 2)
    assert metrics["buy_and_hold"]["max_drawdown"] == pytest.approx(190 / 210 - 1)
    bought = {symbol: one["buy_and_hold"] for symbol, one in metrics["symbols"].items()}
    assert bought == {"UPUSDT": pytest.approx(0.1), "DOWNUSDT": pytest.approx(-0.2)}


def test_what_is_true_of_several_symbols_is_said_once():
    setups = [setup(name, *still(4)) for name in ("AUSDT", "BUSDT", "CUSDT")]

    together = play_together(setups, [Told({0: BUY}), Told({0: BUY}), Told({})], 3)

    assert wallet_document(together, {}, with_decisions=False)["warnings"] == [
        "AUSDT, BUSDT: the last trade ended with the data, not by a rule"
    ]


def test_a_run_that_was_interrupted_before_a_symbol_began_is_told():
    late = setup("LATEUSDT", *still(300), skip={0: 400})
    setups = [setup("EARLYUSDT", *still(600)), late]

    together = play_together(setups, [Told({0: BUY})] * 2, 2, lambda done, _all: done < 256)

    found = wallet_document(together, {}, with_decisions=True)
    assert found["complete"] is False
    assert found["candles"]["LATEUSDT"]["played"] == 0
    assert len(found["equity"]) == 256


@pytest.mark.parametrize("sizing", Sizing)
def test_positions_of_all_symbols_are_placed_at_other_times(sizing: Sizing):
    setups = [
        setup(name, *still(2), (110, 120, 110, 120), sizing=sizing) for name in ("AUSDT", "BUSDT")
    ]

    together = play_together(setups, [Told({0: BUY})] * 2, 2)

    # Each holds two candles of three, which gain 10 or 20 %, whatever the other one gains.
    entries = chance_together(together)["random_entries"]
    assert list(entries.values()) == pytest.approx([0.1, 0.15, 0.2], abs=0.01)


def test_workers_come_to_the_same_as_one_process_alone():
    setups = [Setup(bot(every="15m"), random_market(seed, 1_500)) for seed in (1, 2, 3)]
    strategies = [BUILT_IN["volatile"]() for _ in setups]

    alone, together = (
        run_together(setups, strategies, 3, workers=workers) for workers in (None, Backwards())
    )

    assert [r.trades for r in together.results] == [r.trades for r in alone.results]
    assert chance_together(together, Backwards()) == chance_together(alone)


class Backwards(InLine):
    """Workers of whom the last is done first."""

    def each(self, job, items):
        return iter(list(super().each(job, items))[::-1])


@pytest.mark.parametrize("sizing", Sizing)
def test_one_symbol_has_the_chances_of_one(sizing: Sizing):
    one = setup("AUSDT", *still(2), *still(3, 110), *still(5, 90), *still(3, 99), sizing=sizing)

    together = play_together([one], [Told({0: BUY, 3: SELL, 6: BUY})], 1)

    assert chance_together(together) == chance(together.results[0])
