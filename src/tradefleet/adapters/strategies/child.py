"""A strategy worker as its parent sees it: started when needed, killed at the deadline."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
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
        return _checked(next(self._answers(request, 1)))

    def ask_each(
        self, request: dict[str, Any], count: int
    ) -> Iterator[dict[str, Any] | StrategyError]:
        """Yield the worker's answers to a request that has several, each before its own deadline.

        What it could not answer comes as the error. When it is gone, or has to be renewed, it
        answers no more: whoever wants the rest asks again.
        """
        for answer in self._answers(request, count):
            try:
                yield _checked(answer)
            except StrategyError as error:
                yield error

    def _answers(self, request: dict[str, Any], count: int) -> Iterator[Any]:
        """Yield what the worker says; end it when it says nothing, or nobody listens."""
        try:
            if not self.is_running:
                self.kill()
                self._process = _start()
                weakref.finalize(self, _end, self._process)
                next(_lines(self._process, b"", START_S))
            assert self._process is not None
            line = json.dumps(request).encode() + b"\n"
            lines = _lines(self._process, line, self._deadline_s)
            for _ in range(count):
                answer = json.loads(next(lines))
                if is_leaving := isinstance(answer, dict) and answer.pop("leaving", False):
                    self.kill()
                yield answer
                if is_leaving:
                    return
        except GeneratorExit:
            if count > 1:  # it may be about to say more
                self.kill()
            raise
        except BaseException as error:
            self.kill()
            if isinstance(error, ValueError):
                raise StrategyError("the strategy's process answered nonsense") from error
            raise

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


def _checked(answer: object) -> dict[str, Any]:
    """Return an answer that is none of an error; `StrategyError` if it is."""
    if not isinstance(answer, dict):
        raise StrategyError("nonsense")
    if "error" in answer:
        raise StrategyError(str(answer["error"]))
    return answer


def _lines(process: subprocess.Popen[bytes], request: bytes, seconds: float) -> Iterator[bytes]:
    """Send a line, if any, and yield the lines that answer; nothing may block for ever."""
    assert process.stdin is not None
    assert process.stdout is not None
    said = b""
    with selectors.DefaultSelector() as selector:
        if request:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            until = time.monotonic() + seconds
            while b"\n" not in said:
                ready = selector.select(max(0.0, until - time.monotonic()))
                if not ready:
                    raise StrategyError(f"no answer within {seconds:g} seconds")
                for key, _ in ready:
                    if key.fileobj is process.stdin:
                        request = request[_write(key.fd, request) :]
                        if not request:
                            selector.unregister(process.stdin)
                    else:
                        said += _read(key.fd)
                if len(said) > LARGEST_ANSWER:
                    raise StrategyError("the strategy's answer is too long")
            line, _, said = said.partition(b"\n")
            yield line


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
