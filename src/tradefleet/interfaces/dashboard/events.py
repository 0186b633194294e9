"""Server-sent events: one look at the fleet a second, shared by everybody who listens."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

LOG = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
COMMENT_EVERY_SECONDS = 15.0
# Every stream holds a thread of the server; the rest must stay free for requests.
SERVER_THREADS = 64
MOST_LISTENERS = SERVER_THREADS - 16

Overview = dict[str, Any]


@dataclass
class Broadcast:
    """Looks while somebody listens, and tells all listeners what changed."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    listeners: int = 0
    ended: bool = False
    _latest: Overview = field(default_factory=dict)
    _text: str = ""
    _version: int = 0
    _looker: threading.Thread | None = None

    def join(self, look: Callable[[], Overview]) -> bool:
        """Take a seat; False if all are taken. The first listener starts the looking."""
        with self.changed:
            if self.listeners >= MOST_LISTENERS:
                return False
            self.listeners += 1
            if self._looker is None:
                self._looker = threading.Thread(
                    target=self._look_on, args=(look,), name="overview", daemon=True
                )
                self._looker.start()
            return True

    def leave(self) -> None:
        """Give the seat back; when the last one leaves, the looking ends."""
        with self.changed:
            self.listeners -= 1
            self.changed.notify_all()

    def end(self) -> None:
        """Let every stream end, because the server does: it would wait for them."""
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def stream(self, bot_id: int | None) -> Iterator[str]:
        """Yield events until the listener goes; with a bot id, its bot as well."""
        seen, bot_seen = 0, ""
        try:
            yield "retry: 3000\n\n"
            while not self.ended:
                with self.changed:
                    self.changed.wait_for(
                        lambda: self.ended or self._version > seen,  # noqa: B023
                        timeout=COMMENT_EVERY_SECONDS,
                    )
                    version, latest, text = self._version, self._latest, self._text
                if version == seen:
                    yield ": ping\n\n"
                    continue
                seen = version
                yield event("overview", text)
                bot_text = bot_of(latest, bot_id)
                if bot_text and bot_text != bot_seen:
                    bot_seen = bot_text
                    yield event("bot", bot_text)
        finally:
            self.leave()

    def _look_on(self, look: Callable[[], Overview]) -> None:
        before: Overview = {}
        while True:
            started = time.monotonic()
            latest = _try(look)
            with self.changed:
                if latest and essence(latest) != before:
                    before = essence(latest)
                    self._latest, self._text = latest, json.dumps(latest, separators=(",", ":"))
                    self._version += 1
                    self.changed.notify_all()
                left = LOOK_EVERY_SECONDS - (time.monotonic() - started)
                self.changed.wait_for(lambda: self.listeners == 0, timeout=max(left, 0.05))
                if self.listeners == 0:
                    self._looker, self._version = None, 0  # nobody is shown an old overview
                    return


def event(name: str, data: str) -> str:
    """Return an event as it goes over the wire."""
    return f"event: {name}\ndata: {data}\n\n"


def essence(overview: Overview) -> Overview:
    """Return an overview without what changes by mere waiting."""
    health = overview["health"]
    processes = [{**process, "age_ms": 0} for process in health["processes"]]
    return {**overview, "now": 0, "health": {**health, "processes": processes}}


def bot_of(overview: Overview, bot_id: int | None) -> str:
    """Return the text of one bot's event; empty if nobody asked or it is gone."""
    found = (bot for bot in overview.get("bots", ()) if bot["id"] == bot_id)
    return json.dumps(next(found, None), separators=(",", ":")) if bot_id else ""


def _try(look: Callable[[], Overview]) -> Overview:
    try:
        return look()
    except Exception:  # this thread feeds every open page, and must outlive whatever one look met
        LOG.exception("the overview cannot be made")
        return {}
