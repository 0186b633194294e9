"""The checker of real kills: what the exchange says over HTTP against what the SQLite file says.

It uses no line of the product: http, hmac and sqlite3 only. The numbers are those of
docs/reliability.md.
"""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ZERO = Decimal(0)
NEVER_HAPPENED = ("absent", "refused")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT")
PATIENCE_S = 30

Row = Mapping[str, Any]


class Exchange:
    """The exchange as its operator and the owner of the account see it."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._host = url.removeprefix("http://")
        self._questions = count()
        self._key = key
        self._secret = secret.encode()

    def ask(self, path: str, **params: object) -> Any:
        """Return the answer to a signed question."""
        query = urlencode({**params, "timestamp": self.get("/api/v3/time")["serverTime"]})
        signature = hmac.new(self._secret, query.encode(), hashlib.sha256).hexdigest()
        return self.get(f"/api/v3{path}?{query}&signature={signature}")

    def get(self, path: str) -> Any:
        """Return the answer to a question.

        Each comes from an address of its own: the limits of an address are the bots' alone.
        """
        number = next(self._questions)
        address = f"127.{2 + number // 62_500 % 250}.{number // 250 % 250}.{number % 250 + 1}"
        caller = HTTPConnection(self._host, timeout=PATIENCE_S, source_address=(address, 0))
        with closing(caller):
            caller.request("GET", path, headers={"X-MBX-APIKEY": self._key})
            answer = caller.getresponse()
            text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path.partition('?')[0]}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def tell(self, path: str, body: object = None) -> Any:
        """Do something by the operator's hand."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers={"Content-Type": "application/json"})
        with urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)


@dataclass(frozen=True, slots=True)
class Books:
    """What the SQLite file says of one bot."""

    bot: Row
    intents: Sequence[Row]
    entries: Sequence[Row]
    lease: Row

    @property
    def in_flight(self) -> list[int]:
        """The numbers of intents whose outcome is not known."""
        return [intent["sequence"] for intent in self.intents if intent["state"] == "open"]

    @property
    def has_beaten(self) -> bool:
        """Whether the process that holds the lease has told how it is."""
        return self.lease["heartbeat"] not in (None, "null")


