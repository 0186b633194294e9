"""Server-sent events: what listeners hear, and how many there may be."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interfaces.dashboard.world import Browser, World
from tradefleet.interfaces.dashboard.events import MOST_LISTENERS, Broadcast, essence


def heard(chunks: Iterator[Any]) -> tuple[str, Any]:
    """Return the next event's name and data."""
    for chunk in chunks:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        if text.startswith("event: "):
            name, data = text.removeprefix("event: ").split("\ndata: ")
            return name, json.loads(data)
    raise AssertionError("the stream ended")


@pytest.fixture
def broadcast(browser: Browser) -> Broadcast:
    made = browser.client.application.extensions["services"].broadcast
    assert isinstance(made, Broadcast)
    return made


def test_a_listener_hears_the_overview_and_its_bot(world: World, browser: Browser):
    bot = world.bot()

    answer = browser.get(f"/api/events?bot={bot.id}")
    chunks = answer.iter_encoded()
    try:
        name, overview = heard(chunks)
        assert (answer.mimetype, name) == ("text/event-stream", "overview")
        assert overview["bots"][0]["name"] == "BTC Bot"
        assert heard(chunks) == ("bot", overview["bots"][0])
    finally:
        chunks.close()


def test_a_change_is_heard(world: World, browser: Browser):
    chunks = browser.get("/api/events").iter_encoded()
    try:
        assert heard(chunks)[1]["bots"] == []
        world.bot()
        assert [bot["name"] for bot in heard(chunks)[1]["bots"]] == ["BTC Bot"]
    finally:
        chunks.close()


def test_a_stream_ends_with_the_server(browser: Browser, broadcast: Broadcast):
    chunks = browser.get("/api/events").iter_encoded()
    heard(chunks)

    broadcast.end()

    assert list(chunks) == []
    assert broadcast.listeners == 0


def test_a_listener_gives_its_seat_back(browser: Browser, broadcast: Broadcast):
    chunks = browser.get("/api/events").iter_encoded()
    heard(chunks)
    assert broadcast.listeners == 1

    chunks.close()

    assert broadcast.listeners == 0


def test_when_all_seats_are_taken_a_page_is_told_to_poll(browser: Browser, broadcast: Broadcast):
    broadcast.listeners = MOST_LISTENERS

    answer = browser.get("/api/events")

    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")


def test_waiting_alone_is_no_news(browser: Browser, world: World):
    before = browser.get("/api/overview").json
    world.clock.at += 1_000
    after = browser.get("/api/overview").json

    assert before != after
    assert essence(before) == essence(after)
