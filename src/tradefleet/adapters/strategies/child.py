"""A strategy worker as its parent sees it: started when needed, killed at the deadline."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import tradefleet
from tradefleet.domain.errors import StrategyError

DEADLINE_S = 5.0
START_S = 20.0  # a busy machine takes its time to start Python
LARGEST_ANSWER = 1 << 20
DIED = "the strategy's process died; did it take too much memory, or exit?"
PACKAGE_PARENT = Path(tradefleet.__file__).parent.parent


class Child:
    """One worker process, with a clean environment: no keys, no settings."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a process that has not ended."""
        return self._process is not None and self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the worker's answer, starting the worker if there is none.

        Raises:
            StrategyError: it said so, gave no answer in time, or died; in the last two cases it
                is gone.
        """
        try:
            if not self.is_running:
                self.kill()
                self._process = _start()
                weakref.finalize(self, _end, self._process)
                _exchange(self._process, b"", START_S)
            assert self._process is not None
            line = json.dumps(request).encode() + b"\n"
            answer = json.loads(_exchange(self._process, line, self._deadline_s))
        except BaseException as error:
            self.kill()
            if isinstance(error, ValueError):
                raise StrategyError("the strategy's process answered nonsense") from error
            raise
        if isinstance(answer, dict) and answer.pop("leaving", False):
            self.kill()
        if not isinstance(answer, dict) or "error" in answer:
            raise StrategyError(
                str(answer.get("error")) if isinstance(answer, dict) else "nonsense"
            )
        return answer

    def kill(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            _end(self._process)
            self._process = None


def _start() -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PACKAGE_PARENT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "tradefleet.adapters.strategy_worker"]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            bufsize=0,
            env=environment,
            cwd="/",
            start_new_session=True,  # what it forks is ended with it
        )
    except OSError as error:
        raise StrategyError(f"no process can be started for it: {error.strerror}") from error
    for end in (process.stdin, process.stdout):
        assert end is not None
        os.set_blocking(end.fileno(), False)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:  # not reaped yet, so the group is still its own
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _exchange(process: subprocess.Popen[bytes], request: bytes, seconds: float) -> bytes:
    """Send a line, if any, and return the line that answers; neither may block for ever."""
    assert process.stdin is not None
    assert process.stdout is not None
    until = time.monotonic() + seconds
    answer = b""
    with selectors.DefaultSelector() as selector:
        if request:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while not answer.endswith(b"\n"):
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                raise StrategyError(f"no answer within {seconds:g} seconds")
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    request = request[_write(key.fd, request) :]
                    if not request:
                        selector.unregister(process.stdin)
                else:
                    answer += _read(key.fd)
            if len(answer) > LARGEST_ANSWER:
                raise StrategyError("the strategy's answer is too long")
    return answer


def _write(descriptor: int, rest: bytes) -> int:
    try:
        return os.write(descriptor, rest)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        raise StrategyError(DIED) from None


def _read(descriptor: int) -> bytes:
    piece = os.read(descriptor, 1 << 16)
    if not piece:
        raise StrategyError(DIED)
    return piece
