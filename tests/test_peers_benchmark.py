"""The benchmark beside the peers: who is installed, who fails, and whether all play by one rule.

The peers are fakes: this Python, and a harness of a few lines.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _peer_harness, peers
from benchmarks._peer_harness import PEERS, Failed, Harness, Took
from benchmarks._peer_rules import (
    Alone,
    Crossing,
    Reading,
    Settled,
    difference,
    reference,
    setup_of,
    shared,
)
from tests.skips import ROOT
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.setup import Setup

KERNEL, VECTORBT, JESSE = PEERS[0], PEERS[1], PEERS[4]
CHILD = """
import json, os, sys

work, peer, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
print("a peer may chatter")
{what}
"""
FIGURES = """
cpu = {"engine_cpu_s": 0.5, "engine_s": 0.25, "cpu_s": 3.0, "sweep_s": 2.0, "trades": 7}
print("@@" + json.dumps(cpu | {"n": options.get("n"), "symbols": options.get("n")}))
"""


def harness(folder: Path, what: str = FIGURES, *environments: str) -> Harness:
    (folder / "child.py").write_text(CHILD.replace("{what}", what))
    for name in environments or ("base", "vbtr", "jesse"):
        home = folder / "peers" / name / "bin"
        home.mkdir(parents=True)
        (home / "python").symlink_to(sys.executable)
    return Harness(folder, folder / "peers", folder / "data")


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Took:
    """What we take, without playing."""
    took = Took(0.01, 0.01, 7, 1)
    monkeypatch.setattr(peers, "OUR_WORK", dict.fromkeys(peers.TITLES, lambda _data: took))
    return took


def market(folder: Path, seed: int = 0, count: int = 6_000) -> Setup:
    """A random walk, in a file as the harness has them."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 3e-3, count))), 4)
    opened = np.round(np.append(100.0, close[:-1]) * np.exp(rng.normal(0, 1e-3, count)), 4)
    wicks = np.exp(np.abs(rng.normal(0, 2e-3, (2, count))))
    high = np.round(np.maximum(opened, close) * wicks[0], 4)
    low = np.round(np.minimum(opened, close) / wicks[1], 4)
    np.save(folder / "S00.npy", np.stack([opened, high, low, close, np.ones(count)]))
    return setup_of(folder / "S00.npy")


def test_a_peer_is_installed_where_its_environment_has_an_interpreter(tmp_path: Path) -> None:
    found = harness(tmp_path)
    (tmp_path / "peers" / "freq").mkdir()

    assert [peer.name for peer in found.installed()] == [KERNEL.name, "vectorbt[rust]", "jesse"]


@pytest.mark.parametrize("missing", ["PEERS", "PEER_HARNESS", "child.py", "environments"])
def test_without_harness_or_peers_only_ours_are_measured(tmp_path: Path, missing: str) -> None:
    harness(tmp_path)
    named = {"PEERS": str(tmp_path / "peers"), "PEER_HARNESS": str(tmp_path)}
    assert peers.harness_named(named) == Harness(
        tmp_path, tmp_path / "peers", tmp_path / "peers" / "data"
    )

    named.pop(missing, None)
    if missing == "child.py":
        (tmp_path / missing).unlink()
    if missing == "environments":
        named["PEERS"] = str(tmp_path / "nowhere")

    assert peers.harness_named(named) is None


def test_what_was_played_in_part_is_scaled_to_the_whole(tmp_path: Path) -> None:
    found = harness(tmp_path)

    assert found.ask(VECTORBT, "w1") == Took(0.5, 0.25, 7, 1)
    assert found.ask(VECTORBT, "w2") == Took(15.0, 10.0, 7, 200)  # 200 of 1,000
    assert found.ask(JESSE, "w3") == Took(0.5 * 50 / 3, 0.25 * 50 / 3, 7, 3)


def test_a_peer_plays_in_its_own_interpreter_without_our_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "src")
    found = harness(tmp_path, "sys.exit(sys.executable + str(os.environ.get('PYTHONPATH')))")

    told = found.ask(JESSE, "w1")

    assert told == Failed(f"{found.environments / 'jesse' / 'bin' / 'python'}None"[:100])


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (
            "import a_module_nobody_has",
            "ModuleNotFoundError: No module named 'a_module_nobody_has'",
        ),
        ("sys.exit(3)", "ended with exit code 3"),
        ("sys.exit('not enough\\nmemory')", "memory"),
        ("pass", "it told no figure"),
    ],
)
def test_a_peer_that_fails_is_told_in_words(tmp_path: Path, what: str, reason: str) -> None:
    told = harness(tmp_path, what).ask(JESSE, "w1")

    assert told == Failed(reason)
    shown = peers.row("jesse", "w1", told, Took(1, 1, 1, 1))
    assert shown.value == f"failed: {reason}"


