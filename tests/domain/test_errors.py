"""The tree of errors is drawn, explained and complete."""

import inspect

import pytest

from tests.skips import ROOT
from tradefleet.domain import errors

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.TradefleetError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_stands_in_the_drawn_tree_and_says_what_it_means(kind: type[Exception]):
    assert kind.__name__ in (errors.__doc__ or "")
    assert kind.__doc__


@pytest.mark.parametrize("kind", [k for k in CLASSES if not k.__subclasses__()])
def test_every_error_has_its_row_in_the_docs(kind: type[Exception]):
    page = (ROOT / "docs" / "errors.md").read_text()

    assert f"| `{kind.__name__}` |" in page
