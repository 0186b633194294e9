"""A fuse: kills the process at the nth call through a port, before or after the call is done."""

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The process is gone; nothing in it may catch this."""


class Fuse:
    """Counts calls through every port it wraps and blows once.

    Attributes:
        blow_at: number of the call that kills; 0 = never.
        after: whether that call is still done.
        calls: how many went through so far.
    """

    def __init__(self, blow_at: int = 0, *, after: bool = False) -> None:
        self.blow_at = blow_at
        self.after = after
        self.calls = 0

    def wrap(self, port: object) -> Any:
        return _Wrapped(port, self)

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == self.blow_at and not self.after:
            raise Killed
        try:
            return method(*args, **kwargs)
        finally:
            if self.calls == self.blow_at:
                raise Killed


class _Wrapped:
    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *args, **kwargs: self._fuse.call(found, *args, **kwargs)
