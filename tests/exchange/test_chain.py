"""One exchange feeds another one: `--market live`, as processes."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.exchange.running import PATIENCE_S, Running

LONG_S = 90.0  # for what takes its time by design: 15 s to be stale, half a minute to ask again
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "500"}


def until(question: Callable[[], object], patience: float = PATIENCE_S) -> object:
    """Ask until the answer is true; return it."""
    end = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < end, "never true"
        time.sleep(0.1)
    return answer


@dataclass
class Chain:
    folder: Path
    source: Running
    live: Running

    def price(self, running: Running) -> Decimal:
        return Decimal(running.get("/ticker/price", symbol="BTCUSDT")["price"])

    def stale_since(self) -> int | None:
        return self.live.client.get("/sim/state").json()["staleSince"]

    def move(self, factor: str) -> Decimal:
        """Move the source's price; return it."""
        price = (self.price(self.source) * Decimal(factor)).quantize(Decimal("0.01"))
        answer = self.source.client.post(f"/sim/price?symbol=BTCUSDT&price={price}")
        assert answer.status_code == 200
        return price

    def near(self, price: Decimal) -> bool:
        return abs(self.price(self.live) / price - 1) < Decimal("0.01")


def folder_of(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("chain")
    source = Running(folder_of(folder, "source"))
    address = f"http://127.0.0.1:{source.port}"
    live = Running(folder_of(folder, "live"), "--market", "live", "--source", address)
    chain = Chain(folder, source, live)
    until(lambda: chain.price(live))
    yield chain
    for running in (chain.live, chain.source):
        running.end(signal.SIGKILL)


def test_symbols_and_candles_are_those_of_the_source(chain):
    symbols = [
        [one["symbol"] for one in running.get("/exchangeInfo")["symbols"]]
        for running in (chain.source, chain.live)
    ]
    assert symbols[0] == symbols[1]
    for interval, zone in (("1m", "0"), ("1d", "8"), ("1M", "-5:30")):
        asked = {"symbol": "BTCUSDT", "interval": interval, "timeZone": zone, "limit": "20"}
        rows = chain.source.get("/klines", **asked)
        closed = [row for row in rows if row[6] < chain.source.now() - 1_000]
        told = chain.live.get("/klines", **asked)
        assert [row for row in told if row[0] <= closed[-1][0]][-len(closed) + 1 :] == closed[1:]


def test_prices_follow_and_orders_fill_at_them(chain):
    price = chain.move("1.25")
    chain.live.get("/depth", symbol="BTCUSDT", limit="20")
    until(lambda: chain.near(price))

    order = chain.live.send("POST", "/order", **BUY).json()

    assert order["status"] == "FILLED"
    for fill in order["fills"]:
        assert abs(Decimal(fill["price"]) / price - 1) < Decimal("0.01")


def test_the_book_is_the_sources_own(chain):
    def prices(running: Running) -> set[str]:
        book = running.get("/depth", symbol="BTCUSDT", limit="100")
        return {price for side in ("bids", "asks") for price, _ in book[side]}

    until(lambda: len(prices(chain.live)) > 40 and prices(chain.live) & prices(chain.source))


def test_candles_are_streamed_too(chain):
    with connect(f"ws://127.0.0.1:{chain.live.port}/ws/ethusdt@kline_1m") as candles:
        told = json.loads(candles.recv(PATIENCE_S))["k"]
    rows = chain.source.get("/klines", symbol="ETHUSDT", interval="1m", limit="2")

    assert told["t"] in [row[0] for row in rows]


def test_a_silent_source_freezes_prices_until_it_is_back(chain):
    before = chain.source
    port, frozen = before.port, chain.price(chain.live)
    before.end(signal.SIGKILL)

    since = until(chain.stale_since, LONG_S)

    assert since <= chain.live.now() - 15_000
    frozen = chain.price(chain.live)
    assert chain.price(chain.live) == frozen
    assert chain.live.get("/ping") == {}

    chain.source = Running(before.folder, "--port", str(port))
    price = chain.move("1.3")
    until(lambda: chain.stale_since() is None, LONG_S)
    until(lambda: chain.near(price))
    assert chain.live.send("POST", "/order", **BUY).json()["status"] == "FILLED"
