"""A stream of the exchange: one connection after another, for ever.

A connection ends when it breaks or falls silent; the next one begins after a pause that grows with
each failure. Where its end is known beforehand (Binance cuts every connection at 24 hours, and
announces a shutdown with `serverShutdown`) the next one is opened first and listens before the old
one is left, so that no event falls between the two; what both hear is heard twice. Whoever listens
is told of every new connection once it is subscribed, because what happened before has to be
fetched.
"""

import asyncio
import json
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tradefleet.adapters.binance.answers import Answered, silence_ms

SHUTDOWN = "serverShutdown"
# No message of the exchange comes near it; a full book of 5,000 levels has 300 KB.
LARGEST_MESSAGE = 16 * 1024 * 1024
# A key that is not accepted is not tried again sooner.
REFUSED_PAUSE_S = 60.0

_log = logging.getLogger(__name__)


class KeyNotAcceptedError(Exception):
    """The exchange does not let this key listen."""


class Patience(Protocol):
    """How long to leave the exchange alone; `Budget` keeps it."""

    def silent_for_ms(self) -> int:
        """How long nothing at all may be sent."""

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long; may block."""


class SilenceAskedError(Exception):
    """The exchange asks to be left alone for `ms`."""

    def __init__(self, ms: int, text: str) -> None:
        super().__init__(text)
        self.ms = ms


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a stream is, in seconds; only tests need another one.

    Attributes:
        silence_s: without a message for so long a connection counts as dead.
        ping_s: between our pings, of which each must be answered within `silence_s`.
        life_s: how long a connection is used; Binance cuts it at 24 hours.
        answer_s: for a subscription to be confirmed.
        longest_pause_s: between two attempts.
    """

    silence_s: float = 60.0
    ping_s: float = 20.0
    life_s: float = 23.5 * 3_600
    answer_s: float = 10.0
    longest_pause_s: float = 15.0


