"""Bad days on demand: what goes wrong, where, how often; seeded, so that it goes wrong again.

A table of faults in JSON: `{"seed": 1, "faults": [{"kind": "lost_answer", "path":
"POST /api/v3/order", "times": 1}]}`. For each request the first fault that fits and strikes counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.exchange.errors import ApiError

DELAY, DROPPED, LOST_ANSWER = "delay", "dropped", "lost_answer"
ERROR_BEFORE, ERROR_AFTER, STREAM_CUT = "error_before", "error_after", "stream_cut"
KINDS = {
    DELAY: "the request is looked at after `delay_ms`",
    DROPPED: "the connection is cut before anything happens",
    LOST_ANSWER: "the request is carried out, then the connection is cut",
    ERROR_BEFORE: "nothing happens, the answer is an error (`status`, `code`, `message`)",
    ERROR_AFTER: "the request is carried out, the answer is an error",
    STREAM_CUT: "all WebSocket connections are cut, once for each strike",
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "kind": (str,),
    "path": (str,),
    "times": (int,),
    "skip": (int,),
    "probability": (int, float),
    "delay_ms": (int,),
    "status": (int,),
    "code": (int,),
    "message": (str,),
    "retry_after": (int,),
}


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        path: beginning of `METHOD /path`, such as `POST /api/v3/order`; empty = every request.
        times: how often it strikes; 0 = always.
        skip: so many requests that fit are spared first.
        probability: that it strikes a request that fits, 0 to 1.
        status, code, message, retry_after: of an error (429 and 418 are errors too).
    """

    kind: str
    path: str = ""
    times: int = 0
    skip: int = 0
    probability: float = 1.0
    delay_ms: int = 0
    status: int = 503
    code: int = -1007
    message: str = (
        "Timeout waiting for response from backend server. Send status unknown; execution status "
        "unknown."
    )
    retry_after: int = 0

    @property
    def error(self) -> ApiError:
        """The answer of an error."""
        return ApiError(self.code, self.message, status=self.status, retry_after=self.retry_after)


class Faults:
    """The table of faults in force."""

    def __init__(self, faults: tuple[Fault, ...] = (), seed: int = 0) -> None:
        self._faults = faults
        self._random = Random(seed)
        self._struck = [0] * len(faults)

    def strike(self, request: str) -> Fault | None:
        """Return what goes wrong with a request (`METHOD /path`), or None."""
        for number, fault in enumerate(self._faults):
            if not request.startswith(fault.path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times and self._struck[number] >= fault.times:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            self._struck[number] += 1
            return fault
        return None

    def view(self) -> list[dict[str, Any]]:
        """Return the table with how often each struck."""
        return [
            {name: getattr(fault, name) for name in _TYPES} | {"struck": struck}
            for fault, struck in zip(self._faults, self._struck, strict=True)
        ]


def read_faults(document: Any) -> Faults:
    """Return the faults of a JSON document.

    Raises:
        InputError: the document is no table of faults; names what is wrong.
    """
    if not isinstance(document, dict) or not isinstance(document.get("faults"), list):
        raise InputError('expected {"seed": number, "faults": [...]}', field="faults")
    unknown = set(document) - {"seed", "faults"}
    seed = document.get("seed", 0)
    if unknown or not isinstance(seed, int):
        raise InputError(f"expected seed (a whole number) and faults, was {sorted(document)}")
    return Faults(tuple(_fault(row) for row in document["faults"]), seed)


def _fault(row: Any) -> Fault:
    if not isinstance(row, dict) or row.get("kind") not in KINDS:
        raise InputError(f"expected a fault with a kind of {', '.join(KINDS)}, was {row!r}")
    for name, value in row.items():
        if name not in _TYPES:
            known = ", ".join(field.name for field in fields(Fault))
            raise InputError(f"expected the fields {known} in a fault, was {name!r}", field=name)
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            raise InputError(f"expected {_TYPES[name][0].__name__} for {name}, was {value!r}")
    return Fault(**row)


def load_faults(path: Path) -> Faults:
    """Return the faults of a file.

    Raises:
        InputError: the file is missing or no table of faults.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", field="faults") from None
    except ValueError as error:
        raise InputError(f"{path} is no JSON document: {error}", field="faults") from None
    return read_faults(document)
