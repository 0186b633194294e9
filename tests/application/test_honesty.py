"""Honesty: what lies is found out, and what does not lie is not accused."""

import random
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from tests.markets import random_market, recorded_market
from tradefleet.application.honesty import LEAST_PLACES, Check, Law, Report, examine
from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import DataError, StrategyError
from tradefleet.domain.indicators import rsi
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.signals import BUYS, SELLS, Places, Signals
from tradefleet.domain.strategy import Headline, Parameter, Strategy
from tradefleet.strategies import BUILT_IN

News = Sequence[Headline] | None
MARKET = random_market(11, 2_500)


class Plain(Strategy):
    """Buys after a rise and sells after a fall; honest."""

    key = "plain"
    length = Parameter(2, minimum=2, maximum=500, help="Warm-up.")

    @property
    def warmup(self) -> int:
        return self.length

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return said(candles.close[-1] > candles.close[-2])


def said(rising: object) -> Signal:
    return Signal(Action.BUY if rising else Action.SELL)


class BehindTheWindow(Plain):
    """Looks at the next candle in the memory behind its window."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        whole = candles.close.base
        if whole is None:
            return super().decide(candles)
        place = candles.close.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        after = place // candles.close.itemsize + len(candles)
        return said(after < len(whole) and whole[after] > candles.close[-1])


class Remembers(Plain):
    """Knows what it was once shown of later candles."""

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.shown: dict[int, float] = {}

    def decide(self, candles: Candles, news: News = None) -> Signal:
        self.shown |= dict(zip(candles.open_time.tolist(), candles.close.tolist(), strict=True))
        after = self.shown.get(int(candles.open_time[-1]) + candles.interval)
        return super().decide(candles) if after is None else said(after > candles.close[-1])


class Together(Plain):
    """Tells many opinions at once, those of `decide`."""

    def signals(self, candles: Candles, at: Places) -> Signals | None:
        return Signals(np.where(candles.close[at] > candles.close[at - 1], BUYS, SELLS))


class TogetherAhead(Plain):
    """Tells many opinions at once, each with the next candle in view."""

    def signals(self, candles: Candles, at: Places) -> Signals | None:
        after = np.minimum(at + 1, len(candles) - 1)
        return Signals(np.where(candles.close[after] > candles.close[at], BUYS, SELLS))


class TogetherOther(Plain):
    """Tells many opinions at once, the opposite of what `decide` says."""

    def signals(self, candles: Candles, at: Places) -> Signals | None:
        return Signals(np.where(candles.close[at] > candles.close[at - 1], SELLS, BUYS))


class ShortWarmUp(Plain):
    """An RSI that has not settled."""

    length = Parameter(20, minimum=2, maximum=500, help="Warm-up.")

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return said(rsi(candles.close, 14)[-1] < 50)


class SizedByAll(Plain):
    """Always buys, a size that depends on the length of its window."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return Signal(Action.BUY, fraction=1 / Decimal(len(candles)))


class Drifts(Plain):
    """Decides by two candles, and shows a value of all of them."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        action = super().decide(candles).action
        return Signal(action, values={"average": float(candles.close.mean())})


class Chance(Plain):
    """Throws a coin."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return said(random.random() < 0.5)


class SeededChance(Plain):
    """Throws the same coins in the same order each time."""

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.coins = random.Random(1)

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return said(self.coins.random() < 0.5)


class Alternates(Plain):
    """Says the opposite of what it said before."""

    bought = False

    def decide(self, candles: Candles, news: News = None) -> Signal:
        self.bought = not self.bought
        return said(self.bought)


class Silent(Plain):
    """Never says anything."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        return Signal(Action.HOLD)


class Fails(Plain):
    """Fails on every candle."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        raise StrategyError("no such column")


