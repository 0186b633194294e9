"""The real bot at the real exchange does what the backtest says, and what is not so shows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from tests.skips import ROOT, shared_data
from tests.system.world import until
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Assumptions
from tradefleet.application.parity.comparison import (
    FEE,
    LATER,
    LEVEL,
    OTHER_OPINION,
    Compared,
    compare,
)
from tradefleet.bootstrap import parity
from tradefleet.bootstrap.backtest import Ready, Wanted, ready
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY
from tradefleet.domain.position import ExitReason
from tradefleet.ports.strategies import Decider

pytestmark = pytest.mark.system

FEE_TAKEN = Decimal("0.001")
DAYS = 2

# Looks at the candle that has not closed yet, where an array of the whole past lies behind its own.
PEEKING = '''
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.domain.strategy import Strategy


class Peeking(Strategy):
    """Buys before rises and sells before falls."""

    key = "peeking"
    title = "Peeking"
    warmup = 2

    def decide(self, candles, news=None):
        """Buy or sell."""
        close, known = candles.close, len(candles.close)
        whole = close if close.base is None else close.base
        place = int(np.flatnonzero(whole == close[-1])[-1])
        coming = whole[place + 1] if place + 1 < len(whole) else close[-1]
        rises = coming > close[-1] if place + 1 < len(whole) else close[-1] > close[-2]
        return Signal(Action.BUY if rises else Action.SELL, (Reason(str(known)),))
'''
PEEKING = f"import numpy as np\n{PEEKING}"
SWAYING = '''
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.domain.strategy import Strategy


class Swaying(Strategy):
    """Buys after falls and sells after rises."""

    key = "swaying"
    title = "Swaying"
    warmup = 3

    def decide(self, candles, news=None):
        """Buy or sell."""
        one, two, three = candles.close[-3:]
        if one > two > three:
            return Signal(Action.BUY, (Reason("fell twice"),))
        if one < two < three:
            return Signal(Action.SELL, (Reason("rose twice"),))
        return Signal(Action.HOLD, (Reason("neither"),))
'''


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield candles of a nervous market, with strategies of the person's own beside them."""
    folder = tmp_path_factory.mktemp("parity")
    strategies = folder / "data" / "strategies"
    strategies.mkdir(parents=True)
    (strategies / "swaying.py").write_text(SWAYING)
    (strategies / "peeking.py").write_text(PEEKING)
    dice = np.random.default_rng(5)
    closes = np.round(20_000 * np.exp(np.cumsum(dice.normal(0, 0.003, DAYS * 288))), 2)
    opens = np.round(np.concatenate([[20_000.0], closes[:-1]]) + dice.normal(0, 3, len(closes)), 2)
    highs = np.round(np.maximum(opens, closes) + dice.uniform(0, 40, len(closes)), 2)
    lows = np.round(np.minimum(opens, closes) - dice.uniform(0, 40, len(closes)), 2)
    rows = zip(opens, highs, lows, closes, strict=True)
    path = folder / "BTCUSDT-5m.csv"
    lines = [
        f"{1_700_006_400_000 + n * 300_000},{o},{h},{low},{c},12.34567"
        for n, (o, h, low, c) in enumerate(rows)
    ]
    path.write_text("\n".join(["open_time,open,high,low,close,volume", *lines]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEFLEET_HOME", str(folder / "data"))
        yield path


def prepared(recorded: Path, strategy: str = "swaying", end: int | None = None) -> Ready:
    settings = BotSettings(
        name="",
        symbol="BTCUSDT",
        strategy=strategy,
        trade_amount=Decimal(100),
        stop_loss=Decimal("0.7"),
        take_profit=Decimal("0.8"),
        price_cap=Decimal(0),
    )
    return ready(Wanted(settings, Assumptions(FEE_TAKEN), data=recorded, end=end))


def walk(made: Ready, fee: Decimal = FEE_TAKEN) -> parity.Walk:
    walked = parity.walk(made, parity.Terms(fee), lambda _done, _all: True)
    assert len(walked.setup.candles) == len(made.setup.candles)
    return walked


def judged(
    made: Ready, walked: parity.Walk, decider: Decider | None = None, **believed: Decimal
) -> Compared:
    """Compare what a bot did with a backtest that may believe something else."""
    settings = replace(made.setup.settings, **believed)
    setup = replace(walked.setup, settings=settings)
    return compare(run(setup, decider or made.decider), walked.lived)


@pytest.fixture(scope="module")
def walked(recorded: Path) -> parity.Walk:
    return walk(prepared(recorded))


def causes(compared: Compared) -> set[str]:
    return {difference.cause for difference in compared.differences}


def test_the_bot_does_to_the_digit_what_the_backtest_says(recorded: Path, walked: parity.Walk):
    compared = judged(prepared(recorded), walked)

    assert compared.differences == ()
    assert compared.decisions == DAYS * 96
    assert compared.trades > 5
    reasons = {trade.exit_reason for trade in walked.lived.trades}
    assert {ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT, ExitReason.SIGNAL} <= reasons


def test_what_was_seen_before_an_interruption_is_compared(recorded: Path):
    made = prepared(recorded)
    interrupted = parity.walk(made, parity.Terms(FEE_TAKEN), lambda done, _all: done < 150)

    compared = judged(made, interrupted)

    assert len(interrupted.setup.candles) - made.setup.first == 147  # up to the last evaluation
    assert compared.differences == ()
    assert compared.decisions == len(interrupted.lived.decisions) == 49
    assert compared.trades > 1


def test_an_exchange_that_takes_another_fee_shows(recorded: Path):
    made = prepared(recorded, end=1_700_006_400_000 + DAY // 2)

    compared = judged(made, walk(made, fee=Decimal("0.002")))

    assert (compared.differences[0].what, compared.differences[0].cause) == ("quantity", FEE)
    assert causes(compared) <= {FEE, LATER}


def test_a_target_at_another_place_shows(recorded: Path, walked: parity.Walk):
    compared = judged(prepared(recorded), walked, take_profit=Decimal("0.7"))

    assert (compared.differences[0].what, compared.differences[0].cause) == ("exit_time", LEVEL)


def test_a_strategy_that_sees_the_future_in_its_backtest_shows(recorded: Path):
    made = prepared(recorded, "peeking", end=1_700_006_400_000 + DAY // 2)
    found = spec_from_file_location("peeking", recorded.parent / "data/strategies/peeking.py")
    assert found is not None
    assert found.loader is not None
    peeking = module_from_spec(found)
    found.loader.exec_module(peeking)

    compared = judged(made, walk(made), decider=peeking.Peeking())

    assert OTHER_OPINION in causes(compared)


def test_the_command_says_so_and_leaves_nothing_behind(recorded: Path, tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = ["--strategy", "swaying", "--symbol", "BTCUSDT", "--data", str(recorded), "--json"]

    done = subprocess.run(
        [sys.executable, "-m", "tradefleet", "verify", *words, "--end", "2023-11-15T12:00"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT / "src")},
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["equal"] is True
    assert list(scratch.iterdir()) == []


def test_a_bot_that_buys_with_a_limit_does_it_to_the_digit_too(recorded: Path):
    usual = prepared(recorded)
    # The cap is below the target, so stop and target come along with the entry.
    settings = replace(usual.setup.settings, price_cap=Decimal("0.3"))
    made = replace(usual, setup=replace(usual.setup, settings=settings))
    walked = walk(made)

    compared = judged(made, walked)

    assert compared.differences == ()
    assert compared.trades > 5
    reasons = {trade.exit_reason for trade in walked.lived.trades}
    assert {ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT, ExitReason.SIGNAL} <= reasons
    found = judged(made, walked, price_cap=Decimal(0)).differences
    assert [one.what for one in found[:2]] == ["quantity", "cost"]


@pytest.mark.parametrize("cap", ["0", "0.3"])
@pytest.mark.parametrize("strategy", ["volatile", "enhanced"])
def test_recorded_days_of_a_real_market(strategy: str, cap: str):
    folder = shared_data() / "klines" / "5m"
    (data,) = folder.glob("BTCUSDT-*.parquet")
    settings = BotSettings(
        name="",
        symbol="BTCUSDT",
        strategy=strategy,
        trade_amount=Decimal(100),
        stop_loss=Decimal("0.6"),
        take_profit=Decimal(1),
        price_cap=Decimal(cap),
    )
    wanted = Wanted(
        settings, Assumptions(FEE_TAKEN), data=data, start=1673481600000, end=1673740800000
    )
    made = ready(wanted)

    compared = judged(made, walk(made))

    assert compared.differences == ()
    assert compared.trades > 0


def test_ended_from_outside_it_takes_its_processes_along(recorded: Path, tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = ["--strategy", "swaying", "--symbol", "BTCUSDT", "--data", str(recorded)]
    verify = subprocess.Popen(
        [sys.executable, "-m", "tradefleet", "verify", *words],
        env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT / "src")},
    )
    until(lambda: list(scratch.glob("*/data/bot_1.log")), "the bot")
    children = [int(pid) for pid in Path(f"/proc/{verify.pid}/task/{verify.pid}/children")
                .read_text().split()]  # fmt: skip
    assert len(children) >= 2

    verify.terminate()

    assert verify.wait(30) == 128 + signal.SIGTERM
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert list(scratch.iterdir()) == []
