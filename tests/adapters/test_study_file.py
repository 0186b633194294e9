"""A study on disk: what was played outlives whoever played it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tradefleet.adapters.study_file import StudyFile
from tradefleet.domain.errors import DataError, InputError
from tradefleet.ports.trials import Played

ABOUT = {"strategy": "volatile", "fee": "0.001"}
PLAYED = Played({"length": 5, "limit": 0.1}, 3, np.array([0.1, -1 / 3, 0.0]))


def kept(path: Path) -> StudyFile:
    study = StudyFile(path, ABOUT, resume=False)
    study.keep(PLAYED)
    study.keep(Played({"length": 6}, 0, np.array([]), "it broke"))
    return study


def test_what_is_kept_is_found_again_to_the_digit(tmp_path: Path):
    kept(tmp_path / "study")
    first, second = StudyFile(tmp_path / "study", ABOUT, resume=True).played()

    assert first.values == PLAYED.values
    assert first.trades == 3
    assert first.daily.tolist() == PLAYED.daily.tolist()
    assert second.fault == "it broke"


def test_a_line_that_was_cut_off_is_not_counted_and_written_over(tmp_path: Path):
    path = tmp_path / "study"
    kept(path)
    path.write_bytes(path.read_bytes()[:-5])

    study = StudyFile(path, ABOUT, resume=True)
    assert len(list(study.played())) == 1
    study.keep(PLAYED)
    assert len(list(StudyFile(path, ABOUT, resume=True).played())) == 2


def test_a_file_that_is_there_is_gone_on_with_only_where_that_is_wanted(tmp_path: Path):
    kept(tmp_path / "study")

    with pytest.raises(InputError, match=r"study is there already; go on with it by --resume"):
        StudyFile(tmp_path / "study", ABOUT, resume=False)


def test_to_resume_what_is_not_there_is_to_begin(tmp_path: Path):
    assert not list(StudyFile(tmp_path / "study", ABOUT, resume=True).played())


def test_trials_of_another_backtest_are_not_mixed_in(tmp_path: Path):
    kept(tmp_path / "study")

    with pytest.raises(InputError, match=r"about another backtest \(fee was '0.001'\)"):
        StudyFile(tmp_path / "study", ABOUT | {"fee": "0"}, resume=True)


@pytest.mark.parametrize(
    "text",
    ["no study\n", "[1]\n", "{}\n", json.dumps({"format": 1, "about": ABOUT}) + "\n{}\n"],
    ids=["text", "list", "empty", "line"],
)
def test_another_file_is_no_study_and_stays_as_it_is(tmp_path: Path, text: str):
    path = tmp_path / "notes"
    path.write_text(text)

    with pytest.raises(DataError, match="expected a study of `tradefleet optimise`"):
        StudyFile(path, ABOUT, resume=True)
    assert path.read_text() == text
