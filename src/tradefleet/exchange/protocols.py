"""What the exchange needs from its parts: a market to trade on and a log to remember with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from tradefleet.domain.order import Side
from tradefleet.exchange.info.symbol_rules import ExchangeRules


@dataclass(frozen=True, slots=True)
class MarketTrade:
    """A trade of the market itself, or of one of our accounts on it.

    Attributes:
        quantity: base.
        buyer_is_maker: the seller took liquidity.
        opening: on a continuous market, the price jumped here (the open of a candle) instead of
            passing every level on the way: what lies between fills at this price.
    """

    symbol: str
    time: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool
    opening: bool = False


class Level(NamedTuple):
    """Quantity offered at one price."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Depth:
    """The book around the price, best levels first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Market(Protocol):
    """A source of prices for a set of symbols. Single-threaded; knows nothing of accounts.

    `continuous` tells how price moves between two trades: a candle-fed market passes through
    every level on the way (a stop fills at its own price unless the market opened beyond
    it), a market of single trades jumps.
    """

    name: str
    continuous: bool

    def rules(self) -> ExchangeRules:
        """Return all symbols with their rules; the same object while nothing has changed.

        A symbol's status is the present one.
        """

    def now(self) -> int:
        """Return the market's own time, UTC milliseconds: the exchange's clock follows it."""

    def step(self, ms: int) -> None:
        """Move the market's clock; `InputError` where it is the wall clock."""

    async def run(self) -> None:
        """Fetch what `advance` will yield, until cancelled; a task of the server."""

    def stale_since(self) -> int | None:
        """Return since when prices are frozen, their source being silent; None if it answers."""

    def advance(self) -> Iterable[MarketTrade]:
        """Yield, in time order, every trade that happened up to `now()` since the last call.

        The engine reacts to each trade before the next one is drawn, so orders filled by it
        already rest or are gone.
        """

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the price of the last trade."""

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the book; a candle-fed market has one deep level on each side, at the price."""

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield what a taker of `side` meets, best first, as far as the book goes.

        Nothing may be taken while this is read.
        """

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return what a taker of `side` meets at one price; 0 if nothing."""

    def take(self, symbol: str, level: Level) -> None:
        """Remove from the book what a taker got of one of the `offers`."""

    def traded(self, trade: MarketTrade) -> None:
        """Let a trade of one of our accounts enter candles, volume and last price."""

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Make a trade happen at `price` now; the market moves on from there."""

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> Sequence[list[Any]]:
        """Return Binance kline rows, the forming candle included, by the rules of GET /klines.

        `zone` is how far the clocks are ahead of UTC where candles begin, in milliseconds.
        """

    async def fetch_klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> None:
        """Get what `klines` is about to be asked; awaited before it for every client's request.

        Only a market fed from afar has to do anything. It never fails: what could not be fetched
        is missing from the answer.
        """

    def state(self) -> dict[str, Any]:
        """Return what must be kept so that a restart continues this market (small JSON values).

        Its `until` is the time up to which trades were handed out. Keep it after every
        `set_price`; a log that knows of something later moves `until` there before the restart.
        """


class Log(Protocol):
    """The exchange's memory: an append-only log of accepted changes.

    Attributes:
        size: bytes since the last compaction.
    """

    size: int

    def append(self, record: dict[str, Any]) -> None:
        """Write a change; it is safe against kill -9 when this returns."""

    def replay(self) -> Iterable[dict[str, Any]]:
        """Yield every change since the last compaction, oldest first."""

    def compact(self, state: dict[str, Any]) -> None:
        """Replace all records by one of the whole state, atomically."""
