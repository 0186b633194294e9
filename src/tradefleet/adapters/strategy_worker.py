"""The process a person's own strategy runs in: `tradefleet strategy-worker`.

It says `{}` once it is ready, then reads one JSON document a line from stdin and answers each
with one on stdout:

    {"do": "describe", "path": P}                      -> {"card": {...}}
    {"do": "load", "path": P, "parameters": {...}}     -> {"warmup": n}
    {"do": "decide", "candles": {...}, "news": [...]}  -> {"signal": {...}}

or `{"error": "..."}`. Of candles that were in the window before, only their number is sent. It was
started with a clean environment; before any foreign code runs it limits its memory and ties its
life to its parent's. What the strategy prints goes to stderr.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from tradefleet.adapters.strategies import files, wire
from tradefleet.domain.candle import Candles
from tradefleet.domain.strategy import Strategy

MEMORY = 1 << 30  # bytes of address space; numpy and TA-Lib take 150 MB of it
LEAKED = 256 << 20  # bytes in memory, after which the worker is renewed
OPEN_FILES = 64
PR_SET_PDEATHSIG = 1  # prctl(2)


class Worker:
    """Answers requests; holds the strategy that was loaded last, and the last window."""

    def __init__(self) -> None:
        self._strategy: Strategy | None = None
        self._rows: list[Any] = []

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request; whatever is raised becomes an error text."""
        try:
            return self._do(request)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody's code may raise anything
            return {"error": f"{type(error).__name__}: {error}"[: wire.LONGEST_TEXT]}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "describe":
            strategy = files.load(Path(request["path"]))
            native = not issubclass(strategy, files.SketchStrategy)
            return {"card": wire.card_out(strategy.key, strategy(), native=native)}
        if request["do"] == "load":
            self._strategy = files.load(Path(request["path"]))(**request["parameters"])
            return {"warmup": self._strategy.warmup}
        if self._strategy is None:
            raise ValueError("expected `load` before `decide`")
        news = wire.news_in(request["news"])
        self._rows = wire.rows_in(request["candles"], self._rows)
        window = Candles(request["candles"]["interval"], self._rows)
        said = self._strategy.decide(window, news)
        return {"signal": wire.signal_out(said)}


def resident() -> int:
    """Return the bytes this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def confine() -> None:
    """Limit what foreign code can take from the machine, and end with the parent."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the strategy's own prints must not look like answers
    confine()
    answers.write("{}\n")  # ready
    answers.flush()
    worker = Worker()
    for line in sys.stdin:
        answer = worker.answer(json.loads(line))
        answer["leaving"] = resident() > LEAKED  # the parent starts a fresh one then
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
