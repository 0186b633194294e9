"""docs/backtests.md tells every measure and every option there is."""

from tests.application.backtest.told import BUY, SELL, Told, bot, market, played, still
from tests.skips import ROOT
from tradefleet.application.backtest.report import metrics
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.together import play_together
from tradefleet.application.backtest.wallet_report import wallet_document
from tradefleet.application.backtest.yardsticks import chance
from tradefleet.interfaces.cli.backtest import backtest_command

PAGE = (ROOT / "docs" / "backtests.md").read_text()
PLAIN = {"trades", "wins", "final_equity", "evaluations", "denied_entries"}  # say what they are


def test_every_measure_is_defined():
    measured = metrics(played(market(*still(4)), {0: BUY, 1: SELL}))

    assert not {name for name in measured if name not in PLAIN and f"`{name}`" not in PAGE}


def test_every_measure_of_a_symbol_beside_others_is_defined():
    setups = [Setup(bot(), market(*still(4)))]
    (symbol,) = wallet_document(
        play_together(setups, [Told({0: BUY, 1: SELL})], 1), {}, with_decisions=False
    )["metrics"]["symbols"].values()

    assert not {name for name in symbol if name not in PLAIN and f"`{name}`" not in PAGE}


def test_every_yardstick_of_chance_is_defined():
    assert not {name for name in chance(played(market(*still(4)), {})) if f"`{name}`" not in PAGE}


def test_every_option_that_changes_a_result_is_explained():
    explained = {
        "fee", "slippage", "rules", "detail", "every", "max-gap", "news", "trailing-stop",
        "break-even", "max-open",
    }  # fmt: skip
    options = {name for o in backtest_command.params for name in o.opts}

    assert all(f"--{name}" in options and f"--{name}" in PAGE for name in explained)
