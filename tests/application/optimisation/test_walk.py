"""Walk-forward: what is chosen by what, and what it is judged by."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.application.optimisation.markets import (
    A_DAY,
    SPACE,
    Reversal,
    hourly,
    planned,
    player,
    random_walk,
    returning,
    setup,
    some_at_random,
    walked,
)
from tests.fakes.clock import MIDNIGHT
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.sweep import Sweep
from tradefleet.application.optimisation.player import whole_days
from tradefleet.application.optimisation.search import grid
from tradefleet.application.optimisation.trials import Memory
from tradefleet.domain.candle import DAY, HOUR
from tradefleet.domain.position import ExitReason
from tradefleet.domain.space import space
from tradefleet.ports.trials import Values

DECLARED = Reversal.parameters()


def test_the_best_of_the_training_days_is_played_on_the_days_that_follow():
    way = walked(planned(returning(1)))

    for walked_fold in way.folds:
        score = way.score(walked_fold.fold)
        assert walked_fold.score == max(score(values) for values in walked_fold.asked)
        assert walked_fold.test is not None
        first, last = walked_fold.test.candles.open_time[[0, -1]] // HOUR
        start = MIDNIGHT // HOUR
        assert first == start + walked_fold.fold.test * A_DAY
        assert last == start + walked_fold.fold.end * A_DAY - 1
    assert len(way.folds) == 5
    assert way.is_complete


def test_what_comes_after_a_training_part_changes_nothing_about_its_choice():
    candles = random_walk(2)
    honest = walked(planned(candles))
    for number, walked_fold in enumerate(honest.folds):
        after = walked_fold.fold.test * A_DAY
        closes = candles.close.copy()
        closes[after:] = 3 * closes[after:][::-1]
        other = walked(planned(hourly(closes))).folds[number]

        assert other.values == walked_fold.values
        assert other.score == walked_fold.score


def test_a_test_part_is_played_as_a_run_of_its_own_with_the_warm_up_before_it():
    way = walked(planned(returning(3)))
    chosen = way.folds[2]
    begin, end = chosen.fold.test * A_DAY, chosen.fold.end * A_DAY

    alone = play(setup(returning(3).between(0, end), begin), Reversal(**chosen.values))

    assert chosen.test is not None
    assert chosen.test.trades == alone.trades
    assert chosen.test.evaluated[0] == alone.evaluated[0]
    assert all(trade.entry_time >= MIDNIGHT + begin * HOUR for trade in alone.trades)


def test_what_is_held_at_the_end_of_a_part_is_sold_there_and_not_taken_along():
    closes = 1_000 * np.exp(np.linspace(0, -0.5, 120 * A_DAY))  # always below its average
    way = walked(planned(hourly(closes), space(["length=40,50", "depth=0"], DECLARED)))

    for fold in way.folds:
        assert fold.test is not None
        *_, last = fold.test.trades
        assert last.exit_reason is ExitReason.END
        assert last.exit_time == MIDNIGHT + fold.fold.end * DAY - HOUR


def test_the_days_to_come_get_the_best_of_the_newest_and_its_neighbours():
    way = walked(planned(returning(4)))

    assert way.latest is not None
    assert way.latest.test is None
    assert way.latest.fold.test == 120
    assert list(way.neighbours) == list(SPACE.neighbours(way.latest.values))


def test_neighbours_that_no_search_proposed_are_played_and_count():
    plan = planned(returning(4), search=None)
    plan = replace(plan, searches=lambda _fold: some_at_random(3), trials=3)
    way = walked(plan)

    assert 3 < way.trials.played <= 7
    assert len(way.trials.sound()) == way.trials.played


def test_each_combination_is_played_once_whatever_the_number_of_folds():
    assert walked(planned(random_walk(5))).trials.played == len(SPACE)


def test_combinations_that_the_strategy_refuses_are_left_out_and_said():
    way = walked(planned(returning(6), space(["length=12,13,14"], DECLARED)))

    assert {fold.values["length"] for fold in way.folds} <= {12, 14}
    assert way.trials.faults() == ["length: 13 brings bad luck"]
    assert len(way.trials.sound()) == 2


def test_stop_and_target_of_the_bot_may_be_tried():
    tried = space(["stop_loss=1,20", "length=24,30"], DECLARED)
    way = walked(planned(random_walk(7), tried))

    found = {each.values["stop_loss"]: each.trades for each in way.trials.sound()}
    assert found[1.0] > found[20.0]


class TestInterrupted:
    """What was done is kept, and gone on with."""

    @staticmethod
    def after(count: int) -> Any:
        return lambda done, _all: done < count

    def test_it_shows_the_best_of_what_was_tried(self):
        way = walked(planned(returning(8)), go_on=self.after(10))

        assert not way.is_complete
        assert way.trials.played == 10
        assert all(len(fold.asked) == 10 for fold in way.folds)

    def test_resumed_it_comes_to_what_it_had_come_to_uninterrupted(self):
        study = Memory()
        walked(planned(returning(8)), study, self.after(10))
        resumed = walked(planned(returning(8)), study)
        whole = walked(planned(returning(8)))

        assert resumed.trials.played == len(SPACE) - 10
        assert [fold.values for fold in resumed.folds] == [fold.values for fold in whole.folds]
        assert resumed.latest is not None
        assert whole.latest is not None
        assert resumed.latest.values == whole.latest.values

    def test_before_the_first_trial_there_is_nothing(self):
        plan = planned(returning(8))
        refused = space(["length=13", "depth=1,2"], DECLARED)
        way = walked(replace(plan, space=refused, searches=lambda _: grid(refused), trials=2))

        assert not way.folds
        assert way.latest is None


class Learning:
    """A search that remembers what it was told."""

    def __init__(self, told: list[tuple[Values, float]]) -> None:
        self.told = told
        self._inner = some_at_random(40)

    def ask(self, count: int) -> Any:
        return self._inner.ask(count)

    def tell(self, values: Values, score: float) -> None:
        self.told.append((values, score))


def test_a_search_learns_each_score_in_the_order_it_asked():
    told: list[tuple[Values, float]] = []
    plan = replace(
        planned(random_walk(9), batch=7), searches=lambda _: Learning(told), trials=20, rounds=6
    )
    way = walked(plan)

    first = told[:20]
    assert [values for values, _ in first] == list(some_at_random(40).ask(20))
    score = way.score(way.plan.folds[0])
    assert [value for _, value in first] == [score(values) for values, _ in first]


class TestDays:
    def test_only_whole_days_are_played_and_the_rest_warms_up(self):
        candles = hourly(np.linspace(1_000, 1_100, 100), MIDNIGHT + 5 * HOUR)
        cut = whole_days(setup(candles))

        assert cut.first == 19
        assert int(cut.candles.open_time[cut.first]) == MIDNIGHT + DAY
        assert cut.candles.last_close_time == MIDNIGHT + 4 * DAY - 1

    def test_the_returns_of_a_part_are_those_of_its_days(self):
        bot = player(random_walk(10))
        returns = bot({"length": 24, "depth": 1.0}).daily

        assert len(returns) == bot.days == 120
        assert bot.within(returns, 10, 30).tolist() == returns[10:30].tolist()

    def test_days_without_candles_are_counted_and_have_no_return(self):
        whole = random_walk(11)
        kept = np.r_[0 : 20 * A_DAY, 25 * A_DAY : 60 * A_DAY]
        columns = ("open_time", "open", "high", "low", "close", "volume")
        arrays = [getattr(whole, name)[kept] for name in columns]
        bot = player(type(whole).from_arrays(HOUR, *arrays))
        returns = bot({"length": 24}).daily

        assert bot.days == 60
        assert len(returns) == 55
        assert bot.within(returns, 18, 27).tolist() == returns[18:22].tolist()

    def test_daily_returns_multiply_to_the_whole(self):
        bot = player(returning(12))
        result = bot.play({"length": 24}, bot.setup)
        equity = result.equity()[-1] / float(result.setup.settings.trade_amount)

        assert np.prod(1 + result.daily()) == pytest.approx(equity)


def test_a_sweep_comes_to_what_the_engine_does():
    candles = returning(13)
    plain = player(candles)
    quick = replace(plain, sweep=Sweep(plain.setup, Reversal))
    for values in ({"length": 24, "depth": 1.0}, {"length": 6, "stop_loss": 1.0}, {"length": 13}):
        one, other = plain(values), quick(values)

        assert (one.trades, one.fault) == (other.trades, other.fault)
        assert one.daily == pytest.approx(other.daily, abs=1e-9)
