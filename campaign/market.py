"""A small market: prices that wander, a thin book, and rules that may change."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np

from campaign.clock import VirtualClock
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.errors import DataError
from tradefleet.domain.instrument import TRADING, Instrument, floor_to
from tradefleet.domain.order import Side
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.protocols import Depth, Level, MarketTrade
from tradefleet.exchange.rules.today import rules_of
from tradefleet.ports.exchange import Price

INTERVAL = 5 * MINUTE
WINDOW = 3  # candles a strategy sees here; what it thinks does not depend on them
OLD_CANDLES = 6  # how far behind a feed is that stands still
LEVELS = 6
STALE_FOR_MS = 20 * MINUTE
SPREAD = Decimal("0.0002")
LOWEST = Decimal("0.1")  # of the first price: below, a coin is a few ticks and nobody bids

_TYPES = frozenset(
    {
        "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    }
)  # fmt: skip


def coin(symbol: str, tick: str, lot: str, types: frozenset[str] = _TYPES) -> Instrument:
    """Return a coin's rules."""
    return Instrument(
        symbol,
        symbol.removesuffix("USDT"),
        "USDT",
        tick_size=Decimal(tick),
        min_price=Decimal(tick),
        max_price=Decimal(1_000_000),
        lot_step=Decimal(lot),
        min_quantity=Decimal(lot),
        max_quantity=Decimal(9_000_000),
        max_market_quantity=Decimal(1_000_000),
        min_notional=Decimal(5),
        max_notional=Decimal(9_000_000),
        bid_multipliers=(Decimal("0.2"), Decimal(5)),
        ask_multipliers=(Decimal("0.2"), Decimal(5)),
        order_types=types,
        oto_allowed=True,
        replace_allowed=True,
        opo_allowed=True,
        max_orders=200,
        max_stop_orders=5,
    )


COINS = {
    "BTCUSDT": (coin("BTCUSDT", "0.01", "0.00001"), Decimal(50_000)),
    # No market stops: protection has to be a stop-limit, and a gap can jump over it.
    "DOGEUSDT": (coin("DOGEUSDT", "0.00001", "1", _TYPES - {"STOP_LOSS", "TAKE_PROFIT"}),
                 Decimal("0.08")),
}  # fmt: skip


