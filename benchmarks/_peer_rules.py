"""The strategy of the peers' harness, for our engine; and the same in plain floats, to check it.

A BUY is an RSI below its lower limit with a close below the lower band, or a MACD line that crosses
above its signal line; a SELL is an RSI above its upper limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
import talib

from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import MINUTE, Candles, Floats
from tradefleet.domain.indicators import beyond_bands, bollinger, macd, rsi, settled_wilder
from tradefleet.domain.position import ExitReason
from tradefleet.domain.remembered import remembered
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.signals import (
    Places,
    Signals,
    Truths,
    Verdict,
    is_above,
    is_below,
    picked,
    signals_of,
    sure,
)
from tradefleet.domain.strategy import Headline, Parameter, Strategy

BEGIN = 1_735_689_600_000  # 1 January 2025
CASH = Decimal(10_000)
FEE, STOP, TARGET = 0.001, 0.02, 0.05
SAME = 1e-9  # part of a price or a sum by which floats may differ from decimals


class Crossing(Strategy):
    """The harness's rules. Where a candle says BUY and SELL, it is a SELL.

    A strategy of ours waits until its indicators have settled; this one begins as the peers do, at
    the first values there are.
    """

    key = "crossing"

    rsi_length = Parameter(14, minimum=2, maximum=40, help="Candles of the RSI.")
    rsi_low = Parameter(30.0, minimum=1.0, maximum=50.0, help="Oversold below this RSI.")
    rsi_high = Parameter(70.0, minimum=50.0, maximum=99.0, help="Overbought above this RSI.")
    band_length = Parameter(20, minimum=5, maximum=40, help="Candles of the Bollinger bands.")
    band_width = Parameter(2.0, minimum=0.5, maximum=4.0, help="Standard deviations to a band.")

    @property
    def warmup(self) -> int:
        """Where every indicator of the sweep has a value."""
        return 41

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Apply the rules to the newest candle."""
        del news
        close = candles.close
        strength = rsi(close, self.rsi_length)[-1]
        if strength > self.rsi_high:
            return Signal(Action.SELL)
        before, now = macd(close).histogram[-2:]
        lower = bollinger(close[-self.band_length :], self.band_length, self.band_width).lower[-1]
        is_low = strength < self.rsi_low and close[-1] < lower
        return Signal(Action.BUY if is_low or (now > 0 >= before) else Action.HOLD)

    def signals(self, candles: Candles, at: Places) -> Signals:
        """Apply the rules to every candle at once."""
        close = candles.close
        strength = rsi(close, self.rsi_length)
        momentum = macd(close).histogram

        def judge(at: Places) -> tuple[Verdict, Verdict]:
            oversold = _is_below(strength, at, self.rsi_low)
            is_low = _is_outside(close, at, self.band_length, self.band_width)
            selling = _is_above(strength, at, self.rsi_high)
            buying = (oversold & is_low) | _crosses(momentum, at)
            return buying & ~selling, selling

        return signals_of(at, judge, self._asked(candles))


class Settled(Crossing):
    """The same, but asked only where it has forgotten where the candles began, as ours must be."""

    @property
    def warmup(self) -> int:
        """The slowest indicator's settling time."""
        return settled_wilder(self.rsi_length)


class Alone(Settled):
    """The same, candle by candle: what a strategy costs that has only `decide`."""

    signals = Strategy.signals  # type: ignore[assignment]


@remembered
def _is_below(values: Floats, at: Places, limit: float) -> Verdict:
    return is_below(picked(values, at), limit)


@remembered
def _is_above(values: Floats, at: Places, limit: float) -> Verdict:
    return is_above(picked(values, at), limit)


@remembered
def _is_outside(close: Floats, at: Places, length: int, width: float) -> Verdict:
    beyond, falls = beyond_bands(close, at, length, width)
    return is_above(beyond, 0.0) & sure(falls)


@remembered
def _crosses(momentum: Floats, at: Places) -> Verdict:
    return is_above(picked(momentum, at), 0.0) & ~is_above(picked(momentum, at - 1), 0.0)


def setup_of(path: Path) -> Setup:
    """Return the year in one of the harness's files: open, high, low, close and volume as rows."""
    rows = np.load(path)
    times = BEGIN + np.arange(rows.shape[1], dtype=np.int64) * 5 * MINUTE
    candles = Candles.from_arrays(5 * MINUTE, times, *rows)
    settings = BotSettings("", f"{path.stem}USDT", Crossing.key, CASH, every="5m")
    return Setup(replace(settings, price_cap=Decimal(0)), candles)  # all cash in, at any price


