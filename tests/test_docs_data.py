"""docs/data.md tells what `tradefleet data` does, in the words of the code."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.skips import ROOT
from tradefleet.adapters.candles.files import SUFFIXES
from tradefleet.adapters.candles.table import COLUMNS, write_table
from tradefleet.application.hub.tape import AT_ONCE
from tradefleet.bootstrap.download import ALLOWANCE
from tradefleet.domain.sanity import SIGMAS, examine
from tradefleet.interfaces.cli.backtest import backtest_command
from tradefleet.interfaces.cli.data import data_command
from tradefleet.settings import Settings

PAGE = (ROOT / "docs" / "data.md").read_text()
COMMANDS = {f"data {name}": command for name, command in data_command.commands.items()}
COMMANDS["backtest"] = backtest_command


@pytest.mark.parametrize("line", re.findall(r"^    tradefleet (.+)$", PAGE, re.MULTILINE))
def test_every_command_shown_has_the_options_it_names(line: str):
    command = next(COMMANDS[name] for name in COMMANDS if line.startswith(name))
    known = {word for option in command.params for word in option.opts}

    assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_every_option_of_each_command_is_shown():
    for name, command in data_command.commands.items():
        for option in command.params:
            for word in option.opts:
                assert not word.startswith("--") or word == "--json" or word in PAGE, (name, word)


def test_every_kind_of_file_is_named():
    assert not [suffix for suffix in SUFFIXES if f"`{suffix}`" not in PAGE]


def test_every_oddity_is_explained():
    times = np.array([0, 300_000, 300_000, 1, 900_000, 1_200_000, 1_500_000, 1_800_000], np.int64)
    fine = np.array([1.0, 1.1, 1.0, 1.1, 1.0, 1.1, 1.0, 9.0])
    high = fine.copy()
    high[0], low = 0.5, fine.copy()
    low[1] = 5.0
    volume = np.array([0.0, 0.0, -1.0, 1, 1, 1, 1, 1])
    found = {odd.kind for odd in examine(300_000, times, (fine, high, low, fine, volume), 5)}
    broken = np.array([np.nan, -1.0, *fine[2:]])
    found |= {odd.kind for odd in examine(300_000, times, (broken, high, low, fine, volume))}

    assert len(found) == 10
    assert not {kind for kind in found if f"`{kind}`" not in PAGE}


def test_the_figures_told_are_those_of_the_code(tmp_path: Path):
    told = " ".join(PAGE.split())
    assert f"--sigmas {SIGMAS:g}" in told
    assert f"keep to {ALLOWANCE:,} of the" in told
    assert f"when {AT_ONCE} candles have come" in told
    assert f"`TAPE_DAYS` ({Settings.model_fields['tape_days'].default};" in told
    year = {name: np.zeros(105_120, kind) for name, kind in COLUMNS.items()}
    write_table(tmp_path / "2023.npy", year)
    assert round((tmp_path / "2023.npy").stat().st_size / 1e6) == 7
    assert "a year of 5 minutes 7 MB" in told
