"""A WebSocket connection: messages go out in order, and a peer that does not read is cut off."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from starlette.responses import Response
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from tradefleet.domain.candle import DAY
from tradefleet.exchange.arrival import ARRIVED
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.time_units import in_microseconds

MOST_WAITING = 10_000  # messages; a peer this far behind does not read any more
TOO_SLOW = 1008
LONGEST_MS = DAY  # a connection lasts


class Connection:
    """The way out to one peer.

    Attributes:
        opened_at: when it began, UTC milliseconds of the exchange's clock.
        microseconds: whether the peer wants times in microseconds.
        on_shutdown: tells the peer that the server will go down (at a time, UTC milliseconds).
    """

    def __init__(
        self, websocket: WebSocket, opened_at: int = 0, *, microseconds: bool = False
    ) -> None:
        self.opened_at = opened_at
        self.microseconds = microseconds
        self.on_shutdown: Callable[[int], None] | None = None
        self._websocket = websocket
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None

    @property
    def scope(self) -> Scope:
        """What the connection is to the server."""
        return self._websocket.scope

    async def open(self) -> None:
        """Accept the peer and begin to write to it."""
        await self._websocket.accept()
        self._writer = asyncio.create_task(self._write())

    def send(self, text: str) -> None:
        """Queue a message."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(text)
        else:
            self.cut(TOO_SLOW)

    def send_json(self, value: Any) -> None:
        """Queue a value as JSON, with times as the peer wants them."""
        self.send(compact(in_microseconds(value) if self.microseconds else value))

    async def receive(self) -> str | None:
        """Return the next message of the peer, or None when it is gone."""
        try:
            return await self._websocket.receive_text()
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return None

    def arrived(self) -> int | None:
        """Return when the message in hand came, if its age counts from another time than now."""
        arrived: int | None = self.scope.get(ARRIVED)
        return arrived

    async def flushed(self) -> None:
        """Wait until everything queued so far was handed to the peer's socket."""
        if self._writer is not None and not self._writer.done():
            drained = asyncio.ensure_future(self._waiting.join())
            await asyncio.wait({drained, self._writer}, return_when=asyncio.FIRST_COMPLETED)
            drained.cancel()

    def cut(self, code: int = 1001) -> None:
        """End the connection."""
        if self._writer is not None:
            self._writer.cancel()
        self._closing = asyncio.ensure_future(self._close(code))

    async def close(self) -> None:
        """Stop writing; the peer is gone."""
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self) -> None:
        while True:
            text = await self._waiting.get()
            try:
                await self._websocket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                return
            self._waiting.task_done()

    async def _close(self, code: int) -> None:
        try:
            await self._websocket.close(code)
        except RuntimeError:
            return  # it was closed already


class Connections:
    """All open connections."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        """Take in a connection."""
        self._open.add(connection)

    def __iter__(self) -> Iterator[Connection]:
        """Go through the connections that are open now."""
        return iter(tuple(self._open))

    def discard(self, connection: Connection) -> None:
        """Forget a connection."""
        self._open.discard(connection)

    def announce_shutdown(self, now: int) -> None:
        """Tell every peer that the server will go down."""
        for connection in self:
            if connection.on_shutdown is not None:
                connection.on_shutdown(now)

    async def flushed(self) -> None:
        """Wait until every peer was handed what is queued for it."""
        await asyncio.gather(*(connection.flushed() for connection in tuple(self._open)))

    def cut(self) -> None:
        """End all connections."""
        for connection in self:
            connection.cut()

    def end_old(self, now: int) -> None:
        """End the connections that are a day old."""
        for connection in self:
            if now - connection.opened_at >= LONGEST_MS:
                connection.cut()


def compact(value: Any) -> str:
    """Return a value as JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def refuse(websocket: WebSocket, error: ApiError) -> None:
    """Answer the wish to connect with an error, as REST would."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    answer = Response(compact(error.body), error.status, headers, "application/json;charset=UTF-8")
    await websocket.send_denial_response(answer)
