"""Our backtests beside the peers': a year of 5-minute candles, 1,000 combinations, 50 symbols.

`PEER_HARNESS` names the folder of the harness that plays the peers, `PEERS` the folder of their
virtual environments; without them only ours are measured. `ROUNDS` (3) says how often everybody
has a turn, `PEER_DATA` where the candles lie (`data` in the folder `PEERS`). The rules are the
harness's; what everybody makes of them: `docs/performance.md`.
"""

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import Figure
from benchmarks._peer_harness import WHOLE, Failed, Harness, Peer, Took
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
from benchmarks.backtest import spent, year
from tradefleet.adapters.cores import Cores, keep_freed_memory
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.sweep import Sweep

HEADINGS = ("", "CPU; on the clock", "CPU beside ours")
NOBODY = "not measured: PEERS=FOLDER of their environments and PEER_HARNESS=FOLDER name them"
OURS = "tradefleet"
INNER = 25  # runs of ours in a turn
GRID = {
    "rsi_length": range(8, 28, 2),
    "rsi_low": (20.0, 25.0, 30.0, 35.0, 40.0),
    "band_length": (10, 15, 20, 30, 40),
    "band_width": (1.5, 2.0, 2.5, 3.0),
}
COMBINATIONS = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
CHECKED = 97  # every so many runs of the sweep are held to the reference
TITLES = {
    "w1": "one symbol, one run, warm",
    "w2": "1,000 combinations of parameters",
    "w3": "50 symbols, files read",
}

Turns = dict[tuple[str, str], list[Took | Failed]]  # by name and work


def measure() -> Iterator[Figure]:
    """Let everybody have a turn, `ROUNDS` times; the medians count."""
    harness = harness_named(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        data = harness.data if harness else Path(folder)
        _make_candles(harness, data)
        yield from _checked(data)
        yield from _table(harness, turns(harness, data, int(os.environ.get("ROUNDS", "3"))))
    if harness is None:
        yield Figure("the peers", NOBODY)


def harness_named(environment: os._Environ[str] | dict[str, str]) -> Harness | None:
    """Return what the environment variables name; None where there is no harness or no peer."""
    named = [environment.get(name) for name in ("PEER_HARNESS", "PEERS")]
    if not all(named):
        return None
    folder, peers = (Path(str(name)).expanduser().resolve() for name in named)
    data = Path(environment.get("PEER_DATA") or peers / "data").expanduser().resolve()
    harness = Harness(folder, peers, data)
    return harness if (folder / "child.py").is_file() and harness.installed() else None


def _make_candles(harness: Harness | None, data: Path) -> None:
    """Have 50 symbols to play: the harness's own, or a market of ours."""
    if harness is None:
        for seed in range(WHOLE["w3"]):
            candles = year("volatile", "5m", 1, seed=seed).candles
            columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
            np.save(_file(data, seed), np.stack(columns))
    elif not _file(data, WHOLE["w3"] - 1).exists():
        failed = harness.make_candles(harness.installed()[0])
        if failed is not None:
            sys.exit(f"the harness could not make its candles: {failed.reason}")


def _file(data: Path, symbol: int) -> Path:
    return data / f"S{symbol:02d}.npy"


def _checked(data: Path) -> Iterator[Figure]:
    """Hold our trades to the reference, one by one."""
    setup = setup_of(_file(data, 0))
    result = jump(setup, Crossing())
    assert result is not None
    if unlike := difference(result, reference(setup.candles, Crossing())):
        sys.exit(f"our trades are not those of the reference: {unlike}")
    for reading in Reading:
        trips = reference(setup.candles, Crossing(), reading)
        same = f"{shared(result, trips):,} of its {len(trips):,} trades are ours"
        yield Figure(f"the reference, BUY and SELL at once being {reading}", same)
    yield _by_decide(setup)


def _by_decide(setup: Setup) -> Figure:
    """Play W1 once with the plain engine, which asks at every candle and knows no short cut."""
    began, before = time.perf_counter(), time.process_time()
    plain = play(setup, Alone())
    cpu, wall = time.process_time() - before, time.perf_counter() - began
    quick = jump(setup, Settled())
    if quick is None or quick.trades != plain.trades:
        sys.exit("the quick engine's trades are not those of the plain one")
    told = f"{_seconds(cpu)}; {_seconds(wall)}; {len(plain.trades):,} trades"
    return Figure(f"{OURS} by `decide` alone, one symbol, once", told)


def turns(harness: Harness | None, data: Path, rounds: int) -> Turns:
    """Return what everybody took; who failed once has no further turn."""
    found: Turns = defaultdict(list)
    peers = harness.installed() if harness else []
    for number, (work, take) in product(range(rounds), OUR_WORK.items()):
        print(f"round {number + 1}: {TITLES[work]}", *_load(), file=sys.stderr, flush=True)
        found[OURS, work].append(take(data))
        for peer in peers:
            before = found[peer.name, work]
            if harness and not any(isinstance(one, Failed) for one in before):
                before.append(_turn(harness, peer, work, found[peer.name, "w1"]))
    return found


def _load() -> tuple[str, str]:
    return "load", f"{os.getloadavg()[0]:.1f}"


def _turn(harness: Harness, peer: Peer, work: str, single: list[Took | Failed]) -> Took | Failed:
    """Play; a sweep that is not played takes what as many single runs would, on two cores."""
    if work != "w2" or peer.combinations:
        return harness.ask(peer, work)
    one = single[-1]
    if isinstance(one, Failed):
        return one
    cpu = one.cpu * WHOLE["w2"]
    return Took(cpu, cpu / 2, 0, 0)


def _table(harness: Harness | None, found: Turns) -> Iterator[Figure]:
    names = {OURS: OURS}
    for peer in harness.installed() if harness else []:
        names[peer.name] = f"{peer.name} {harness.version(peer)}" if harness else peer.name
    for work, title in TITLES.items():
        yield Figure(f"{title}:", "")
        ours = middle(found[OURS, work])
        assert isinstance(ours, Took)
        for name, text in names.items():
            yield row(f"  {text}", work, middle(found[name, work]), ours)


def middle(played: list[Took | Failed]) -> Took | Failed:
    """Return the medians of all turns, or why there is none."""
    good = []
    for one in played:
        if isinstance(one, Failed):
            return one
        good.append(one)
    cpu, wall = median(one.cpu for one in good), median(one.wall for one in good)
    return good[0]._replace(cpu=cpu, wall=wall)


def row(name: str, work: str, one: Took | Failed, ours: Took) -> Figure:
    """Return a line of the table."""
    if isinstance(one, Failed):
        return Figure(name, f"failed: {one.reason}")
    told = [f"{_seconds(one.cpu)}; {_seconds(one.wall)}"]
    if work == "w2":
        told.append(_rate(2 * WHOLE[work] / one.cpu))
    if one.played == WHOLE[work]:
        told.append(f"{one.trades:,} trades")
    else:
        told.append(f"extrapolated from {one.played or 'one run'}")
    times = one.cpu / ours.cpu
    return Figure(name, "; ".join(told), f"x {times:,.0f}" if times >= 10 else f"x {times:.2g}")


def _rate(rate: float) -> str:
    """Return how many there are a second on two cores that have nothing else to do."""
    return f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.2g} a second"


