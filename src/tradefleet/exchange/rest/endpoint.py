"""What an endpoint is: a path, the parameters it takes, what it costs, what it does."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tradefleet.domain.candle import DAY
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.errors import ApiError, invalid_data
from tradefleet.exchange.parameters import (
    SESSION_PARAMETERS,
    SIGNED_PARAMETERS,
    Parameter,
    Parameters,
)
from tradefleet.exchange.venue import Venue

Weight = int | Callable[[dict[str, Any]], int]


class Call(NamedTuple):
    """A request that passed its checks.

    Attributes:
        values: the parameters, read.
        owner: the account whose key signed; None on public endpoints.
    """

    venue: Venue
    values: dict[str, Any]
    owner: Account | None = None

    @property
    def account(self) -> Account:
        """The account of a signed request."""
        assert self.owner is not None
        return self.owner

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are wanted; too many become `most`."""
        wanted: int = self.values.get("limit", default)
        if wanted < 1:
            raise invalid_data("limit")
        return min(wanted, most)


class Endpoint:
    """One endpoint, under REST and, by its `method`, under the WebSocket API."""

    def __init__(
        self,
        path: str,
        handle: Callable[[Call], Any],
        *parameters: Parameter,
        weight: Weight = 1,
        signed: bool = False,
        places: bool = False,
        changes: bool = False,
        method: str = "",
        prepare: Callable[[Call], Awaitable[None]] | None = None,
    ) -> None:
        """Declare an endpoint.

        Args:
            path: `METHOD /path` below `/api/v3`.
            handle: returns the answer's JSON value.
            parameters: besides those of a signature.
            weight: what a call costs of the address's limit.
            signed: needs a key.
            places: an order call: costs nothing if it succeeds, answers with order counts.
            changes: changes orders without being such a call.
            method: its name on the WebSocket API; empty = not there.
            prepare: awaited over REST before `handle`, to get what it will look at.
        """
        self.path = path
        self.handle = handle
        self.parameters = Parameters((*parameters, *(SIGNED_PARAMETERS if signed else ())))
        self.session_parameters = Parameters((*parameters, *SESSION_PARAMETERS))
        self.signed = signed
        self.places = places
        self.changes = places or changes
        self.method = method
        self.prepare = prepare
        self._weight = weight

    def call(self, venue: Venue, values: dict[str, Any], owner: Account | None = None) -> Call:
        """Return a call of it; queries of accounts see what is visible by now."""
        seen = venue.seen_by_reads
        if owner is not None and not self.places and seen is not venue:
            known = seen.books.accounts.by_key(owner.credential.key)
            if known is not None:
                return Call(seen, values, known)
        return Call(venue, values, owner)

    def weight(self, sent: dict[str, str]) -> int:
        """Return what a call costs."""
        return self._weight if isinstance(self._weight, int) else self._weight(sent)


def check_span(start: int | None, end: int | None) -> None:
    """Refuse more than a day between two times (-1127)."""
    if start is not None and end is not None and end - start > DAY:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
