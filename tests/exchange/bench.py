"""An engine on a fixed market with one account, and orders in one line each."""

from decimal import Decimal
from typing import Any

from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.accounts import Account, Credential
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.fee_terms import FeeTerms
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.books.orders import Order, TimeInForce
from tradefleet.exchange.books.tape import Printed
from tradefleet.exchange.engine.engine import Engine
from tradefleet.exchange.protocols import Log
from tradefleet.exchange.tickets import OcoTicket, OrderTicket


class Listener:
    """An audience that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.trades: list[Printed] = []
        self.hears = True

    def listens(self, uid: int) -> bool:
        return self.hears

    def account_event(self, uid: int, event: dict[str, Any]) -> None:
        self.events.append(event)

    def traded(self, printed: Printed) -> None:
        if self.hears:
            self.trades.append(printed)


class Bench:
    """One engine, one account with 10,000 USDT and 10 BTC unless said otherwise."""

    def __init__(
        self, market: FixedMarket | None = None, *, log: Log | None = None, **balances: str
    ) -> None:
        self.market = market or FixedMarket()
        self.log = MemoryLog() if log is None else log
        self.listener, self.books = Listener(), Books()
        self.engine = Engine(self.market, self.books, self.log, self.listener)
        money = balances or {"USDT": "10000", "BTC": "10"}
        self.account = self.open_account(**money)

    def open_account(self, fees: FeeTerms | None = None, **balances: str) -> Account:
        number = self.books.accounts.next_uid()
        return self.engine.open_account(
            Credential(f"key{number}", "HMAC", "secret"),
            ("SPOT",),
            {asset: Decimal(value) for asset, value in balances.items()},
            fees=fees,
        )

    def move(
        self,
        price: str,
        quantity: str = "1",
        *,
        opening: bool = False,
        sold: bool | None = None,
    ) -> None:
        self.market.move(price, quantity, opening=opening, sold=sold)
        self.engine.catch_up()

    def place(self, ticket: OrderTicket, account: Account | None = None) -> Order:
        return self.engine.place(account or self.account, ticket)

    def free(self, asset: str) -> Decimal:
        return self.account.balance(asset).free

    def locked(self, asset: str) -> Decimal:
        return self.account.balance(asset).locked

    def reports(self) -> list[tuple[str, str]]:
        """What was said of orders: execution type and status."""
        return [(e["x"], e["X"]) for e in self.listener.events if e["e"] == "executionReport"]


def order(
    side: Side,
    kind: OrderType,
    quantity: str | None = None,
    *,
    price: str | None = None,
    stop: str | None = None,
    quote: str | None = None,
    name: str = "",
    force: TimeInForce = TimeInForce.GTC,
    iceberg: str = "0",
    delta: int = 0,
    stp: str = "",
) -> OrderTicket:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return OrderTicket(
        "BTCUSDT",
        side,
        kind,
        client_id=name,
        time_in_force=force,
        quantity=number(quantity),
        quote_quantity=number(quote),
        price=number(price),
        stop_price=number(stop),
        iceberg_quantity=Decimal(iceberg),
        trailing_delta=delta,
        stp_mode=stp,
    )


def sell_oco(
    quantity: str, *, target: str, stop: str, limit: str | None = None, name: str = ""
) -> OcoTicket:
    kind = OrderType.STOP_LOSS if limit is None else OrderType.STOP_LOSS_LIMIT
    return OcoTicket(
        name,
        above=order(Side.SELL, OrderType.LIMIT_MAKER, quantity, price=target),
        below=order(Side.SELL, kind, quantity, stop=stop, price=limit),
    )
