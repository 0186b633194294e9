"""The worked examples of docs/exchange.md run as they stand, but for the port."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conformance.clients import run_program
from tests.conformance.place import running_exchange
from tests.skips import ROOT

PAGE = (ROOT / "docs" / "exchange.md").read_text()
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
KEYS = re.search(r"^tradefleet exchange (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ccxt", r"closed 0\.01 BTC for \d+\.\d+ USDT\n"),
        ("python-binance", r"NEW NEW 0\.0+\n(TRADE \w+ 0\.\d+\n)+\d+\.\d{8}\n"),
        ("sdk", r"OCO \[\d+, \d+\]\n"),
    ],
)
def test_an_example_trades(name: str, says: str, tmp_path: Path) -> None:
    assert KEYS
    program = tmp_path / "example.py"
    with running_exchange(tmp_path, *KEYS[1].split()) as place:
        program.write_text(EXAMPLES[name].replace("127.0.0.1:5002", place.address))
        answer: subprocess.CompletedProcess[str] = run_program(program)

    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(says, answer.stdout)
