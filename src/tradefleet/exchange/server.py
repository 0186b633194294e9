"""The exchange as a process: it listens, says so, and ends cleanly."""

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope

from tradefleet.domain.errors import InputError
from tradefleet.exchange.app import Beat, make_app
from tradefleet.exchange.books.log import FileLog
from tradefleet.exchange.connection import Connections
from tradefleet.exchange.faults.reading import load_faults
from tradefleet.exchange.faults.table import FaultTable
from tradefleet.exchange.heartbeat import HeartbeatProtocol
from tradefleet.exchange.opening import OpenMarket, Options, Say, open_venue
from tradefleet.exchange.venue import Venue

_LAST_WORDS_SECONDS = 2
_GOODBYE_SECONDS = 1.0  # for a peer that does not read
_WATCH_SECONDS = 1.0


def serve(options: Options, open_market: OpenMarket, say: Say) -> None:
    """Run the exchange until SIGTERM or SIGINT.

    Args:
        options: how it is run.
        open_market: makes or continues the market.
        say: hears what a person should know, a sentence at a time.

    Raises:
        InputError: it cannot start: busy port, folder in use, another market; says the mend.
        StoreError: its memory cannot be read or written.
    """
    faults = None if options.faults is None else load_faults(options.faults)
    listener = _listen(options.host, options.port)
    with contextlib.closing(listener), contextlib.closing(FileLog(options.state)) as log:
        if options.fresh:
            log.archive(f"{datetime.now(UTC):%Y%m%dT%H%M%S}")
        venue = open_venue(options, log, open_market, say)
        asyncio.run(_run(venue, listener, options, faults, say))
        if options.state.is_dir():
            venue.compact()


async def _run(
    venue: Venue,
    listener: socket.socket,
    options: Options,
    faults: FaultTable | None,
    say: Say,
) -> None:
    beat = Beat(venue)
    wires = _Wires()
    server = _Server(
        server_config(make_app(venue, beat, wires, faults=faults)), venue, beat.connections
    )
    wires.server = server
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    tasks = [
        asyncio.create_task(beat.run()),
        asyncio.create_task(venue.market.run()),
        asyncio.create_task(_announce(server, listener, options.ready_file, venue, say)),
    ]
    if options.watch is not None:
        tasks.append(asyncio.create_task(_watch(options.watch, server)))
    for task in tasks:
        task.add_done_callback(server.stop_if_failed)
    try:
        await server.serve(sockets=[listener])
    finally:
        _forget(options.ready_file)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for failed in tasks:
        if not failed.cancelled() and (error := failed.exception()) is not None:
            raise error


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Return how the exchange is served, which its benchmark lays on another application too."""
    return uvicorn.Config(
        app,
        ws=HeartbeatProtocol,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
    )


class _Server(uvicorn.Server):
    """A server whose signals are ours, and which tells its peers before it goes."""

    def __init__(self, config: uvicorn.Config, venue: Venue, connections: Connections) -> None:
        super().__init__(config)
        self._venue = venue
        self._connections = connections
        self._leaving: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: uvicorn would raise them again after it ended."""
        yield

    def stop(self) -> None:
        """End in good order."""
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._leave())

    async def _leave(self) -> None:
        """Say goodbye to those who are connected, and go."""
        self._connections.announce_shutdown(self._venue.now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._connections.flushed(), _GOODBYE_SECONDS)
        self.should_exit = True

    def stop_if_failed(self, task: "asyncio.Task[None]") -> None:
        """End when a task that must live has failed."""
        if not task.cancelled() and task.exception() is not None:
            self.stop()


class _Wires:
    """What the server can do to its connections."""

    server: _Server

    def cut(self, scope: Scope) -> None:
        """End a connection without a word."""
        for connection in self._of(scope):
            connection.transport.abort()

    def mute(self, scope: Scope, *, silent: bool) -> None:
        """Let nothing out on a connection, no ping either; or let everything out again."""
        for connection in self._of(scope):
            way_out = connection.transport
            if silent:
                connection.transport = _Muted(way_out)
            elif isinstance(way_out, _Muted):
                connection.transport = way_out.transport

    def _of(self, scope: Scope) -> list[Any]:
        """Return the connection of a request, which may be gone already."""
        return [
            connection
            for connection in self.server.server_state.connections
            if getattr(connection, "client", None) == tuple(scope["client"])
        ]


class _Muted:
    """A transport that swallows what is written."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Swallow the data."""


async def _announce(
    server: _Server, listener: socket.socket, ready_file: Path | None, venue: Venue, say: Say
) -> None:
    """Say that the exchange listens, and where."""
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = listener.getsockname()[:2]
    if ready_file is not None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = ready_file.with_suffix(".new")
        fresh.write_text(json.dumps({"port": port, "pid": os.getpid()}), "utf-8")
        os.replace(fresh, ready_file)
    say(f"exchange ({venue.market.name} market) at http://{host}:{port}")


def _forget(ready_file: Path | None) -> None:
    """Take the file away, unless another process has written it since."""
    if ready_file is not None and ready_file.exists():
        with contextlib.suppress(ValueError, OSError):
            if json.loads(ready_file.read_text("utf-8")).get("pid") == os.getpid():
                ready_file.unlink()


async def _watch(folder: Path, server: _Server) -> None:
    """End when a folder disappears."""
    while folder.is_dir():
        await asyncio.sleep(_WATCH_SECONDS)
    server.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio would leave Nagle's delay of 40 ms between head and body of answers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop what listens there, or choose"
            " another port with --port (0 = any free one)",
            field="port",
            code="port_busy",
        ) from None
    return listener
