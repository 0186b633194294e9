"""The coverage matrix: what a campaign did not look at, it must not be silent about."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from campaign import coverage, report
from campaign.crash import QUESTIONS, SENDS
from campaign.play import play
from campaign.tally import Tally

CLIENT = Path(__file__).parents[2] / "src/tradefleet/adapters/binance"
ROOTS = {"/api/v3", "/sapi/"}  # what paths are put behind


@pytest.fixture(scope="module")
def seen() -> Tally:
    """Two runs, one of them a storm."""
    total = play(0, 0.3)
    total.add(play(1, 0.3))
    return total


def seen_everything() -> Tally:
    total = Tally(bot_days=coverage.LEAST_BOT_DAYS)
    for section, row in coverage.cells().items():
        getattr(total, coverage.COUNTERS[section]).update(row)
    return total


def told(total: Tally) -> list[str]:
    return list(report.lines(total, 0, []))


def test_a_campaign_that_looked_everywhere_passes():
    total = seen_everything()

    assert report.exit_code(total, []) == 0
    assert told(total)[-2] == "coverage_empty=0"


@pytest.mark.parametrize("section", coverage.COUNTERS)
def test_a_single_empty_cell_fails_a_campaign_and_is_named(section: str):
    total = seen_everything()
    cell = coverage.cells()[section][-1]
    del getattr(total, coverage.COUNTERS[section])[cell]

    assert report.exit_code(total, []) == 1
    assert told(total)[-2] == "coverage_empty=1"
    assert f"  EMPTY {section}: {cell}" in told(total)


def test_a_short_campaign_is_not_judged_by_its_matrix_and_says_so():
    total = Tally(bot_days=coverage.LEAST_BOT_DAYS - 1)

    assert report.exit_code(total, []) == 0
    assert "too short to judge: 299 bot-days of 300" in told(total)[-2]


def test_what_a_bot_asks_of_the_exchange_is_what_its_client_can_send():
    """A new path in the client's source is a new row of crash points."""
    rooms = ("broker", "search", "fees", "rest")
    paths = set(chain.from_iterable(_paths(CLIENT / f"{room}.py") for room in rooms))

    assert paths - ROOTS == {name.split()[1] for name in SENDS + QUESTIONS}


def test_every_cell_that_is_passed_is_a_cell_of_the_matrix(seen: Tally):
    names = coverage.named()

    assert set(seen.points) <= set(names["killed at"])
    assert set(seen.met) <= {*names["request and fate"], *names["write"]}
    assert set(seen.recoveries) <= set(names["recovery"])
    assert set(seen.happenings) <= set(names["happening"])
    assert len(seen.points) > 0.8 * len(coverage.cells()["killed at"])


def test_what_counts_as_out_of_reach_is_named_and_is_not_reached(seen: Tally):
    names = set(chain.from_iterable(coverage.named().values()))

    assert set(coverage.UNREACHED | coverage.RARE) <= names
    for cell in coverage.UNREACHED:
        assert not seen.points[cell]
        assert not seen.recoveries[cell]


def test_an_outcome_that_was_unknown_counts_once_by_how_it_was_learnt(seen: Tally):
    asked = sum(n for row, n in seen.recoveries.items() if ", open: " in row)

    assert 0 < seen.learnt.total() < asked
    assert {learnt.partition(": ")[2] for learnt in seen.learnt} >= {"absent", "filled", "works"}
    assert told(seen)[-1].split()[4] == f"unknown_resolved={seen.learnt.total()}"


def _paths(module: Path) -> set[str]:
    """Return the paths that stand in a module: constants that begin with one slash and a letter."""
    constants = (
        node.value
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in constants if text[:1] == "/" and text[1:2].isalpha()}