class FailsOnRises(Plain):
    """Fails wherever the market has risen."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        if candles.close[-1] > candles.close[-2]:
            raise StrategyError("division by zero")
        return Signal(Action.SELL)


class NeedsMore(Plain):
    """Fails on less than a hundred candles, and asks for two."""

    def decide(self, candles: Candles, news: News = None) -> Signal:
        if len(candles) < 100:
            raise StrategyError("too short")
        return super().decide(candles)


def only_broken(report: Report) -> Check:
    (broken,) = (check for check in report.checks if check.held is False)
    assert not report.is_honest
    return broken


@pytest.mark.parametrize("strategy", [Plain, Together])
def test_who_does_not_lie_is_not_accused(strategy: type[Strategy]):
    report = examine(strategy, MARKET)

    assert report.is_honest
    assert not report.remarks
    assert {check.asked for check in report.checks} == {500, 1_000}


def test_agreement_is_looked_at_only_where_there_is_something_to_agree_with():
    laws = [Law.DETERMINISM, Law.LOOK_AHEAD, Law.WARM_UP]

    assert [check.law for check in examine(Plain, MARKET).checks] == laws
    assert [check.law for check in examine(Together, MARKET).checks] == [*laws, Law.AGREEMENT]


@pytest.mark.parametrize(
    ("strategy", "law", "says"),
    [
        (BehindTheWindow, Law.LOOK_AHEAD, "where they could be seen"),
        (Remembers, Law.LOOK_AHEAD, "where they could be seen"),
        (TogetherAhead, Law.LOOK_AHEAD, "no longer once later candles were cut off"),
        (TogetherOther, Law.AGREEMENT, "`signals` said"),
        (ShortWarmUp, Law.WARM_UP, "on the last 20 candles, its warm-up"),
        (SizedByAll, Law.WARM_UP, "BUY with fraction 0.5 on the last 2 candles"),
        (NeedsMore, Law.WARM_UP, "nothing, it failed (too short) on the last 2 candles"),
        (Chance, Law.DETERMINISM, "a fresh instance"),
        (SeededChance, Law.DETERMINISM, "a fresh instance"),
        (Alternates, Law.DETERMINISM, "must not remember"),
    ],
)
def test_who_lies_is_found_out(strategy: type[Strategy], law: Law, says: str):
    broken = only_broken(examine(strategy, MARKET))

    assert broken.law is law
    assert says in broken.sentence
    assert broken.differing > 0


def test_the_first_candle_where_it_differs_is_named_with_what_was_said():
    broken = only_broken(examine(BehindTheWindow, MARKET, places=len(MARKET)))

    rises = np.diff(MARKET.close) > 0
    first = next(n for n in range(99, len(MARKET)) if rises[n - 1] != rises[n])
    assert broken.close_time == MARKET.open_time[first] + MARKET.interval - 1
    assert broken.answers == (("BUY", "SELL") if rises[first - 1] else ("SELL", "BUY"))
    assert f"it said {broken.answers[0]} where the later candles were cut off" in broken.sentence


def test_a_later_warm_up_mends_what_was_too_short():
    assert examine(lambda: ShortWarmUp(length=500), MARKET).is_honest


def test_of_who_does_not_say_the_same_twice_nothing_else_is_told():
    told = {check.law: check.held for check in examine(Chance, MARKET).checks}

    assert told == {Law.DETERMINISM: False, Law.LOOK_AHEAD: None, Law.WARM_UP: None}


def test_a_value_that_drifts_is_a_remark_as_long_as_no_decision_does():
    report = examine(Drifts, MARKET)

    assert report.is_honest
    assert "average still depends on what came before" in report.remarks[0]


def test_who_never_says_anything_is_not_proven_by_it():
    assert examine(Silent, MARKET).remarks == (
        "it never said BUY or SELL, so little was seen of it",
    )


def test_of_who_always_fails_nothing_is_told():
    report = examine(Fails, MARKET)

    assert not report.is_honest
    assert {check.held for check in report.checks} == {None}
    assert "failed at every candle: no such column" in report.checks[0].sentence


def test_who_fails_now_and_then_is_honest_about_it():
    report = examine(FailsOnRises, MARKET)

    assert report.is_honest
    assert "of 1,000 candles: division by zero" in report.remarks[0]


def test_too_few_candles_to_tell_are_refused():
    enough = 2 * 500 - 1 + LEAST_PLACES

    assert examine(lambda: ShortWarmUp(length=500), MARKET.tail(enough)).is_honest
    with pytest.raises(DataError, match=r"expected at least 1,099 candles .* there are 1,098"):
        examine(lambda: ShortWarmUp(length=500), MARKET.tail(enough - 1))


@pytest.mark.parametrize("key", BUILT_IN)
@pytest.mark.parametrize("seed", [21, 22])
def test_the_built_in_strategies_are_honest_on_random_candles(key: str, seed: int):
    report = examine(BUILT_IN[key], random_market(seed, 3_000), places=300)

    assert report.is_honest, report


@pytest.mark.parametrize("key", BUILT_IN)
@pytest.mark.parametrize(
    "name", ["5m/DOGEUSDT-5m-20220801-20230927", "1m/ETHUSDT-1m-20210426-20210520"]
)
def test_the_built_in_strategies_are_honest_on_recorded_candles(key: str, name: str):
    report = examine(BUILT_IN[key], recorded_market(name), places=300)

    assert report.is_honest, report
