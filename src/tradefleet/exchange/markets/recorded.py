"""The recorded market: candles from files, played on a clock of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import Side
from tradefleet.domain.recording import Recording
from tradefleet.exchange.clock import Clock, ReplayClock
from tradefleet.exchange.info.symbol_rules import ExchangeRules, SymbolRules
from tradefleet.exchange.markets import klines as kline_rules
from tradefleet.exchange.markets.recorded_symbol import NEVER, Push, RecordedSymbol
from tradefleet.exchange.protocols import Depth, Level, MarketTrade

_UNLIMITED = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Replay:
    """How recordings are played.

    Attributes:
        start: where trading begins, UTC milliseconds of the recording; what is earlier is history.
            None leaves the first 1,000 candles, or a tenth, as history.
        speed: milliseconds of the recording in a millisecond; None moves by `step` only.
        loop: begin again after the end, at later times.
        rules: of the symbols; None gives them today's, with ticks and lots by the decimals seen.
    """

    start: int | None = None
    speed: float | None = 1.0
    loop: bool = False
    rules: ExchangeRules | None = None


class RecordedMarket:
    """A `Market` of recordings.

    At speed 1 the recording is moved so that its first trading candle opens now, on the
    grid of its interval; otherwise its own times are kept. While the exchange is down its
    clock stands still.
    """

    name = "recorded"
    continuous = True

    def __init__(
        self,
        recordings: Sequence[Recording],
        wall: Clock,
        replay: Replay | None = None,
        state: dict[str, Any] | None = None,
    ) -> None:
        """Make a new market, or continue one.

        Args:
            recordings: one a symbol.
            wall: present time.
            replay: how they are played.
            state: what `state()` said.

        Raises:
            InputError: no or two recordings of a symbol, a start outside, or other recordings than
                the state was kept with.
        """
        self._replay = replay or Replay()
        shift = 0 if state is None else int(state["shift"])
        symbols = [RecordedSymbol(one, self._given(one.symbol), shift) for one in recordings]
        names = [symbol.symbol for symbol in symbols]
        if not symbols or len(set(names)) < len(names):
            raise InputError(f"expected one recording a symbol, was {', '.join(names) or 'none'}")
        if state is None:
            self._start = self._first_trading(symbols)
            if self._replay.speed == 1:
                longest = max(one.candles.interval for one in recordings)
                shift = wall.now() // longest * longest - self._start
                symbols = [
                    RecordedSymbol(one, self._given(one.symbol), shift) for one in recordings
                ]
                self._start += shift
        self._symbols = {symbol.symbol: symbol for symbol in symbols}
        self._rules = (self._replay.rules or ExchangeRules({})).with_symbols([])
        self._shift, self._pass = shift, 0
        end = max(symbol.end for symbol in symbols)
        if state is not None:
            self._start = int(state["start"])
            self._until = int(state["until"])
        else:
            self._until = self._start - 1
        self._cycle = end - self._start
        self._resume(state)
        self._clock = ReplayClock(self._until + (state is None), self._replay.speed)

    def _first_trading(self, symbols: Sequence[RecordedSymbol]) -> int:
        start = self._replay.start
        if start is not None and start >= max(symbol.end for symbol in symbols):
            raise InputError(
                f"expected a start before the end of the recordings, was {start}", field="start"
            )
        return min(symbol.first_trading(start) for symbol in symbols)

    def _resume(self, state: dict[str, Any] | None) -> None:
        """Go to where the market stood."""
        if state is not None and state["recordings"] != self._fingerprints():
            raise InputError(
                "these are other recordings than this exchange was trading on; begin a new account"
                " with --fresh, or give it its recordings back",
                code="other_market",
            )
        passed = max(0, self._until - self._start)
        passes = passed // self._cycle if self._replay.loop else 0
        pushes = {} if state is None else state["pushes"]
        for number in range(passes + 1):
            end = self._start + (number + 1) * self._cycle
            for name, symbol in self._symbols.items():
                for push in pushes.get(name, ()):
                    if end - self._cycle <= push[0] < end:
                        symbol.seek(push[0])
                        symbol.set_price(Push(*push))
                symbol.seek(min(self._until, end - 1))
            if number < passes:
                self._begin_pass()

    def _fingerprints(self) -> dict[str, list[Any]]:
        return {name: symbol.fingerprint for name, symbol in self._symbols.items()}

    # ------------------------------------------------------------ time

    def rules(self) -> ExchangeRules:
        """Return all symbols; `BREAK` where the recording has ended."""
        present = [symbol.rules for symbol in self._symbols.values()]
        if any(self._rules.symbols.get(one.symbol) is not one for one in present):
            self._rules = self._rules.with_symbols(present)
        return self._rules

    def _given(self, symbol: str) -> SymbolRules | None:
        """Return the rules given for a symbol; with a file of rules there must be some."""
        if self._replay.rules is None:
            return None
        found = self._replay.rules.symbols.get(symbol)
        if found is None:
            raise InputError(f"there are no rules of {symbol} among those given", field="rules")
        return found

    def now(self) -> int:
        """Return the replay's own time."""
        return self._clock.now()

    def step(self, ms: int) -> None:
        """Move the clock on."""
        self._clock.step(ms)

    async def run(self) -> None:
        """Return at once: nothing has to be fetched."""

    def stale_since(self) -> int | None:
        """Return None: a recording is never silent."""
        return None

    def advance(self) -> Iterator[MarketTrade]:
        """Yield opens, lows, highs and closes up to now."""
        now = self.now()
        while True:
            symbol = min(self._symbols.values(), key=lambda symbol: symbol.next_time)
            if symbol.next_time == NEVER and self._replay.loop:
                if now < self._start + (self._pass + 1) * self._cycle:
                    break
                self._begin_pass()
            elif symbol.next_time > now:
                break
            else:
                self._until = symbol.next_time
                yield symbol.play()
        self._until = max(self._until, now)

    def _begin_pass(self) -> None:
        self._pass += 1
        for symbol in self._symbols.values():
            symbol.play_again(self._start, self._pass * self._cycle)

    # ------------------------------------------------------------ prices

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the price of the last point reached."""
        return self._symbol(symbol).last_price

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return one level without end on each side, at the price."""
        price = self._symbol(symbol).last_price
        if price is None or limit < 1:
            return Depth((), ())
        level = Level(price, _UNLIMITED)
        return Depth((level,), (level,))

    def offers(self, symbol: str, side: Side) -> Iterator[Level]:
        """Yield one level without end, at the price."""
        depth = self.depth(symbol, 1)
        return iter(depth.asks if side is Side.BUY else depth.bids)

    def offered(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return everything at the price, nothing elsewhere."""
        levels = self.offers(symbol, side)
        return sum((level.quantity for level in levels if level.price == price), Decimal(0))

    def take(self, symbol: str, level: Level) -> None:
        """Do nothing: there is no end of what is offered."""

    def traded(self, trade: MarketTrade) -> None:
        """Do nothing: a recording stays what it was, whatever we trade on it."""

    def set_price(self, symbol: str, price: Decimal) -> MarketTrade:
        """Make a trade happen at `price` now; the recording goes on from there in proportion."""
        market = self._symbol(symbol)
        if price <= 0 or price % market.tick:
            raise InputError(
                f"expected a price of {symbol} above 0 in steps of {plain(market.tick)},"
                f" was {plain(price)}",
                field="price",
            )
        return market.set_price(Push(self.now(), market.ticks(price)))

    def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> Sequence[list[Any]]:
        """Return kline rows up to the last `advance()`, none of intervals below the recording's."""
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
        """Return time, place and what people did to the prices."""
        return {
            "until": self._until,
            "start": self._start,
            "shift": self._shift,
            "recordings": self._fingerprints(),
            "pushes": {name: [list(p) for p in one.pushes] for name, one in self._symbols.items()},
        }

    def _symbol(self, symbol: str) -> RecordedSymbol:
        try:
            return self._symbols[symbol]
        except KeyError:
            raise InputError(
                f"expected a symbol of this market ({', '.join(self._symbols)}), was {symbol!r}",
                field="symbol",
                code="unknown_symbol",
            ) from None
