"""Remembering what was computed from the same arrays, where many runs share them.

Marked functions (`@remembered`) are pure: within `remembering` they are computed once for the same
arguments, and hand out the same result again, so it is made read-only. Arrays are the same when
they are the same object. Outside of it they are what they were.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

ENOUGH = 128 << 20  # bytes


class Memory:
    """Results by function and arguments; those not asked for the longest go first."""

    def __init__(self, most: int = ENOUGH) -> None:
        """Know nothing yet.

        Args:
            most: bytes of arrays to keep.
        """
        self._most = most
        self._kept = 0
        self._found: OrderedDict[Hashable, tuple[object, Any, int]] = OrderedDict()

    def recall(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return what the function makes of the arguments, from memory where it is there."""
        key = (function, *map(_identity, arguments))
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key][1]
        result = function(*arguments)
        arrays = list(_arrays(result))
        for array in arrays:
            array.flags.writeable = False
        size = sum(array.nbytes for array in arrays)
        self._found[key] = arguments, result, size  # held, arrays keep their identity
        self._kept += size
        while self._kept > self._most:
            _, (_, _, gone) = self._found.popitem(last=False)
            self._kept -= gone
        return result


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory | None) -> Iterator[None]:
    """Within it, marked functions use this memory; None = none at all."""
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a pure function of arrays and numbers as one whose results may be remembered."""

    @wraps(function)
    def recalled(*arguments: P.args, **named: P.kwargs) -> R:
        memory = _memory.get()
        if memory is None or named:
            return function(*arguments, **named)
        result: R = memory.recall(function, arguments)
        return result

    return recalled


def _identity(argument: Any) -> Hashable:
    return ("array", id(argument)) if isinstance(argument, np.ndarray) else argument


def _arrays(result: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(result, np.ndarray):
        yield result
    elif isinstance(result, tuple | list):
        for part in result:
            yield from _arrays(part)
