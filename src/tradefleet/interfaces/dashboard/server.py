"""The web server of the dashboard: waitress, with room for streams."""

import errno
import ipaddress
import logging
import socket
from collections.abc import Callable
from typing import Any

import psutil
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import ErrorTask

from tradefleet.domain.errors import SettingsError
from tradefleet.interfaces.dashboard.events import SERVER_THREADS
from tradefleet.interfaces.dashboard.guard import HEADERS, LARGEST_BODY

SMALLEST_SECRET = 12


class HeaderFirstParser(HTTPRequestParser):  # type: ignore[misc]
    """Hands a request whose body is too large on without its body.

    Waitress would read the body first, or refuse by itself: then a stranger would learn the
    size limit before being asked who he is, and the answer would lack our headers.
    """

    content_length: int

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header; drop an announced body that is too large."""
        super().parse_header(header_plus)
        if self.content_length > LARGEST_BODY:
            self.content_length = 0
            self.body_rcv = None
            self.expect_continue = False
            self.connection_close = True


class BareRefusal(ErrorTask):  # type: ignore[misc]
    """What waitress refuses before it is a request, such as a torn header; with our headers."""

    def execute(self) -> None:
        """Write the refusal."""
        self.response_headers.extend(HEADERS.items())
        super().execute()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that reads requests header first."""

    parser_class = HeaderFirstParser
    error_task_class = BareRefusal


def why_exposed(host: str, *, protected: bool) -> str:
    """Return why the dashboard must not listen on `host`, or an empty text.

    Args:
        protected: whether the owner set a password or a token.
    """
    if protected or _is_loopback(host):
        return ""
    return (
        f"Listening on {host} lets every machine that reaches this one see the login page. Set "
        "TRADEFLEET_PASSWORD or TRADEFLEET_TOKEN in .env first, or keep 127.0.0.1 and use an SSH "
        "tunnel: ssh -L 5001:127.0.0.1:5001 this-machine"
    )


def own_names(host: str) -> frozenset[str]:
    """Return the names under which a dashboard that listens on `host` may be asked for.

    Listening everywhere means this machine's name and any bare address: a foreign name could be
    made to point at us (DNS rebinding), an address could not.
    """
    if host in ("0.0.0.0", "::"):
        return frozenset({"*", socket.gethostname(), f"{socket.gethostname()}.local"})
    return frozenset() if _is_loopback(host) else frozenset({host})


def serve(app: Flask, host: str, port: int, ready: Callable[[int], object] | None = None) -> None:
    """Serve until the process is told to end.

    Args:
        ready: called with the port once it listens; port 0 takes any free one.

    Raises:
        SettingsError: the port is taken or the host is not ours; says who holds the port.
    """
    server = make_server(app, host, port)
    if ready is not None:
        ready(int(server.effective_port))
    try:
        server.run()
    finally:
        server.close()


def make_server(app: Flask, host: str, port: int) -> Any:
    """Return a server that listens already."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        app,
        sockets=[_bind(host, port)],
        threads=SERVER_THREADS,
        connection_limit=500,
        ident="tradefleet",
        clear_untrusted_proxy_headers=True,
        max_request_body_size=LARGEST_BODY + 1,
    )
    server.channel_class = Channel
    return server


def _bind(host: str, port: int) -> socket.socket:
    """Return a bound socket; bound here, because waitress leaks what it cannot bind."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = min(found)  # IPv4 first
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen()  # with SO_REUSEADDR a taken port is only told here
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise SettingsError(_why_not_bound(error, host, port)) from error
    return bound


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken{_holder_of(port)}. If that is this dashboard, open it at "
            f"http://127.0.0.1:{port}/ ; otherwise choose another port: --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is only for the administrator. Choose one above 1023: --port 5001"
    return f"The dashboard cannot listen on {host}, port {port}: {error.strerror or error}"


def _holder_of(port: int) -> str:
    """Return ` by NAME (process N)`, as far as this user may know it."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return ""
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        if listens and connection.pid:
            try:
                name = " ".join(psutil.Process(connection.pid).cmdline()[:3])
            except psutil.Error:
                name = "another program"
            return f" by {name[:80]} (process {connection.pid})"
    return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
