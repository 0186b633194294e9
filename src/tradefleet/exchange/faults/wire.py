"""What goes wrong between a client and the exchange: a layer around all its faces.

The faces know nothing of it: a request that is struck is kept from them, or their answer from the
client. While no fault is in force, requests go straight through.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradefleet.exchange.arrival import ARRIVED
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.adversary import Adversary
from tradefleet.exchange.faults.conversation import Conversation
from tradefleet.exchange.faults.kinds import Strikes
from tradefleet.exchange.faults.outcomes import Carried, Outcome, Reply

CONTROL = "/sim"
_API_PATH = "/ws-api/v3"
_PAGES = {
    Reply.GATEWAY: (502, b"<html><head><title>502 Bad Gateway</title></head></html>\r\n"),
    Reply.FIREWALL: (403, b"<html><head><title>403 Forbidden</title></head></html>\r\n"),
}


@dataclass(slots=True)
class _Answer:
    """What a face answered, kept from the client."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Take in a message of the face; a `Send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


class FaultyWire:
    """The ASGI application of the exchange, faults included."""

    def __init__(self, app: ASGIApp, adversary: Adversary) -> None:
        """Lay the faults of an adversary around the faces."""
        self._app = app
        self._adversary = adversary
        self._venue = adversary.venue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif self._may_strike(scope):
            name = f"{scope['method']} {scope['path']}"
            self._adversary.arrived(name)
            outcome = self._adversary.struck(name, Strikes.REQUESTS, Strikes.REST)
            if outcome is None:
                await self._app(scope, receive, send)
                self._adversary.carried_out(name)
            else:
                await self._suffer(outcome, name, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _may_strike(self, scope: Scope) -> bool:
        """Whether a fault may strike this; the control face is never struck."""
        return (
            not self._adversary.is_quiet
            and scope["type"] == "http"
            and not scope["path"].startswith(CONTROL)
        )

    # ------------------------------------------------------------ REST

    async def _suffer(
        self, outcome: Outcome, name: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        body = await _body(receive)
        await self._adversary.pause(outcome.before_ms)
        answer = _Answer()
        if outcome.carried is Carried.AT_ONCE:
            await self._app(scope, _again(body), answer.take)
            self._adversary.carried_out(name)
        elif outcome.carried is Carried.LATER:
            self._later(outcome, name, scope, body)
        await self._adversary.pause(outcome.after_ms)
        await self._reply(outcome, answer, scope, receive, send)

    def _later(self, outcome: Outcome, name: str, scope: Scope, body: bytes) -> None:
        """Carry a request out when its time has come."""
        venue = self._venue
        later: Scope = {**scope, ARRIVED: venue.now()} if outcome.as_of_arrival else dict(scope)

        async def arrive() -> None:
            await self._app(later, _again(body), _Answer().take)
            self._adversary.carried_out(name)

        venue.agenda.add(venue.steady_now() + outcome.late_ms, arrive)

    async def _reply(
        self, outcome: Outcome, answer: _Answer, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if outcome.reply is Reply.CUT:
            await self._end(scope)
        elif outcome.reply is Reply.SILENCE:
            while (await receive())["type"] != "http.disconnect":
                continue
        elif outcome.reply is Reply.HALF:
            await _start(send, answer.status, answer.headers)
            half = answer.body[: len(answer.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await self._end(scope)
        elif outcome.reply is Reply.TRICKLE:
            await _start(send, answer.status, answer.headers)
            await self._trickle(outcome.byte_ms, answer.body, receive, send)
        elif outcome.reply is Reply.ERROR and outcome.error is not None:
            await send_error(send, outcome.error, self._used_weight(scope))
        elif outcome.reply is Reply.NOTHING:
            await _send_whole(send, 200, b"application/json;charset=UTF-8", b"")
        elif outcome.reply in _PAGES:
            status, page = _PAGES[outcome.reply]
            await _send_whole(send, status, b"text/html", page)
        else:
            await _start(send, answer.status, answer.headers)
            await send({"type": "http.response.body", "body": answer.body})

    async def _end(self, scope: Scope) -> None:
        self._adversary.cut(scope)
        await asyncio.sleep(0)  # until the server has noticed, it would complain of no answer

    async def _trickle(self, byte_ms: int, body: bytes, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(receive())
        try:
            for at in range(len(body)):
                if gone.done():
                    return
                byte = body[at : at + 1]
                await send({"type": "http.response.body", "body": byte, "more_body": True})
                await self._adversary.pause(byte_ms)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    def _used_weight(self, scope: Scope) -> int:
        address = scope["client"][0] if scope.get("client") else ""
        return self._venue.limits.used(address, self._venue.now())

    # ------------------------------------------------------------ WebSockets

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection, unless a fault strikes its handshake (`WS /path`)."""
        outcome = self._adversary.struck(f"WS {scope['path']}", Strikes.REQUESTS, only_named=True)
        if outcome is not None:
            await self._adversary.pause(outcome.before_ms)
            if outcome.carried is Carried.NEVER:
                await self._refuse_connection(outcome, scope, receive, send)
                return
        if scope["path"] == _API_PATH:
            await Conversation(self._app, self._adversary, scope, receive, send).run()
        else:
            await self._app(scope, receive, send)

    async def _refuse_connection(
        self, outcome: Outcome, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await receive()  # the wish to connect
        if outcome.reply is Reply.SILENCE:
            await receive()  # the end of its patience
        elif outcome.error is None:
            await self._end(scope)
        else:
            kind = "websocket.http.response"
            await send_error(send, outcome.error, self._used_weight(scope), kind)


async def send_error(send: Send, error: ApiError, used: int, kind: str = "http.response") -> None:
    """Send an error as REST does."""
    headers = [(b"x-mbx-used-weight", str(used).encode())]
    headers.append((b"x-mbx-used-weight-1m", str(used).encode()))
    if error.retry_after:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    body = json.dumps(error.body).encode()
    await _send_whole(send, error.status, b"application/json;charset=UTF-8", body, headers, kind)


async def _send_whole(
    send: Send,
    status: int,
    content: bytes,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
    kind: str = "http.response",
) -> None:
    always = [(b"content-type", content), (b"content-length", str(len(body)).encode())]
    await _start(send, status, always + (headers or []), kind)
    await send({"type": f"{kind}.body", "body": body})


async def _start(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], kind: str = "http.response"
) -> None:
    await send({"type": f"{kind}.start", "status": status, "headers": headers})


def _again(body: bytes) -> Receive:
    """Return a way to read a body that was read already."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message: dict[str, Any] = dict(await receive())
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
