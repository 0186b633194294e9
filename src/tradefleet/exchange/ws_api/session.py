"""One connection of the WebSocket API: who it belongs to and which accounts it follows."""

from typing import Any

from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.connection import Connection
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.venue import Venue

MOST_AT_ONCE, MOST_EVER = 1_000, 65_535  # subscriptions of one connection
_KINDS = {"HMAC": "HMAC_SHA256"}  # as refusals call them


class Session:
    """The state of a connection; an `AccountListener`."""

    def __init__(self, venue: Venue, connection: Connection, address: str) -> None:
        self.venue = venue
        self.address = address
        self.owner: Account | None = None
        self.with_limits = True
        self._connection = connection
        connection.on_shutdown = self.announce_shutdown
        self._connected_at = venue.now()
        self._authorized_at = 0
        self._subscriptions: dict[int, int] = {}  # account by number of the subscription
        self._of_session: set[int] = set()
        self._next = 0

    def arrived(self) -> int:
        """Return when the message in hand came, by which its age is judged."""
        return self._connection.arrived() or self.venue.now()

    def account_message(self, uid: int, event: dict[str, Any]) -> None:
        """Send an event of an account this connection follows."""
        for number, followed in self._subscriptions.items():
            if followed == uid:
                self._connection.send_json({"subscriptionId": number, "event": event})

    def log_on(self, owner: Account) -> None:
        """Remember who the connection belongs to; only Ed25519 keys may."""
        kind = owner.credential.kind
        if kind != "Ed25519":
            raise ApiError(-4056, f"{_KINDS.get(kind, kind)} API key is not supported.")
        self.owner = owner
        self._authorized_at = self.venue.now()

    def log_out(self) -> None:
        """Forget whose connection it is; what it follows by signatures goes on."""
        self.owner = None
        for number in self._of_session & self._subscriptions.keys():
            self.unsubscribe(number)

    def subscribe(self, account: Account, *, of_session: bool = False) -> dict[str, Any]:
        """Follow an account from now on; one that is followed as `of_session` ends with that."""
        if account.uid in self._subscriptions.values():
            raise ApiError(-2035, "User Data Stream subscription already active.")
        if len(self._subscriptions) >= MOST_AT_ONCE or self._next >= MOST_EVER:
            raise ApiError(-2042, "Maximum subscription ID reached for this connection.")
        number = self._next
        self._next += 1
        if of_session:
            self._of_session.add(number)
        self._subscriptions[number] = account.uid
        self.venue.broadcast.follow_account(account.uid, self)
        return {"subscriptionId": number}

    def unsubscribe(self, number: int | None) -> None:
        """Follow an account no more, or none at all."""
        if number is not None and number not in self._subscriptions:
            raise ApiError(-2036, "User Data Stream subscription not active.")
        for ended in [number] if number is not None else list(self._subscriptions):
            uid = self._subscriptions.pop(ended)
            self.venue.broadcast.leave_account(uid, self)
            event = {"e": "eventStreamTerminated", "E": self.venue.now()}
            self._connection.send_json({"subscriptionId": ended, "event": event})

    def terminate(self) -> None:
        """Follow no account any more, by the exchange's wish."""
        self.unsubscribe(None)

    def announce_shutdown(self, now: int) -> None:
        """Say that the server will go down."""
        self._connection.send_json({"event": {"e": "serverShutdown", "E": now}})

    def subscriptions(self) -> list[dict[str, Any]]:
        """Return what is followed."""
        return [{"subscriptionId": number} for number in self._subscriptions]

    def status(self) -> dict[str, Any]:
        """Return what the connection is."""
        return {
            "apiKey": self.owner.credential.key if self.owner else None,
            "authorizedSince": self._authorized_at if self.owner else None,
            "connectedSince": self._connected_at,
            "returnRateLimits": self.with_limits,
            "serverTime": self.venue.now(),
            "userDataStream": bool(self._subscriptions),
        }

    def end(self) -> None:
        """Follow nothing any more; the peer is gone."""
        for uid in self._subscriptions.values():
            self.venue.broadcast.leave_account(uid, self)
