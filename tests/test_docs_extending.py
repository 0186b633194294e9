"""The worked examples of docs/extending.md are run as they stand."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.markets import random_market
from tests.skips import ROOT
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue, UserStrategy
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.rules import RULES, Circumstances, build_rules, first_veto
from tradefleet.domain.signal import Action
from tradefleet.strategies import BUILT_IN

PAGE = (ROOT / "docs" / "extending.md").read_text()
MARKET = random_market(5, 1_500)


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"docs/extending.md has no example {name}"
    return found[1]


def run(name: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(example(name), f"docs/extending.md: {name}", "exec"), namespace)  # noqa: S102
    return namespace


@pytest.mark.parametrize(("name", "key"), [("strategy", "breakout"), ("sketch", "three_green")])
def test_a_strategy_put_into_the_folder_appears_and_has_all_three_opinions(
    name: str, key: str, tmp_path: Path
) -> None:
    text = example(name)
    assert text.startswith(f"# data/strategies/{key}.py\n")
    (tmp_path / f"{key}.py").write_text(text)
    catalogue = StrategyCatalogue(BUILT_IN, tmp_path)

    decider = catalogue.decider(key, {})
    signals = [decider.decide(MARKET.between(end - 600, end)) for end in range(600, 1_500, 9)]

    assert {signal.action for signal in signals} == set(Action)
    assert all(signal.sentence for signal in signals)
    assert isinstance(decider, UserStrategy)
    decider.close()


def test_the_strategys_window_is_long_enough(tmp_path: Path) -> None:
    strategy = run("strategy")["Breakout"]()

    for end in range(600, 1_500, 13):
        whole = MARKET.between(0, end)
        assert strategy.decide(whole).action is strategy.decide(whole.tail(strategy.warmup)).action


def test_the_indicator_equals_its_naive_reading() -> None:
    made = run("indicator")

    np.testing.assert_allclose(
        made["distance"](MARKET.close), made["naive_distance"](MARKET.close), rtol=1e-9, atol=1e-9
    )


def test_the_risk_rule_vetoes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradefleet.domain.rules.RULES", known := dict(RULES))
    run("rule")
    one = Decimal(1)
    loss = Trade("AB", 0, one, 1, one, one, one, one, Decimal(-25), ExitReason.SIGNAL)
    books = Ledger(Instrument("AB", "A", "B"), Decimal(100), trades=(loss,))

    rules = build_rules({"total_loss": {"percent": 25}}, known)

    assert (
        first_veto(rules, Circumstances(books, 2, one)) == "Total loss: lost 25.0 % of the budget"
    )
    assert "total_loss" not in RULES