def _seconds(seconds: float) -> str:
    if seconds < 0.1:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:,.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def _one_year(data: Path) -> Took:
    """Play W1: warm, to the list of trades and the last equity, as the peers do."""
    keep_freed_memory()
    setup = setup_of(_file(data, 0))
    trades = _played(setup)
    cpu, wall = [], []
    for _ in range(INNER):
        began, before = time.perf_counter(), time.process_time()
        _played(setup)
        cpu.append(time.process_time() - before)
        wall.append(time.perf_counter() - began)
    return Took(median(cpu), median(wall), trades, 1)


def _played(setup: Setup) -> int:
    """Play one year; return how many trades there were."""
    result = jump(setup, Crossing())
    assert result is not None
    assert result.equity()[-1] > 0
    return len(result.trades)


def _sweep(data: Path) -> Took:
    """Play W2 on two cores."""
    setup = setup_of(_file(data, 0))
    before, began = spent(), time.perf_counter()
    sweep = Sweep(setup, Crossing)
    places = range(len(COMBINATIONS))
    found = dict(Cores(2).each(lambda place: sweep.outcome(COMBINATIONS[place]), places))
    wall, cpu = time.perf_counter() - began, spent() - before
    for place in places[::CHECKED]:
        trips = reference(setup.candles, Crossing(**COMBINATIONS[place]))
        if found[place].trades != len(trips):
            sys.exit(f"a run of the sweep is not the reference's: {COMBINATIONS[place]}")
    return Took(cpu, wall, sum(one.trades for one in found.values()), len(found))


def _symbols(data: Path) -> Took:
    """Play W3 from the files, each symbol with money of its own, on two cores."""
    before, began = spent(), time.perf_counter()
    paths = [_file(data, number) for number in range(WHOLE["w3"])]
    found = dict(Cores(2).each(lambda path: _played(setup_of(path)), paths))
    wall, cpu = time.perf_counter() - began, spent() - before
    return Took(cpu, wall, sum(found.values()), len(found))


OUR_WORK: dict[str, Callable[[Path], Took]] = {"w1": _one_year, "w2": _sweep, "w3": _symbols}
