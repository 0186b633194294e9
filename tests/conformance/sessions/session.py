"""What all sessions share: where the exchange is, whose keys there are, how steps are told.

A session is a plain program: `python ccxt_sync.py PLACE`, where PLACE is a file that names the
exchange and the keys, as `place.py` beside this folder writes it. Each step prints a line: `ok` or
`FAILED`, its name, what it shows; what went wrong follows, indented.
"""

import asyncio
import inspect
import json
import sys
import time
import traceback
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

PLACE = json.loads(Path(sys.argv[1]).read_text())
REST, WS = PLACE["rest"], PLACE["ws"]
ACCOUNTS = PLACE["accounts"]
KEY, SECRET = ACCOUNTS["hmac"]["key"], ACCOUNTS["hmac"]["secret"]

PATIENCE_S = 60.0

Step = Callable[[], Awaitable[None] | None]

_steps: list[Step] = []


def step(function: Step) -> Step:
    """Make a function a step of the session; steps run in the order they are written."""
    _steps.append(function)
    return function


def run(after_each: Callable[[], None] = lambda: None) -> None:
    """Run all steps, also those after a failed one, and leave with 1 if any failed.

    Args:
        after_each: raises where a step went wrong without noticing it.
    """
    runner = asyncio.Runner()  # makes its loop with the first step that needs one
    failed = 0
    for function in _steps:
        outcome, trouble = "ok", ""
        try:
            if inspect.iscoroutinefunction(function):
                runner.run(function())
            else:
                function()
            after_each()
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            outcome, trouble = "FAILED", traceback.format_exc()
            failed += 1
            with suppress(Exception):  # what it left behind must not trouble the next step
                after_each()
        print(outcome, function.__name__, "-", inspect.getdoc(function))
        for line in trouble.splitlines():
            print("   ", line)
        sys.stdout.flush()
    runner.close()
    print("end", len(_steps))
    sys.exit(1 if failed else 0)


@contextmanager
def refused(kind: type[Exception], *words: str | int) -> Iterator[None]:
    """Expect exactly this exception, and each of these words in what it says."""
    try:
        yield
    except Exception as error:  # a subclass of what is expected would not do either
        if type(error) is not kind:
            raise
        missing = [word for word in map(str, words) if word not in str(error)]
        assert not missing, f"{missing} not in {error}"
    else:
        raise AssertionError(f"expected {kind.__name__} {words}, nothing was refused")


def until(look: Callable[[], Any], what: str) -> Any:
    """Return the first answer that is true; fail where none comes in time."""
    ends_at = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def move_price(symbol: str, price: Decimal) -> None:
    """Let the market trade at a price now: what only this exchange can be told to do."""
    query = urllib.parse.urlencode({"symbol": symbol, "price": f"{price:f}"})
    request = urllib.request.Request(f"{REST}/sim/price?{query}", method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def break_down(path: str, status: int, code: int) -> None:
    """Let the next request that begins with `path` fail: only this exchange can be told to."""
    fault = {"kind": "error_before", "path": path, "times": 1, "status": status, "code": code}
    table = json.dumps({"faults": [fault | {"retry_after": 1}]}).encode()
    request = urllib.request.Request(f"{REST}/sim/faults", data=table, method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
