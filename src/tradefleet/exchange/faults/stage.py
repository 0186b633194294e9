"""The stage on which faults play: the exchange, its connections, and ways to disturb them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Scope

from tradefleet.exchange.connection import Connections
from tradefleet.exchange.venue import Venue

Pause = Callable[[float], Awaitable[None]]


class Wires(Protocol):
    """What a server can do to a connection, named by its ASGI scope."""

    def cut(self, scope: Scope) -> None:
        """End it without a word."""

    def mute(self, scope: Scope, *, silent: bool) -> None:
        """Let nothing out, no ping either; or let everything out again."""


@dataclass(slots=True)
class Stage:
    """Everything a fault may touch.

    Attributes:
        pause: waits for seconds.
        closed: no request is answered.
    """

    venue: Venue
    connections: Connections
    wires: Wires
    pause: Pause = asyncio.sleep
    closed: bool = False
