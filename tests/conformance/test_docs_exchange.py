"""The worked examples of docs/exchange.md run as they stand, but for the port."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.clients import run_program
from tests.conformance.place import Place, running_exchange
from tests.skips import ROOT

PAGE = (ROOT / "docs" / "exchange.md").read_text()
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
KEYS = re.search(r"^tradefleet exchange (.*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An exchange started as the page says."""
    assert KEYS
    with running_exchange(tmp_path_factory.mktemp("exchange"), *KEYS[1].split()) as place:
        yield place


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ccxt", r"closed 0\.01 BTC for \d+\.\d+ USDT\n"),
        ("python-binance", r"NEW NEW 0\.0+\n(TRADE \w+ 0\.\d+\n)+\d+\.\d{8}\n"),
        ("sdk", r"OCO \[\d+, \d+\]\n"),
    ],
)
def test_an_example_trades(name: str, says: str, place: Place, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(EXAMPLES[name].replace("127.0.0.1:5002", place.address))

    answer = run_program(program)

    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(says, answer.stdout)
