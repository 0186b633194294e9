"""Accounts on the synthetic market: its book and theirs are one, whatever the price does."""

import random
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from tests.exchange.bench import Bench, order
from tests.exchange.ledger import Ledger
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.order_books import OrderBooks
from tradefleet.exchange.self_trades import STP_MODES

NOON = 1_760_000_400_000
KINDS = (OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET)


class Pit(Bench):
    """Two accounts and a synthetic market whose time moves by hand."""

    def __init__(self, seed: int) -> None:
        self.clock = ReplayClock(NOON, speed=None)
        self.ledger = Ledger()
        market = SyntheticMarket(self.clock, seed, coins=[replace(COINS[0], spread=9)])
        super().__init__(market, log=self.ledger, USDT="1000000", BTC="10")
        self.accounts = [self.account, self.open_account(USDT="1000000", BTC="10")]
        self.random = random.Random(seed)

    def place_something(self) -> None:
        chance, last = self.random, self.market.last_price("BTCUSDT")
        kind, side = chance.choice(KINDS), chance.choice(list(Side))
        quantity = Decimal(chance.randint(10, 3_000)) / 100_000
        ticks = Decimal(chance.randint(-40, 40) if chance.random() < 0.5 else chance.randint(-3, 3))
        price = None if kind is OrderType.MARKET else str(last + ticks / 100)
        hides = kind is not OrderType.MARKET and chance.random() < 0.3
        ticket = order(
            side,
            kind,
            str(quantity),
            price=price,
            iceberg=str(quantity / 2) if hides and not quantity % Decimal("0.00002") else "0",
            stp=chance.choice(STP_MODES),
        )
        self.place(ticket, chance.choice(self.accounts))

    def go_on(self) -> None:
        """Let some time pass; place, or cancel the oldest order."""
        self.clock.step(self.random.choice((0, 10, 100, 900)))
        self.engine.catch_up()
        try:
            if self.random.random() < 0.9:
                self.place_something()
            else:
                account = self.random.choice(self.accounts)
                for oldest in self.books.orders(account.uid).open()[:1]:
                    self.engine.cancel(account, oldest)
        except ApiError:
            pass  # a refusal changes nothing


def test_the_book_is_never_crossed_and_money_never_made():
    for seed in range(3):
        pit = Pit(seed)
        for _ in range(700):
            pit.go_on()
            depth = pit.engine.book.depth("BTCUSDT", 5)
            bids = [level.price for level in depth.bids]
            asks = [level.price for level in depth.asks]
            assert bids == sorted(set(bids), reverse=True)
            assert asks == sorted(set(asks))
            assert bids[0] < asks[0]
        owned = {
            asset: sum(
                account.balances[asset].free + account.balances[asset].locked
                for account in pit.accounts
            )
            for asset in ("BTC", "USDT")
        }
        assert owned == pit.ledger.everything()
        assert pit.ledger.between > 10
        assert pit.ledger.taken > 0


def test_differences_carry_a_snapshot_from_one_state_of_the_book_to_the_next():
    pit = Pit(5)
    books = OrderBooks(pit.engine.book, pit.market.now)
    books.watch({"btcusdt@depth": "BTCUSDT"})
    books.differences("btcusdt@depth")
    number, start = books.snapshot("BTCUSDT", 1_000)
    kept = {
        side: {level.price: level.quantity for level in levels}
        for side, levels in (("bids", start.bids), ("asks", start.asks))
    }
    for _ in range(60):
        pit.go_on()
        for change in books.differences("btcusdt@depth"):
            assert change.first == number + 1
            assert change.last >= change.first
            number = change.last
            for side in ("bids", "asks"):
                for level in getattr(change, side):
                    kept[side][level.price] = level.quantity
                    if not level.quantity:
                        del kept[side][level.price]
        now, depth = books.snapshot("BTCUSDT", 1_000)
        assert now == number
        for side in ("bids", "asks"):
            levels = getattr(depth, side)
            assert kept[side] == {level.price: level.quantity for level in levels}
            resting = pit.books.resting("BTCUSDT")
            shown = resting.levels(Side.BUY if side == "bids" else Side.SELL)
            assert set(shown) <= set(kept[side])


def test_numbers_of_a_book_grow_from_one_run_to_the_next():
    pit = Pit(6)
    first = OrderBooks(pit.engine.book, pit.market.now)
    numbers = [first.snapshot("BTCUSDT", 5)[0] for _ in range(50)]
    pit.clock.step(1)
    numbers.append(OrderBooks(pit.engine.book, pit.market.now).snapshot("BTCUSDT", 5)[0])

    assert all(one < other for one, other in pairwise(numbers))
