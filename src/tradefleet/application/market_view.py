"""What the hub last saw of the market and the wallet, read from the store."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Balance, Price
from tradefleet.ports.records import Snapshots

# The exchange's symbol list is megabytes long and changes a few times a day.
SYMBOLS_KEPT_SECONDS = 30.0

NOT_REACHED = (
    "The exchange has not been reached yet, so nothing is known about its symbols. "
    "It is asked again all the time; try again in a moment."
)


@dataclass(frozen=True, slots=True)
class Coin:
    """A symbol as the search shows it; None where nothing is known.

    Attributes:
        volume: of 24 hours, in quote.
        why_not: why a bot cannot trade it; empty if it can.
    """

    symbol: str
    base: str
    quote: str
    status: str
    price: Decimal | None
    change_percent: Decimal | None
    volume: Decimal | None
    min_notional: Decimal
    tradeable: bool
    why_not: str


class MarketView:
    """Symbols, prices and wallet with their age; reads the store and nothing else."""

    def __init__(
        self,
        snapshots: Snapshots,
        clock: Clock,
        read_instrument: Callable[[Mapping[str, Any]], Instrument],
        quote: str,
    ) -> None:
        """Make a view.

        Args:
            read_instrument: turns one of `exchange_info`'s symbols into an instrument.
            quote: the asset the fleet's books are kept in.
        """
        self._snapshots = snapshots
        self._clock = clock
        self._read_instrument = read_instrument
        self.quote = quote
        self._symbols: dict[str, Mapping[str, Any]] = {}
        self._read_at = -SYMBOLS_KEPT_SECONDS

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules.

        Raises:
            InputError: there is no such symbol (`unknown_symbol`); the text names the nearest.
            DataError: the exchange was never reached.
        """
        symbols = self._all_symbols()
        if symbol not in symbols:
            near = difflib.get_close_matches(symbol.upper(), symbols, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise InputError(
                f"the exchange has no symbol {symbol!r}{hint}",
                field="symbol",
                code="unknown_symbol",
            )
        return self._read_instrument(symbols[symbol])

    def why_not_tradeable(self, instrument: Instrument) -> str:
        """Return why no bot of this fleet can trade the symbol, or an empty text."""
        if instrument.quote != self.quote:
            return (
                f"{instrument.symbol} is paid in {instrument.quote}, "
                f"the books of this fleet are kept in {self.quote}"
            )
        return instrument.why_not_tradeable()

    def prices(self) -> Mapping[str, Price]:
        """Return the last price of every symbol the hub watches."""
        snapshot = self._snapshots.get("prices")
        if snapshot is None:
            return {}
        return {
            symbol: Price(Decimal(value), snapshot.at) for symbol, value in snapshot.value.items()
        }

    def price(self, symbol: str) -> Decimal | None:
        """Return a symbol's last price, of the day's summary if nobody watches it; or None."""
        known = self.prices().get(symbol)
        return known.value if known else _decimal(self._tickers().get(symbol, {}).get("price"))

    def wallet(self) -> tuple[Mapping[str, Balance], int] | None:
        """Return the wallet by asset and when it was seen, or None if it never was."""
        snapshot = self._snapshots.get("wallet")
        if snapshot is None:
            return None
        balances = {
            asset: Balance(Decimal(held["free"]), Decimal(held["locked"]))
            for asset, held in snapshot.value.items()
        }
        return balances, snapshot.at

    def search(self, text: str, quote: str, limit: int) -> tuple[Coin, ...]:
        """Return symbols that contain `text`: tradeable first, then beginning with it, then volume.

        Raises:
            DataError: the exchange was never reached.
        """
        wanted = text.strip().upper()
        tickers = self._tickers()
        found = [
            (not row["symbol"].startswith(wanted), self._volume(tickers, row["symbol"]), row)
            for row in self._all_symbols().values()
            if wanted in row["symbol"] and (not quote or row["quoteAsset"] == quote)
        ]
        found.sort(key=lambda hit: (hit[2].get("status") != "TRADING", hit[0], -hit[1]))
        return tuple(self._coin(row, tickers) for _, _, row in found[:limit])

    def _coin(self, row: Mapping[str, Any], tickers: Mapping[str, Any]) -> Coin:
        instrument = self._read_instrument(row)
        ticker = tickers.get(instrument.symbol, {})
        why_not = self.why_not_tradeable(instrument)
        return Coin(
            symbol=instrument.symbol,
            base=instrument.base,
            quote=instrument.quote,
            status=instrument.status,
            price=_decimal(ticker.get("price")),
            change_percent=_decimal(ticker.get("change_percent")),
            volume=_decimal(ticker.get("volume")),
            min_notional=instrument.min_notional,
            tradeable=not why_not,
            why_not=why_not,
        )

    def _tickers(self) -> Mapping[str, Any]:
        snapshot = self._snapshots.get("tickers")
        return snapshot.value if snapshot is not None else {}

    @staticmethod
    def _volume(tickers: Mapping[str, Any], symbol: str) -> Decimal:
        return _decimal(tickers.get(symbol, {}).get("volume")) or Decimal(0)

    def _all_symbols(self) -> Mapping[str, Mapping[str, Any]]:
        if self._symbols and self._clock.monotonic() - self._read_at < SYMBOLS_KEPT_SECONDS:
            return self._symbols
        snapshot = self._snapshots.get("exchange_info")
        if snapshot is None:
            raise DataError(NOT_REACHED)
        self._symbols = {row["symbol"]: row for row in snapshot.value["symbols"]}
        self._read_at = self._clock.monotonic()
        return self._symbols


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
