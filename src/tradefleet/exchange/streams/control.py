"""What a peer says on a market stream, and what is said to that.

Answers and refusals are those of Binance spot, web-socket-streams.md. A refusal comes as `error`
beside the `id`. A stream that does not exist may be followed, as long as its name looks like one:
there is nothing to hear on it.
"""

import json
from abc import ABC, abstractmethod
from typing import Any

from tradefleet.exchange.streams.names import is_well_formed

MOST_STREAMS = 1_024  # of one connection
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_PROPERTY = "combined"
_LONGEST_ID = 36
_UNKNOWN_PROPERTY, _WRONG_TYPE, _BAD_REQUEST, _BAD_JSON = range(4)


class Subscriptions(ABC):
    """What a connection follows and how it hears of it.

    Attributes:
        combined: messages come wrapped with their stream's name.
        followed: names of streams, in the order they were asked for.
    """

    def __init__(self, *, combined: bool) -> None:
        self.combined = combined
        self.followed: dict[str, None] = {}

    @abstractmethod
    def follow(self, names: list[str]) -> None:
        """Follow streams from now on."""

    @abstractmethod
    def leave(self, names: list[str]) -> None:
        """Follow streams no more."""


class _RefusedError(Exception):
    """What was said makes no sense."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def answer(peer: Subscriptions, text: str) -> dict[str, Any]:
    """Carry out a control message; return what is said to it."""
    number: dict[str, Any] = {}
    try:
        request = _read(text)
        if not _is_id(request.get("id", 0.5)):
            raise _bad("request ID must be an unsigned integer")
        number = {"id": request["id"]}
        if "method" not in request:
            raise _bad(f"missing field `method` at line 1 column {len(text)}")
        if request["method"] not in _METHODS:
            raise _bad(_unknown_method(request["method"], text))
        return {"result": _carry_out(peer, request)} | number
    except _RefusedError as refused:
        return {"error": {"code": refused.code, "msg": str(refused)}} | number


def _read(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise _RefusedError(_BAD_JSON, f"Invalid JSON: expected value at {place}") from None
    except (ValueError, RecursionError):
        place = "line 1 column 128"
        raise _RefusedError(
            _BAD_JSON, f"Invalid JSON: recursion limit exceeded at {place}"
        ) from None
    if not isinstance(request, dict):
        raise _bad("request must be an object")
    return request


def _unknown_method(method: Any, text: str) -> str:
    """Say that there is no such method, and up to which column it was read."""
    written = json.dumps(method, ensure_ascii=False)
    column = max(text.find(written), 0) + len(written)
    name = method if isinstance(method, str) else written
    known = ", ".join(f"`{one}`" for one in _METHODS)
    return f"unknown variant `{name}`, expected one of {known} at line 1 column {column}"


def _carry_out(peer: Subscriptions, request: dict[str, Any]) -> Any:
    method, params = request["method"], request.get("params")
    if method == "LIST_SUBSCRIPTIONS":
        if params:
            raise _bad("too many parameters")
        return list(peer.followed)
    if not isinstance(params, list):
        raise _bad("params must be an array")
    if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
        _change(peer, params, leave=method == "UNSUBSCRIBE")
        return None
    return _property(peer, params, is_set=method == "SET_PROPERTY")


def _change(peer: Subscriptions, names: list[Any], *, leave: bool) -> None:
    if not names or not all(isinstance(name, str) and is_well_formed(name) for name in names):
        raise _bad("invalid stream")
    if leave:
        peer.leave(names)
        return
    if len(set(names) | set(peer.followed)) > MOST_STREAMS:
        raise _bad(f"more than {MOST_STREAMS} streams on one connection")
    peer.follow(names)


def _property(peer: Subscriptions, params: list[Any], *, is_set: bool) -> bool | None:
    if not params or not isinstance(params[0], str):
        raise _bad("property name must be a string")
    if len(params) > 1 + is_set:
        raise _bad("too many parameters")
    if params[0] != _PROPERTY:
        raise _RefusedError(_UNKNOWN_PROPERTY, "Unknown property")
    if not is_set:
        return peer.combined
    if len(params) < 2 or not isinstance(params[1], bool):
        raise _RefusedError(_WRONG_TYPE, "Invalid value type: expected Boolean")
    peer.combined = params[1]
    return None


def _is_id(number: Any) -> bool:
    if isinstance(number, str):
        return len(number) <= _LONGEST_ID
    if isinstance(number, int) and not isinstance(number, bool):
        return -(2**63) <= number < 2**63
    return number is None


def _bad(text: str) -> _RefusedError:
    return _RefusedError(_BAD_REQUEST, f"Invalid request: {text}")
