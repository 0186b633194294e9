"""The market streams' connections: what a peer follows, and how it says so."""

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.websockets import WebSocket

from tradefleet.exchange.connection import Connection, Connections
from tradefleet.exchange.streams.names import ALL_MINI_TICKERS, parse
from tradefleet.exchange.venue import Venue

MOST_STREAMS = 1_024  # of one connection
_SHUTDOWN = "!serverShutdown"  # its stream on combined connections
_BAD_REQUEST, _BAD_JSON = 2, 3


class StreamFace:
    """Serves `/ws`, `/ws/<stream>` and `/stream?streams=`."""

    def __init__(self, venue: Venue, connections: Connections) -> None:
        self._venue = venue
        self._connections = connections

    async def raw(self, websocket: WebSocket) -> None:
        """Serve a connection whose messages come bare; names in the path are followed at once."""
        names = [name for name in websocket.path_params.get("names", "").split("/") if name]
        await self._serve(websocket, names, combined=False)

    async def combined(self, websocket: WebSocket) -> None:
        """Serve a connection whose messages come wrapped with their stream's name."""
        query = parse_qs(websocket.url.query)
        names = [name for name in query.get("streams", [""])[0].split("/") if name]
        await self._serve(websocket, names, combined=True)

    async def _serve(self, websocket: WebSocket, names: list[str], *, combined: bool) -> None:
        connection = Connection(websocket)
        await connection.open()
        peer = _Peer(self._venue, connection, combined=combined)
        connection.on_shutdown = peer.announce_shutdown
        self._connections.add(connection)
        # A name that is no stream is ignored here, as Binance does; ccxt connects to /ws/0.
        peer.follow([name for name in names if peer.knows(name)])
        try:
            while (text := await connection.receive()) is not None:
                connection.send_json(peer.answer(text))
        finally:
            peer.leave_all()
            self._connections.discard(connection)
            await connection.close()


class _Peer:
    """One connection's subscriptions; a `StreamListener`."""

    def __init__(self, venue: Venue, connection: Connection, *, combined: bool) -> None:
        self._venue = venue
        self._connection = connection
        self._combined = combined
        self._followed: dict[str, None] = {}

    def market_message(self, stream: str, text: str) -> None:
        """Send a message of a stream."""
        wrapped = f'{{"stream":"{stream}","data":{text}}}'
        self._connection.send(wrapped if self._combined else text)

    def announce_shutdown(self, now: int) -> None:
        """Say that the server will go down."""
        text = json.dumps({"e": "serverShutdown", "E": now}, separators=(",", ":"))
        self.market_message(_SHUTDOWN, text)

    def knows(self, name: str) -> bool:
        """Whether there is such a stream."""
        stream = parse(name)
        return stream is not None and (
            name == ALL_MINI_TICKERS
            or stream.symbol in self._venue.engine.rulebook.exchange.symbols
        )

    def follow(self, names: list[str]) -> None:
        """Follow streams from now on."""
        for name in names:
            self._followed[name] = None
            self._venue.broadcast.follow(name, self)

    def leave_all(self) -> None:
        """Follow nothing any more."""
        for name in self._followed:
            self._venue.broadcast.leave(name, self)

    def answer(self, text: str) -> dict[str, Any]:
        """Carry out a control message; return what is said to it."""
        try:
            request = json.loads(text)
        except (ValueError, RecursionError):
            return _error(_BAD_JSON, "Invalid JSON: not a JSON document")
        if not isinstance(request, dict):
            return _error(_BAD_REQUEST, "Invalid request: request must be an object")
        number = request.get("id")
        if not _is_id(number):
            return _error(_BAD_REQUEST, "Invalid request: request ID must be an unsigned integer")
        try:
            result = self._carry_out(request.get("method"), request.get("params", []))
        except ValueError as error:
            return _error(_BAD_REQUEST, f"Invalid request: {error}", number)
        return {"result": result, "id": number}

    def _carry_out(self, method: Any, params: Any) -> Any:
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._followed)
        if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            self._change(_names(params), leave=method == "UNSUBSCRIBE")
            return None
        if method == "GET_PROPERTY" and params == ["combined"]:
            return self._combined
        if method == "SET_PROPERTY" and params in (["combined", True], ["combined", False]):
            self._combined = params[1]
            return None
        raise ValueError(f"unknown method {method!r} or parameters {params!r}")

    def _change(self, names: list[str], *, leave: bool) -> None:
        if leave:
            for name in names:
                self._followed.pop(name, None)
                self._venue.broadcast.leave(name, self)
            return
        for name in names:
            if not self.knows(name):
                raise ValueError(f"there is no stream {name!r}")
        if len(set(names) | set(self._followed)) > MOST_STREAMS:
            raise ValueError(f"more than {MOST_STREAMS} streams on one connection")
        self.follow(names)


def _names(params: Any) -> list[str]:
    if not isinstance(params, list) or not params:
        raise ValueError("params must be a list of stream names")
    if not all(isinstance(name, str) for name in params):
        raise ValueError("params must be a list of stream names")
    return params


def _is_id(number: Any) -> bool:
    if isinstance(number, str):
        return len(number) <= 36
    return number is None or (isinstance(number, int) and not isinstance(number, bool))


def _error(code: int, text: str, number: Any = None) -> dict[str, Any]:
    error: dict[str, Any] = {"error": {"code": code, "msg": text}}
    return error if number is None else error | {"id": number}