class SimMarket:
    """A `Market` of single trades whose prices move only by `move`."""

    name = "campaign"
    continuous = False

    def __init__(self, clock: VirtualClock, random: Random, thin: float) -> None:
        self._clock = clock
        self._random = random
        self._thin = thin
        self.skew_ms = 0
        self._told: ExchangeRules | None = None
        self.coins = {symbol: rules for symbol, (rules, _) in COINS.items()}
        self.prices = {symbol: price for symbol, (_, price) in COINS.items()}
        self.closes: dict[str, list[tuple[int, float]]] = {symbol: [] for symbol in COINS}
        self._books: dict[str, dict[Side, list[Level]]] = {}
        self._pending: list[MarketTrade] = []

    # ------------------------------------------------------------ what the world does

    def move(self, symbol: str, factor: float) -> None:
        """Let a trade happen at the last price times `factor`."""
        rules = self.coins[symbol]
        price = self.prices[symbol] * Decimal(f"{factor:.6f}") + rules.tick_size / 2
        price = rules.price_down(max(price, COINS[symbol][1] * LOWEST))
        falls = price < self.prices[symbol]
        quantity = floor_to(Decimal(self._random.randint(1, 40)) * 20 / price, rules.lot_step)
        self._pending.append(
            MarketTrade(symbol, self.now(), price, max(quantity, rules.lot_step), falls)
        )

    def trade(self, symbol: str, price: Decimal, quantity: Decimal) -> None:
        """Let somebody buy at a price."""
        whole = floor_to(quantity, self.coins[symbol].lot_step)
        if whole > 0:
            self._pending.append(MarketTrade(symbol, self.now(), price, whole, False))

    def close_candle(self, close_time: int) -> None:
        """Remember the closing prices of an interval."""
        for symbol, closes in self.closes.items():
            closes.append((close_time + 1 - INTERVAL, float(self.prices[symbol])))
            del closes[: -WINDOW - OLD_CANDLES - 2]

    def set_status(self, status: str) -> None:
        """Halt or resume trading everywhere."""
        self.coins = {name: replace(rules, status=status) for name, rules in self.coins.items()}
        self._told = None

    def change_rules(self) -> None:
        """Change lot, tick and smallest order, as the exchange does now and then."""
        for name, (original, _) in COINS.items():
            coarse = self._random.choice((1, 1, 10))
            self.coins[name] = replace(
                self.coins[name],
                tick_size=original.tick_size * coarse,
                lot_step=original.lot_step * self._random.choice((1, 1, 10)),
                min_notional=Decimal(self._random.choice((5, 5, 10))),
            )
        self._told = None

    # ------------------------------------------------------------ the market's promises

    def rules(self) -> ExchangeRules:
        """Return both coins with their present rules."""
        if self._told is None:
            self._told = ExchangeRules.of(rules_of(coin) for coin in self.coins.values())
        return self._told

    def now(self) -> int:
        """Return the exchange's time, which may be off the true one."""
        return self._clock.ms + self.skew_ms

    def step(self, ms: int) -> None:
        """Move nothing: the world moves the clock."""

    async def run(self) -> None:
        """Return at once."""

    def stale_since(self) -> int | None:
        """Return None."""
        return None

    def advance(self) -> Iterable[MarketTrade]:
        """Yield the trades that `move` has made."""
        while self._pending:
            trade = self._pending.pop(0)
            if self.coins[trade.symbol].status != TRADING:
                continue
            self.prices[trade.symbol] = trade.price
            self._books.pop(trade.symbol, None)
            yield trade

    def last_price(self, symbol: str) -> Decimal:
        """Return the last price."""
        return self.prices[symbol]

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the book."""
        book = self._book(symbol)
        return Depth(tuple(book[Side.SELL][:limit]), tuple(book[Side.BUY][:limit]))

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield what a taker meets."""
        return iter(list(self._book(symbol)[side]))

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return what a taker meets at one price."""
        return sum(
            (level.quantity for level in self._book(symbol)[side] if level.price == price),
            Decimal(0),
        )

    def take(self, symbol: str, level: Level) -> None:
        """Remove what a taker got, until the price moves."""
        for levels in self._book(symbol).values():
            for place, known in enumerate(levels):
                if known.price == level.price:
                    left = known.quantity - level.quantity
                    levels[place : place + 1] = [Level(level.price, left)] if left else []
                    return

    def traded(self, trade: MarketTrade) -> None:
        """Let a trade of an account be the last price."""
        self.prices[trade.symbol] = trade.price

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Trade at `price` now."""
        falls = price < self.prices[symbol]
        self.prices[symbol] = price
        self._books.pop(symbol, None)
        return MarketTrade(symbol, self.now(), price, Decimal(1), falls)

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> list[list[Any]]:
        """Return one flat candle: averages and fee values look at it."""
        price, opened = str(self.prices[symbol]), self.now() // MINUTE * MINUTE
        row = [opened, price, price, price, price, "1", opened + MINUTE - 1, price, 1, "1", price]
        return [[*row, "0"]]

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """Return at once."""

    def state(self) -> dict[str, Any]:
        """Return nothing: a run is not continued."""
        return {}

    def _book(self, symbol: str) -> dict[Side, list[Level]]:
        """Return the book, made up when the first one looks after the price moved."""
        found = self._books.get(symbol)
        return found if found is not None else self._refill(symbol)

    def _refill(self, symbol: str) -> dict[Side, list[Level]]:
        price, rules = self.prices[symbol], self.coins[symbol]
        size = Decimal(2_000) / price
        if self._random.random() < self._thin:
            size = Decimal(self._random.randint(6, 90)) / price
        size = max(floor_to(size, rules.lot_step), rules.lot_step)
        gap = max(rules.price_up(price * SPREAD), rules.tick_size)
        steps = range(1, LEVELS + 1)
        book = self._books[symbol] = {
            Side.BUY: [Level(price + step * gap, size) for step in steps],
            Side.SELL: [Level(price - step * gap, size) for step in steps if price > step * gap],
        }
        return book


class SimData:
    """What the hub tells a bot of the market; keeps `MarketData`.

    Attributes:
        stale_until, gap_until: candles are old, or one is missing, up to these times.
    """

    def __init__(self, market: SimMarket, clock: VirtualClock) -> None:
        self._market = market
        self._clock = clock
        self.stale_until = 0
        self.gap_until = 0

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules."""
        return self._market.coins[symbol]

    def doubt(self, symbol: str) -> None:
        """Take note that the rules we know were refused: here they are always the newest."""

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        """Return the newest candles."""
        rows = self._market.closes[symbol]
        if self._clock.ms < self.stale_until:
            rows = [row for row in rows if row[0] < self._clock.ms - OLD_CANDLES * INTERVAL]
        if self._clock.ms < self.gap_until:
            rows = rows[:-1]
        times = np.array([row[0] for row in rows], np.int64)
        close = np.array([row[1] for row in rows], np.float64)
        return Candles.from_arrays(INTERVAL, times, close, close, close, close, close)

    def price(self, symbol: str) -> Price:
        """Return the last price."""
        price = self._market.prices.get(symbol)
        if price is None:
            raise DataError(f"no price of {symbol}")
        return Price(price, self._clock.ms)
