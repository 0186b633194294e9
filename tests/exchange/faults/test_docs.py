"""The page on faults holds every kind, with an example that the exchange takes."""

import json
import re
from pathlib import Path

from tradefleet.exchange.faults.kinds import KINDS
from tradefleet.exchange.faults.reading import read_faults

PAGE = (Path(__file__).parents[3] / "docs" / "faults.md").read_text("utf-8")


def test_every_kind_has_a_line_with_an_example():
    lines = re.findall(r"^\| `(\w+)` \| .+ \| `(\{.+\})` \|$", PAGE, re.MULTILINE)

    assert [kind for kind, _ in lines] == list(KINDS)
    for kind, example in lines:
        read_faults({"faults": [json.loads(example)]})
        assert json.loads(example)["kind"] == kind


def test_the_tables_on_the_page_can_be_read():
    for table in re.findall(r"^```json\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        read_faults(json.loads(table))
