"""A market that can be disturbed: its clock jumps, symbols stand still, books are thin.

Whoever trades sees any market through this one. Undisturbed, it only passes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import floor_to
from tradefleet.domain.order import Side
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.protocols import Depth, Level, Market, MarketTrade


@dataclass(frozen=True, slots=True)
class Thinning:
    """How little a book offers.

    Attributes:
        share: of what each level would hold.
        most: base on each side altogether; None = no limit.
    """

    share: Decimal = Decimal(1)
    most: Decimal | None = None


# What a disturbance changes.
_DISTURBED = (
    "now",
    "advance",
    "last_price",
    "depth",
    "offers",
    "offered",
    "traded",
    "set_price",
    "klines",
)


class DisturbedMarket:
    """A `Market` made of another one.

    While nothing disturbs it, the other market's own methods stand in for its own: a good day
    costs nothing. So nobody may keep one of its methods, only itself.

    Attributes:
        skew_ms: how far the clock is ahead of the other market's.
        largest_skew: the most it ever was; times of the past are wrong by up to it.
    """

    def __init__(self, market: Market) -> None:
        """Pass on what a market does."""
        self.name, self.continuous = market.name, market.continuous
        self.skew_ms = self.largest_skew = 0
        self._market = market
        self._thin: dict[str, list[Thinning]] = {}
        self._frozen: dict[str, tuple[int, Decimal | None]] = {}  # since when, last price
        self._thawed: set[str] = set()  # have not traded since
        self._step_aside()

    # ------------------------------------------------------------ disturbances

    def freeze(self, symbol: str) -> None:
        """Let nothing trade in a symbol from now on."""
        last = self._market.last_price(symbol)
        self._frozen.setdefault(symbol, (self._market.now(), last))
        self._step_in()

    def thaw(self, symbol: str) -> None:
        """Let a symbol trade again, from where its price is by now."""
        if self._frozen.pop(symbol, None) is not None:
            self._thawed.add(symbol)

    def thin(self, symbol: str, thinning: Thinning) -> None:
        """Let the book of a symbol offer less; of several thinnings the last one counts."""
        self._thin.setdefault(symbol, []).append(thinning)
        self._step_in()

    def thicken(self, symbol: str, thinning: Thinning) -> None:
        """Let a thinning end."""
        self._thin[symbol].remove(thinning)
        if not self._thin[symbol]:
            del self._thin[symbol]
        self._step_aside()

    def skew(self, ms: int) -> None:
        """Let the clock jump by so much."""
        self.skew_ms += ms
        self.largest_skew = max(self.largest_skew, self.skew_ms)
        self._step_in()
        self._step_aside()

    def _step_in(self) -> None:
        for name in _DISTURBED:
            self.__dict__.pop(name, None)

    def _step_aside(self) -> None:
        """Let the other market's methods stand in, if nothing disturbs it."""
        if not (self.skew_ms or self._frozen or self._thawed or self._thin):
            for name in _DISTURBED:
                setattr(self, name, getattr(self._market, name))

    def steady_now(self) -> int:
        """Return the time without jumps."""
        return self._market.now()

    # ------------------------------------------------------------ the market's promises

    def rules(self) -> ExchangeRules:
        """Return all symbols with their rules."""
        return self._market.rules()

    def now(self) -> int:
        """Return the time, which may jump."""
        return self._market.now() + self.skew_ms

    def step(self, ms: int) -> None:
        """Move the clock."""
        self._market.step(ms)

    async def run(self) -> None:
        """Fetch what `advance` will yield."""
        await self._market.run()

    def stale_since(self) -> int | None:
        """Return since when prices are frozen, their source being silent."""
        return self._market.stale_since()

    def advance(self) -> Iterable[MarketTrade]:
        """Yield what was traded since the last call."""
        for trade in self._market.advance():
            if trade.symbol in self._frozen:
                continue
            reopens = trade.symbol in self._thawed
            self._thawed.discard(trade.symbol)
            opening = trade.opening or (reopens and self.continuous)
            yield replace(trade, time=trade.time + self.skew_ms, opening=opening)
        self._step_aside()

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the price of the last trade."""
        frozen = self._frozen.get(symbol)
        return self._market.last_price(symbol) if frozen is None else frozen[1]

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the book."""
        depth = self._market.depth(symbol, limit)
        if symbol not in self._thin:
            return depth
        bids, asks = self._thinned(symbol, depth.bids), self._thinned(symbol, depth.asks)
        return Depth(tuple(bids), tuple(asks))

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield what a taker of `side` meets, best first."""
        offers = self._market.offers(symbol, side)
        return self._thinned(symbol, offers) if symbol in self._thin else offers

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return what a taker of `side` meets at one price."""
        if symbol not in self._thin:
            return self._market.offered(symbol, side, price)
        found = (level.quantity for level in self.offers(symbol, side) if level.price == price)
        return next(found, ZERO)

    def _thinned(self, symbol: str, levels: Iterable[Level]) -> Iterator[Level]:
        step = self._market.rules().symbols[symbol].instrument.lot_step
        thinning = self._thin[symbol][-1]
        left = thinning.most
        for level in levels:
            quantity = floor_to(level.quantity * thinning.share, step)
            if left is not None:
                quantity = min(quantity, left)
                left -= quantity
            if quantity:
                yield Level(level.price, quantity)
            elif left == 0:
                return

    def take(self, symbol: str, level: Level) -> None:
        """Remove from the book what a taker got."""
        self._market.take(symbol, level)

    def traded(self, trade: MarketTrade) -> None:
        """Let a trade of one of our accounts enter candles, volume and last price."""
        self._market.traded(replace(trade, time=trade.time - self.skew_ms))

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Make a trade happen at `price` now.

        Raises:
            InputError: the market cannot, or nothing may trade in the symbol.
        """
        if symbol in self._frozen:
            raise InputError(f"nothing trades in {symbol} now", field="symbol")
        trade = self._market.set_price(symbol, price)
        return replace(trade, time=trade.time + self.skew_ms)

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> Sequence[list[Any]]:
        """Return candles; they keep the market's own time and end where a symbol stands still."""
        if symbol in self._frozen:
            since = self._frozen[symbol][0]
            end = since if end is None else min(end, since)
        return self._market.klines(symbol, interval, start, end, limit, zone)

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """Get what `klines` is about to be asked."""
        await self._market.fetch_klines(symbol, interval, start, end, limit, zone)

    def state(self) -> dict[str, Any]:
        """Return what must be kept so that a restart continues this market, undisturbed."""
        return self._market.state()
