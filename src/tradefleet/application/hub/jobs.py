"""Jobs that share the hub's process; one that fails disturbs no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tradefleet.domain.errors import TradefleetError

# A job that failed tries again after its own interval, at most after this long.
RETRY_S = 5.0
# What runs for ever and ended all the same begins again after this long.
RESTART_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again.

    Attributes:
        run: does it once; a plain function blocks and is run in a thread of its own.
        every_s: seconds between two runs; 0 = it runs for ever and is only begun again.
        blocking: `run` is a plain function.
        bell: ends the pause before the next run.
    """

    name: str
    run: Callable[[], Awaitable[Any]] | Callable[[], Any]
    every_s: float = 0.0
    blocking: bool = False
    bell: asyncio.Event | None = None


async def run_jobs(jobs: Sequence[Job]) -> None:
    """Do all jobs until cancelled."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_repeat(job), name=job.name)


async def _repeat(job: Job) -> None:
    said = ""
    while True:
        pause_s = job.every_s or RESTART_S
        try:
            await (asyncio.to_thread(job.run) if job.blocking else job.run())
            said = ""
        except TradefleetError as error:
            pause_s = min(pause_s, RETRY_S)
            if str(error) != said:
                _log.warning("%s: %s", job.name, error)
            said = str(error)
        except Exception:  # noqa: BLE001 - whatever it is, the other jobs go on
            pause_s = min(pause_s, RETRY_S)
            _log.exception("%s failed", job.name)
        await _pause(pause_s, job.bell)


async def _pause(seconds: float, bell: asyncio.Event | None) -> None:
    if bell is None:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
    bell.clear()
