"""The process a person's own strategy runs in: `tradefleet strategy-worker`.

It says `{}` once it is ready, then reads one JSON document a line from stdin and answers each
with one on stdout:

    {"do": "describe", "path": P}                      -> {"card": {...}}
    {"do": "load", "path": P, "parameters": {...}}     -> {"warmup": n}
    {"do": "decide", "candles": {...}, "news": [...]}  -> {"signal": {...}}
    {"do": "decide_each", "candles": {...}, "windows": [[0, 100], ...]}
                              -> {"signal": {...}} for each window, without its reasons

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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tradefleet.adapters.strategies import files, wire
from tradefleet.domain.candle import Candles
from tradefleet.domain.strategy import Headline, Strategy

MEMORY = 1 << 30  # bytes of address space; numpy and TA-Lib take 150 MB of it
LEAKED = 256 << 20  # bytes in memory, after which the worker is renewed
OPEN_FILES = 64
PR_SET_PDEATHSIG = 1  # prctl(2)


class Worker:
    """Answers requests; holds the strategy that was loaded last, and the last window."""

    def __init__(self) -> None:
        self._strategy: Strategy | None = None
        self._rows: list[Any] = []

    def answers(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the answers to one request; whatever is raised becomes an error text."""
        if request["do"] != "decide_each":
            yield _answer(self._do, request)
            return
        market = wire.columns_in(request["candles"])
        for begin, end in request["windows"]:
            yield _answer(self._decide_briefly, market.between(begin, end))

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "describe":
            strategy = files.load(Path(request["path"]))
            native = not issubclass(strategy, files.SketchStrategy)
            return {"card": wire.card_out(strategy.key, strategy(), native=native)}
        if request["do"] == "load":
            self._strategy = files.load(Path(request["path"]))(**request["parameters"])
            return {"warmup": self._strategy.warmup}
        news = wire.news_in(request["news"])
        self._rows = wire.rows_in(request["candles"], self._rows)
        return self._decide(Candles(request["candles"]["interval"], self._rows), news)

    def _decide(self, window: Candles, news: Sequence[Headline] | None = None) -> dict[str, Any]:
        if self._strategy is None:
            raise ValueError("expected `load` before `decide`")
        return {"signal": wire.signal_out(self._strategy.decide(window, news))}

    def _decide_briefly(self, window: Candles) -> dict[str, Any]:
        return {"signal": wire.brief(self._decide(window)["signal"])}


def _answer(do: Callable[..., dict[str, Any]], asked: object) -> dict[str, Any]:
    try:
        return do(asked)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody's code may raise anything
        return {"error": f"{type(error).__name__}: {error}"[: wire.LONGEST_TEXT]}


class Memory:
    """How much of it this process takes; asked after every answer, so it costs next to nothing."""

    def __init__(self) -> None:
        self._sizes = os.open("/proc/self/statm", os.O_RDONLY)
        self._page = resource.getpagesize()

    def resident(self) -> int:
        """Return the bytes in memory."""
        return int(os.pread(self._sizes, 100, 0).split()[1]) * self._page


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
    worker, memory = Worker(), Memory()
    for line in sys.stdin:
        for answer in worker.answers(json.loads(line)):
            answer["leaving"] = memory.resident() > LEAKED  # the parent starts a fresh one then
            answers.write(json.dumps(answer, default=str) + "\n")
            answers.flush()
            if answer["leaving"]:
                break


if __name__ == "__main__":
    main()
