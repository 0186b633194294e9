"""Workers on the cores of this machine: forked processes, so that the job itself is never copied.

A worker that is told nothing more ends by itself, also when its parent has died. Threads of the
parent do not exist in it: a job must not use what needs them, such as an open database.
"""

import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, cast

import numpy as np

from tradefleet.domain.errors import TradefleetError, WorkerError
from tradefleet.ports.workers import Found, Item

LONGEST_ITEM = 200  # characters of an item in an error message
LARGEST_BLOCK = 24 << 20  # bytes
_FORK = get_context("fork")
_NO_MORE = object()


def core_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def keep_freed_memory() -> None:
    """Let this process keep memory that is freed for what it does next.

    A run frees some megabytes and the next one wants as much. Given back in between, each page
    costs some microseconds when it is touched again, together up to a third of a backtest. glibc
    keeps what is free at the end of its heap up to twice the largest block that was ever freed
    (mallopt(3), M_MMAP_THRESHOLD), so one is; it is never touched, and takes no memory.
    """
    np.empty(LARGEST_BLOCK, np.uint8)


class Cores:
    """As many worker processes as there are cores, or as one wants."""

    def __init__(self, jobs: int = 0) -> None:
        """Start nothing yet.

        Args:
            jobs: worker processes at a time; 0 = one for each core.
        """
        self._jobs = jobs or core_count()

    def each(
        self, job: Callable[[Item], Found], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Found]]:
        """Yield each item with what the job found for it; see `ports.workers`."""
        workers: list[_Worker] = []
        idle: list[_Worker] = []
        busy: dict[Connection, tuple[_Worker, Item]] = {}
        waiting = iter(items)
        try:
            while True:
                if len(busy) == self._jobs:  # only then: the next item may hang on what is found
                    worker, done, found = _next(busy)
                    idle.append(worker)
                    yield done, found
                item = next(waiting, _NO_MORE)
                if item is _NO_MORE:
                    break
                if not idle:
                    workers.append(_Worker(job, [worker.pipe for worker in workers]))
                    idle.append(workers[-1])
                worker = idle.pop()
                worker.begin(item)
                busy[worker.pipe] = worker, cast(Item, item)
            while busy:
                _, done, found = _next(busy)
                yield done, found
        finally:
            for worker in workers:
                worker.end()


class _Worker:
    """One process, and this side of the pipe to it."""

    def __init__(self, job: Callable[[Any], Any], others: list[Connection]) -> None:
        self.pipe, far = _FORK.Pipe()
        self.process = _FORK.Process(
            target=_serve, args=(job, far, [*others, self.pipe]), daemon=True
        )
        self.process.start()
        far.close()

    def begin(self, item: object) -> None:
        try:
            self.pipe.send(item)
        except BrokenPipeError:
            raise self.died(item) from None

    def died(self, item: object) -> WorkerError:
        self.process.join()
        code = self.process.exitcode or 0
        how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        return WorkerError(
            f"a worker process died ({how}) at {_short(item)}; is there enough memory?"
        )

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _next(busy: dict[Connection, tuple[_Worker, Item]]) -> tuple[_Worker, Item, Any]:
    """Wait until a worker is done; return it, its item and what it found."""
    pipe = wait(list(busy))[0]
    assert isinstance(pipe, Connection)
    worker, item = busy.pop(pipe)
    try:
        found, error = pipe.recv()
    except (EOFError, ConnectionResetError):
        raise worker.died(item) from None
    if error is not None:
        raise error
    return worker, item, found


def _serve(job: Callable[[Any], Any], pipe: Connection, inherited: list[Connection]) -> None:
    """Do the job on what comes through the pipe, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends its workers
    keep_freed_memory()
    for end in inherited:  # held open here, other workers would never learn of a parent's death
        end.close()
    while True:
        try:
            item = pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        answer = _answer(job, item)
        try:
            pipe.send(answer)
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001 - pickling runs anybody's code
            pipe.send((None, _told(error, item)))


def _answer(job: Callable[[Any], Any], item: object) -> tuple[Any, TradefleetError | None]:
    try:
        return job(item), None
    except TradefleetError as error:
        return None, error
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        return None, _told(error, item)


def _told(error: Exception, item: object) -> WorkerError:
    told = WorkerError(f"a worker failed at {_short(item)}: {type(error).__name__}: {error}")
    told.add_note(traceback.format_exc())
    return told


def _short(item: object) -> str:
    text = repr(item)
    return text if len(text) <= LONGEST_ITEM else text[:LONGEST_ITEM] + "…"
