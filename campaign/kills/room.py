"""A room: one exchange, one store, one bot after another; here they are killed and judged."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import tradefleet
from campaign.kills.bot import Script, Trail, start
from campaign.kills.checker import (
    Books,
    Exchange,
    Truth,
    balances,
    check_account,
    is_recovered,
    judge,
    read_books,
    read_truth,
)
from campaign.kills.plan import Act, Life
from campaign.kills.tally import Kill, Tally, Violation
from tradefleet.bootstrap.installation import Installation
from tradefleet.settings import Settings

SOURCE = str(Path(tradefleet.__file__).parents[1])
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
LOOK_S = 0.02
LATE_LOOK_S = 3.0  # what arrives late arrived by then, and a lonely bot looked after it
QUIET_S = 1.3  # longer than the pause between two questions about an unknown order
PATIENCE_S = 40.0
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How one process ended.

    Attributes:
        killed: it died by its own hand.
        recovered_s: when everything was in order, counted from its start; None if never.
        in_flight: something was in flight when it was started.
    """

    killed: bool
    points: tuple[str, ...]
    recovered_s: float | None = None
    in_flight: bool = False


class Room:
    """One installation under test."""

    def __init__(self, folder: Path, settle_ms: int) -> None:
        self._home = folder
        self._settle_ms = settle_ms
        self._ids = count(1)
        self._made_at = 0
        settings = Settings(_env_file=None, tradefleet_home=folder, trading_mode="paper")  # type: ignore[call-arg]
        made = Installation(settings)
        made.folder.prepare()
        key, secret = made.folder.paper_account()
        self._file = folder / "paper" / "tradefleet.db"
        self._server = self._start_exchange(key, secret)
        self._migrate(made)
        port = self._wait_for(made.folder.exchange_address)
        made.folder.write(made.folder.market, {"market": "synthetic", "port": port})
        self.exchange = Exchange(f"http://127.0.0.1:{port}", key, secret)
        info = self.exchange.get("/api/v3/exchangeInfo")
        self._rules = {row["symbol"]: row for row in info["symbols"]}
        self._before = balances(self.exchange)

    def close(self) -> None:
        """End the exchange."""
        self._server.terminate()
        self._server.wait(START_S)

    def check_account(self) -> Iterator[Violation]:
        """Yield what is wrong with the account as a whole."""
        for invariant, text in check_account(self.exchange, self._file, self._before):
            yield Violation(invariant, text, self._home.name)

    # ------------------------------------------------------------ a bot's life

    def play(self, life: Life) -> tuple[Tally, list[Act]]:
        """Let a new bot live; return what was seen, and the acts it had no occasion for."""
        tally, left = Tally(), []
        bot_id = next(self._ids)
        symbol = SYMBOLS[bot_id % len(SYMBOLS)]
        self._made_at = self._now()
        first = True
        for act in life.acts:
            if act.needs_position and not self._holds(bot_id):
                left.append(act)
                continue
            self._act(tally, act, bot_id, symbol, first)
            first = False
        if self._holds(bot_id):
            self._act(tally, Act("sell_out"), bot_id, symbol, first=False)
        return tally, left

    def _act(self, tally: Tally, act: Act, bot_id: int, symbol: str, first: bool) -> None:
        """Play one act: every process dies as planned, the last one must bring all in order."""
        self._bring(act.faults)
        says, deaths = act.says, list(act.deaths)
        while True:
            dies_at = deaths.pop(0) if deaths else ""
            is_last = not dies_at
            if is_last and act.deaths:
                self._bring_none(tally, act)
            script = Script(
                bot_id, symbol, says, act.wish, dies_at, self._settle_ms, is_first=first
            )
            lingers = LATE_LOOK_S if is_last and "late" in act.fate else 0.0
            ended = self._run(script, lingers)
            first = False
            tally.saw(act, ended.points)
            if ended.killed:
                tally.kills.append(Kill(act.name, act.fate, ended.points[-1], says == "HOLD"))
                says = act.says_again
                if act.gap:
                    self._gap(symbol, act.gap)
                continue
            if not is_last:
                tally.missed += 1
                deaths = []
                continue
            break
        if act.deaths:
            tally.recovered(ended.recovered_s, ended.in_flight)
        self._judge(tally, act, bot_id, ended)
        if not act.deaths:
            self._bring_none(tally, act)

    def _judge(self, tally: Tally, act: Act, bot_id: int, ended: Ended) -> None:
        books = read_books(self._file, bot_id)
        assert books is not None
        truth = self._truth(books)
        found = list(judge(books, truth, most_entries=1))
        if ended.recovered_s is None:
            found.append(("I14", f"not in order after {PATIENCE_S:.0f} s"))
        if act.wish == "stop_sell" and truth.sellable:
            found.append(("I10", f"{truth.sellable} could not be sold"))
        tally.checked += 1
        for invariant, text in found:
            told = self._home / f"bot_{bot_id}.log"
            log = told.read_text("utf-8")[-1_500:] if told.exists() else ""
            tally.violations.append(Violation(invariant, text, f"{act}\n{log}"))

    # ------------------------------------------------------------ one process

    def _run(self, script: Script, lingers: float) -> Ended:
        """Run one process until it dies, ends or has everything in order.

        Args:
            lingers: seconds it lives at least, unless it ends by itself.
        """
        before = read_books(self._file, script.bot_id)
        in_flight = before is not None and bool(before.in_flight)
        epoch = before.lease["epoch"] if before else 0
        trail = Trail()
        began = time.monotonic()
        pid = start(self._home, script, trail)
        try:
            status, recovered = self._watch(script, pid, epoch, trail, began, lingers)
        finally:
            points = tuple(trail.points())
            trail.close()
        killed = status is not None and os.WIFSIGNALED(status)
        return Ended(killed, points, recovered, in_flight)

    def _watch(
        self, script: Script, pid: int, epoch: int, trail: Trail, began: float, lingers: float
    ) -> tuple[int | None, float | None]:
        """Return how the process ended (None: it was in order), and when all was in order."""
        recovered, seen, changed_at = None, -1, began
        while time.monotonic() - began < PATIENCE_S:
            if status := _ended(pid):
                if os.WIFEXITED(status[0]):
                    recovered = self._in_order(script, epoch, began, recovered)
                return status[0], recovered
            if (passed := trail.count) != seen:  # nothing changes but by what the process does
                seen, changed_at = passed, time.monotonic()
                recovered = self._in_order(script, epoch, began, recovered)
            lives_long = time.monotonic() - began >= lingers
            has_done_all = _has_done_all(script, time.monotonic() - changed_at)
            if recovered is not None and lives_long and has_done_all:
                break
            time.sleep(LOOK_S)
        _end(pid)
        return None, recovered

    def _in_order(
        self, script: Script, epoch: int, began: float, recovered: float | None
    ) -> float | None:
        """Return when everything was in order first, while it still is."""
        books = read_books(self._file, script.bot_id)
        if books is None or books.in_flight:
            return None
        if script.wish != "stop_sell" and not (books.lease["epoch"] > epoch and books.has_beaten):
            return None
        if recovered is not None:
            return recovered
        took = time.monotonic() - began
        return took if is_recovered(books, self._truth(books)) else None

    # ------------------------------------------------------------ the exchange

    def _bring(self, faults: list[dict[str, object]]) -> None:
        self.exchange.tell("/sim/faults", {"seed": 1, "faults": faults})

    def _bring_none(self, tally: Tally, act: Act) -> None:
        """End the act's faults, and count those that struck."""
        for row in self.exchange.tell("/sim/faults")["faults"]:
            tally.struck[f"{act.name}: {act.fate}"] += row["struck"]
        self._bring([])

    def _gap(self, symbol: str, factor: float) -> None:
        now = Decimal(self.exchange.get(f"/api/v3/ticker/price?symbol={symbol}")["price"])
        price = (now * Decimal(str(factor))).quantize(Decimal("0.01"))
        self.exchange.tell(f"/sim/price?symbol={symbol}&price={price}", {})

    def _truth(self, books: Books) -> Truth:
        symbol = json.loads(books.bot["settings"])["symbol"]
        return read_truth(self.exchange, books.bot, self._made_at, self._rules[symbol])

    def _holds(self, bot_id: int) -> bool:
        books = read_books(self._file, bot_id)
        return books is not None and bool(self._truth(books).sellable)

    def _now(self) -> int:
        return int(self.exchange.get("/api/v3/time")["serverTime"])

    # ------------------------------------------------------------ opening

    def _start_exchange(self, key: str, secret: str) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-m", "tradefleet", "exchange", "--market", "synthetic"]
        words += ["--port", "0", "--seed", "1", "--api-key", key, "--api-secret", secret]
        for money in ("USDT=100000", "BTC=0.5", "ETH=3", "SOL=20"):
            words += ["--balance", money]
        with (self._home / "exchange.log").open("wb") as log:
            return subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env={**os.environ, "PYTHONPATH": SOURCE, "TRADEFLEET_HOME": str(self._home)},
            )

    def _migrate(self, made: Installation) -> None:
        """Make the store in a process of its own: a store is never taken across a fork."""
        pid = os.fork()
        if not pid:
            with suppress(BaseException):
                made.migrate()
            os._exit(0)
        os.waitpid(pid, 0)

    def _wait_for(self, address: Path) -> int:
        ends_at = time.monotonic() + START_S
        while not address.exists():
            if time.monotonic() > ends_at or self._server.poll() is not None:
                told = (self._home / "exchange.log").read_text("utf-8", "replace")
                raise RuntimeError(f"the exchange does not start: {told[-2_000:]}")
            time.sleep(0.05)
        return int(json.loads(address.read_text("utf-8"))["port"])


def _has_done_all(script: Script, quiet_s: float) -> bool:
    """Whether a process that has everything in order will do no more by itself."""
    if script.wish == "stop_sell":
        return False  # it ends by itself
    return quiet_s > QUIET_S if script.says != "HOLD" or script.dies_at else True


def _ended(pid: int) -> tuple[int] | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return (status,) if found else None


def _end(pid: int) -> None:
    """Kill a process that has everything in order: no time is a bad one for that."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
