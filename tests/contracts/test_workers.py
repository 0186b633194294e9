"""The promise of the `workers` port, on this machine's cores and in line."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tests.fakes.workers import InLine
from tradefleet.adapters.cores import Cores, core_count
from tradefleet.domain.errors import InputError, WorkerError
from tradefleet.ports.workers import Workers

ONE_MIB = 1024 * 1024


@pytest.fixture(params=[lambda: Cores(2), lambda: Cores(1), InLine], ids=["two", "one", "in line"])
def workers(request: pytest.FixtureRequest) -> Workers:
    return request.param()


def square(number: int) -> int:
    return number * number


def test_every_item_comes_back_once_with_what_was_found(workers: Workers):
    found = dict(workers.each(square, range(50)))

    assert found == {number: number * number for number in range(50)}


def test_no_items_are_no_work(workers: Workers):
    assert list(workers.each(square, [])) == []


def test_a_job_may_be_made_of_anything(workers: Workers):
    large = list(range(1_000))

    assert dict(workers.each(lambda place: large[place], [3, 999])) == {3: 3, 999: 999}


def test_what_is_asked_next_may_depend_on_what_was_found(workers: Workers):
    known: list[int] = []

    def items() -> Iterator[int]:
        yield from (1, 2)
        while len(known) < 6:
            yield known[-1] + 1

    for _, found in workers.each(square, items()):
        known.append(found)

    assert len(known) in (6, 7)  # one more may be under way
    assert max(known) >= 25


def refuse(number: int) -> int:
    raise InputError(f"length: expected at least 2, was {number}", field="length", code="bad")


def test_an_error_for_the_person_stays_what_it_is(workers: Workers):
    with pytest.raises(InputError, match="expected at least 2, was 1") as caught:
        list(workers.each(refuse, [1]))

    assert (caught.value.field, caught.value.code) == ("length", "bad")


def test_any_other_error_is_told_with_its_item(workers: Workers):
    with pytest.raises(WorkerError, match="failed at 0: .*by zero"):
        list(workers.each(lambda number: 1 // number, [0]))


def test_it_can_be_used_again_after_a_failure(workers: Workers):
    with pytest.raises(WorkerError):
        list(workers.each(lambda number: 1 // number, [0]))

    assert list(workers.each(square, [3])) == [(3, 9)]


def test_cores_tell_of_a_worker_that_dies():
    with pytest.raises(WorkerError, match=r"died \(killed by SIGKILL\) at 7; is there enough mem"):
        list(Cores(2).each(lambda _: os.kill(os.getpid(), signal.SIGKILL), [7]))


def test_cores_tell_of_a_worker_that_leaves():
    with pytest.raises(WorkerError, match=r"died \(exit code 3\)"):
        list(Cores(2).each(lambda _: os._exit(3), [7]))


def test_cores_tell_where_an_error_came_from():
    with pytest.raises(WorkerError) as caught:
        list(Cores(2).each(lambda number: 1 // number, [0]))

    assert "test_workers.py" in caught.value.__notes__[0]


def test_cores_tell_what_cannot_travel():
    with pytest.raises(WorkerError, match="failed at 1: .*(pickle|local object)"):
        list(Cores(2).each(lambda _: lambda: None, [1]))


def test_cores_keep_memory_from_one_run_to_the_next():
    pages = 4 * ONE_MIB // resource.getpagesize()

    def play(_: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        kept = [np.ones(ONE_MIB, np.uint8) for _ in range(4)]
        del kept
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    first, *later = (touched for _, touched in Cores(1).each(play, range(9)))

    assert first > pages
    assert max(later) < pages / 4


def test_cores_work_side_by_side_and_no_more_than_wanted():
    seen = {pid for _, pid in Cores(2).each(lambda _: os.getpid(), range(200))}

    assert 1 <= len(seen) <= 2
    assert os.getpid() not in seen
    assert 1 <= core_count() <= (os.cpu_count() or 1)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_who_stops_looking_ends_the_workers():
    found = Cores(2).each(lambda _: os.getpid(), iter(int, 1))  # without end
    _, pid = next(found)
    assert is_alive(pid)

    found.close()  # type: ignore[attr-defined]

    assert not is_alive(pid)


LIVES = """
import os, signal
from tradefleet.adapters.cores import Cores

def job(item):
    print(os.getpid(), flush=True)
    signal.pause()

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
try:
    list(Cores(2).each(job, [1, 2]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_ends_all_workers():
    program = subprocess.Popen(
        [sys.executable, "-c", LIVES], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with program:
        assert program.stdout is not None
        pids = [int(program.stdout.readline()) for _ in range(2)]
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to all of them
        try:
            said, _ = program.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            raise

    assert said == "interrupted\n"
    assert not any(map(is_alive, pids))


DIES = """
import os, signal, sys
from tradefleet.adapters.cores import Cores

for item, pid in Cores(2).each(lambda _: os.getpid(), iter(int, 1)):
    sys.stdout.write(f"{pid}\\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_do_not_outlive_a_parent_that_was_killed():
    command = [sys.executable, "-c", DIES]

    # Returns when the last process that holds the pipe has ended.
    program = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30, check=False)

    assert program.returncode == -signal.SIGKILL
    assert len(program.stdout.split()) == 1
