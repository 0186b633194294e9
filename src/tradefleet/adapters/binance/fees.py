"""What a commission was worth in quote at the time of the fill."""

import logging
from dataclasses import replace
from decimal import Decimal

from tradefleet.adapters.binance import parse
from tradefleet.adapters.binance.rest import Rest
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Fill

_CLOSE = 4
# Binance's standard commission: what a fee is taken for whose asset has no price anywhere.
STANDARD_RATE = Decimal("0.001")

# How long the account's own rate is taken to hold; the exchange changes it once a day at most.
RATE_KEPT_S = 3_600

_log = logging.getLogger(__name__)


class FeeValues:
    """Values commissions in quote.

    Base is worth the fill's price and quote is worth itself. Any other asset (BNB) is worth the
    close of the minute the fill happened in, from `BNBUSDT` or `USDTBNB`. Where neither exists or
    can be read, the fee counts as the standard commission (0.1 % of the fill, more than a
    discounted fee ever is) and the log says so: a booked fill must not wait for a price, and a fee
    of nothing would flatter the profit.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._rates: dict[str, tuple[Decimal, float]] = {}
        self._closes: dict[tuple[str, int], Decimal | None] = {}

    def rate(self, symbol: str) -> Decimal:
        """Return the largest part of a buy that may be taken as commission, whoever is the maker.

        Raises:
            ExchangeError: it cannot be read.
        """
        now = self._rest.monotonic()
        known = self._rates.get(symbol)
        if known is None or now - known[1] > RATE_KEPT_S:
            rate = self._rest.read(
                "/account/commission", {"symbol": symbol}, parse.commission, weight=20, signed=True
            )
            known = self._rates[symbol] = (rate, now)
        return known[0]

    def valued(self, fill: Fill, instrument: Instrument) -> Fill:
        """Return the fill with its `fee_quote`."""
        return replace(fill, fee_quote=self._value(fill, instrument))

    def _value(self, fill: Fill, instrument: Instrument) -> Decimal:
        if not fill.fee or fill.fee_asset == instrument.quote:
            return fill.fee
        if fill.fee_asset == instrument.base:
            return fill.fee * fill.price
        if price := self._close(fill.fee_asset + instrument.quote, fill.time):
            return fill.fee * price
        if inverse := self._close(instrument.quote + fill.fee_asset, fill.time):
            return fill.fee / inverse
        _log.warning(
            "trade %s: no price of %s in %s, its fee counts as the standard commission",
            fill.trade_id,
            fill.fee_asset,
            instrument.quote,
        )
        return fill.quote_quantity * STANDARD_RATE

    def _close(self, symbol: str, time: int) -> Decimal | None:
        key = (symbol, time // MINUTE)
        if key not in self._closes:
            params = {
                "symbol": symbol,
                "interval": "1m",
                "startTime": key[1] * MINUTE,
                "limit": 1,
            }
            try:
                rows = self._rest.read("/klines", params, parse.rows, weight=2, urgent=True)
            except ExchangeError:
                return None
            self._closes = {key: Decimal(rows[0][_CLOSE]) if rows else None}
        return self._closes[key]
