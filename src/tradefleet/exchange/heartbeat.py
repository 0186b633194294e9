"""WebSockets as Binance keeps them: who is pinged, who does not answer, who says too much.

Every 20 seconds a ping with the time as its payload; who answers none of them for a minute is
disconnected. On the market streams a peer may send five messages a second, pings and pongs
included (Binance spot docs, web-socket-streams.md).
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

PING_SECONDS, PONG_SECONDS = 20.0, 60.0
MOST_A_SECOND = 5
_UNLIMITED = "/ws-api/"  # below which messages are limited by their weight instead


class HeartbeatProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol with Binance's habits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin silent; pings start with the handshake."""
        super().__init__(*args, **kwargs)
        self._came: deque[float] = deque(maxlen=MOST_A_SECOND)
        self._unanswered: set[bytes] = set()
        self._silent_since = 0.0
        self._beat: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ pings

    def start_keepalive(self) -> None:
        """Send the first ping in 20 seconds."""
        self._beat = self.loop.call_later(PING_SECONDS, self._ping)

    def stop_keepalive(self) -> None:
        """Send no more pings."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _ping(self) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        now = self.loop.time()
        if not self._unanswered:
            self._silent_since = now
        elif now - self._silent_since >= PONG_SECONDS:
            self._disconnect("no pong within a minute")
            return
        payload = str(round(now * 1_000)).encode()
        self._unanswered.add(payload)
        self.conn.send_ping(payload)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._beat = self.loop.call_later(PING_SECONDS, self._ping)

    def handle_pong(self, event: Frame) -> None:
        """Take the answer to a ping; a pong of which there was no ping is none."""
        if bytes(event.data) in self._unanswered:
            self._unanswered.clear()
        self._count()

    # ------------------------------------------------------------ how much is said

    def handle_ping(self) -> None:
        """Answer a ping."""
        super().handle_ping()
        self._count()

    def handle_text(self, event: Frame) -> None:
        """Take in a message."""
        if self._count():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Take in a message that is no text."""
        if self._count():
            super().handle_bytes(event)

    def _count(self) -> bool:
        """Count a message of the peer; return whether it may still say something."""
        if self.close_sent:
            return False
        if self.scope["path"].startswith(_UNLIMITED):
            return True
        now = self.loop.time()
        if len(self._came) == MOST_A_SECOND and now - self._came[0] < 1:
            self._disconnect("Too many requests")
            return False
        self._came.append(now)
        return True

    def _disconnect(self, reason: str) -> None:
        self.stop_keepalive()
        self.conn.fail(CloseCode.POLICY_VIOLATION, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
