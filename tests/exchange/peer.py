"""A client's end of a WebSocket, without a socket."""

import json
from contextlib import contextmanager

from tests.exchange.desk import Desk


@contextmanager
def connected(desk: Desk, path: str):
    with desk.client as client, client.websocket_connect(path) as socket:
        yield Peer(desk, socket)


class Peer:
    """Asks and listens; what is heard while it waits for an answer is kept in `heard`."""

    def __init__(self, desk: Desk, socket) -> None:
        self.desk, self.socket, self._id = desk, socket, 0
        self.heard: list = []

    def ask(self, method: str, params=None) -> dict:
        self._id += 1
        request = {"id": self._id, "method": method}
        self.say(json.dumps(request if params is None else {**request, "params": params}))
        while "id" not in (answer := self.next()):
            self.heard.append(answer)
        assert answer["id"] == self._id
        return answer

    def say(self, text: str) -> None:
        self.socket.send_text(text)

    def next(self):
        return self.socket.receive_json()

    def pass_time(self, ms: int) -> None:
        self.desk.pass_time(ms)

    def tick(self) -> None:
        """Let the exchange notice how late it is."""
        self.socket.portal.call(self.desk.beat.once)