def read_books(file: Path, bot_id: int) -> Books | None:
    """Return what the file says; None while there is no such bot."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as store:
            store.row_factory = sqlite3.Row
            bots = store.execute("SELECT * FROM bots WHERE id = ?", (bot_id,)).fetchall()
            if not bots:
                return None
            mine = {
                table: [dict(row) for row in store.execute(question, (bot_id,))]
                for table, question in (
                    ("intents", "SELECT * FROM intents WHERE bot_id = ? ORDER BY sequence"),
                    ("entries", "SELECT * FROM entries WHERE bot_id = ? ORDER BY number"),
                    ("leases", "SELECT * FROM leases WHERE bot_id = ?"),
                )
            }
    except sqlite3.OperationalError:  # not made yet, or just being made
        return None
    return Books(dict(bots[0]), mine["intents"], mine["entries"], mine["leases"][0])


@dataclass(frozen=True, slots=True)
class Truth:
    """What the exchange says of one bot.

    Attributes:
        lot: the least quantity it may sell more or less.
        least: what an order must be worth, in quote.
    """

    orders: Sequence[Row]
    trades: Sequence[Row]
    base: str
    quote: str
    price: Decimal
    lot: Decimal
    least: Decimal

    @property
    def held(self) -> Decimal:
        """Base bought, minus sold, minus commission."""
        return sum((self._base(trade) for trade in self.trades), ZERO)

    @property
    def flow(self) -> Decimal:
        """Quote received, minus spent, minus commission."""
        return sum((self._quote(trade) for trade in self.trades), ZERO)

    @property
    def sellable(self) -> Decimal:
        """What of it an order can sell; what is worth little more than the least counts as none."""
        quantity = self.held - self.held % self.lot
        return quantity if quantity * self.price > 2 * self.least else ZERO

    @property
    def sells(self) -> list[Row]:
        """Sell orders that work or wait."""
        return [
            order
            for order in self.orders
            if order["side"] == "SELL" and order["status"] in ("NEW", "PARTIALLY_FILLED")
        ]

    @property
    def covered(self) -> Decimal:
        """How much a stop at the exchange would sell."""
        return sum((_left(order) for order in self.sells if order["type"] in STOPS), ZERO)

    @property
    def for_sale(self) -> Decimal:
        """How much could be sold by what works now; of a list only one leg can."""
        lists: dict[int, Decimal] = {}
        for order in self.sells:
            number = order["orderListId"] if order["orderListId"] >= 0 else -order["orderId"] - 1
            lists[number] = max(lists.get(number, ZERO), _left(order))
        return sum(lists.values(), ZERO)

    def _base(self, trade: Row) -> Decimal:
        fee = Decimal(trade["commission"]) if trade["commissionAsset"] == self.base else ZERO
        return (Decimal(trade["qty"]) if trade["isBuyer"] else -Decimal(trade["qty"])) - fee

    def _quote(self, trade: Row) -> Decimal:
        fee = Decimal(trade["commission"]) if trade["commissionAsset"] == self.quote else ZERO
        quote = Decimal(trade["quoteQty"])
        return (-quote if trade["isBuyer"] else quote) - fee


def read_truth(exchange: Exchange, bot: Row, since: int, rules: Row) -> Truth:
    """Return what the exchange says of a bot made at `since`."""
    symbol = json.loads(bot["settings"])["symbol"]
    query = {"symbol": symbol, "startTime": since, "limit": 1_000}
    orders = [o for o in exchange.ask("/allOrders", **query) if _is_of(o, bot["id"])]
    ours = {order["orderId"] for order in orders}
    trades = [t for t in exchange.ask("/myTrades", **query) if t["orderId"] in ours]
    filters = {known["filterType"]: known for known in rules["filters"]}
    price = exchange.get(f"/api/v3/ticker/price?symbol={symbol}")["price"]
    return Truth(
        orders,
        trades,
        bot["base"],
        bot["quote"],
        Decimal(price),
        Decimal(filters["LOT_SIZE"]["stepSize"]),
        Decimal(filters["NOTIONAL"]["minNotional"]),
    )


def _is_of(order: Row, bot_id: int) -> bool:
    """Whether an order is called `tfp-INSTALLATION-BOT-…`."""
    parts = order["clientOrderId"].split("-")
    return parts[0] == "tfp" and len(parts) > 2 and parts[2] == str(bot_id)


def is_recovered(books: Books, truth: Truth) -> bool:
    """Whether nothing is in flight, every trade is booked, and what is held has a stop."""
    booked = {entry["trade_id"] for entry in books.entries if entry["trade_id"] is not None}
    return (
        not books.in_flight
        and booked == {trade["id"] for trade in truth.trades}
        and (not truth.sellable or truth.covered > 0)
    )


def judge(books: Books, truth: Truth, most_entries: int) -> Iterator[tuple[str, str]]:
    """Yield what does not hold: the number of an invariant and what was found.

    Args:
        books: of a bot that has recovered.
        truth: the exchange's.
        most_entries: how often its strategy wanted to buy.
    """
    yield from _once(books, truth, most_entries)
    yield from _booked(books, truth)
    amount = Decimal(json.loads(books.bot["settings"])["trade_amount"])
    if amount + truth.flow < 0:
        yield "I3", f"spent {-truth.flow} of {amount}"
    if truth.sellable - truth.covered >= 2 * truth.lot:
        yield "I4", f"{truth.sellable} is held, a stop covers {truth.covered}"
    if truth.held < 0:
        yield "I7", f"sold {-truth.held} more than it had"
    if truth.for_sale > max(truth.held, ZERO):
        yield "I22", f"{truth.for_sale} is for sale, {truth.held} is held"
    if books.bot["failure"]:
        yield "I14", f"stopped itself: {books.bot['failure']}"


def _once(books: Books, truth: Truth, most_entries: int) -> Iterator[tuple[str, str]]:
    """I1: each order was written down, each intent made one order, each wish one purchase."""
    written = {name: intent for intent in books.intents for name in _names(intent)}
    seen = [order["clientOrderId"] for order in truth.orders]
    for name in {name for name in seen if seen.count(name) > 1}:
        yield "I1", f"two orders are called {name}"
    for order in truth.orders:
        intent = written.get(order["clientOrderId"])
        if intent is None:
            yield "I1", f"{order['clientOrderId']} was sent and never written down"
        elif intent["state"] in NEVER_HAPPENED:
            yield "I1", f"{order['clientOrderId']} exists, the books say {intent['state']}"
    bought = [o for o in truth.orders if o["side"] == "BUY" and Decimal(o["executedQty"])]
    if len(bought) > most_entries:
        yield "I1", f"{len(bought)} purchases, wanted were {most_entries}"


def _names(intent: Row) -> Iterator[str]:
    """Yield every name of ours in what was to be sent."""
    yield intent["client_order_id"]
    for value in json.loads(intent["request"]).values():
        if isinstance(value, str) and value.startswith("tfp-"):
            yield value


def _booked(books: Books, truth: Truth) -> Iterator[tuple[str, str]]:
    """I2, I21: the fills in the books are the exchange's trades, to the last digit."""
    booked = {
        entry["trade_id"]: (
            entry["side"],
            Decimal(entry["price"]),
            Decimal(entry["quantity"]),
            Decimal(entry["fee"]),
            entry["fee_asset"],
        )
        for entry in books.entries
        if entry["trade_id"] is not None
    }
    traded = {
        trade["id"]: (
            "BUY" if trade["isBuyer"] else "SELL",
            Decimal(trade["price"]),
            Decimal(trade["qty"]),
            Decimal(trade["commission"]),
            trade["commissionAsset"],
        )
        for trade in truth.trades
    }
    if booked != traded:
        yield "I2", f"the books say {booked}, the exchange {traded}"


