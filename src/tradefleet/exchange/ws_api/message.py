"""A message of the WebSocket API, read: `id`, `method` and `params`."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.errors import ApiError

_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")
_LARGEST_ID = 2**63
_RETURNS_LIMITS = "returnRateLimits"
_OF_EVERY_METHOD = frozenset({"apiKey", _RETURNS_LIMITS})


@dataclass(frozen=True, slots=True)
class Message:
    """What a client wants.

    Attributes:
        id: to be echoed.
        method: without its version.
        sent: the parameters as the texts they would be in a query; these texts are what is signed.
        with_limits: whether the answer tells the limits; None = not said.
    """

    id: str | int | None
    method: str
    sent: dict[str, str]
    with_limits: bool | None

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the method itself: not whose it is, nor how to answer."""
        return {name: text for name, text in self.sent.items() if name not in _OF_EVERY_METHOD}


def read_json(text: str) -> dict[str, Any]:
    """Return a message as JSON, with numbers that are not whole kept as their text.

    Raises:
        ApiError: -1135, it is no JSON object.
    """
    try:
        request = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        raise ApiError(-1135, "Invalid JSON Request")
    return request


def id_of(request: dict[str, Any]) -> str | int | None:
    """Return the id of a message.

    Raises:
        ApiError: -1135, it is none.
    """
    number: Any = request.get("id")
    is_text = isinstance(number, str) and _ID.fullmatch(number) is not None
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    if number is None or is_text or (is_whole and -_LARGEST_ID <= number < _LARGEST_ID):
        return number  # type: ignore[no-any-return]
    raise ApiError(
        -1135,
        "Invalid 'id' in JSON request; expected an integer, a string matching"
        " '^[a-zA-Z0-9-_]{1,36}$', or null.",
    )


def read_message(request: dict[str, Any]) -> Message:
    """Return a message of the right form.

    Raises:
        ApiError: -1135, a part of it is of another type; -1102, a parameter is null or an object.
    """
    method, params = request.get("method"), request.get("params")
    if not isinstance(method, str):
        raise ApiError(-1135, "Invalid 'method' in JSON request; expected a string.")
    if not isinstance(params, dict | None):
        raise ApiError(-1135, "Invalid 'params' in JSON request; expected an object.")
    sent = {name: _text(name, value) for name, value in (params or {}).items()}
    asked = sent.get(_RETURNS_LIMITS)
    if asked not in (None, "true", "false"):
        raise errors.illegal(_RETURNS_LIMITS, "^(true|false)$")
    with_limits = None if asked is None else asked == "true"
    return Message(id_of(request), method.removeprefix("v3/"), sent, with_limits)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    raise errors.missing(name)
