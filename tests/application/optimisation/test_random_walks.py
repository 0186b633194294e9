"""Where there is nothing to find nothing is found, and what is there is.

`benchmarks/random_walk_study.py` is the same with more markets.
"""

from collections import Counter

import numpy as np

from tests.application.optimisation.markets import (
    hourly,
    planned,
    random_walk,
    returning,
    walked,
)
from tradefleet.application.optimisation.report import document
from tradefleet.domain.candle import Candles

MARKETS = 20


def verdict(candles: Candles) -> str:
    word: str = document(walked(planned(candles)), {})["verdict"]["word"]
    return word


def test_optimised_on_random_walks_parameters_are_no_better_than_chance():
    words = Counter(verdict(random_walk(seed)) for seed in range(100, 100 + MARKETS))

    # The study holds the share to 95 %; of so few markets two may well be others even then.
    assert words["no better than chance"] >= MARKETS - 2, words


def test_a_planted_edge_is_found():
    words = Counter(verdict(returning(seed)) for seed in range(200, 205))

    assert words["no better than chance"] == 0, words
    assert words["holds out of sample"] >= 4, words


def test_an_edge_that_ends_where_testing_begins_is_not():
    past, future = returning(300, days=60), random_walk(300, days=60)
    ratio = past.close[-1] / future.open[0]
    closes = np.round(np.concatenate((past.close, future.close * ratio)), 2)

    found = document(walked(planned(hourly(closes))), {})

    assert found["folds"][0]["in_sample"]["total_return"] > 0.5
    assert found["verdict"]["word"] == "no better than chance"
