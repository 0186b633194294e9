"""docs/parity.md tells every option and every cause there is."""

from tests.skips import ROOT
from tradefleet.application.parity.comparison import Compared
from tradefleet.application.parity.report import document
from tradefleet.interfaces.cli.backtest import backtest_command
from tradefleet.interfaces.cli.verify import UNPLAYED, verify_command

PAGE = (ROOT / "docs" / "parity.md").read_text()


def test_every_option_beyond_a_backtest_is_explained():
    of_a_backtest = {option.name for option in backtest_command.params}
    own = [option for option in verify_command.params if option.name not in of_a_backtest]

    assert {option.name for option in own} == {"bot_id"}
    assert not [name for option in own for name in option.opts if name not in PAGE]


def test_what_is_refused_is_told():
    assert not [name for name in UNPLAYED if f"`--{name.replace('_', '-')}`" not in PAGE]


def test_every_part_of_the_document_is_told():
    parts = document(Compared(1, 1, ()), {}, 1.0, is_complete=True)

    assert not [name for name in parts if f"`{name}`" not in PAGE]
