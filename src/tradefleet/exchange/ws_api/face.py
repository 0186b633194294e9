"""How a message becomes an answer on the WebSocket API."""

import contextlib
import logging
from typing import Any
from urllib.parse import parse_qs

from starlette.websockets import WebSocket

from tradefleet.exchange import errors
from tradefleet.exchange.connection import Connection, Connections, refuse
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rest.face import ENDPOINTS
from tradefleet.exchange.time_units import wants_microseconds
from tradefleet.exchange.venue import Venue
from tradefleet.exchange.ws_api.message import Message, id_of, read_json, read_message
from tradefleet.exchange.ws_api.methods import SESSION_METHODS, SESSION_WEIGHT, identified
from tradefleet.exchange.ws_api.session import Session

METHODS = {endpoint.method: endpoint for endpoint in ENDPOINTS.values() if endpoint.method}
_SERVICE = "ws-api"
_CONNECTION_WEIGHT = 2
# Answers to these tell the count of orders beside the weight, whether they succeed or not.
_COUNTED = ("order.place", "order.cancelReplace", "orderList.place", "sor.order.place")

log = logging.getLogger(__name__)


class WsApiFace:
    """Serves `/ws-api/v3`."""

    def __init__(self, venue: Venue, connections: Connections) -> None:
        self._venue = venue
        self._connections = connections

    async def serve(self, websocket: WebSocket) -> None:
        """Answer a connection's messages until it ends."""
        venue, query = self._venue, parse_qs(websocket.url.query)
        address = websocket.client.host if websocket.client else ""
        try:
            venue.connection_limits.attempt(_SERVICE, address, venue.now())
            venue.limits.add(address, _CONNECTION_WEIGHT, venue.now())
            microseconds = wants_microseconds(query.get("timeUnit", [None])[0])
        except ApiError as error:
            await refuse(websocket, error)
            return
        connection = Connection(websocket, venue.steady_now(), microseconds=microseconds)
        await connection.open()
        session = Session(venue, connection, address)
        session.with_limits = query.get("returnRateLimits") != ["false"]
        self._connections.add(connection)
        try:
            while (text := await connection.receive()) is not None:
                connection.send_json(await answer(session, text))
        finally:
            session.end()
            self._connections.discard(connection)
            await connection.close()


async def answer(session: Session, text: str) -> dict[str, Any]:
    """Return the answer to a message; never raises but for what ends the process."""
    reply = _Reply(session)
    try:
        result = await reply.to(text)
        view = {"id": reply.id, "status": 200, "result": result}
    except ApiError as error:
        view = {"id": reply.id, "status": error.status, "error": _error(error, session.venue.now())}
    except Exception:  # whatever broke in here, the connection lives on with Binance's own answer
        log.exception("message_failed")
        failed = errors.internal()
        view = {"id": reply.id, "status": failed.status, "error": failed.body}
    return view | {"rateLimits": reply.limits()} if reply.with_limits else view


class _Reply:
    """The way from a message to its answer, and what is known of it on the way.

    Attributes:
        id: of the message, to be echoed.
        with_limits: whether the answer tells the limits.
    """

    def __init__(self, session: Session) -> None:
        self.id: str | int | None = None
        self.with_limits = session.with_limits
        self._session = session
        self._counted_uid: int | None = None

    async def to(self, text: str) -> Any:
        """Carry a message out; return the result."""
        try:
            request = read_json(text)
            self.id = id_of(request)
            message = read_message(request)
        except ApiError:
            self._use(1)
            raise
        if message.with_limits is not None:
            self.with_limits = message.with_limits
        endpoint = METHODS.get(message.method)
        if endpoint is not None:
            await self._prepare(endpoint, message)
            return self._call(endpoint, message)
        if message.method not in SESSION_METHODS:
            self._use(1)
            raise ApiError(-1020, "This operation is not supported.")
        self._use(SESSION_WEIGHT)
        return SESSION_METHODS[message.method](self._session, message)

    def limits(self) -> list[dict[str, Any]]:
        """Return how much of the limits is used."""
        venue, now = self._session.venue, self._session.venue.now()
        weights = venue.limits.views(self._session.address, now)
        if self._counted_uid is None:
            return weights
        return venue.engine.counts.view(self._counted_uid, now) + weights

    def _use(self, weight: int) -> None:
        venue = self._session.venue
        venue.limits.use(self._session.address, weight, venue.now())

    async def _prepare(self, endpoint: Endpoint, message: Message) -> None:
        if endpoint.prepare is not None:
            with contextlib.suppress(ApiError):  # the answer will say what is wrong
                values = endpoint.parameters.read(message.params)
                await endpoint.prepare(Call(self._session.venue, values))

    def _call(self, endpoint: Endpoint, message: Message) -> Any:
        session, venue = self._session, self._session.venue
        weight = endpoint.weight(message.params)
        self._use(weight)
        if endpoint.signed:
            owner, values = identified(
                session, message, endpoint.parameters, endpoint.session_parameters
            )
            if message.method.startswith(_COUNTED):
                self._counted_uid = owner.uid
            call = endpoint.call(venue, values, owner)
        else:
            call = Call(venue, endpoint.parameters.read(message.params))
        result = _handle(endpoint, call)
        if endpoint.places:
            venue.limits.give_back(session.address, weight, venue.now())
        return result


def _handle(endpoint: Endpoint, call: Call) -> Any:
    """Let a change that broke half way end the process, and nothing else."""
    try:
        return endpoint.handle(call)
    except ApiError:
        raise
    except Exception as error:  # whatever it is, books that changed half way are not to be used
        if endpoint.changes:
            call.venue.fail(error)
        raise


def _error(error: ApiError, now: int) -> dict[str, Any]:
    if not error.retry_after:
        return error.body
    retry_at = error.retry_at or now + error.retry_after * 1_000
    retry = {"serverTime": now, "retryAfter": retry_at}
    return error.body | {"data": (error.data or {}) | retry}