class Line:
    """One connection of a stream.

    Attributes:
        changed: set when what is wanted changed.
        stands: set once everything asked for at the beginning is confirmed.
        is_due: set once the next connection should take its place.
    """

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.stands = asyncio.Event()
        self.is_due = asyncio.Event()
        self.task: asyncio.Task[None]
        self._unanswered: set[int] = set()
        self._has_asked = False

    def asks(self, number: int) -> None:
        """Wait for the answer to a request."""
        self._unanswered.add(number)

    def has_asked(self) -> None:
        """Note that everything was asked for."""
        self._has_asked = True
        self._look()

    def answered(self, number: Any) -> None:
        """Take note of an answer."""
        self._unanswered.discard(number)
        self._look()

    @property
    def lives(self) -> bool:
        """Whether it still listens."""
        return not self.task.done()

    async def wait_for(self, event: asyncio.Event, seconds: float) -> bool:
        """Return whether something happened in time; the end of the connection ends the wait."""
        happened = asyncio.create_task(event.wait())
        await asyncio.wait(
            {happened, self.task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        happened.cancel()
        return event.is_set()

    async def hang_up(self) -> None:
        """End it."""
        self.task.cancel()
        await asyncio.wait({self.task})

    def _look(self) -> None:
        if self._has_asked and not self._unanswered:
            self.stands.set()


class Stream(ABC):
    """One connection after another.

    Attributes:
        state: `closed`, `open`, or why it is not open; for people.
        opened: how many connections stood so far.
    """

    name: str

    def __init__(
        self,
        url: str,
        on_open: Callable[[], None],
        patience: Patience | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._url = url
        self._on_open = on_open
        self._patience = patience
        self._pace = pace or Pace()
        self._lines: set[Line] = set()
        self.state = "closed"
        self.opened = 0

    @property
    def silence_s(self) -> float | None:
        """How long a connection may bring no message; None = for ever, pings have to do."""
        return self._pace.silence_s

    @abstractmethod
    async def greet(self, connection: ClientConnection, line: Line) -> None:
        """Say what we want on a new connection."""

    @abstractmethod
    def hear(self, message: Any, line: Line) -> None:
        """Take a message."""

    async def run(self) -> None:
        """Listen for ever."""
        before: Line | None = None
        failures = 0
        try:
            while True:
                await self._wait_out_silence()
                line = self._dial()
                began = asyncio.get_running_loop().time()
                if await line.wait_for(line.stands, self._pace.answer_s):
                    self._stands()
                    if line.lives and before is not None:
                        await before.hang_up()
                    await line.wait_for(line.is_due, self._pace.life_s)
                    before = line if line.lives else before
                lived_s = asyncio.get_running_loop().time() - began
                failures = (
                    0 if lived_s >= min(self._pace.silence_s, self._pace.life_s) else failures + 1
                )
                pause_s = await self._look_back(line, before)
                if failures:
                    longest = min(self._pace.longest_pause_s, 0.25 * 2.0 ** min(failures, 10))
                    await asyncio.sleep(max(pause_s, longest * random.uniform(0.5, 1.0)))
        finally:
            for line in tuple(self._lines):
                await line.hang_up()

    def _dial(self) -> Line:
        line = Line()
        line.task = asyncio.create_task(self._listen(line))
        self._lines.add(line)
        line.task.add_done_callback(lambda _: self._lines.discard(line))
        return line

    def _stands(self) -> None:
        self.state = "open"
        self.opened += 1
        self._on_open()

    async def _look_back(self, line: Line, before: Line | None) -> float:
        """Say how a connection ended; return how long to wait at least."""
        if line is before:
            _log.info("%s stream: time for another connection", self.name)
            return 0.0
        if line.lives:
            await line.hang_up()
            return self._lost("nothing was confirmed")
        # A message that is not what it should be ends its connection, never the process.
        error = None if line.task.cancelled() else line.task.exception()
        if isinstance(error, InvalidStatus):
            response = error.response
            body = bytes(response.body or b"")
            answered = Answered(response.status_code, response.headers, body)
            await self._be_silent(silence_ms(answered, 0))
        elif isinstance(error, SilenceAskedError):
            await self._be_silent(error.ms)
        self._lost(f"{type(error).__name__}: {error}".rstrip(": ") if error else "reconnecting")
        return REFUSED_PAUSE_S if isinstance(error, KeyNotAcceptedError) else 0.0

    def _lost(self, why: str) -> float:
        if self.state != why:
            _log.warning("%s stream lost: %s", self.name, why)
        self.state = why
        return 0.0

    async def _listen(self, line: Line) -> None:
        async with self._connected() as connection:
            greeting = asyncio.create_task(self.greet(connection, line))
            try:
                await self._hear_all(connection, line)
            finally:
                greeting.cancel()
                await asyncio.gather(greeting, return_exceptions=True)

    async def _hear_all(self, connection: ClientConnection, line: Line) -> None:
        while True:
            async with asyncio.timeout(self.silence_s):
                text = await connection.recv()
            message = json.loads(text, parse_float=str)
            if message.get("e") == SHUTDOWN or message.get("stream") == f"!{SHUTDOWN}":
                line.is_due.set()
            else:
                self.hear(message, line)

    async def _wait_out_silence(self) -> None:
        while self._patience is not None and (ms := self._patience.silent_for_ms()):
            self.state = "silent, as the exchange asked"
            await asyncio.sleep(ms / 1_000)

    async def _be_silent(self, ms: int) -> None:
        if ms > 0 and self._patience is not None:
            await asyncio.to_thread(self._patience.silence, ms)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        secure = self._url.startswith("wss:")
        async with connect(
            self._url,
            ping_interval=self._pace.ping_s,
            ping_timeout=self._pace.silence_s,
            open_timeout=self._pace.answer_s,
            close_timeout=1,
            compression=None,
            max_size=LARGEST_MESSAGE,
            proxy=True if secure else None,
        ) as connection:
            yield connection
