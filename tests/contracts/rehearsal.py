"""A bot with the real client before the real exchange, over real sockets, on bad days.

The bot is whole (trader, recovery, protection, desk, broker, REST client, budget) except for its
strategy, which says what the rehearsal wants. Its patience is shortened: a request may take
`DEADLINE_S`, and an order that was not found for `SETTLE_MS` is searched for in every list.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

import httpx2

from tests.application.conftest import BUY, Scripted
from tests.fakes.store import FakeFindings, ListLog, NoNews, a_bot
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.binance.transport import PatientTransport
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.application.desk import OrderNames
from tradefleet.application.narration import Narrator
from tradefleet.application.trader import Trader
from tradefleet.application.world import World
from tradefleet.domain.errors import (
    AccessDeniedError,
    DataError,
    ExchangeError,
    ExchangeUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
)
from tradefleet.domain.ledger import FillBooked
from tradefleet.ports.journal import IntentState

DEADLINE_S = 1.5
SETTLE_MS = 1_000
PATIENCE_S = 120.0
SOURCE = str(Path(__file__).parents[2] / "src")

OUTCOMES: Mapping[type[ExchangeError], str] = {
    OutcomeUnknownError: "unknown",
    OrderRefusedError: "refused",
    AccessDeniedError: "denied",
    ExchangeUnavailableError: "not sent",
}


class BuiltInProcess:
    """The built-in exchange as a process of its own, and its operator's hand."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="tradefleet-")
        home = Path(self._folder.name)
        ready = home / "run" / "exchange.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tradefleet", "exchange", "--port", "0", "--seed", "1"],
            stdout=subprocess.DEVNULL,
            cwd=home,
            env={**os.environ, "PYTHONPATH": SOURCE, "TRADEFLEET_HOME": str(home)},
        )
        wait_until(ready.exists, "the exchange")
        self.url = f"http://127.0.0.1:{json.loads(ready.read_text())['port']}"
        self._hand = httpx2.Client(base_url=self.url, timeout=30)
        self._accounts = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._hand.close()
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def open_account(self, usdt: str = "10000") -> tuple[Credentials, str]:
        """Return a new account with some USDT, and an address of its own to speak from."""
        self._accounts += 1
        key, secret = f"key-{self._accounts:060}", f"secret-{self._accounts:057}"
        self.tell("account", {"key": key, "secret": secret, "balances": {"USDT": usdt}})
        return Credentials(
            key, secret
        ), f"127.0.{1 + self._accounts // 200}.{self._accounts % 200 + 2}"

    def bring(self, *faults: Mapping[str, Any]) -> None:
        """Put a table of faults in force, in place of the one before."""
        self.tell("faults", {"seed": 1, "faults": faults})

    def tell(self, what: str, body: Mapping[str, Any]) -> Any:
        """Change something by the operator's hand."""
        answer = self._hand.post(f"/sim/{what}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def move(self, symbol: str, factor: str) -> None:
        """Let a symbol trade at a multiple of its price."""
        told = self._hand.get("/api/v3/ticker/price", params={"symbol": symbol}).json()
        price = (Decimal(told["price"]) * Decimal(factor)).quantize(Decimal("0.01"))
        answer = self._hand.post("/sim/price", params={"symbol": symbol, "price": str(price)})
        assert answer.is_success, answer.text

    def struck(self) -> Counter[str]:
        """Return how often each kind of the table in force struck."""
        told = self._hand.get("/sim/faults").json()["faults"]
        counted: Counter[str] = Counter()
        for row in told:
            counted[row["kind"]] += row["struck"]
            assert not row.get("failed"), row
        return counted


@dataclass(frozen=True, slots=True)
class Sent:
    """One call to the broker that sends something, and how it ended."""

    what: str
    name: str
    outcome: str


class WatchedBroker(BinanceBroker):
    """The real broker; what it sends is noted with its outcome."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sent: list[Sent] = []

    def place(self, request, since=None):  # type: ignore[no-untyped-def]
        what = "entry" if request.side == "BUY" else "exit"
        return self._watched(
            what, request.client_order_id, lambda: super(WatchedBroker, self).place(request, since)
        )

    def protect(self, request, since=None):  # type: ignore[no-untyped-def]
        name = request.list_client_order_id
        return self._watched(
            "protection", name, lambda: super(WatchedBroker, self).protect(request, since)
        )

    def cancel_protection(self, request, since=None):  # type: ignore[no-untyped-def]
        name = request.list_client_order_id
        return self._watched(
            "cancel", name, lambda: super(WatchedBroker, self).cancel_protection(request, since)
        )

    def _watched(self, what: str, name: str, act: Callable[[], Any]) -> Any:
        try:
            done = act()
        except ExchangeError as error:
            self.sent.append(Sent(what, name, OUTCOMES[type(error)]))
            raise
        self.sent.append(Sent(what, name, "done"))
        return done


class Rehearsal:
    """One bot with an account of its own.

    Attributes:
        posts: how many requests that place something left the client, by client order id.
    """

    def __init__(self, exchange: BuiltInProcess, **settings: object) -> None:
        self.exchange = exchange
        credentials, self._address = exchange.open_account()
        self.credentials = credentials
        self.posts: Counter[str] = Counter()
        self.clock = ExchangeClock()
        self.budget = Budget(self.clock)
        self.rest = self._client(self.budget, self.clock, watch=True)
        market = BinanceMarketData(self.rest, self.clock, self.budget.adopt_limits)
        self.rules = market
        self.broker = WatchedBroker(
            self.rest, market, lambda seconds: time.sleep(seconds / 5), settle_ms=SETTLE_MS
        )
        self.findings, self.journal = FakeFindings(), MemoryJournal()
        self.strategy = Scripted()
        self.trader = Trader(
            a_bot(**{"interval": "1s", "price_cap": Decimal(0), **settings}),
            OrderNames("k7x2", "paper", 1, 1),
            World(market, self.broker, self.clock, NoNews(), self.findings),
            self.journal,
            lambda _settings: self.strategy,
            Narrator(ListLog()),
        )

    def close(self) -> None:
        """Hang up."""
        self.rest.close()

    # ------------------------------------------------------------ what the bot does

    def buy(self, protected_by: Sequence[str] = ("exchange",)) -> None:
        """Let the strategy say BUY until a position is held, protected and fully known."""

        def act() -> None:
            self.strategy.next = BUY
            self.trader.cycle()
            self.trader.keep()

        self.persist(
            act, lambda: self.holds and self.trader.protection.by in protected_by, "a position"
        )

    def sell(self) -> None:
        """Sell everything, however long it takes."""
        self.persist(self.trader.sell_out, lambda: not self.holds, "the end of the position")

    def keep(self, until: Callable[[], bool], what: str) -> None:
        """Look after the position until something is so."""
        self.persist(self.trader.keep, until, what)

    def persist(self, act: Callable[[], Any], done: Callable[[], bool], what: str) -> None:
        """Do something until it is done and nothing is unknown, as a bot's process does."""

        def attempt() -> bool:
            try:
                act()
            except (ExchangeError, DataError):
                return False
            return done() and self.is_settled

        wait_until(attempt, f"{what}: {self.broker.sent}, {self.journal.intents}")

    @property
    def holds(self) -> bool:
        """Whether the bot holds a position."""
        return self.trader.ledger.position.is_open

    @property
    def is_settled(self) -> bool:
        """Whether the outcome of everything is known."""
        return not any(i.state is IntentState.OPEN for i in self.journal.open_intents())

    # ------------------------------------------------------------ what the exchange says

    def truth(self) -> "Truth":
        """Ask the exchange itself, with a client that meets no faults any more."""
        self.exchange.bring()
        clock = ExchangeClock()
        rest = self._client(Budget(clock), clock, watch=False)
        query = {"symbol": "BTCUSDT", "limit": 1_000}
        orders = rest.read("/allOrders", query, list, weight=20, signed=True)
        trades = rest.read("/myTrades", query, list, weight=20, signed=True)
        account = rest.read("/account", {}, dict, weight=20, signed=True)
        rest.close()
        free = {row["asset"]: Decimal(row["free"]) for row in account["balances"]}
        return Truth(orders, trades, free)

    def _client(self, budget: Budget, clock: ExchangeClock, *, watch: bool) -> Rest:
        http = httpx2.Client(
            transport=PatientTransport(DEADLINE_S, verify=None, local_address=self._address),
            timeout=DEADLINE_S,
            event_hooks={"request": [self._count] if watch else []},
        )
        return Rest(self.exchange.url, clock, budget, self.credentials, http)

    def _count(self, request: httpx2.Request) -> None:
        if request.method == "POST":
            sent = parse_qs(request.content.decode())
            (name,) = sent.get("newClientOrderId") or sent["listClientOrderId"]
            self.posts[name] += 1


@dataclass(frozen=True, slots=True)
class Truth:
    """What the exchange says about the account in the end."""

    orders: Sequence[Mapping[str, Any]]
    trades: Sequence[Mapping[str, Any]]
    free: Mapping[str, Decimal]

    def ours(self) -> list[Mapping[str, Any]]:
        """Return the bot's own orders."""
        return [order for order in self.orders if order["clientOrderId"].startswith("tfp-")]

    def executed(self, side: str) -> list[Mapping[str, Any]]:
        """Return the bot's orders of one side that traded."""
        return [o for o in self.ours() if o["side"] == side and Decimal(o["executedQty"])]


def booked(rehearsal: Rehearsal) -> dict[int, tuple[Decimal, Decimal]]:
    """Return quantity and fee of every fill in the books, by trade id."""
    return {
        entry.fill.trade_id: (entry.fill.quantity, entry.fill.fee)
        for entry in rehearsal.journal.entries()
        if isinstance(entry, FillBooked)
    }


def traded(truth: Truth) -> dict[int, tuple[Decimal, Decimal]]:
    """Return quantity and fee of every trade of the bot's orders, by trade id."""
    ours = {order["orderId"] for order in truth.ours()}
    return {
        int(trade["id"]): (Decimal(trade["qty"]), Decimal(trade["commission"]))
        for trade in truth.trades
        if trade["orderId"] in ours
    }


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    pause, ends_at = threading.Event(), time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        pause.wait(0.05)
