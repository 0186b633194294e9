"""How a request becomes an answer: limits, key, parameters, age, signature, then the endpoint."""

import contextlib
import json
import logging
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from tradefleet.exchange import errors
from tradefleet.exchange.arrival import ARRIVED
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.rest import (
    account,
    amending,
    candles,
    exchange_info,
    lists,
    market,
    new_lists,
    orders,
    prevented,
    prices,
    replacing,
    smart_routing,
    trades,
    wallet,
)
from tradefleet.exchange.rest.endpoint import Call, Endpoint
from tradefleet.exchange.rest.writing import as_json
from tradefleet.exchange.signing import (
    account_of,
    check_age,
    check_signature,
    without_signature,
)
from tradefleet.exchange.time_units import in_microseconds, wants_microseconds
from tradefleet.exchange.venue import Venue

ENDPOINTS = {
    endpoint.path: endpoint
    for room in (
        market,
        exchange_info,
        candles,
        trades,
        prices,
        account,
        orders,
        replacing,
        amending,
        smart_routing,
        lists,
        new_lists,
        prevented,
        wallet,
    )
    for endpoint in room.ENDPOINTS
}
_PATHS = frozenset(path.partition(" ")[2] for path in ENDPOINTS)
_RETIRED = "/userDataStream"  # listen keys ended on 2026-02-20
_LARGEST_BODY, _MOST_FIELDS = 64 * 1024, 100
PREFIX = "/api/v3"
BESIDE = ("/sapi", "/fapi", "/dapi")  # what is served besides, under its whole path

log = logging.getLogger(__name__)


class Request(NamedTuple):
    """A request as it came.

    Attributes:
        name: `METHOD /path`, below the prefix where it has it.
        address: where it came from; limits are counted by it.
        arrived: when it came, by which its age is judged, UTC milliseconds.
        content_type: of the body, as the sender says.
        time_unit: in which times are wanted; None = not said.
    """

    name: str
    query: bytes
    body: bytes
    key: str | None
    address: str
    arrived: int
    content_type: str = ""
    time_unit: str | None = None

    @property
    def form(self) -> bytes:
        """The body, if parameters can be read from it."""
        is_query = self.name.startswith("GET ")
        return b"" if is_query or "json" in self.content_type else self.body


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    headers: dict[str, str]
    body: bytes


class RestFace:
    """The ASGI application of `/api/v3`."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await _body(receive)
        if body is None:
            await _send(send, _refusal(ApiError(-1100, "Request body too large.", status=413)))
            return
        path = scope["path"].removeprefix(PREFIX)
        request = Request(
            name=f"{scope['method']} {path}",
            query=scope["query_string"],
            body=body,
            key=_header(scope, b"x-mbx-apikey"),
            address=scope["client"][0] if scope.get("client") else "",
            arrived=scope.get(ARRIVED) or self._venue.now(),
            content_type=_header(scope, b"content-type") or "",
            time_unit=_header(scope, b"x-mbx-time-unit"),
        )
        await self._prepare(request)
        await _send(send, self.answer(request))

    async def _prepare(self, request: Request) -> None:
        endpoint = ENDPOINTS.get(request.name)
        if endpoint is None or endpoint.prepare is None:
            return
        with contextlib.suppress(ApiError):  # the answer will say what is wrong
            values = endpoint.parameters.read(read_sent(request.query, request.form))
            await endpoint.prepare(Call(self._venue, values))

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request; never raises."""
        venue, now = self._venue, self._venue.now()
        endpoint = ENDPOINTS.get(request.name)
        headers: dict[str, str] = {}
        try:
            answer = Answer(200, headers, self._carry_out(endpoint, request, headers))
        except ApiError as error:
            answer = _refusal(error)
        except Exception as error:  # whatever broke in here, the client gets Binance's own answer
            log.exception("request_failed path=%s", request.name)
            answer = _refusal(errors.internal())
            if endpoint is not None and endpoint.changes:
                venue.fail(error)
        answer.headers.update(venue.limits.headers(request.address, now))
        return answer

    def _carry_out(
        self, endpoint: Endpoint | None, request: Request, headers: dict[str, str]
    ) -> bytes:
        """Check a request and let its endpoint answer; a successful order call costs nothing."""
        venue, now = self._venue, self._venue.now()
        try:
            sent = read_sent(request.query, request.form)
        except ApiError:
            venue.limits.use(request.address, 1, now)
            raise
        weight = 1 if endpoint is None else endpoint.weight(sent)
        venue.limits.use(request.address, weight, now)
        if endpoint is None:
            raise _no_endpoint(request.name)
        is_fine = wants_microseconds(request.time_unit)
        value = self._checked(endpoint, request, sent, headers)
        if endpoint.places:
            venue.limits.give_back(request.address, weight, now)
        return as_json(in_microseconds(value) if is_fine else value)

    def _checked(
        self, endpoint: Endpoint, request: Request, sent: dict[str, str], headers: dict[str, str]
    ) -> Any:
        venue = self._venue
        owner: Account | None = None
        if endpoint.signed:
            owner = account_of(venue.books.accounts, request.key)
        values = endpoint.parameters.read(sent)
        if owner is not None:
            check_age(values, request.arrived, venue.patience)
            payload = without_signature(request.query) + without_signature(request.body)
            check_signature(owner.credential, payload, values["signature"])
        value = endpoint.handle(endpoint.call(venue, values, owner))
        if owner is not None and endpoint.places:
            headers.update(venue.engine.counts.headers(owner.uid, venue.now()))
        return value


def read_sent(query: bytes, body: bytes) -> dict[str, str]:
    """Return the parameters of query and form; the query wins where both have a name."""
    sent: dict[str, str] = {}
    for raw in (body, query):
        if not raw:
            continue
        try:
            pairs = _pairs(raw.decode("ascii"))
        except ValueError:
            raise errors.illegal("query", "percent-encoded UTF-8") from None
        found = dict(pairs)
        if len(found) < len(pairs):
            raise errors.duplicate_parameter()
        sent.update(found)
    return sent


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return names and values; ValueError if they are not what a form may be."""
    if "%" in text or "+" in text or text.count("&") >= _MOST_FIELDS:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    return [part.partition("=")[::2] for part in text.split("&") if part]


def _no_endpoint(name: str) -> ApiError:
    method, _, path = name.partition(" ")
    if path == _RETIRED:
        return ApiError(-1020, "Listen keys are retired; use the WebSocket API.", status=410)
    if path in _PATHS:
        return ApiError(-1020, f"Request method '{method}' is not supported.", status=405)
    whole = path if path.startswith(BESIDE) else PREFIX + path
    return ApiError(-1020, f"There is no {whole}.", status=404)


def _refusal(error: ApiError) -> Answer:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return Answer(error.status, headers, json.dumps(error.body).encode())


def _header(scope: Scope, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value).decode("latin-1")
    return None


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, or None if it is too large."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > _LARGEST_BODY:
            return None
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", b"application/json;charset=UTF-8")]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    headers += [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
