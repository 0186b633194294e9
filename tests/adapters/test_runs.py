"""Runs of research: real processes that may end in every way, before eyes that may be closed."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.runs import KEPT, KILLED, KeptRuns
from tradefleet.domain.errors import InputError
from tradefleet.ports.runs import Kind, Run, State

DOCUMENT = 'print(\'{"complete": true, "metrics": {"trades": 2}, "equity": [1], "drawn": {}}\')'
FOREVER = "import time; print('3 of 12 candles, about 4 s to go', file=sys.stderr, flush=True); "
PATIENCE_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def runs(folder: DataFolder) -> KeptRuns:
    return reopened(folder)


def reopened(folder: DataFolder) -> KeptRuns:
    """Return what another dashboard of the same folder sees; a word is what Python runs."""
    return KeptRuns(folder, LinuxProcesses(), SystemClock(), (sys.executable, "-c"))


def start(runs: KeptRuns, program: str) -> Run:
    return runs.start(Kind.BACKTEST, [f"import sys; {program}"], {"symbol": "BTCUSDT"})


def until(runs: KeptRuns, run: Run, is_so: object) -> Run:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so(found := runs.get(run.id)):  # type: ignore[operator]
        assert time.monotonic() < deadline, found
        os.sched_yield()
    return found


def ended(runs: KeptRuns, run: Run) -> Run:
    return until(runs, run, lambda found: found.state is not State.RUNNING)


def at_work(runs: KeptRuns, program: str = "time.sleep(60)") -> Run:
    run = start(runs, FOREVER + program)
    return until(runs, run, lambda found: found.progress)


def pid_of(folder: DataFolder, run: Run) -> int:
    said = folder.read(folder.root / "runs" / run.id / "asked.json")
    assert said
    return int(said["holder"]["pid"])


def test_a_run_that_ends_well_has_a_document(runs: KeptRuns):
    run = ended(runs, start(runs, DOCUMENT))

    assert (run.state, run.asked, run.has_result) == (State.DONE, {"symbol": "BTCUSDT"}, True)
    assert run.brief == {"complete": True, "metrics": {"trades": 2}}
    assert runs.document(run.id)["equity"] == [1]


def test_a_command_that_prints_a_list_has_it_as_parts(runs: KeptRuns):
    run = ended(runs, start(runs, "print('[{\"rows\": 3}]')"))

    assert runs.document(run.id) == {"parts": [{"rows": 3}]}
    assert run.brief == {}


def test_a_given_file_is_read_and_gone_with_the_end(runs: KeptRuns, folder: DataFolder):
    given = folder.root / "BTCUSDT-5m.csv"
    given.write_text("candles")
    program = "import json, sys; print(json.dumps({'read': open(sys.argv[-1]).read()}))"
    run = ended(runs, runs.start(Kind.CANDLES, [program], {}, given))

    assert runs.document(run.id) == {"read": "candles"}
    assert not given.exists()
    assert not list(folder.root.rglob("BTCUSDT-5m.csv"))


def test_a_given_file_stays_where_it_lies_if_no_more_may_run(runs: KeptRuns, folder: DataFolder):
    for _ in range(2):
        at_work(runs)
    given = folder.root / "BTCUSDT-5m.csv"
    given.write_text("candles")
    with pytest.raises(InputError, match="under way already"):
        runs.start(Kind.CANDLES, ["print()"], {}, given)

    assert given.exists()
    for run in runs.all(Kind.BACKTEST):
        runs.forget(run.id)


def test_a_download_tells_until_when_it_has_come(runs: KeptRuns):
    words = "import sys, time; print('BTCUSDT 5m until 2024', file=sys.stderr, flush=True);"
    run = runs.start(Kind.CANDLES, [words + "time.sleep(60)"], {})

    assert until(runs, run, lambda found: found.progress).progress == "BTCUSDT 5m until 2024"
    runs.forget(run.id)


def test_one_at_work_tells_how_far_it_is_and_is_seen_by_the_next_dashboard(
    runs: KeptRuns, folder: DataFolder
):
    run = at_work(runs)

    assert (run.share, run.progress) == (0.25, "3 of 12 candles, about 4 s to go")
    assert reopened(folder).get(run.id) == run
    runs.forget(run.id)


@pytest.mark.parametrize("begin", ["Error", "tradefleet"])
def test_a_refusal_is_told_in_the_commands_own_words(runs: KeptRuns, begin: str):
    said = (
        f"print('Usage: x\\n\\n{begin}: --symbol: no such\\nthing', file=sys.stderr); sys.exit(2)"
    )
    run = ended(runs, start(runs, said))

    assert (run.state, run.problem) == (State.FAILED, "--symbol: no such\nthing")
    with pytest.raises(InputError, match="has no result"):
        runs.document(run.id)


def test_a_killed_one_is_told_also_to_a_dashboard_that_did_not_start_it(
    runs: KeptRuns, folder: DataFolder
):
    run = at_work(runs)
    pid = pid_of(folder, run)
    os.kill(pid, signal.SIGKILL)

    found = ended(reopened(folder), run)
    assert (found.state, found.problem) == (State.FAILED, KILLED)
    runs.forget(run.id)
    assert not runs.all(Kind.BACKTEST)


def test_cancelling_keeps_what_is_done(runs: KeptRuns):
    run = at_work(runs, f"\ntry: time.sleep(60)\nexcept KeyboardInterrupt: {DOCUMENT}")
    runs.cancel(run.id)

    found = ended(runs, run)
    assert (found.state, found.has_result, found.problem) == (State.CANCELLED, True, "")
    assert runs.cancel(run.id) == found


def test_two_at_once_and_no_more(runs: KeptRuns):
    first, second = at_work(runs), at_work(runs)

    with pytest.raises(InputError, match="2 runs are under way already"):
        start(runs, DOCUMENT)
    runs.forget(first.id)
    assert ended(runs, start(runs, DOCUMENT)).state is State.DONE
    runs.forget(second.id)


def test_what_is_forgotten_is_gone_with_its_process(runs: KeptRuns, folder: DataFolder):
    run = at_work(runs)
    pid = pid_of(folder, run)
    runs.forget(run.id)

    assert runs.all(Kind.BACKTEST) == []
    with pytest.raises(InputError, match="there is no run"):
        runs.get(run.id)
    assert not Path(f"/proc/{pid}").exists()


def test_only_the_last_are_kept(runs: KeptRuns, folder: DataFolder):
    rooms = folder.root / "runs"
    model = ended(runs, start(runs, DOCUMENT))
    said = (
        (rooms / model.id / "asked.json").read_text(),
        (rooms / model.id / "end.json").read_text(),
    )
    for number in range(KEPT + 3):
        room = rooms / f"{number:012x}-000000"
        room.mkdir()
        for name, text in zip(("asked.json", "end.json"), said, strict=True):
            (room / name).write_text(text)
    newest = start(runs, DOCUMENT)

    found = runs.all(Kind.BACKTEST)
    assert len(found) == KEPT
    assert [run.id for run in found[:2]] == [newest.id, model.id]
    assert runs.all(Kind.CHECK) == []
    ended(runs, newest)


@pytest.mark.parametrize("name", ["../../etc", "", "0" * 12, "0" * 12 + "-" + "g" * 6])
def test_a_name_is_no_way_out_of_the_folder(runs: KeptRuns, name: str):
    for ask in (runs.get, runs.document, runs.cancel, runs.forget):
        with pytest.raises(InputError, match="there is no run"):
            ask(name)
