"""Dataclasses survive the way through JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from tradefleet.adapters.store.codec import dump, load


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Leaf:
    size: Decimal
    colour: Colour | None = None


@dataclass(frozen=True)
class Tree:
    name: str
    leaves: tuple[Leaf, ...] = ()
    best: Leaf | None = None
    heights: tuple[int, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)


TREE = Tree(
    "oak", (Leaf(Decimal("0.1"), Colour.RED), Leaf(Decimal("1E-8"))), None, (1, 2), {"a": 1}
)


def test_what_is_loaded_equals_what_was_dumped() -> None:
    stored = json.loads(json.dumps(dump(TREE)))

    assert load(Tree, stored) == TREE
    assert stored["leaves"][1]["size"] == "0.00000001"


def test_what_an_older_version_wrote_gets_the_defaults() -> None:
    assert load(Tree, {"name": "ash", "forgotten": 1}) == Tree("ash")


def test_a_missing_field_without_default_is_said() -> None:
    with pytest.raises(ValueError, match="a stored Leaf lacks 'size'"):
        load(Leaf, {})


def test_what_json_cannot_hold_becomes_null() -> None:
    assert dump({"x": float("nan"), "y": float("inf")}) == {"x": None, "y": None}
