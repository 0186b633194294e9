"""A peer of the exchange's WebSockets, without a socket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.exchange.desk import Desk

API = "/ws-api/v3?returnRateLimits=false"


class Peer:
    """One connection."""

    def __init__(self, desk: Desk, socket: Any) -> None:
        self.desk, self._socket = desk, socket

    def tell(self, method: str, number: Any = 1, **params: Any) -> None:
        self._socket.send_text(json.dumps({"id": number, "method": method, "params": params}))

    def ask(self, method: str, number: Any = 1, **params: Any) -> Any:
        self.tell(method, number, **params)
        return self.next()

    def signed(self, method: str, number: Any = 1, **params: Any) -> Any:
        return self.ask(method, number, **self.desk.ws_params(**params))

    def follow_account(self) -> None:
        assert self.signed("userDataStream.subscribe.signature")["status"] == 200

    def next(self) -> Any:
        return json.loads(self.next_text())

    def next_text(self) -> str:
        message = self._socket.receive()
        assert message["type"] == "websocket.send", message
        text: str = message["text"]
        return text

    def ending(self) -> int:
        """Wait for the end of the connection; return its code."""
        message = self._socket.receive()
        assert message["type"] == "websocket.close", message
        code: int = message["code"]
        return code


@contextmanager
def connected(desk: Desk, path: str = API) -> Iterator[Peer]:
    with desk.client as client, client.websocket_connect(path) as socket:
        yield Peer(desk, socket)
