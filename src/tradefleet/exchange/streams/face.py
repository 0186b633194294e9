"""The market streams' connections: who follows what."""

from urllib.parse import parse_qs

from starlette.websockets import WebSocket

from tradefleet.exchange.broadcast import StreamMessage
from tradefleet.exchange.connection import Connection, Connections, refuse
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.streams.control import Subscriptions, answer
from tradefleet.exchange.streams.names import is_well_formed
from tradefleet.exchange.time_units import wants_microseconds
from tradefleet.exchange.venue import Venue

_SERVICE = "streams"
_SHUTDOWN = "!serverShutdown"  # its stream on combined connections


class StreamFace:
    """Serves `/ws`, `/ws/<stream>` and `/stream?streams=`."""

    def __init__(self, venue: Venue, connections: Connections) -> None:
        self._venue = venue
        self._connections = connections

    async def raw(self, websocket: WebSocket) -> None:
        """Serve a connection whose messages come bare; names in the path are followed at once."""
        names = websocket.path_params.get("names", "").split("/")
        await self._serve(websocket, names, combined=False)

    async def combined(self, websocket: WebSocket) -> None:
        """Serve a connection whose messages come wrapped with their stream's name."""
        # A plus that was not escaped arrives as a blank; no name has one.
        names = _query(websocket, "streams").replace(" ", "+").split("/")
        await self._serve(websocket, names, combined=True)

    async def _serve(self, websocket: WebSocket, names: list[str], *, combined: bool) -> None:
        venue = self._venue
        address = websocket.client.host if websocket.client else ""
        try:
            venue.connection_limits.attempt(_SERVICE, address, venue.now())
            microseconds = wants_microseconds(_query(websocket, "timeUnit") or None)
        except ApiError as error:
            await refuse(websocket, error)
            return
        connection = Connection(websocket, venue.steady_now(), microseconds=microseconds)
        await connection.open()
        peer = _Peer(venue, connection, combined=combined)
        connection.on_shutdown = peer.announce_shutdown
        self._connections.add(connection)
        # What is no name is ignored here, as Binance does; ccxt connects to /ws/0.
        peer.follow([name for name in names if is_well_formed(name)])
        try:
            while (text := await connection.receive()) is not None:
                connection.send_json(answer(peer, text))
        finally:
            peer.leave(list(peer.followed))
            self._connections.discard(connection)
            await connection.close()


class _Peer(Subscriptions):
    """One connection's subscriptions; a `StreamListener`."""

    def __init__(self, venue: Venue, connection: Connection, *, combined: bool) -> None:
        super().__init__(combined=combined)
        self._broadcast = venue.broadcast
        self._connection = connection

    def market_message(self, stream: str, message: StreamMessage) -> None:
        """Send a message of a stream."""
        text = message.fine_text if self._connection.microseconds else message.text
        self._connection.send(f'{{"stream":"{stream}","data":{text}}}' if self.combined else text)

    def announce_shutdown(self, now: int) -> None:
        """Say that the server will go down."""
        self.market_message(_SHUTDOWN, StreamMessage({"e": "serverShutdown", "E": now}))

    def follow(self, names: list[str]) -> None:
        """Follow streams from now on."""
        for name in names:
            self.followed[name] = None
            self._broadcast.follow(name, self)

    def leave(self, names: list[str]) -> None:
        """Follow streams no more."""
        for name in names:
            self.followed.pop(name, None)
            self._broadcast.leave(name, self)


def _query(websocket: WebSocket, name: str) -> str:
    return parse_qs(websocket.url.query).get(name, [""])[0]
