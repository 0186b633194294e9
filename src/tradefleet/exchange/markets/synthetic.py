"""The synthetic market: a dozen coins that move like the real ones, from a seed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from tradefleet.domain.candle import DAY, MINUTE, SECOND
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import Side
from tradefleet.exchange.clock import Clock
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.markets import klines as kline_rules
from tradefleet.exchange.markets.coins import COINS, Coin, by_rules, instrument
from tradefleet.exchange.markets.price_process import PriceProcess
from tradefleet.exchange.markets.synthetic_symbol import SyntheticSymbol
from tradefleet.exchange.protocols import Depth, Level, MarketTrade
from tradefleet.exchange.rules.today import rules_of

_SINGLE_TRADES_MINUTES = 5  # a longer silence is made up for in candles
_HIGHEST_PRICE = Decimal(10_000_000)  # where the rules set no limit
_CATCH_UP_CANDLES = 3_000  # at most so many for each symbol


class SyntheticMarket:
    """A `Market` whose prices come from a seed; its clock is the wall clock."""

    name = "synthetic"
    continuous = False

    def __init__(
        self,
        clock: Clock,
        seed: int,
        state: dict[str, Any] | None = None,
        coins: Sequence[Coin] = COINS,
        rules: ExchangeRules | None = None,
    ) -> None:
        """Make a new market that begins now, or continue one.

        Args:
            clock: usually the wall clock.
            seed: of a new market, 0 or more.
            state: what `state()` said; then the seed is the one in there.
            coins: which are traded.
            rules: of those of them that are to be traded; None gives all coins today's.

        Raises:
            InputError: these rules cannot be traded by.
        """
        if rules is not None:
            coins = by_rules(coins, rules)
        self._clock = clock
        self._until = clock.now()
        if state is not None:
            seed = int(state["seed"])
            self._until = min(int(state["until"]), self._until)
        self.seed = seed
        process = PriceProcess(seed, coins)
        anchor = int(state["anchor"]) if state is not None else self._until // DAY
        known = state["symbols"] if state is not None else {}
        self._symbols = {
            coin.symbol: SyntheticSymbol(
                process, number, coin, seed, anchor, known.get(coin.symbol)
            )
            for number, coin in enumerate(coins)
        }
        self._list = list(self._symbols.values())
        if rules is None:
            self._rules = ExchangeRules.of(rules_of(instrument(coin)) for coin in coins)
        else:
            self._rules = rules.with_symbols(rules.symbols[coin.symbol] for coin in coins)
        for symbol in self._list:
            symbol.begin(self._until)
        process.forget()
        self._queue: list[tuple[int, int, int]] = []
        self._next = 0
        self._rolled_to = 0  # second
        self._line_up(self._until)

    # ------------------------------------------------------------ time

    def rules(self) -> ExchangeRules:
        """Return all symbols; their rules never change."""
        return self._rules

    def now(self) -> int:
        """Return the wall clock's time."""
        now = self._clock.now()
        return now if now > self._until else self._until

    def step(self, ms: int) -> None:
        """Refuse: the wall clock cannot be moved."""
        raise InputError(
            f"cannot advance by {ms} ms: the synthetic market runs by the wall clock; replay"
            " recorded candles with --speed step to move time by hand",
            code="wall_clock",
        )

    async def run(self) -> None:
        """Return at once: nothing has to be fetched."""

    def stale_since(self) -> int | None:
        """Return None: this source is never silent."""
        return None

    def advance(self) -> Iterator[MarketTrade]:
        """Yield what happened up to now; after a long silence as opens, lows, highs and closes."""
        now = self.now()
        minute = self._until // MINUTE
        while now // MINUTE > minute:
            yield from self._play((minute + 1) * MINUTE - 1)
            minute += 1
            if now // MINUTE - minute > _SINGLE_TRADES_MINUTES:
                yield from self._catch_up(minute, now // MINUTE)
                minute = now // MINUTE
            for symbol in self._list:
                symbol.open_minute(minute)
            self._until = minute * MINUTE
            self._line_up(self._until - 1)
        yield from self._play(now)

    def _line_up(self, after: int) -> None:
        """Put the trades of the present minute that come after a time in order."""
        self._queue = sorted(
            (time, number, place)
            for number, symbol in enumerate(self._list)
            for place, time in enumerate(symbol.times)
            if time > after
        )
        self._next = 0

    def _play(self, until: int) -> Iterator[MarketTrade]:
        while self._next < len(self._queue) and self._queue[self._next][0] <= until:
            time, number, place = self._queue[self._next]
            self._next += 1
            self._until = max(self._until, time)
            yield self._list[number].play(place)
        self._until = max(self._until, until)
        if self._until // SECOND != self._rolled_to:
            self._rolled_to = self._until // SECOND
            for symbol in self._list:
                symbol.roll(self._until)

    def _catch_up(self, first: int, after: int) -> Iterator[MarketTrade]:
        """Let missed minutes pass in candles, all symbols in time order."""
        length = next(
            (length for length in (1, 5, 15) if after - first <= length * _CATCH_UP_CANDLES), 60
        )
        missed = [symbol.miss(first, after, length) for symbol in self._list]
        played = sorted(
            (time, number, order)
            for number, prices in enumerate(missed)
            for order, (time, _) in enumerate(prices)
        )
        for time, number, order in played:
            self._until = max(self._until, time)
            yield self._list[number].pass_by(time, missed[number][order][1])

    # ------------------------------------------------------------ prices

    def last_price(self, symbol: str) -> Decimal:
        """Return the price of the last trade."""
        return self._symbol(symbol).last_price

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the book around the last price."""
        market, now = self._symbol(symbol), self.now()
        bids = market.levels(Side.SELL, now, limit)
        asks = market.levels(Side.BUY, now, limit)
        return Depth(tuple(map(market.level, bids)), tuple(map(market.level, asks)))

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield what a taker meets, best first."""
        market = self._symbol(symbol)
        return map(market.level, market.walk(side, self.now()))

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return what a taker meets at one price."""
        return self._symbol(symbol).offered(side, price, self.now())

    def take(self, symbol: str, level: Level) -> None:
        """Remove what a taker got; the book refills within seconds."""
        self._symbol(symbol).take(level, self.now())

    def traded(self, trade: MarketTrade) -> None:
        """Let a trade of one of our accounts enter candles, volume and last price."""
        self._symbol(trade.symbol).traded(trade)

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Make a trade happen at `price` now; the market moves on from there.

        Raises:
            InputError: the price is off the tick grid or outside the symbol's limits.
        """
        market = self._symbol(symbol)
        rules = self._rules.symbols[symbol].instrument
        least, most = rules.min_price or market.tick, rules.max_price or _HIGHEST_PRICE
        if not least <= price <= most or price % market.tick:
            raise InputError(
                f"expected a price of {symbol} from {plain(least)} to {plain(most)}"
                f" in steps of {plain(market.tick)}, was {plain(price)}",
                field="price",
            )
        return market.set_price(price, self.now())

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> Sequence[list[Any]]:
        """Return kline rows up to the last `advance()`, the forming candle included."""
        kline_rules.check_interval(interval)
        return self._symbol(symbol).klines(interval, start, end, limit, self._until, zone)

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """Return at once: every candle is here."""

    def state(self) -> dict[str, Any]:
        """Return seed, time and what people did to the prices."""
        anchor = self._until // DAY
        return {
            "seed": self.seed,
            "until": self._until,
            "anchor": anchor,
            "symbols": {name: symbol.state(anchor) for name, symbol in self._symbols.items()},
        }

    def _symbol(self, symbol: str) -> SyntheticSymbol:
        try:
            return self._symbols[symbol]
        except KeyError:
            raise InputError(
                f"expected a symbol of this market ({', '.join(self._symbols)}), was {symbol!r}",
                field="symbol",
                code="unknown_symbol",
            ) from None
