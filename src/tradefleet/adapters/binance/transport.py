"""What carries requests: one deadline for a whole request, and no retries of its own.

An HTTP library's timeout counts for each read, so a server that sends a byte a second holds a
request for ever. Here every wait of a request, from connecting to the last byte of the answer, ends
at the same moment.
"""

import ssl
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from tradefleet.adapters.clock import seconds_since_boot

# As long as Binance itself waits for its engine; an order's fate is rarely known sooner.
DEADLINE_S = 10.0
CONNECT_S = 5.0
# Shorter than any server keeps an idle connection: a request must not meet one that is closing.
KEEP_ALIVE_S = 3.0


class Deadline(threading.local):
    """When the request of this thread ends, in seconds since boot."""

    ends_at = float("inf")

    def left(self, timeout: float | None, expired: type[Exception]) -> float | None:
        """Return how long to wait at most; raises `expired` if there is no time left."""
        left = self.ends_at - seconds_since_boot()
        if left <= 0:
            raise expired("the answer took too long")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.SyncBackend):
    """Opens connections that keep the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(timeout, httpcore2.ConnectTimeout)
        stream = super().connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._deadline)


class PatientTransport(httpx2.HTTPTransport):
    """Carries each request, answer included, within one deadline."""

    def __init__(self, deadline_s: float, **options: Any) -> None:
        """Prepare; `options` are those of `HTTPTransport`."""
        super().__init__(**options)
        self._deadline_s = deadline_s
        self._deadline = Deadline()
        # The pool has a parameter for it, but `HTTPTransport` makes the pool and does not pass it.
        self._pool._network_backend = _Backend(self._deadline)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its answer; the answer's body keeps the same deadline."""
        self._deadline.ends_at = seconds_since_boot() + self._deadline_s
        return super().handle_request(request)


def http_client(url: str, deadline_s: float = DEADLINE_S) -> httpx2.Client:
    """Return what carries requests to `url`, without retries or redirections of its own.

    Over plain HTTP no TLS context is made, which would cost a bot 2 MB and 20 ms: with None the
    pool makes its (verifying) default only when it meets TLS.
    """
    secure = url.startswith("https:")
    verify: Any = True if secure else None
    transport = PatientTransport(
        deadline_s,
        verify=verify,
        trust_env=secure,
        limits=httpx2.Limits(max_connections=16, keepalive_expiry=KEEP_ALIVE_S),
        proxy=_proxy(url) if secure else None,
        retries=0,
    )
    return httpx2.Client(
        transport=transport,
        timeout=httpx2.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
        headers={"Accept": "application/json"},
        follow_redirects=False,
    )


def _proxy(url: str) -> str | None:
    """Return the proxy the environment names for an address."""
    host = urlsplit(url).hostname or ""
    if proxy_bypass(host):
        return None
    found = getproxies()
    return found.get("https") or found.get("all")
