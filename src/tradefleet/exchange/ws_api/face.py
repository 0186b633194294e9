"""How a message becomes an answer on the WebSocket API."""

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.websockets import WebSocket

from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.connection import Connection, Connections
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import (
    INTEGER,
    SESSION_PARAMETERS,
    SIGNED_PARAMETERS,
    Parameter,
    Parameters,
)
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rest.face import ENDPOINTS
from tradefleet.exchange.signing import account_of, check_age, check_signature, sorted_payload
from tradefleet.exchange.venue import Venue
from tradefleet.exchange.ws_api.session import Session

METHODS = {endpoint.method: endpoint for endpoint in ENDPOINTS.values() if endpoint.method}
_CONNECTION_WEIGHT, _SUBSCRIPTION_WEIGHT = 2, 2
_SIGNED, _IN_SESSION = Parameters(SIGNED_PARAMETERS), Parameters(SESSION_PARAMETERS)
_WHICH = Parameters((Parameter("subscriptionId", INTEGER),))
_NOTHING = Parameters(())
_OF_EVERY_METHOD = frozenset({"apiKey", "returnRateLimits"})  # signed like all others

log = logging.getLogger(__name__)


class WsApiFace:
    """Serves `/ws-api/v3`."""

    def __init__(self, venue: Venue, connections: Connections) -> None:
        self._venue = venue
        self._connections = connections

    async def serve(self, websocket: WebSocket) -> None:
        """Answer a connection's messages until it ends."""
        connection = Connection(websocket)
        await connection.open()
        address = websocket.client.host if websocket.client else ""
        session = Session(self._venue, connection, address)
        query = parse_qs(websocket.url.query)
        session.with_limits = query.get("returnRateLimits") != ["false"]
        self._venue.limits.add(address, _CONNECTION_WEIGHT, self._venue.now())
        self._connections.add(connection)
        try:
            while (text := await connection.receive()) is not None:
                connection.send_json(answer(session, text))
        finally:
            session.end()
            self._connections.discard(connection)
            await connection.close()


def answer(session: Session, text: str) -> dict[str, Any]:
    """Return the answer to a message; never raises."""
    number: Any = None
    limits = session.with_limits
    try:
        request = _read(text)
        number, params = request.get("id"), dict(request.get("params") or {})
        limits = params.get("returnRateLimits", limits)
        result = _carry_out(session, str(request["method"]).removeprefix("v3/"), params)
        view = {"id": number, "status": 200, "result": result}
    except ApiError as error:
        view = {"id": number, "status": error.status, "error": _error(error, session.venue.now())}
    except Exception:
        log.exception("message_failed")
        failed = errors.internal()
        view = {"id": number, "status": failed.status, "error": failed.body}
    return view | {"rateLimits": _limits(session)} if limits else view


def _read(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise ApiError(-1135, "Invalid JSON Request") from None
    if (
        not isinstance(request, dict)
        or not isinstance(request.get("method"), str)
        or not isinstance(request.get("params") or {}, dict)
        or not isinstance(request.get("id"), str | int | None)
    ):
        raise ApiError(-1135, "Invalid JSON Request")
    return request


def _carry_out(session: Session, method: str, params: Mapping[str, Any]) -> Any:
    sent = {name: _text(name, value) for name, value in params.items()}
    endpoint = METHODS.get(method)
    if endpoint is not None:
        return _call(session, endpoint, sent)
    if method not in _SESSION_METHODS:
        raise ApiError(-1020, "This operation is not supported.")
    session.venue.limits.use(session.address, _SUBSCRIPTION_WEIGHT, session.venue.now())
    return _SESSION_METHODS[method](session, sent)


def _call(session: Session, endpoint: Endpoint, sent: dict[str, str]) -> Any:
    venue, now = session.venue, session.venue.now()
    weight = endpoint.weight(sent)
    venue.limits.use(session.address, weight, now)
    if endpoint.signed:
        owner, values = _signed(session, endpoint.parameters, endpoint.session_parameters, sent)
        call = endpoint.call(venue, values, owner)
    else:
        call = Call(venue, endpoint.parameters.read(_asked(sent)))
    result = _handle(endpoint, call)
    if endpoint.places:
        venue.limits.give_back(session.address, weight, now)
    return result


def _handle(endpoint: Endpoint, call: Call) -> Any:
    """Let a change that broke half way end the process, and nothing else."""
    try:
        return endpoint.handle(call)
    except ApiError:
        raise
    except Exception as error:
        if endpoint.changes:
            call.venue.fail(error)
        raise


def _signed(
    session: Session, signed: Parameters, in_session: Parameters, sent: dict[str, str]
) -> tuple[Account, dict[str, Any]]:
    """Return who sends a request, by its signature or by the session, and its values."""
    venue = session.venue
    if session.owner is not None and "signature" not in sent:
        values = in_session.read(_asked(sent))
        check_age(values, session.arrived(), venue.patience)
        return session.owner, values
    if "apiKey" not in sent:
        raise errors.missing("apiKey")
    owner = account_of(venue.books.accounts, sent["apiKey"])
    values = signed.read(_asked(sent))
    check_age(values, session.arrived(), venue.patience)
    check_signature(owner.credential, sorted_payload(sent), values["signature"])
    return owner, values


def _asked(sent: dict[str, str]) -> dict[str, str]:
    """Return the parameters of a request, less those that say whose it is and how to answer."""
    return {name: text for name, text in sent.items() if name not in _OF_EVERY_METHOD}


# ---------------------------------------------------------------- sessions and user data


def _log_on(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    owner, _ = _signed(session, _SIGNED, _SIGNED, sent)
    session.log_on(owner)
    return session.status()


def _log_out(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    _NOTHING.read(_asked(sent))
    session.log_out()
    return session.status()


def _status(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    _NOTHING.read(_asked(sent))
    return session.status()


def _subscriptions(session: Session, sent: dict[str, str]) -> list[dict[str, Any]]:
    _NOTHING.read(_asked(sent))
    return session.subscriptions()


def _subscribe(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    _NOTHING.read(_asked(sent))
    if session.owner is None:
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    return session.subscribe(session.owner)


def _subscribe_signed(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    owner, _ = _signed(session, _SIGNED, _IN_SESSION, sent)
    return session.subscribe(owner)


def _unsubscribe(session: Session, sent: dict[str, str]) -> dict[str, Any]:
    session.unsubscribe(_WHICH.read(_asked(sent)).get("subscriptionId"))
    return {}


_SESSION_METHODS = {
    "session.logon": _log_on,
    "session.logout": _log_out,
    "session.status": _status,
    "session.subscriptions": _subscriptions,
    "userDataStream.subscribe": _subscribe,
    "userDataStream.subscribe.signature": _subscribe_signed,
    "userDataStream.unsubscribe": _unsubscribe,
}


# ---------------------------------------------------------------- writing


def _text(name: str, value: Any) -> str:
    """Return a parameter as the text it would be in a query: that text is what was signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    raise errors.missing(name)


def _error(error: ApiError, now: int) -> dict[str, Any]:
    if not error.retry_after:
        return error.body
    retry_at = error.retry_at or now + error.retry_after * 1_000
    retry = {"serverTime": now, "retryAfter": retry_at}
    return error.body | {"data": (error.data or {}) | retry}


def _limits(session: Session) -> list[dict[str, Any]]:
    return session.venue.limits.views(session.address, session.venue.now())
