"""Public market data over REST."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from tradefleet.adapters.binance import failures, parse
from tradefleet.adapters.binance.rest import Params, Rest
from tradefleet.domain.candle import Candles, interval_ms
from tradefleet.domain.errors import DataError, InputError, OrderRefusedError
from tradefleet.domain.instrument import Instrument
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Price

MOST_ROWS = 1_000
RULES_AGE_S = 3_600.0

Row = list[Any]
Limits = Sequence[Mapping[str, Any]]
_T = TypeVar("_T")

# What the exchange answers to a symbol it does not have or cannot even read.
_NO_SUCH_SYMBOL = (failures.BAD_SYMBOL, failures.ILLEGAL_CHARACTERS)
_CLOSE_TIME = 6


class BinanceMarketData:
    """Keeps `MarketData`; an instrument's rules are kept for an hour."""

    def __init__(
        self, rest: Rest, clock: Clock, on_limits: Callable[[Limits], None] = lambda _: None
    ) -> None:
        """Prepare.

        Args:
            rest: for public questions.
            clock: follows the exchange.
            on_limits: told the `rateLimits` of every exchangeInfo.
        """
        self._rest = rest
        self._clock = clock
        self._on_limits = on_limits
        self._instruments: dict[str, tuple[float, Instrument]] = {}

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; `InputError` (`unknown_symbol`) if the exchange has none."""
        fetched_at, known = self._instruments.get(symbol, (0.0, None))
        if known and self._clock.monotonic() - fetched_at < RULES_AGE_S:
            return known
        limits, (found,) = self._ask(symbol, "/exchangeInfo", {"symbol": symbol}, _rules, 20)
        self._on_limits(limits)
        self._instruments[symbol] = (self._clock.monotonic(), found)
        return found

    def doubt(self, symbol: str) -> None:
        """Fetch a symbol's rules anew when they are asked for next: an order broke them."""
        self._instruments.pop(symbol, None)

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        """Return the newest `count` closed candles, or all there are, oldest first."""
        return Candles(interval_ms(interval), self.closed_rows(symbol, interval, count))

    def closed_rows(
        self, symbol: str, interval: str, count: int, closed_until: int = 0
    ) -> list[Row]:
        """Return the kline rows of the newest `count` closed candles, oldest first.

        Args:
            symbol: such as `BTCUSDT`.
            interval: one of the domain's `INTERVALS`.
            count: how many; over 1,000 takes several requests.
            closed_until: a candle that closes by then is closed whatever our clock says.
        """
        now = max(self._clock.now(), closed_until + 1)
        rows = self._rows(symbol, interval, min(count + 1, MOST_ROWS))
        closed = [row for row in rows if row[_CLOSE_TIME] < now]
        more = len(rows) > 1
        while more and len(closed) < count:
            wanted = min(count - len(closed), MOST_ROWS)
            older = self._rows(symbol, interval, wanted, closed[0][0] - 1 if closed else None)
            closed, more = older + closed, len(older) == MOST_ROWS
        return closed[-count:]

    def price(self, symbol: str) -> Price:
        """Return the last price; `DataError` if there is none."""
        value = self._ask(symbol, "/ticker/price", {"symbol": symbol}, parse.last_price, 2)
        if value <= 0:
            raise DataError(f"{symbol} has not traded yet: its last price is {value}")
        return Price(value, self._clock.now())

    def spread(self, symbol: str) -> Decimal | None:
        """Return how far bid and ask are apart, in percent of their middle; None if crossed."""
        return self._ask(symbol, "/ticker/bookTicker", {"symbol": symbol}, parse.spread, 2)

    def exchange_info(self, symbols: Sequence[str] = ()) -> dict[str, Any]:
        """Return `rateLimits` and the entries of these symbols, or of all (`symbols`)."""
        params: Params = {"symbols": list(symbols)} if symbols else {"showPermissionSets": False}
        info = self._ask(", ".join(symbols), "/exchangeInfo", params, parse.exchange_info, 20)
        self._on_limits(info["rateLimits"])
        return info

    def prices(self) -> dict[str, str]:
        """Return the last price of every symbol."""
        return self._rest.read("/ticker/price", {}, parse.last_prices, weight=4)

    def day_tickers(self) -> dict[str, dict[str, str]]:
        """Return `price`, `change_percent` and `volume` (in quote) of the last 24 h by symbol."""
        return self._rest.read("/ticker/24hr", {}, parse.day_tickers, weight=80)

    def _rows(self, symbol: str, interval: str, limit: int, until: int | None = None) -> list[Row]:
        params: dict[str, object] = {"symbol": symbol, "interval": interval, "limit": limit}
        if until is not None:
            params["endTime"] = until
        return self._ask(symbol, "/klines", params, parse.rows, 2)

    def _ask(
        self, symbol: str, path: str, params: Params, into: Callable[[Any], _T], weight: int
    ) -> _T:
        try:
            return self._rest.read(path, params, into, weight=weight)
        except OrderRefusedError as error:
            if error.code in _NO_SUCH_SYMBOL:
                raise unknown_symbol(symbol) from None
            raise


def _rules(answer: Any) -> tuple[Limits, tuple[Instrument, ...]]:
    return list(answer.get("rateLimits", ())), parse.instruments(answer)


def unknown_symbol(symbol: str) -> InputError:
    """Return the error for a symbol the exchange does not have."""
    return InputError(
        f"expected a symbol the exchange has, such as BTCUSDT, was {symbol[:40]!r}",
        field="symbol",
        code="unknown_symbol",
    )
