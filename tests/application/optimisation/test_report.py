"""The document of an optimisation: the seam other programs read."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.application.optimisation.markets import (
    SPACE,
    Reversal,
    planned,
    random_walk,
    returning,
    walked,
)
from tradefleet.application.optimisation.landscape import heat_map, importance
from tradefleet.application.optimisation.report import document
from tradefleet.domain.candle import HOUR
from tradefleet.domain.space import Dimension, Space, space


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    made = document(walked(planned(returning(1))), {"seed": 1})
    return json.loads(json.dumps(made))  # it must be plain JSON


def test_its_parts(found: dict[str, Any]):
    assert list(found) == [
        "settings", "complete", "verdict", "parameters", "in_sample", "out_of_sample",
        "overfitting", "folds", "latest", "importance", "heat_map", "trials", "warnings",
    ]  # fmt: skip
    assert found["settings"] == {"seed": 1}
    assert found["complete"] is True


def test_in_sample_never_stands_alone(found: dict[str, Any]):
    for fold in found["folds"]:
        assert list(fold["in_sample"]) == list(fold["out_of_sample"])
        assert fold["train"][1] == fold["test"][0]
    for trial in found["trials"]:
        assert len(trial["in_sample"]) == len(trial["out_of_sample"]) == len(found["folds"])


def test_the_test_parts_are_stitched_to_one_curve(found: dict[str, Any]):
    whole = found["out_of_sample"]
    times = [at for at, _ in whole["equity"]]
    first, last = found["folds"][0]["test"][0], found["folds"][-1]["test"][1]
    grown = np.prod([1 + fold["out_of_sample"]["total_return"] for fold in found["folds"]])

    assert (times[0], times[-1]) == (first + HOUR - 1, last - 1)
    assert all(after - before == HOUR for before, after in pairwise(times))
    assert whole["total_return"] == pytest.approx(grown - 1)
    assert float(whole["equity"][-1][1]) == pytest.approx(100 * grown)
    assert whole["trades"] == sum(fold["out_of_sample"]["trades"] for fold in found["folds"])


def test_buying_and_holding_is_measured_over_the_same_days(found: dict[str, Any]):
    candles = returning(1)
    first = int((found["folds"][0]["test"][0] - candles.open_time[0]) // HOUR)
    kept = 0.9995**2 * candles.close[-1] / candles.open[first]

    assert found["out_of_sample"]["buy_and_hold"]["total_return"] == pytest.approx(kept - 1)


def test_every_trial_is_listed_and_counted(found: dict[str, Any]):
    assert found["overfitting"]["trials"] == len(found["trials"]) == len(SPACE)
    assert all(set(trial["parameters"]) == set(SPACE.names) for trial in found["trials"])


def test_the_parameters_are_those_of_the_newest_days(found: dict[str, Any]):
    assert found["parameters"] == found["latest"]["parameters"]
    assert found["latest"]["test"] is None
    assert found["latest"]["train"][1] == found["folds"][-1]["test"][1]


def test_the_verdict_has_its_reasons(found: dict[str, Any]):
    reasons = found["verdict"]["reasons"]

    assert found["verdict"]["word"] == "holds out of sample"
    assert {reason["rule"] for reason in reasons} == {
        "profit", "probable_sharpe", "random_entries", "least_trades", "trades", "buy_and_hold",
        "deflated_sharpe", "overfitting", "plateau",
    }  # fmt: skip


def test_workers_in_another_order_come_to_the_same_document(found: dict[str, Any]):
    class Backwards:
        def each(self, job: Any, items: Any) -> Any:
            yield from reversed([(item, job(item)) for item in items])

    from tradefleet.application.optimisation.trials import Memory, Trials
    from tradefleet.application.optimisation.walk import walk

    plan = planned(returning(1))
    other = document(walk(plan, Trials(plan.player, Backwards(), Memory())), {"seed": 1})

    assert json.loads(json.dumps(other)) == found


def test_an_interrupted_one_has_no_verdict_and_says_so():
    way = walked(planned(returning(1)), go_on=lambda done, _all: done < 5)
    made = document(way, {})

    assert made["complete"] is False
    assert made["verdict"] == {"word": "cannot be told", "reasons": []}
    assert "interrupted after 5 of at most" in made["warnings"][0]
    assert made["folds"]


def test_what_could_not_be_played_is_said():
    tried = space(["length=12,13,14"], Reversal.parameters())
    made = document(walked(planned(returning(2), tried)), {})

    assert "1 combinations could not be played: length: 13 brings bad luck" in made["warnings"]


def test_the_best_at_the_edge_of_its_range_is_said():
    narrow = space(["length=6:48:6", "depth=0:0.2:0.1"], Reversal.parameters())
    said = document(walked(planned(returning(1), narrow)), {})["warnings"]

    assert "depth=0.2 lies at the edge of what was tried; what is beyond it is not known" in said


def test_more_trials_than_the_days_bear_are_said():
    made = document(walked(planned(random_walk(1))), {})

    assert "luck alone is expected to find a Sharpe ratio above 1" in made["warnings"][-1]


class TestLandscape:
    TWO = Space((Dimension("a", (1, 2, 3)), Dimension("b", tuple(range(100)))))

    def test_importance_is_the_share_of_the_variance_a_value_explains(self):
        tried = [self.TWO.at((a, b)) for a in range(3) for b in range(100)]
        scores = np.array([10.0 * values["a"] + values["b"] % 5 for values in tried])

        shares = importance(self.TWO, tried, scores)

        assert shares["a"] == pytest.approx(np.var([10, 20, 30]) / np.var(scores))
        assert shares["b"] == pytest.approx(0)  # its bands of five have the same mean

    def test_where_every_score_is_the_same_nothing_matters(self):
        assert importance(self.TWO, [{"a": 1, "b": 2}], np.array([1.0])) == {"a": 0.0, "b": 0.0}

    def test_a_heat_map_has_the_middle_score_of_each_pair_of_bands(self):
        tried = [{"a": 2, "b": 7}, {"a": 2, "b": 8}, {"a": 2, "b": 9}, {"a": 3, "b": 99}]
        scores = np.array([1.0, 2.0, 9.0, 4.0])

        found = heat_map(self.TWO, tried, scores, {"a": 0.1, "b": 0.9})

        assert found is not None
        assert found["x"]["name"] == "b"
        assert found["x"]["bands"][1] == [5, 9]
        assert len(found["x"]["bands"]) == 20
        assert found["y"]["bands"] == [[1, 1], [2, 2], [3, 3]]
        assert found["cells"] == [[1, 1, 2.0, 3], [19, 2, 4.0, 1]]

    def test_one_dimension_makes_no_map(self):
        one = Space((Dimension("a", (1, 2)),))

        assert heat_map(one, [{"a": 1}], np.array([1.0]), {"a": 1.0}) is None
