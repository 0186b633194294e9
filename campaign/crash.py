"""Crash points: every call a bot makes to its journal and to the network, before and after.

They have names such as `record_intent.B.after` or `POST /order.executed`, so that a report can say
which were passed and at which of them processes died.
"""

from collections.abc import Callable
from typing import Any

from tradefleet.ports.journal import Intent


class Killed(BaseException):
    """The process is gone; nothing in it may catch this."""


Pass = Callable[[str], None]


class Watched:
    """A port whose every call passes two crash points."""

    def __init__(self, port: object, passing: Pass) -> None:
        self._port = port
        self._passing = passing

    def __getattr__(self, name: str) -> Any:
        """Return the port's own attribute; a method passes its crash points when called."""
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            point = _name(name, args)
            self._passing(f"{point}.before")
            answer = found(*args, **kwargs)
            self._passing(f"{point}.after")
            return answer

        vars(self)[name] = call
        return call


def _name(method: str, args: tuple[Any, ...]) -> str:
    if method == "record_intent" and isinstance(args[0], Intent):
        return f"{method}.{args[0].purpose.value}"
    if method == "settle_intent":
        return f"{method}.{args[1].value}"
    if method == "book" and args[0]:
        return f"{method}.{args[0][0].fill.side.value}"
    return method
