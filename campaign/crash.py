"""Crash points: every call a bot makes to its journal and to the network, before and after.

They have names such as `record_intent.B.after` or `POST /order.executed`, so that a report can say
which were passed and at which of them processes died. What can be called is read from the journal's
own promise: a method that is new there is a new crash point here.
"""

from collections.abc import Callable, Iterator
from typing import Any

from tradefleet.domain.errors import LeaseError, StoreError
from tradefleet.domain.order import Purpose, Side
from tradefleet.ports.journal import Intent, IntentState, Journal

# What a bot asks of the exchange; the suite compares this with the paths in the client's source.
SENDS = ("POST /order", "POST /order/cancelReplace", "POST /orderList/oco", "POST /orderList/oto",
         "POST /orderList/otoco", "DELETE /order", "DELETE /orderList")  # fmt: skip
QUESTIONS = ("GET /order", "GET /orderList", "GET /openOrders", "GET /allOrders", "GET /myTrades",
             "GET /account", "GET /account/commission", "GET /klines", "GET /time")  # fmt: skip
# Calls of these methods have names of their own by what they write.
_VARIANTS = {
    "record_intent": [p.value for p in (Purpose.ENTRY, Purpose.EXIT, Purpose.PROTECTION)],
    "settle_intent": [state.value for state in IntentState if state is not IntentState.OPEN],
    "book": [side.value for side in Side],
}
_READS = frozenset({"confirm_lease", "next_sequence", "open_intents", "newest_intent", "entries"})


class Killed(BaseException):
    """The process is gone; nothing in it may catch this."""


Pass = Callable[[str], None]


class Watched:
    """A port whose every call passes two crash points."""

    def __init__(self, port: object, passing: Pass, failing: Pass = lambda _: None) -> None:
        """Watch a port.

        Args:
            port: what is called.
            passing: hears of each point before it is gone beyond.
            failing: hears of each call that the store refused or did not confirm.
        """
        self._port = port
        self._passing = passing
        self._failing = failing

    def __getattr__(self, name: str) -> Any:
        """Return the port's own attribute; a method passes its crash points when called."""
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            point = _name(name, args)
            self._passing(f"{point}.before")
            try:
                answer = found(*args, **kwargs)
            except LeaseError:
                raise
            except StoreError:
                self._failing(point)
                raise
            self._passing(f"{point}.after")
            return answer

        vars(self)[name] = call
        return call


def calls(*, only_writes: bool = False) -> Iterator[str]:
    """Yield the name of every call a bot makes to its journal."""
    for method in vars(Journal):
        if method.startswith("_") or (only_writes and method in _READS):
            continue
        variants = _VARIANTS.get(method)
        yield from [f"{method}.{variant}" for variant in variants] if variants else [method]


def points() -> Iterator[str]:
    """Yield every crash point there is."""
    for call in calls():
        yield from (f"{call}.before", f"{call}.after")
    for request in SENDS + QUESTIONS:
        yield from (f"{request}.before", f"{request}.executed", f"{request}.answered")


def _name(method: str, args: tuple[Any, ...]) -> str:
    if method == "record_intent" and isinstance(args[0], Intent):
        return f"{method}.{args[0].purpose.value}"
    if method == "settle_intent":
        return f"{method}.{args[1].value}"
    if method == "book" and args[0]:
        return f"{method}.{args[0][0].fill.side.value}"
    return method