def check_account(exchange: Exchange, file: Path, before: Row) -> Iterator[tuple[str, str]]:
    """I7 for all: the account's money moved by the bots' own trades and by nothing else."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as store:
        rows = store.execute(
            "SELECT side, quantity, quote_quantity, fee, fee_asset, base, quote FROM entries"
            " JOIN bots ON bots.id = bot_id WHERE trade_id IS NOT NULL"
        ).fetchall()
        if (found := store.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield "I12", f"the store is damaged: {found}"
    wanted = dict(before)
    for side, quantity, quote_quantity, fee, fee_asset, base, quote in rows:
        sign = 1 if side == "BUY" else -1
        wanted[base] = wanted.get(base, ZERO) + sign * Decimal(quantity)
        wanted[quote] = wanted.get(quote, ZERO) - sign * Decimal(quote_quantity)
        wanted[fee_asset] = wanted.get(fee_asset, ZERO) - Decimal(fee)
    there = balances(exchange)
    for asset in sorted(set(wanted) | set(there)):
        if wanted.get(asset, ZERO) != there.get(asset, ZERO):
            yield (
                "I7",
                (
                    f"the account holds {there.get(asset, ZERO)} {asset}, by the books of all"
                    f" bots it is {wanted.get(asset, ZERO)}"
                ),
            )


def balances(exchange: Exchange) -> dict[str, Decimal]:
    """Return what the account holds of each asset, free or locked."""
    rows = exchange.ask("/account")["balances"]
    return {row["asset"]: Decimal(row["free"]) + Decimal(row["locked"]) for row in rows}


def _left(order: Row) -> Decimal:
    return Decimal(order["origQty"]) - Decimal(order["executedQty"])
