"""docs/rules.md is held to the rules there are."""

from pathlib import Path

import pytest

from tradefleet.domain.rules import RULES

PAGE = (Path(__file__).parent.parent / "docs" / "rules.md").read_text()


@pytest.mark.parametrize("key", RULES)
def test_every_rule_stands_there_with_its_parameters(key: str) -> None:
    rule = RULES[key]
    first = (rule.__doc__ or "").partition("\n")[0]

    assert f"| `{key}` | {first} |" in PAGE
    for name, p in rule.parameters().items():
        assert f"| `{name}` | {p.default} | {p.minimum} to {p.maximum} | {p.help} |" in PAGE


def test_the_rules_stand_there_in_the_order_they_are_asked() -> None:
    places = [PAGE.index(f"| `{key}` |") for key in RULES]

    assert places == sorted(places)
