"""Turns a recording's floats into whole ticks and lots, by the decimals seen in it."""

from decimal import Decimal

import numpy as np

from tradefleet.domain.candle import Floats
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.recording import Recording
from tradefleet.exchange.markets.klines import Columns, Decimals, Integers

_MOST_DECIMALS = 8
_QUOTE_DECIMALS = 4


def decimals_of(*columns: Floats) -> int:
    """Return how many decimals the numbers have, at most 8."""
    for decimals in range(_MOST_DECIMALS):
        unit = 10.0**decimals
        if all((np.rint(column * unit) / unit == column).all() for column in columns):
            return decimals
    return _MOST_DECIMALS


def whole(recording: Recording, rules: Instrument | None) -> tuple[Columns, Decimals]:
    """Return a recording's candles as whole numbers.

    Args:
        recording: the candles; unknown quote volumes and taker's shares become averages.
        rules: of the symbol; a finer tick or lot than the recording shows is kept.
    """
    candles = recording.candles
    prices = (candles.open, candles.high, candles.low, candles.close)
    price, quantity = decimals_of(*prices), decimals_of(candles.volume)
    if rules is not None:
        price = max(price, _places(rules.tick_size))
        quantity = max(quantity, _places(rules.lot_step))
    quote = recording.quote_volume
    if quote is None:
        quote = sum(prices, np.zeros(len(candles))) / 4 * candles.volume
    trades = recording.trades
    volume = _counted(candles.volume, quantity)
    quote_volume = _counted(quote, _QUOTE_DECIMALS)
    columns = Columns(
        open_time=candles.open_time.astype(np.int64),
        open=_counted(candles.open, price),
        high=_counted(candles.high, price),
        low=_counted(candles.low, price),
        close=_counted(candles.close, price),
        volume=volume,
        quote=quote_volume,
        count=np.ones(len(candles), np.int64) if trades is None else trades,
        taker=volume // 2,
        taker_quote=quote_volume // 2,
    )
    return columns, Decimals(price, quantity, _QUOTE_DECIMALS)


def _counted(column: Floats, decimals: int) -> Integers:
    return np.rint(column * 10.0**decimals).astype(np.int64)


def _places(step: Decimal) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))