class Trip(NamedTuple):
    """A trade of the reference: its candles, prices and how it ended, and the cash after it."""

    entry: int
    entry_price: float
    exit: int
    exit_price: float
    reason: ExitReason
    cash: float


class Reading(StrEnum):
    """What a candle is that says BUY and SELL."""

    SELL = "a SELL"
    NOTHING = "nothing"
    BUY = "a BUY"
    EITHER = "BUY to who is flat, SELL to who holds"


def reference(candles: Candles, rules: Crossing, reading: Reading = Reading.SELL) -> list[Trip]:
    """Return the trades of the rules, candle by candle.

    Args:
        candles: the market.
        rules: whose parameters count; its code is not asked.
        reading: ours, unless one wants that of a peer.
    """
    buys, sells = _said(candles.close, rules)
    both = buys & sells
    if reading in (Reading.SELL, Reading.NOTHING):
        buys &= ~both
    if reading in (Reading.BUY, Reading.NOTHING):
        sells &= ~both
    return list(_walk(candles, buys.tolist(), sells.tolist()))


def _said(close: Floats, rules: Crossing) -> tuple[Truths, Truths]:
    """Return BUYs and SELLs by TA-Lib alone, as the harness has them."""
    strength = talib.RSI(close, rules.rsi_length)
    _, _, lower = talib.BBANDS(close, rules.band_length, rules.band_width, rules.band_width)
    line, signal, _ = talib.MACD(close, 12, 26, 9)
    crossed = np.append(False, (line[1:] > signal[1:]) & (line[:-1] <= signal[:-1]))
    buys = ((strength < rules.rsi_low) & (close < lower)) | crossed
    buys[: rules.warmup - 1] = False
    return buys, strength > rules.rsi_high


def _walk(candles: Candles, buys: list[bool], sells: list[bool]) -> Iterator[Trip]:
    cash, entry, paid = float(CASH), -1, 0.0
    pending: ExitReason | None = None
    wants = False
    columns = (candles.open, candles.high, candles.low, candles.close)
    for index, (opened, high, low, _) in enumerate(
        zip(*map(np.ndarray.tolist, columns), strict=True)
    ):
        if wants:
            entry, paid, wants = index, opened, False
        end = (
            (opened, pending)
            if pending
            else _level(opened, high, low, paid)
            if entry >= 0
            else None
        )
        if end is not None:
            price, reason = end
            cash *= price * (1 - FEE) / (paid * (1 + FEE))
            yield Trip(entry, paid, index, price, reason, cash)
            entry, pending = -1, None
        if entry >= 0 and sells[index]:
            pending = ExitReason.SIGNAL
        wants = entry < 0 and buys[index]
    if entry >= 0:
        last = float(candles.close[-1])
        cash *= last * (1 - FEE) / (paid * (1 + FEE))
        yield Trip(entry, paid, len(candles) - 1, last, ExitReason.END, cash)


def _level(opened: float, high: float, low: float, paid: float) -> tuple[float, ExitReason] | None:
    """Return price and reason where a candle reaches stop or target; the stop comes first."""
    stop, target = paid * (1 - STOP), paid * (1 + TARGET)
    if low <= stop:
        return min(opened, stop), ExitReason.STOP_LOSS
    if high >= target:
        return max(opened, target), ExitReason.TAKE_PROFIT
    return None


def difference(result: Result, trips: list[Trip]) -> str:
    """Return where our trades are not those of the reference; empty = nowhere.

    We take the fee of a buy in coins, the harness pays it on top: a part of 1 - fee² a trade.
    """
    if len(result.trades) != len(trips):
        return f"{len(result.trades)} trades, the reference has {len(trips)}"
    times = result.setup.candles.open_time
    for trade, trip in zip(result.trades, trips, strict=True):
        ours = (trade.entry_time, trade.exit_time, trade.exit_reason)
        if ours != (times[trip.entry], times[trip.exit], trip.reason):
            return f"{ours} is {trip} in the reference"
        for price, expected in (
            (trade.entry_price, trip.entry_price),
            (trade.exit_price, trip.exit_price),
        ):
            if abs(float(price) / expected - 1) > SAME:
                return f"the price {price} is {expected} in the reference"
    worth = float(result.equity()[-1])
    expected = trips[-1].cash * (1 - FEE * FEE) ** len(trips) if trips else float(CASH)
    return (
        "" if abs(worth / expected - 1) < 1e-6 else f"{worth} at last, {expected} by the reference"
    )


def shared(result: Result, trips: list[Trip]) -> int:
    """Return how many of the reference's trades are ours, by entry and exit."""
    times = result.setup.candles.open_time
    ours = {(trade.entry_time, trade.exit_time) for trade in result.trades}
    return sum((times[trip.entry], times[trip.exit]) in ours for trip in trips)