def test_a_peer_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_peer_harness, "LONGEST", 0.5)

    told = harness(tmp_path, "import threading; threading.Event().wait()").ask(JESSE, "w1")

    assert told == Failed("took more than 0 s")


def test_an_interpreter_that_is_none_is_told(tmp_path: Path) -> None:
    found = harness(tmp_path)
    python = tmp_path / "peers" / "jesse" / "bin" / "python"
    python.unlink()
    python.write_text("#!/no/such/interpreter\n")
    python.chmod(0o755)

    assert found.ask(JESSE, "w1") == Failed(
        "its interpreter does not start: No such file or directory"
    )


def test_who_fails_has_no_further_turn_and_holds_nobody_up(tmp_path: Path, ours: Took) -> None:
    found = harness(tmp_path, f"if peer == 'jesse_peer': sys.exit('no money')\n{FIGURES}")

    turns = peers.turns(found, tmp_path, 2)

    assert turns["jesse", "w1"] == [Failed("no money")]
    assert turns["jesse", "w2"] == [Failed("no money")]  # it is made of single runs
    assert turns["vectorbt[rust]", "w3"] == [Took(0.5, 0.25, 7, 50)] * 2
    assert turns["tradefleet", "w1"] == [ours] * 2


def test_a_sweep_that_is_not_played_is_as_many_single_runs_and_says_so(
    tmp_path: Path, ours: Took
) -> None:
    found = harness(tmp_path, FIGURES, "jesse")

    sweep = peers.turns(found, tmp_path, 1)["jesse", "w2"][0]

    assert sweep == Took(500.0, 250.0, 0, 0)
    shown = peers.row("jesse", "w2", sweep, Took(2.0, 1.0, 9, 1_000))
    assert shown.value == "500 s; 250 s; 4 a second; extrapolated from one run"
    assert shown.goal == "x 250"


def test_medians_count() -> None:
    turns = [Took(cpu, 2 * cpu, 7, 1) for cpu in (3.0, 1.0, 2.0)]

    assert peers.middle(turns) == Took(2.0, 4.0, 7, 1)
    assert peers.middle([*turns, Failed("it broke")]) == Failed("it broke")


@pytest.mark.parametrize("seed", range(5))
def test_ours_and_the_reference_make_the_same_trades(tmp_path: Path, seed: int) -> None:
    setup = market(tmp_path, seed)

    result, trips = jump(setup, Crossing()), reference(setup.candles, Crossing())

    assert result is not None
    assert len(trips) > 20
    assert difference(result, trips) == ""
    assert shared(result, trips) == len(trips)


def test_the_check_sees_a_trade_that_is_another(tmp_path: Path) -> None:
    setup = market(tmp_path)
    result, trips = jump(setup, Crossing()), reference(setup.candles, Crossing())
    assert result is not None

    assert "trades, the reference has" in difference(result, trips[:-1])
    assert "in the reference" in difference(result, [trips[0]._replace(exit=0), *trips[1:]])
    assert "the price" in difference(result, [trips[0]._replace(exit_price=1.0), *trips[1:]])
    assert "at last" in difference(result, [*trips[:-1], trips[-1]._replace(cash=1.0)])


def test_what_a_candle_is_that_says_both_changes_the_trades(tmp_path: Path) -> None:
    setup, rules = market(tmp_path), Crossing(rsi_high=50.0)
    result = jump(setup, rules)
    assert result is not None

    trades = {reading: reference(setup.candles, rules, reading) for reading in Reading}

    assert shared(result, trades[Reading.SELL]) == len(result.trades)
    assert shared(result, trades[Reading.EITHER]) < len(trades[Reading.EITHER])
    assert len({tuple(trips) for trips in trades.values()}) == len(Reading)


def test_both_engines_make_the_same_trades_of_the_rules(tmp_path: Path) -> None:
    setup = market(tmp_path, count=3_000)

    quick = jump(setup, Settled())

    assert quick is not None
    assert len(quick.trades) > 10
    assert play(setup, Alone()).trades == quick.trades


def test_the_page_tells_of_every_peer_and_every_variable() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()

    assert not [peer.name for peer in PEERS if peer.name not in page]
    assert not [peer for peer in PEERS if f"`{peer.environment}`" not in page]
    names = ("PEERS", "PEER_HARNESS", "PEER_DATA", "ROUNDS")
    assert not [name for name in names if f"`{name}" not in page]
