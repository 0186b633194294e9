"""The hub's end of the socket."""

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tradefleet.adapters.hub.wire import LONGEST_LINE, Json, line, short_path

# Who does not read what it asked for is cut off: it would fill our memory.
MOST_UNREAD = 8 * 1024 * 1024
LOOK_S = 1.0

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """Who answers."""

    async def answer(self, question: Json) -> Json:
        """Return the answer to a question; never raises for what was asked."""

    def watch(self, listener: Callable[[Json], None], question: Json) -> None:
        """Ring a listener from now on."""

    def forget(self, listener: Callable[[Json], None]) -> None:
        """Ring a listener no more."""


class HubServer:
    """Serves bots over a Unix socket. The caller holds the hub's lock: one server a folder."""

    def __init__(self, path: Path, desk: Desk) -> None:
        self._path = path
        self._desk = desk

    async def serve(self) -> None:
        """Serve until cancelled, or until somebody removed the socket (call again then)."""
        server = await asyncio.start_unix_server(self._talk, sock=self._bound(), limit=LONGEST_LINE)
        own = self._inode()
        try:
            while self._inode() == own:
                await asyncio.sleep(LOOK_S)
            _log.warning("the hub's socket was removed")
        finally:
            server.close()
            if self._inode() == own:
                self._path.unlink()

    def _inode(self) -> int:
        try:
            return self._path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _bound(self) -> socket.socket:
        self._path.unlink(missing_ok=True)  # of a hub that was killed
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_path(self._path) as name:
            listener.bind(name)
        self._path.chmod(0o600)
        return listener

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def send(message: Json) -> None:
            if writer.transport.get_write_buffer_size() > MOST_UNREAD:
                writer.transport.abort()
            elif not writer.is_closing():
                writer.write(line(message))

        try:
            while text := await reader.readline():
                message = json.loads(text)
                if "watch" in message:
                    self._desk.watch(send, message["watch"])
                else:
                    send(await self._desk.answer(message))
        except asyncio.CancelledError:
            pass  # the hub ends; asyncio would complain about a handler that was cancelled
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.info("a bot's connection ended: %r", error)
        finally:
            self._desk.forget(send)
            writer.close()
