"""A market of one coin whose price moves only when a test says so."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tradefleet.domain.candle import MINUTE
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Side
from tradefleet.exchange.info.symbol_rules import ExchangeRules, SymbolRules
from tradefleet.exchange.protocols import Depth, Level, MarketTrade
from tradefleet.exchange.rules.today import rules_of

START = 1_700_000_000_000
ALL_TYPES = frozenset(
    {
        "LIMIT",
        "MARKET",
        "LIMIT_MAKER",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    }
)

BTCUSDT = Instrument(
    "BTCUSDT",
    "BTC",
    "USDT",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1_000_000),
    lot_step=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    max_quantity=Decimal(9_000),
    max_market_quantity=Decimal(100),
    min_notional=Decimal(5),
    max_notional=Decimal(9_000_000),
    bid_multipliers=(Decimal("0.2"), Decimal(5)),
    ask_multipliers=(Decimal("0.2"), Decimal(5)),
    order_types=ALL_TYPES,
    max_orders=200,
    max_stop_orders=5,
    oto_allowed=True,
    opo_allowed=True,
)


class FixedMarket:
    """A `Market` that a test drives.

    On a continuous one the book is a single endless level at the price; otherwise it is a ladder of
    `size` base every `spread` around the price, which a taker empties and a move refills (unless
    told not to move).
    """

    name = "fixed"

    def __init__(
        self,
        price: str = "100",
        *,
        continuous: bool = False,
        size: str = "1",
        spread: str = "0.5",
        levels: int = 5,
        moves_book: bool = True,
        instruments: Sequence[Instrument] = (BTCUSDT,),
    ) -> None:
        self.continuous = continuous
        self.time = START
        self._rules = ExchangeRules.of(rules_of(known) for known in instruments)
        self._size, self._spread, self._levels = Decimal(size), Decimal(spread), levels
        self._moves_book = moves_book
        self._prices = {known.symbol: Decimal(price) for known in instruments}
        self._books: dict[str, dict[Side, list[Level]]] = {}
        self.taken: list[Level] = []
        self._pending: list[MarketTrade] = []
        for symbol in self._prices:
            self._refill(symbol)

    # what tests do

    def move(
        self,
        price: str,
        quantity: str = "1",
        *,
        opening: bool = False,
        sold: bool | None = None,
        symbol: str = "BTCUSDT",
    ) -> MarketTrade:
        """Let a trade happen: the next `advance` yields it. By default a fall is a sale."""
        value = Decimal(price)
        falls = value < self._prices[symbol] if sold is None else sold
        trade = MarketTrade(symbol, self.time, value, Decimal(quantity), falls, opening)
        self._pending.append(trade)
        return trade

    def quote(self, price: str, symbol: str = "BTCUSDT") -> None:
        """Let the whole book stand around a price, without a trade."""
        self._prices[symbol] = Decimal(price)
        self._refill(symbol)

    def halt(self, status: str = "BREAK") -> None:
        self.change_rules({"status": status})

    def change_rules(self, changes: dict[str, Any]) -> None:
        """Give all symbols other rules; the fields are those of exchangeInfo."""
        self.tell(*(known.with_changes(changes) for known in self._rules.symbols.values()))

    def tell(self, *symbols: SymbolRules) -> None:
        """Have the rules of these symbols from now on."""
        self._rules = self._rules.with_symbols(symbols)

    def take_over(self, rules: ExchangeRules) -> None:
        """Have all rules of an exchange."""
        self._rules = rules

    def tell_exchange(self, *filters: dict[str, Any]) -> None:
        """Have filters of the exchange as a whole."""
        entries = [known.entry for known in self._rules.symbols.values()]
        self._rules = ExchangeRules.read({"symbols": entries, "exchangeFilters": list(filters)})

    def now(self) -> int:
        return self.time

    # the market's promises

    def rules(self) -> ExchangeRules:
        return self._rules

    def step(self, ms: int) -> None:
        self.time += ms

    async def run(self) -> None:
        return

    def stale_since(self) -> int | None:
        return None

    def advance(self) -> Iterable[MarketTrade]:
        while self._pending:
            trade = self._pending.pop(0)
            self._prices[trade.symbol] = trade.price
            if self._moves_book:
                self._refill(trade.symbol)
            yield trade

    def last_price(self, symbol: str) -> Decimal | None:
        return self._prices[symbol]

    def depth(self, symbol: str, limit: int) -> Depth:
        book = self._books[symbol]
        return Depth(tuple(book[Side.SELL][:limit]), tuple(book[Side.BUY][:limit]))

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        return iter(list(self._books[symbol][side]))

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        levels = self._books[symbol][side]
        return sum((level.quantity for level in levels if level.price == price), Decimal(0))

    def take(self, symbol: str, level: Level) -> None:
        if self.continuous:
            return
        (levels, place), *others = (
            (levels, place)
            for levels in self._books[symbol].values()
            for place, known in enumerate(levels)
            if known.price == level.price
        )
        assert not others
        self.taken.append(level)
        left = levels[place].quantity - level.quantity
        assert left >= 0
        levels[place : place + 1] = [Level(level.price, left)] if left else []

    def traded(self, trade: MarketTrade) -> None:
        self._prices[trade.symbol] = trade.price

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        falls = price < self._prices[symbol]
        self._prices[symbol] = price
        self._refill(symbol)
        return MarketTrade(symbol, self.time, price, Decimal(1), falls)

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> list[list[Any]]:
        now = self.time // MINUTE * MINUTE
        first = now if start is None else -(-start // MINUTE) * MINUTE
        price = str(self._prices[symbol])
        return [
            [time, price, price, price, price, "1", time + MINUTE - 1, price, 1, "1", price, "0"]
            for time in range(first, now + 1, MINUTE)[:limit]
        ]

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """All candles are here."""

    def state(self) -> dict[str, Any]:
        return {"time": self.time, "prices": {s: str(p) for s, p in self._prices.items()}}

    def _refill(self, symbol: str) -> None:
        price = self._prices[symbol]
        if self.continuous:
            endless = [Level(price, Decimal("1e9"))]
            self._books[symbol] = {Side.BUY: endless, Side.SELL: endless}
            return
        steps = range(1, self._levels + 1)
        self._books[symbol] = {
            Side.BUY: [Level(price + step * self._spread, self._size) for step in steps],
            Side.SELL: [Level(price - step * self._spread, self._size) for step in steps],
        }
