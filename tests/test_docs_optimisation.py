"""docs/optimisation.md tells every option, rule and figure there is."""

import re

from tests.application.optimisation.markets import planned, returning, walked
from tests.skips import ROOT
from tradefleet.application.optimisation.report import document
from tradefleet.domain.verdict import Word
from tradefleet.interfaces.cli.backtest import backtest_command
from tradefleet.interfaces.cli.optimise import optimise_command

PAGE = (ROOT / "docs" / "optimisation.md").read_text()
FOUND = document(walked(planned(returning(1))), {})


def test_every_option_beyond_a_backtest_is_explained():
    of_a_backtest = {option.name for option in backtest_command.params}
    own = [o for o in optimise_command.params if o.name not in of_a_backtest]

    assert own
    assert not [name for option in own for name in option.opts if f"`{name}" not in PAGE]


def test_every_option_of_a_backtest_is_there_but_those_of_a_single_run():
    of_one_run = {"decisions", "drawn", "report", "table", "max_open"}
    here = {option.name for option in optimise_command.params}

    assert {option.name for option in backtest_command.params} - here == of_one_run


def test_every_rule_and_every_verdict_is_explained():
    rules = {reason["rule"] for reason in FOUND["verdict"]["reasons"]}

    assert not [rule for rule in rules if f"| `{rule}` |" not in PAGE]
    assert not [word for word in Word if f"| **{word}** |" not in PAGE]


def test_the_rules_that_decide_are_the_first_four():
    deciding = {r["rule"] for r in FOUND["verdict"]["reasons"] if r["decides"]}

    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)[:4]) == deciding


def test_every_part_and_every_figure_is_explained():
    named = {*FOUND, *FOUND["overfitting"], *FOUND["folds"][0], *FOUND["trials"][0]}

    assert not {name for name in named if f"`{name}`" not in PAGE}
