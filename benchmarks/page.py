"""The overview page with 50 bots in Chromium: until it can be used, and until all cards stand."""

import signal
import sys
from collections.abc import Iterator
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks import Figure
from benchmarks._fifty_bots import BOTS, TOKEN, fifty_bots
from tradefleet.interfaces.dashboard import create_app
from tradefleet.interfaces.dashboard.server import make_server

CHROMIUM = "/usr/bin/chromium"
LOADS = 7


def measure() -> Iterator[Figure]:
    """Load the page from a real server, each time in a fresh window with an empty cache."""
    ours, theirs = Pipe()
    server = Process(target=_serve, args=(theirs,))
    server.start()
    port = int(ours.recv())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        loads = [_load(browser, port) for _ in range(LOADS)]
        browser.close()
    server.terminate()
    server.join()
    yield Figure("interactive, median", f"{median(i for i, _ in loads):.0f} ms", "< 1,000 ms")
    yield Figure(f"{BOTS} cards stand, median", f"{median(c for _, c in loads):.0f} ms")


def _serve(to_parent: Connection) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with fifty_bots() as parts:
        server = make_server(create_app(parts), "127.0.0.1", 0)
        to_parent.send(server.effective_port)
        server.run()


def _load(browser: Browser, port: int) -> tuple[float, float]:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/login")
    page.fill("input[name=password]", TOKEN)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-bot]")
    page.goto("about:blank")
    page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
    page.wait_for_selector(f"[data-bot] >> nth={BOTS - 1}")
    timing = "performance.getEntriesByType('navigation')[0].domInteractive"
    interactive, cards = float(page.evaluate(timing)), float(page.evaluate("performance.now()"))
    context.close()
    return interactive, cards
