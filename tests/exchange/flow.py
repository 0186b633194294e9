"""Random order flow of several accounts, and the laws that hold whatever is asked."""

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import BTCUSDT, FixedMarket
from tests.exchange.ledger import Ledger
from tradefleet.domain.instrument import floor_to
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.fee_terms import FeeTerms
from tradefleet.exchange.books.orders import AT_MARKET, STOPS, TimeInForce
from tradefleet.exchange.engine.merged_book import other
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.self_trades import STP_MODES
from tradefleet.exchange.tickets import OcoTicket, OrderTicket, OtoTicket

ACCOUNTS = 3
BNBUSDT = replace(BTCUSDT, symbol="BNBUSDT", base="BNB")
CENT, LOT = Decimal("0.01"), Decimal("0.00001")
_FORCES = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
_ODDS = {"place": 57, "oco": 6, "oto": 5, "cancel": 7, "amend": 4, "move": 19, "deposit": 2}


class Crowd(Bench):
    """Several accounts on one market, watched by a ledger."""

    def __init__(self, *, continuous: bool) -> None:
        ledger = Ledger()
        market = FixedMarket(continuous=continuous, levels=4, instruments=(BTCUSDT, BNBUSDT))
        super().__init__(market, log=ledger)
        self.ledger = ledger
        self.accounts = [self.account]
        self.accounts += [
            self.open_account(USDT="10000", BTC="10"),
            self.open_account(FeeTerms(in_bnb=True), USDT="10000", BTC="10", BNB="0.2"),
        ]
        self.happened: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()

    def carry_out(self, step: tuple[str, int, Any]) -> None:
        """Do one thing; a refusal changes nothing, which the laws see to."""
        kind, number, value = step
        account = self.accounts[number % ACCOUNTS]
        self.market.time += 250
        try:
            if kind == "place":
                self.place(value, account)
            elif kind == "oco":
                self.engine.place_oco(account, value)
            elif kind == "oto":
                self.engine.place_oto(account, value)
            elif kind == "cancel":
                resting = self.books.orders(account.uid).open()
                if resting:
                    self.engine.cancel(account, resting[value % len(resting)])
            elif kind == "amend":
                self._amend(account, *value)
            elif kind == "deposit":
                self.ledger.deposit(account.uid, *value)
                self.engine.deposit(account, *value)
            else:
                price, quantity, opening, sold = value
                self.move(price, quantity, opening=opening, sold=sold)
        except ApiError as refused:
            self.refused[refused.code] += 1
        self.happened[kind] += 1

    def _amend(self, account: Account, which: int, part: Decimal) -> None:
        resting = self.books.orders(account.uid).open()
        if resting:
            placed = resting[which % len(resting)]
            smaller = floor_to(placed.quantity * part, LOT)
            self.engine.amending.amend(account, placed, smaller, "")

    def check(self) -> None:
        """Hold the books to everything that must be true between two requests."""
        ledger, owned = self.ledger, Counter[str]()
        for account in self.accounts:
            locked = Counter[str]()
            orders = self.books.orders(account.uid)
            for placed in orders.open():
                locked[self.engine.funds.spent_asset(placed)] += placed.locked
                if placed.is_pending:
                    assert not placed.locked
                    continue
                assert placed.remaining > 0
                assert 0 < placed.visible <= placed.remaining or placed.waits
            for known in self.books.lists(account.uid).open():
                orders_of_list = self.engine.orders_of(known)
                locked[self.engine.funds.spent_asset(orders_of_list[-1])] += known.locked
                assert any(one.is_open for one in orders_of_list)
            for asset, balance in account.balances.items():
                assert balance.locked == locked[asset], f"{asset} of account {account.uid}"
                owned[asset] += balance.free + balance.locked
        assert owned == ledger.everything()
        self._check_book()

    def _check_book(self) -> None:
        resting, last = self.books.resting("BTCUSDT"), self.market.last_price("BTCUSDT")
        for side in Side:
            queue = list(resting.queue(side))
            prices = [placed.price for placed in queue]
            assert prices == sorted(prices, reverse=side is Side.BUY)
            assert all(placed.ahead >= 0 for placed in queue)
        bid, ask = resting.best(Side.BUY), resting.best(Side.SELL)
        if self.market.continuous:
            assert bid is None or bid.price < last
            assert ask is None or ask.price > last
            return
        assert self.ledger.taken == sum(one.price * one.quantity for one in self.market.taken)
        depth = self.engine.book.depth("BTCUSDT", 1)
        if depth.bids and depth.asks:
            assert depth.bids[0].price < depth.asks[0].price


