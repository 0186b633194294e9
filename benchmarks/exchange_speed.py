"""The built-in exchange through REST on one core, beside a hello-world of its web framework."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from benchmarks import Figure
from benchmarks._load import Round, load
from tradefleet.exchange.clock import WallClock

ROUNDS = int(os.environ.get("ROUNDS", "7"))
REQUESTS = 200  # of a connection in a round; no account may leave more than 100 orders in 10 s
CONNECTIONS = 8
SECRET = "benchmark"
SERVER_CORE, CLIENT_CORE = 0, 1
_READY_S = 60.0
_SETTLE_S = 1.0


class Server(NamedTuple):
    """A server process."""

    process: psutil.Process
    port: int


Script = Callable[[int], Sequence[bytes]]
"""Writes the requests of a connection, given the number of its account."""


def measure() -> Iterator[Figure]:
    """Let both servers answer in turn, several times, and compare round by round."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    with (
        tempfile.TemporaryDirectory(prefix="tradefleet-") as folder,
        _hello(Path(folder)) as hello,
        _exchange(Path(folder)) as exchange,
    ):
        rounds = _rounds(hello, exchange)
        held = (Path(folder) / "state" / "exchange.log").stat().st_size
    plain = rounds.pop("hello-world")
    yield Figure("hello-world", _told(plain))
    for name, taken in rounds.items():
        yield Figure(name, _told(taken))
        pairs = list(zip(taken, plain, strict=True))
        by_cpu = median(bare.cpu / ours.cpu for ours, bare in pairs)
        by_rate = median(ours.rate / bare.rate for ours, bare in pairs)
        goal = ">= 33 % by CPU" if name in _PROMISED else ""
        yield Figure("  of the hello-world", f"{by_cpu:.0%} by CPU, {by_rate:.0%} by rate", goal)
    yield Figure("append-only log written", f"{held / 2**20:.1f} MB")


def _rounds(hello: Server, exchange: Server) -> dict[str, list[Round]]:
    taken: dict[str, list[Round]] = {}
    for turn in range(-1, ROUNDS):  # the first one warms up
        for number, (name, script) in enumerate(_SCRIPTS.items()):
            server = hello if name == "hello-world" else exchange
            first = (turn + 1) * CONNECTIONS
            work = {
                f"127.{number + 1}.{turn + 2}.{place + 1}": script(first + place)
                for place in range(CONNECTIONS)
            }
            found = load(server.process, server.port, work)
            if turn >= 0:
                taken.setdefault(name, []).append(found)
    return taken


def _told(rounds: list[Round]) -> str:
    rate, cpu = median(one.rate for one in rounds), median(one.cpu for one in rounds)
    return f"{rate:,.0f} a second, {cpu * 1e6:.0f} µs CPU"


# ------------------------------------------------------------ requests


def _greetings(_: int) -> list[bytes]:
    return [_request("GET /")] * REQUESTS


def _market_orders(account: int) -> list[bytes]:
    order = "symbol=BTCUSDT&type=MARKET&quantity=0.001&side="
    return [
        _signed("POST /api/v3/order", account, order + ("SELL" if number % 2 else "BUY"))
        for number in range(REQUESTS)
    ]


def _limit_orders(account: int) -> list[bytes]:
    """Place and cancel in turn."""
    words = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=50000"
    written = []
    for number in range(REQUESTS // 2):
        place = f"symbol=BTCUSDT&{words}&newClientOrderId={number}"
        cancel = f"symbol=BTCUSDT&origClientOrderId={number}"
        written.append(_signed("POST /api/v3/order", account, place))
        written.append(_signed("DELETE /api/v3/order", account, cancel))
    return written


def _accounts(account: int) -> list[bytes]:
    return [_signed("GET /api/v3/account", account, "omitZeroBalances=true")] * REQUESTS


def _klines(query: str) -> Script:
    return lambda _: [_request(f"GET /api/v3/klines?symbol=BTCUSDT&{query}")] * REQUESTS


def _signed(target: str, account: int, query: str) -> bytes:
    query = f"{query}&recvWindow=60000&timestamp={WallClock().now()}"
    signature = hmac.new(SECRET.encode(), query.encode(), hashlib.sha256).hexdigest()
    return _request(f"{target}?{query}&signature={signature}", f"X-MBX-APIKEY: {_key(account)}\r\n")


def _request(target: str, headers: str = "") -> bytes:
    length = "" if target.startswith("GET") else "Content-Length: 0\r\n"
    return f"{target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}{headers}\r\n".encode()


def _key(account: int) -> str:
    return f"benchmark-{account}"


_SCRIPTS: dict[str, Script] = {
    "hello-world": _greetings,
    "signed market orders": _market_orders,
    "signed limit orders and their cancels": _limit_orders,
    "klines, limit=100": _klines("interval=1m&limit=100"),
    "klines, the usual 500": _klines("interval=1m"),
    "GET /account, signed": _accounts,
}
_PROMISED = ("signed market orders", "klines, limit=100", "klines, the usual 500")


# ------------------------------------------------------------ servers


@contextmanager
def _hello(folder: Path) -> Iterator[Server]:
    ready = folder / "hello.json"
    with _running([sys.executable, "-m", "benchmarks._hello", str(ready)], ready) as server:
        yield server


@contextmanager
def _exchange(folder: Path) -> Iterator[Server]:
    accounts = folder / "accounts.json"
    money = {"USDT": "1000000", "BTC": "100"}
    rows = [
        {"key": _key(number), "secret": SECRET, "balances": money}
        for number in range((ROUNDS + 1) * CONNECTIONS)
    ]
    accounts.write_text(json.dumps(rows))
    command = [sys.executable, "-m", "tradefleet", "exchange", "--port", "0", "--seed", "1"]
    command += ["--accounts", str(accounts), "--state", str(folder / "state")]
    home = folder / "data"
    with _running(command, home / "run" / "exchange.json", TRADEFLEET_HOME=str(home)) as server:
        yield server


@contextmanager
def _running(command: list[str], ready: Path, **environment: str) -> Iterator[Server]:
    """Start a server on its core, hand it over once it listens, and end it."""
    started = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        os.sched_setaffinity(started.pid, {SERVER_CORE})
        deadline = time.monotonic() + _READY_S
        while not ready.exists():
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(command)} does not listen")
            time.sleep(0.05)
        time.sleep(_SETTLE_S)
        yield Server(psutil.Process(started.pid), json.loads(ready.read_text())["port"])
    finally:
        started.terminate()
        started.wait(30)
