"""A real Chromium before the real dashboard, over a real store; the processes around are played."""

import math
import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.dashboard.world import (
    EXCHANGE_INFO,
    PRICES,
    World,
    new_store,
    symbol_info,
)
from tests.skips import skip_or_fail
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.domain.bot import Bot
from tradefleet.domain.candle import INTERVALS
from tradefleet.interfaces.dashboard import create_app
from tradefleet.interfaces.dashboard.server import make_server
from tradefleet.strategies import BUILT_IN

expect: Any
sync_playwright: Any
try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    expect = sync_playwright = None

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 10_000


@dataclass
class Waves:
    """Candles of a market that goes up and down around 50,000."""

    world: World

    def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Sequence[Any]]:
        step = INTERVALS[interval]
        last = self.world.clock.at // step * step
        worth = [50_000 + 400 * math.sin(i / 20) for i in range(limit + 1)]
        return [
            [
                last - (limit - 1 - i) * step,
                f"{worth[i]:.2f}",
                f"{max(worth[i : i + 2]) + 30:.2f}",
                f"{min(worth[i : i + 2]) - 30:.2f}",
                f"{worth[i + 1]:.2f}",
                "12.5",
            ]
            for i in range(limit)
        ]


class Front:
    """What listens on the port; each test puts its own dashboard behind it."""

    app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)  # type: ignore[no-any-return]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser last: playwright leaves its event loop marked as running in this thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def front() -> Iterator[tuple[Front, int]]:
    """One server for all tests: ending it waits for streams that have not noticed yet."""
    front = Front()
    server = make_server(front, "127.0.0.1", 0)
    goes_on = True

    def loop() -> None:
        while goes_on:
            server.asyncore.loop(timeout=0.05, map=server._map, count=1)

    thread = threading.Thread(target=loop)
    thread.start()
    yield front, int(server.effective_port)
    goes_on = False
    thread.join()
    server.task_dispatcher.shutdown(timeout=1)
    server.asyncore.close_all(server._map)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if sync_playwright is None:
        skip_or_fail("playwright is not installed")
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        skip_or_fail("no Chromium on this machine")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page of the owner's, and everything that went wrong on it."""

    page: Any
    world: World
    address: str
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note every error, and every request that leaves the host."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} {said.location}")
                if said.type == "error"
                else None
            ),
        )
        self.page.on("request", lambda request: self._is_ours(request.url))

    def _is_ours(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:", "about:")):
            self.complaints.append(f"asks {url}")

    def open(self, path: str) -> Any:
        """Open a page of the dashboard."""
        self.page.goto("about:blank")  # else another hash alone would load nothing
        self.page.goto(self.address + path)
        return self.page

    def forgive(self, word: str) -> None:
        """Forget complaints that the test itself provoked: a browser logs every refusal."""
        self.complaints[:] = [one for one in self.complaints if word not in one]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template")


@pytest.fixture(scope="session")
def worlds() -> Iterator[list[World]]:
    """Every world of the run; streams look at them until they notice that nobody listens."""
    made: list[World] = []
    yield made
    for world in made:
        world.store.close()


@pytest.fixture
def world(tmp_path: Path, template: Path, worlds: list[World]) -> World:
    made = World(tmp_path, new_store(tmp_path, template))
    worlds.append(made)
    made.open()
    coins = {"symbols": [*EXCHANGE_INFO["symbols"], symbol_info("SOLUSDT", "SOL", "USDT")]}
    made.snapshots.put("exchange_info", coins, made.clock.at)
    made.snapshots.put("prices", {**PRICES, "SOLUSDT": "150"}, made.clock.at)
    return made


@pytest.fixture
def visit(
    world: World, front: tuple[Front, int], chromium: Any, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """The owner, logged in by the link that `up` prints; nothing may go wrong on any page."""
    served, port = front
    chart: Any = Waves(world)
    catalogue = StrategyCatalogue(BUILT_IN, world.folder / "strategies")
    parts = replace(world.parts(), catalogue=catalogue, chart=chart)
    served.app = app = create_app(parts)
    width = getattr(request, "param", 1440)
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, has_touch=width < 600, is_mobile=width < 600
    )
    context.set_default_timeout(PATIENCE_MS)
    made = Visit(context.new_page(), world, f"http://127.0.0.1:{port}")
    made.watch()
    made.page.goto(f"{made.address}/open/{app.extensions['services'].owner.make_link()}")
    yield made
    context.close()
    assert not made.complaints


@pytest.fixture
def hostile(world: World) -> list[Bot]:
    """Bots with the names that break pages."""
    names = (
        "<img src=x onerror=\"document.title=1\"> & 'quotes'",
        "مرحبا بوت التداول",
        "🚀 to the moon 🌕",
        "W" * 64,
    )
    return [world.bot(name) for name in names]
