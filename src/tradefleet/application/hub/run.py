"""The hub's process: one event loop for everything in it."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tradefleet.application.hub.jobs import Job, run_jobs

# Requests, store writes and the guardian's jobs wait in threads; none may wait for the others.
THREADS = 16
LOOK_S = 1.0
ENDS_IT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_hub(jobs: Sequence[Job], alive: Callable[[], bool]) -> None:
    """Do all jobs until a signal ends the process or `alive` says that its reason is gone."""
    asyncio.run(_run(jobs, alive))


async def _run(jobs: Sequence[Job], alive: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "hub"))
    ended = asyncio.Event()
    for number in ENDS_IT:
        loop.add_signal_handler(number, ended.set)
    working = asyncio.create_task(run_jobs(jobs))
    try:
        while alive() and not ended.is_set():
            try:
                async with asyncio.timeout(LOOK_S):
                    await ended.wait()
            except TimeoutError:
                continue
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
