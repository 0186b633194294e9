"""How WebSockets are kept: pings, pongs, and what a peer may say in a second.

The protocol meets a loop whose time passes only when a test says so.
"""

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tradefleet.exchange.heartbeat import HeartbeatProtocol


class Timer:
    def __init__(self, due, deed) -> None:
        self.due, self.deed, self.is_cancelled = due, deed, False

    def cancel(self) -> None:
        self.is_cancelled = True


class Loop:
    """Time and timers; the application is never run."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay, deed, *args) -> Timer:
        self.timers.append(Timer(self.now + delay, lambda: deed(*args)))
        return self.timers[-1]

    def create_task(self, work):
        work.close()
        return self

    def add_done_callback(self, deed) -> None:
        """Nothing is done."""

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [one for one in self.timers if not one.is_cancelled and one.due <= end]:
            first = min(due, key=lambda one: one.due)
            self.timers.remove(first)
            self.now = first.due
            first.deed()
        self.now = end


class Transport:
    """What was written, for the client's half of the protocol."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def get_extra_info(self, name, default=None):
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name, default)

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        """Everything is read at once."""

    resume_reading = pause_reading


class Conversation:
    """A client connected to the protocol."""

    def __init__(self, path: str) -> None:
        async def app(scope, receive, send) -> None:
            """Nothing: the loop runs no task."""

        self.loop, self.transport = Loop(), Transport()
        config = uvicorn.Config(app, ws=HeartbeatProtocol, lifespan="off", log_config=None)
        config.load()
        self.server = HeartbeatProtocol(config, ServerState(), {}, _loop=self.loop)
        self.server.connection_made(self.transport)
        self.client = ClientProtocol(parse_uri(f"ws://127.0.0.1{path}"))
        self.client.send_request(self.client.connect())
        self.say_what_is_due()
        # The application would accept now.
        self.server.conn.send_response(self.server.response)
        self.server.handshake_complete = True
        self.transport.write(b"".join(self.server.conn.data_to_send()))
        self.server.start_keepalive()
        self.hear()

    def say_what_is_due(self) -> None:
        self.server.data_received(b"".join(self.client.data_to_send()))

    def hear(self) -> list[Frame]:
        """Frames that came; a ping is answered by the client's half, but that is not sent."""
        data, self.transport.written = self.transport.written, b""
        if data:
            self.client.receive_data(data)
        return [event for event in self.client.events_received() if isinstance(event, Frame)]

    def pong(self, payload: bytes) -> None:
        self.client.data_to_send()  # forget the answer of its own accord
        self.client.send_pong(payload)
        self.say_what_is_due()

    def say(self, text: str = "{}") -> None:
        self.client.send_text(text.encode())
        self.say_what_is_due()


@pytest.fixture
def stream() -> Conversation:
    return Conversation("/ws/btcusdt@trade")


def test_a_ping_comes_every_twenty_seconds_with_a_payload(stream):
    for _ in range(5):
        stream.loop.pass_time(19.9)
        assert stream.hear() == []
        stream.loop.pass_time(0.1)
        (ping,) = stream.hear()
        assert ping.opcode is Opcode.PING
        assert bytes(ping.data).isdigit()
        stream.pong(bytes(ping.data))

    assert not stream.transport.is_closed


def test_who_answers_no_ping_for_a_minute_is_disconnected(stream):
    stream.loop.pass_time(79.9)
    assert [frame.opcode for frame in stream.hear()] == [Opcode.PING] * 3
    assert not stream.transport.is_closed

    stream.loop.pass_time(0.1)

    assert stream.transport.is_closed
    assert [frame.opcode for frame in stream.hear()] == [Opcode.CLOSE]


@pytest.mark.parametrize("payload", [b"", b"something else"])
def test_a_pong_that_answers_no_ping_keeps_nobody_connected(stream, payload):
    for _ in range(4):
        stream.loop.pass_time(20)
        stream.pong(payload)

    assert stream.transport.is_closed


def test_a_late_pong_answers_all_pings_before_it(stream):
    stream.loop.pass_time(60)
    first, *_ = stream.hear()
    stream.pong(bytes(first.data))
    stream.loop.pass_time(60)

    assert not stream.transport.is_closed


def test_five_messages_a_second_are_heard_and_the_sixth_ends_the_connection(stream):
    for _ in range(10):
        for _ in range(5):
            stream.say()
        stream.loop.pass_time(1.0)
    assert not stream.transport.is_closed

    for _ in range(5):
        stream.say()
    stream.loop.pass_time(0.9)
    stream.say()

    (close,) = stream.hear()
    assert close.opcode is Opcode.CLOSE
    assert close.data[:2] == (1008).to_bytes(2)
    assert stream.server.queue.qsize() == 1 + 55  # the wish to connect, and what was heard


def test_pings_and_pongs_of_a_peer_count_as_messages(stream):
    for number in range(3):
        stream.client.send_ping(str(number).encode())
        stream.say_what_is_due()
        stream.pong(b"")
    assert stream.transport.is_closed
    pongs = [frame for frame in stream.hear() if frame.opcode is Opcode.PONG]
    assert [bytes(pong.data) for pong in pongs] == [b"0", b"1", b"2"]


def test_the_websocket_api_counts_weight_instead():
    api = Conversation("/ws-api/v3")
    for _ in range(100):
        api.say()

    assert not api.transport.is_closed
