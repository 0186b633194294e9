"""The ASGI application: every face on one port, and the beat that drives the market."""

import asyncio

from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from tradefleet.exchange.connection import Connections
from tradefleet.exchange.faults.adversary import Adversary
from tradefleet.exchange.faults.stage import Pause, Stage, Wires
from tradefleet.exchange.faults.table import FaultTable
from tradefleet.exchange.faults.wire import CONTROL, FaultyWire
from tradefleet.exchange.rest.face import BESIDE, PREFIX, RestFace
from tradefleet.exchange.sim import ControlFace
from tradefleet.exchange.streams.face import StreamFace
from tradefleet.exchange.streams.feeds import Feeds
from tradefleet.exchange.venue import Venue
from tradefleet.exchange.ws_api.face import WsApiFace

BEAT_SECONDS = 0.1
_REST = (PREFIX, *BESIDE)
_KEEP_EVERY = 100  # beats between two records of the market's state


class Beat:
    """Lets the market move on and tells the streams; a task of the server does so all the time.

    Attributes:
        connections: those of all faces; a day old, they are ended.
    """

    def __init__(self, venue: Venue) -> None:
        self.connections = Connections()
        self._venue = venue
        self._feeds = Feeds(venue)

    async def once(self) -> None:
        """Catch up with the market and tell what is new."""
        now = self._venue.now()
        self._venue.catch_up()
        await self._venue.agenda.run_due(self._venue.steady_now())
        self._feeds.tick(now)
        self.connections.end_old(self._venue.steady_now())

    async def run(self) -> None:
        """Beat until cancelled."""
        count = 0
        while True:
            await self.once()
            count += 1
            if count % _KEEP_EVERY == 0:
                self._venue.keep()
            await asyncio.sleep(BEAT_SECONDS)


def make_app(
    venue: Venue,
    beat: Beat,
    wires: Wires,
    *,
    faults: FaultTable | None = None,
    pause: Pause = asyncio.sleep,
) -> ASGIApp:
    """Return the application.

    Args:
        venue: the exchange.
        beat: what drives it.
        wires: what the server can do to its connections, for faults.
        faults: in force from the start.
        pause: waits for seconds, for faults.
    """
    connections = beat.connections
    adversary = Adversary(Stage(venue, connections, wires, pause))
    adversary.bring(faults or FaultTable())
    streams = StreamFace(venue, connections)
    control = ControlFace(venue, adversary, connections, beat.once)
    others = Starlette(
        routes=[
            Mount(CONTROL, routes=control.routes()),
            WebSocketRoute("/ws", streams.raw),
            WebSocketRoute("/ws/{names:path}", streams.raw),
            WebSocketRoute("/stream", streams.combined),
            WebSocketRoute("/ws-api/v3", WsApiFace(venue, connections).serve),
        ]
    )
    return FaultyWire(_Faces(RestFace(venue), others), adversary)


class _Faces:
    """All faces; REST has no need of a framework's routes, which would cost each order dear."""

    def __init__(self, rest: ASGIApp, others: ASGIApp) -> None:
        self._rest = rest
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_rest = scope["type"] == "http" and scope["path"].startswith(_REST)
        await (self._rest if is_rest else self._others)(scope, receive, send)
