"""The dashboard behind a real socket."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.interfaces.dashboard.world import TOKEN, World
from tradefleet.domain.errors import SettingsError
from tradefleet.interfaces.dashboard.server import make_server, own_names, why_exposed

BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@contextmanager
def running(server: Any) -> Iterator[None]:
    """Serve in a thread of our own, as `serve` does in a process."""
    goes_on = True

    def loop() -> None:
        while goes_on:
            server.asyncore.loop(timeout=0.05, map=server._map, count=1)

    thread = threading.Thread(target=loop)
    thread.start()
    yield
    goes_on = False
    thread.join()
    server.task_dispatcher.shutdown()
    server.asyncore.close_all(server._map)


@pytest.fixture
def port(world: World) -> Iterator[int]:
    server = make_server(world.app(), "127.0.0.1", 0)
    with running(server):
        yield int(server.effective_port)


def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; return status, headers and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_it_answers(port: int):
    status, headers, body = ask(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert (status, body) == (200, b'{"status":"ok"}')
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("more", "status"), [(b"", 401), (f"Authorization: Bearer {TOKEN}\r\n".encode(), 413)]
)
def test_a_body_too_large_is_refused_before_it_is_sent_and_in_order(
    port: int, more: bytes, status: int
):
    announced = b"POST /api/create-bot HTTP/1.1\r\nHost: localhost\r\n" + more
    announced += b"Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"

    answer = ask(port, announced)

    assert answer[0] == status
    assert answer[1]["Content-Type"] == "application/problem+json"


def test_a_torn_request_gets_our_headers_too(port: int):
    status, headers, _ = ask(port, b"GET / HTTP/1.1\r\nBad Header\r\n\r\n")

    assert status == 400
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_an_event_leaves_at_once(port: int):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/events", headers=BEARER)
    answer = connection.getresponse()

    lines = [answer.readline() for _ in range(4)]
    connection.close()

    assert b"event: overview\n" in lines


def test_W8_a_taken_port_is_explained(world: World, port: int):
    with pytest.raises(SettingsError, match=f"Port {port} is taken by .* \\(process "):
        make_server(world.app(), "127.0.0.1", port)


def test_an_address_that_is_not_ours_is_explained(world: World):
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1"):
        make_server(world.app(), "192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_the_loopback_needs_no_protection(host: str):
    assert why_exposed(host, protected=False) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "box.lan", ""])
def test_the_network_needs_a_password_or_token_of_the_owner(host: str):
    assert "TRADEFLEET_PASSWORD" in why_exposed(host, protected=False)
    assert why_exposed(host, protected=True) == ""


def test_it_answers_to_the_names_it_listens_on():
    assert own_names("127.0.0.1") == own_names("localhost") == frozenset()
    assert own_names("box.lan") == {"box.lan"}
    assert {"*", socket.gethostname()} <= own_names("0.0.0.0")
