"""How the score lies over the parameters: which of them matter, and where it is high."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from tradefleet.domain.candle import Floats
from tradefleet.domain.space import Dimension, Space
from tradefleet.ports.trials import Values

MOST_CELLS = 20  # in a row or column of a heat-map


def importance(space: Space, tried: Sequence[Values], scores: Floats) -> dict[str, float]:
    """Return for each dimension the share of the scores' variance that its value explains.

    The correlation ratio: variance between the means of the values, over all variance. It knows
    nothing of how parameters work together, and few trials a value make it too high.
    """
    spread = float(np.var(scores)) if len(scores) else 0.0
    shares = {}
    for dimension in space.dimensions:
        bands = np.array([_band(dimension, values[dimension.name]) for values in tried])
        between = 0.0
        for band in np.unique(bands):
            here = scores[bands == band]
            between += len(here) / len(scores) * float(np.mean(here) - np.mean(scores)) ** 2
        shares[dimension.name] = between / spread if spread else 0.0
    return shares


def heat_map(
    space: Space, tried: Sequence[Values], scores: Floats, shares: Mapping[str, float]
) -> dict[str, Any] | None:
    """Return the middle score for each pair of values of the two dimensions that matter most.

    Returns:
        None where there is only one dimension, or nothing was tried; else JSON values: `x` and `y`
        with their bands `[first, last]`, and `cells` `[x, y, score, trials]`.
    """
    dimensions = sorted(
        (each for each in space.dimensions if len(each.values) > 1),
        key=lambda each: -shares[each.name],
    )
    if len(dimensions) < 2 or not len(tried):
        return None
    x, y = dimensions[:2]
    columns = np.array([_band(x, values[x.name]) for values in tried])
    rows = np.array([_band(y, values[y.name]) for values in tried])
    cells = []
    for column, row in product(range(_bands(x)), range(_bands(y))):
        here = scores[(columns == column) & (rows == row)]
        if len(here):
            cells.append([column, row, float(np.median(here)), len(here)])
    return {"x": _axis(x), "y": _axis(y), "cells": cells}


def _bands(dimension: Dimension) -> int:
    return min(MOST_CELLS, len(dimension.values))


def _band(dimension: Dimension, value: Any) -> int:
    return dimension.values.index(value) * _bands(dimension) // len(dimension.values)


def _axis(dimension: Dimension) -> dict[str, Any]:
    bands: list[list[Any]] = [[] for _ in range(_bands(dimension))]
    for value in dimension.values:
        bands[_band(dimension, value)].append(value)
    return {"name": dimension.name, "bands": [[band[0], band[-1]] for band in bands]}
