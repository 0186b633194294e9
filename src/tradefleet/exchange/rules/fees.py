"""Commission: a fraction of what is received, taken of that or, with a discount, in BNB.

Where fees are paid in BNB is decided fill by fill: if there is too little of it, the whole fee is
taken of what was received. Amounts are cut to the asset's precision, not rounded.
Source: Binance spot docs, faqs/commission_faq.md.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, floor_to, truncate
from tradefleet.domain.order import Side
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.protocols import Market

DISCOUNT_ASSET = "BNB"
_UNIT = Decimal("1e-8")
_BETWEEN = "USDT"  # leads from assets without a market of their own to BNB


class Fees:
    """What fills cost, by the terms of whose they are and the present price of BNB."""

    def __init__(self, market: Market, instruments: Mapping[str, Instrument]) -> None:
        self._market = market
        self._instruments = instruments

    def due(
        self,
        account: Account,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        quote: Decimal,
        *,
        is_maker: bool,
    ) -> tuple[Decimal, str]:
        """Return the fee of a fill and its asset.

        Args:
            account: owns what it received already.
            instrument: of the fill; gives the assets and their precision.
            side: a buyer receives base, a seller quote.
            quantity: base of the fill.
            quote: its worth in quote.
            is_maker: whether it added liquidity.
        """
        terms = account.fees
        if terms.in_bnb:
            rate = terms.rate(side, is_maker=is_maker, discounted=True)
            fee = self._in_bnb(instrument, quantity * rate, quote * rate)
            if fee is not None and fee <= account.free(DISCOUNT_ASSET):
                return fee, DISCOUNT_ASSET
        rate = terms.rate(side, is_maker=is_maker)
        if side is Side.BUY:
            return truncate(quantity * rate, instrument.base_precision), instrument.base
        return truncate(quote * rate, instrument.quote_precision), instrument.quote

    def may_be_bnb(self, instrument: Instrument) -> bool:
        """Whether fees of a symbol can be paid in BNB: its price must be known here."""
        is_base = instrument.base == DISCOUNT_ASSET
        return is_base or self._price(DISCOUNT_ASSET, instrument.quote) is not None

    def _in_bnb(self, instrument: Instrument, base: Decimal, quote: Decimal) -> Decimal | None:
        """Return a fee in BNB that is worth this much in base and in quote."""
        if instrument.base == DISCOUNT_ASSET:
            return floor_to(base, _UNIT)
        price = self._price(DISCOUNT_ASSET, instrument.quote)
        return None if not price else quote // (price * _UNIT) * _UNIT

    def _price(self, asset: str, quote: str) -> Decimal | None:
        """Return what one of an asset is worth, directly or by way of another one."""
        direct = self._direct(asset, quote)
        if direct is not None or _BETWEEN in (asset, quote):
            return direct
        first, second = self._direct(asset, _BETWEEN), self._direct(_BETWEEN, quote)
        return None if first is None or second is None else first * second

    def _direct(self, asset: str, quote: str) -> Decimal | None:
        if asset == quote:
            return Decimal(1)
        last = self._last(asset + quote)
        if last:
            return last
        last = self._last(quote + asset)
        return 1 / last if last else None

    def _last(self, symbol: str) -> Decimal | None:
        return self._market.last_price(symbol) if symbol in self._instruments else None
