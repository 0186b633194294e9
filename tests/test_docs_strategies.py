"""docs/strategies.md says what the strategies' classes say."""

import pytest

from tests.skips import ROOT
from tradefleet.strategies import BUILT_IN

TEXT = (ROOT / "docs" / "strategies.md").read_text()


def table(key: str) -> str:
    """The parameters of a strategy as the page shows them."""
    strategy = BUILT_IN[key]()
    rows = ["| parameter | default | from | to | what it is |", "|---|---|---|---|---|"]
    rows += [
        f"| `{name}` | {p.default} | {p.minimum} | {p.maximum} | {p.help} |"
        for name, p in strategy.parameters().items()
    ]
    return "\n".join([*rows, "", f"Warm-up with the defaults: {strategy.warmup} candles."])


@pytest.mark.parametrize("key", BUILT_IN)
def test_the_table_of_parameters_is_the_classs(key: str) -> None:
    assert f"<!-- parameters: {key} -->\n\n{table(key)}\n" in TEXT


@pytest.mark.parametrize("key", BUILT_IN)
def test_the_page_names_every_strategy_with_its_title(key: str) -> None:
    assert f"## `{key}`: {BUILT_IN[key].title}\n" in TEXT
