"""The fault catalogue of docs/reliability.md: each row has a test that is there, or a reason."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from campaign.dice import FATES, HAPPENINGS
from tests.skips import ROOT

PAGE = ROOT / "docs" / "reliability.md"
# The catalogue's letters and how many rows each has.
ROWS = {"P": 18, "N": 22, "T": 6, "D": 14, "A": 18, "S": 12, "C": 9, "Y": 9, "W": 9, "L": 7}
IDS = [f"{letter}{number}" for letter, most in ROWS.items() for number in range(1, most + 1)]
ROW = re.compile(r"\| ([A-Z]\d+) \| (.+?) \| (.+?) \| (.*?) ?\|")
ID = re.compile(r"[A-Z]\d+")


NO_TEST = "no test: "


@cache
def table() -> dict[str, str]:
    """Return each row's last cell by id."""
    found = [match for line in PAGE.read_text().splitlines() if (match := ROW.fullmatch(line))]
    twice = [row for row, count in Counter(match[1] for match in found).items() if count > 1]
    assert not twice, f"more than once in the catalogue: {twice}"
    return {match[1]: match[4] for match in found}


@cache
def known_tests() -> frozenset[str]:
    """Return the name of every test there is."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def ids_of(test: str) -> list[str]:
    """Return the ids a test's name begins with: `test_P16_W3_a_stop…` has two."""
    found = []
    for word in test.split("_")[1:]:
        if not ID.fullmatch(word):
            break
        found.append(word)
    return found


def test_the_catalogue_is_whole() -> None:
    assert list(table()) == IDS


@pytest.mark.parametrize("row", IDS)
def test_every_row_names_tests_that_are_there_and_carry_its_id_or_says_why_not(row: str) -> None:
    named = re.findall(r"`(test_\w+)`", table()[row])

    assert named or table()[row].startswith(NO_TEST), f"{row} has no test"
    assert [test for test in named if test not in known_tests()] == []
    assert [test for test in named if row not in ids_of(test)] == []


def test_no_test_carries_an_id_that_the_catalogue_does_not_have() -> None:
    ours = {row for test in known_tests() for row in ids_of(test) if row[0] in ROWS}

    assert ours <= set(IDS)


def test_all_that_strikes_in_a_campaign_tells_which_rows_it_plays() -> None:
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \| ([A-Z]\d+(?:, [A-Z]\d+)*) \|$", PAGE.read_text(), re.M
    )
    strikes = {name for names, _ in rows for name in re.findall(r"\w+", names)}
    played = {row for _, ids in rows for row in ids.split(", ")}

    assert strikes == {*FATES, *HAPPENINGS, "stale_answer", "store"}
    assert played <= set(IDS)