class Chance:
    """Makes random steps around the market's price."""

    def __init__(self, seed: int, market: FixedMarket) -> None:
        self._random = random.Random(seed)
        self._market = market

    def step(self) -> tuple[str, int, Any]:
        kind = self._random.choices(list(_ODDS), list(_ODDS.values()))[0]
        return kind, self._random.randrange(ACCOUNTS), getattr(self, f"_{kind}")()

    def _price(self, spread: float = 0.02) -> str:
        last = self._market.last_price("BTCUSDT")
        assert last is not None
        moved = last * Decimal(1 + self._random.uniform(-spread, spread))
        return str(min(max(moved, Decimal(60)), Decimal(160)).quantize(CENT))

    def _quantity(self) -> str:
        return str((Decimal(self._random.paretovariate(1.3)) / 10).quantize(LOT))

    def _place(self) -> OrderTicket:
        chance = self._random
        side = chance.choice(list(Side))
        kind = chance.choice([OrderType.LIMIT, OrderType.LIMIT, *OrderType])
        stp = chance.choice(STP_MODES)
        if kind is OrderType.MARKET and chance.random() < 0.3:
            return order(side, kind, quote=str(chance.randint(5, 400)), stp=stp)
        has_price = kind not in AT_MARKET
        force = chance.choice(_FORCES)
        if not has_price or kind is OrderType.LIMIT_MAKER:
            force = TimeInForce.GTC
        quantity = self._quantity()
        hides = has_price and force is TimeInForce.GTC and chance.random() < 0.3
        delta = chance.choice((0, 0, 20, 100)) if kind in STOPS else 0
        follows_at_once = delta and chance.random() < 0.5
        part = str((Decimal(quantity) / chance.randint(2, 5)).quantize(LOT))
        return order(
            side,
            kind,
            quantity,
            price=self._price() if has_price else None,
            stop=self._price() if kind in STOPS and not follows_at_once else None,
            delta=delta,
            force=force,
            iceberg=part if hides and Decimal(part) else "0",
            stp=stp,
        )

    def _oco(self) -> OcoTicket:
        side, quantity = self._random.choice(list(Side)), self._quantity()
        low, high = sorted((self._price(), self._price()), key=Decimal)
        return pair(side, quantity, low, high)

    def _oto(self) -> OtoTicket:
        chance = self._random
        pays = chance.random() < 0.4
        side = Side.BUY if pays else chance.choice(list(Side))
        quantity = self._quantity()
        working = order(side, OrderType.LIMIT, quantity, price=self._price(0.005))
        if chance.random() < 0.5:
            low, high = sorted((self._price(), self._price()), key=Decimal)
            legs = pair(other(side), quantity, low, high)
            pending = (legs.above, legs.below)
        else:
            only = self._place()
            pending = (replace(only, quantity=only.quantity or Decimal(1), quote_quantity=None),)
        if pays:
            pending = tuple(
                replace(leg, side=Side.SELL, quantity=None, iceberg_quantity=Decimal(0))
                for leg in pending
            )
        return OtoTicket("", working, pending, pays)

    def _cancel(self) -> int:
        return self._random.randrange(1_000)

    def _amend(self) -> tuple[int, Decimal]:
        return self._random.randrange(1_000), Decimal(self._random.randint(20, 99)) / 100

    def _deposit(self) -> tuple[str, Decimal]:
        asset, most = self._random.choice([("BTC", 2), ("USDT", 200)])
        return asset, Decimal(self._random.randint(1, most))

    def _move(self) -> tuple[str, str, bool, bool | None]:
        chance = self._random
        here = str(self._market.last_price("BTCUSDT"))
        price = here if chance.random() < 0.2 else self._price(0.01)
        return price, self._quantity(), chance.random() < 0.2, chance.choice([None, True, False])


def pair(side: Side, quantity: str | None, low: str, high: str) -> OcoTicket:
    """An OCO of a limit maker and a stop."""
    stop = order(side, OrderType.STOP_LOSS, quantity, stop=low if side is Side.SELL else high)
    price = high if side is Side.SELL else low
    limit = order(side, OrderType.LIMIT_MAKER, quantity, price=price)
    above, below = (limit, stop) if side is Side.SELL else (stop, limit)
    return OcoTicket("", above, below)


def remembered(books: Books) -> dict[str, list[str]]:
    """The state; trades of the market itself are numbered, but not kept one by one."""
    state = books.snapshot()
    del state["trade_ids"]
    state["execution_id"] = [state["execution_id"]]
    return {name: sorted(map(json.dumps, rows)) for name, rows in state.items()}


def queues(books: Books) -> list[list[int]]:
    """Who would be met first by what."""
    resting = books.resting("BTCUSDT")
    return [
        [placed.id for placed in orders]
        for orders in (
            resting.queue(Side.BUY),
            resting.queue(Side.SELL),
            resting.triggered(Decimal(0)),
            resting.triggered(Decimal(10**6)),
        )
    ]
