"""A connection of the WebSocket API on which messages are struck."""

import asyncio
import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradefleet.exchange.arrival import ARRIVED
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.adversary import Adversary
from tradefleet.exchange.faults.kinds import Strikes
from tradefleet.exchange.faults.outcomes import Carried, Outcome, Reply


class Conversation:
    """Passes messages between a peer and the WebSocket API, those that are struck excepted."""

    def __init__(
        self, app: ASGIApp, adversary: Adversary, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app = app
        self._adversary = adversary
        self._scope = scope
        self._send = send
        self._mail = _Mail(receive)
        self._methods: dict[Any, str] = {}  # of requests whose answers are waited for, by id
        self._struck: dict[Any, Outcome] = {}  # those of them that are struck

    async def run(self) -> None:
        """Serve the peer until it is gone and what is underway from it has arrived."""
        await self._app(self._scope, self._next, self._pass_on)

    async def _next(self) -> Message:
        """Return what the API gets to see next; its `Receive`."""
        while True:
            message, arrived, is_late = await self._mail.next()
            self._scope[ARRIVED] = arrived
            request = _request(message) if self._adversary.table.strikes or is_late else {}
            method = str(request.get("method", "")).removeprefix("v3/")
            if not method:
                return message
            if not is_late:
                self._adversary.arrived(method)
                outcome = self._adversary.struck(method, Strikes.REQUESTS)
                if outcome is not None and not await self._goes_on(outcome, request, message):
                    continue
            if isinstance(number := request.get("id"), str | int):
                self._methods[number] = method
            return message

    async def _goes_on(self, outcome: Outcome, request: dict[str, Any], message: Message) -> bool:
        """Let a message suffer; return whether the API gets to see it now."""
        number = request.get("id")
        await self._adversary.pause(outcome.before_ms)
        if outcome.carried is Carried.AT_ONCE:
            if isinstance(number, str | int):
                self._struck[number] = outcome
            return True
        if outcome.carried is Carried.LATER:
            self._be_late(outcome, message)
        await self._reply(outcome, number, "")
        return False

    def _be_late(self, outcome: Outcome, message: Message) -> None:
        venue = self._adversary.venue
        self._mail.underway += 1
        arrived = venue.now() if outcome.as_of_arrival else None

        async def arrive() -> None:
            self._mail.arriving.put_nowait((message, arrived))

        venue.agenda.add(venue.steady_now() + outcome.late_ms, arrive)

    async def _pass_on(self, message: Message) -> None:
        """Pass a message of the API on to the peer, unless its request was struck; a `Send`."""
        answer = {}
        if self._methods and message["type"] == "websocket.send":
            answer = json.loads(message["text"])
        method = self._methods.pop(answer.get("id"), "")
        outcome = self._struck.pop(answer["id"], None) if method else None
        if outcome is None:
            await self._send(message)
        else:
            await self._adversary.pause(outcome.after_ms)
            await self._reply(outcome, answer["id"], message["text"])
        if method:
            self._adversary.carried_out(method)

    async def _reply(self, outcome: Outcome, number: Any, answer: str) -> None:
        if outcome.reply is Reply.ERROR and outcome.error is not None:
            view = _error(number, outcome.error, self._adversary.venue.now())
            await self._send({"type": "websocket.send", "text": json.dumps(view)})
        elif outcome.reply is Reply.HALF:
            await self._send({"type": "websocket.send", "text": answer[: len(answer) // 2]})
            self._adversary.cut(self._scope)
        elif outcome.reply is Reply.CUT:
            self._adversary.cut(self._scope)
        elif outcome.reply is Reply.OWN:
            await self._send({"type": "websocket.send", "text": answer})


class _Mail:
    """What comes from the peer, and what was held up on the way and comes later.

    A peer that is gone is heard of only when nothing is underway any more.
    """

    def __init__(self, receive: Receive) -> None:
        self.arriving: asyncio.Queue[tuple[Message, int | None]] = asyncio.Queue()
        self.underway = 0
        self._receive = receive
        self._hearing: asyncio.Future[Message] | None = None

    async def next(self) -> tuple[Message, int | None, bool]:
        """Return a message, when it came if its age counts from then, and whether it is late."""
        if not self.underway and self._hearing is None:
            return await self._receive(), None, False
        if self._hearing is None:
            self._hearing = asyncio.ensure_future(self._receive())
        late = asyncio.ensure_future(self.arriving.get())
        waits: set[asyncio.Future[Any]] = {late, self._hearing}
        while self.underway and not late.done():
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if self._hearing in done and not _is_end(self._hearing):
                break
            waits = {late}
        if late.done():
            self.underway -= 1
            return *late.result(), True
        late.cancel()
        heard = await self._hearing
        self._hearing = None
        return heard, None, False


def _is_end(heard: "asyncio.Future[Message]") -> bool:
    return bool(heard.result()["type"] == "websocket.disconnect")


def _request(message: Message) -> dict[str, Any]:
    """Return the request of a message, empty if it holds none."""
    if message["type"] != "websocket.receive":
        return {}
    try:
        request = json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _error(number: Any, error: ApiError, now: int) -> dict[str, Any]:
    body = dict(error.body)
    if error.retry_after:
        body["data"] = {"serverTime": now, "retryAfter": now + error.retry_after * 1_000}
    return {"id": number, "status": error.status, "error": body}
