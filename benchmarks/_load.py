"""Load on a server on this machine: connections kept alive, each sends what was written before."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import NamedTuple

import psutil

PATIENCE_S = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Round(NamedTuple):
    """What some requests took.

    Attributes:
        rate: requests a second.
        cpu: of the server, seconds a request.
    """

    rate: float
    cpu: float


class _Connection(asyncio.Protocol):
    """Sends one request after the other, each when the last was answered; all must succeed."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = iter(requests)
        self._held = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport

    def next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        held = self._held = self._held + data if self._held else data
        head = held.find(b"\r\n\r\n")
        length = _LENGTH.search(held, 0, head) if head >= 0 else None
        if length is None or len(held) < head + 4 + int(length[1]):
            return
        self._held = b""
        if held.startswith(b"HTTP/1.1 200"):
            self.next()
        elif not self.done.done():
            self.done.set_exception(RuntimeError(f"refused: {held.decode()}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


def load(process: psutil.Process, port: int, work: dict[str, Sequence[bytes]]) -> Round:
    """Send requests as fast as they are answered.

    Args:
        process: of the server.
        port: where it listens.
        work: the requests of each connection, by the loopback address it comes from: an exchange
            counts what each address asks for.

    Raises:
        RuntimeError: a request was refused.
        TimeoutError: the server was too slow by far.
    """
    return asyncio.run(asyncio.wait_for(_load(process, port, work), PATIENCE_S))


async def _load(process: psutil.Process, port: int, work: dict[str, Sequence[bytes]]) -> Round:
    loop = asyncio.get_running_loop()
    connections = []
    for address, requests in work.items():
        _, connection = await loop.create_connection(
            lambda requests=requests: _Connection(requests),
            "127.0.0.1", port, local_addr=(address, 0),
        )  # fmt: skip
        connections.append(connection)
    spent, began = _cpu(process), time.perf_counter()
    for connection in connections:
        connection.next()
    await asyncio.gather(*(connection.done for connection in connections))
    taken, spent = time.perf_counter() - began, _cpu(process) - spent
    for connection in connections:
        connection.transport.close()
    count = sum(map(len, work.values()))
    return Round(count / taken, spent / count)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
