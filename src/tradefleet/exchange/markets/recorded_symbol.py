"""One symbol of a recorded market: its candles, played as open, low, high and close."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from tradefleet.domain.candle import DAY, INTERVALS, interval_ms
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.recording import Recording
from tradefleet.exchange.info.symbol_rules import SymbolRules
from tradefleet.exchange.markets import klines as kline_rules
from tradefleet.exchange.markets.finer_candles import shares, split
from tradefleet.exchange.markets.klines import MONTH, Columns
from tradefleet.exchange.markets.whole_numbers import whole
from tradefleet.exchange.protocols import MarketTrade
from tradefleet.exchange.rules.today import rules_of

NEVER = 2**62
_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "EUR", "TRY", "BTC", "ETH", "BNB")
_DOLLARS = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD")
_CALM_MS = 1_100
_CALM_DISTANCE = 0.0004


class Push(NamedTuple):
    """Somebody set the price, in ticks."""

    time: int
    ticks: int


class RecordedSymbol:
    """Candles of one symbol with a place in them. Prices in ticks, quantities in lots."""

    def __init__(self, recording: Recording, rules: SymbolRules | None, shift: int) -> None:
        """Stand before the first candle.

        Args:
            recording: the candles.
            rules: of the symbol; None takes them from the decimals seen.
            shift: added to every time, milliseconds.
        """
        self.symbol = recording.symbol
        self.interval = recording.interval
        self.pushes: list[Push] = []
        self._length = interval_ms(recording.interval)
        candles, self._decimals = whole(recording, rules.instrument if rules else None)
        self._recorded = replace(candles, open_time=candles.open_time + shift)
        self._candles = _copy(self._recorded)
        self._tick = Decimal(1).scaleb(-self._decimals.price)
        self._lot = Decimal(1).scaleb(-self._decimals.quantity)
        self._rules = rules or rules_of(self._seen_instrument())
        self._ended = self._rules.with_changes({"status": "BREAK"})
        third = self._length // 3
        self._offsets = (0, third, 2 * third, self._length - 1)
        self._place, self._phase = 0, 0
        self._points: list[int] = []
        self._high = self._low = 0
        self._last = 0  # 0: nothing was traded yet
        self._calm_until, self._calm = 0, 0

    # ------------------------------------------------------------ rules and data

    def _seen_instrument(self) -> Instrument:
        quote = next((name for name in _QUOTES if self.symbol.endswith(name)), "USDT")
        return Instrument(
            symbol=self.symbol,
            base=self.symbol.removesuffix(quote),
            quote=quote,
            tick_size=self._tick,
            min_price=self._tick,
            max_price=Decimal(10_000_000),
            lot_step=self._lot,
            min_quantity=self._lot,
            max_quantity=Decimal(1_000_000_000_000),
            min_notional=Decimal(5) if quote in _DOLLARS else Decimal("0.0001"),
            order_types=frozenset(
                {
                    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT",
                    "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
                }
            ),
            oto_allowed=True,
            opo_allowed=True,
            max_orders=200,
            max_stop_orders=5,
        )  # fmt: skip

    @property
    def rules(self) -> SymbolRules:
        """The rules; `BREAK` where the recording has ended."""
        return self._rules if self.next_time < NEVER else self._ended

    @property
    def tick(self) -> Decimal:
        """The smallest step of the price."""
        return self._tick

    @property
    def fingerprint(self) -> list[Any]:
        """What tells this recording from another."""
        candles = self._recorded
        return [self.interval, len(candles), *(int(candles.close[n]) for n in (0, -1))]

    def first_trading(self, start: int | None) -> int:
        """Return when the first candle at or after `start` opens, by default leaving a history."""
        times = self._recorded.open_time
        place = min(1_000, len(times) // 10) if start is None else np.searchsorted(times, start)
        return int(times[min(int(place), len(times) - 1)])

    @property
    def end(self) -> int:
        """When the last candle closes."""
        return int(self._recorded.open_time[-1]) + self._length

    # ------------------------------------------------------------ playing

    @property
    def next_time(self) -> int:
        """When the next point of a candle is reached; `NEVER` after the last one."""
        if self._place == len(self._candles):
            return NEVER
        return int(self._candles.open_time[self._place]) + self._offsets[self._phase]

    def play(self) -> MarketTrade:
        """Reach the next point."""
        time, phase = self.next_time, self._phase
        if phase == 0:
            self._open_candle()
        ticks = self._points[phase]
        if time <= self._calm_until:
            reach = int(self._calm * _CALM_DISTANCE)
            ticks = min(max(ticks, self._calm - reach), self._calm + reach)
        self._reach(ticks)
        fell = ticks < self._last
        self._last = ticks
        lots = max(self._share(self._candles.volume, phase), 1)
        self._phase += 1
        if self._phase == len(self._offsets):
            self._close_candle()
        return MarketTrade(
            self.symbol, time, ticks * self._tick, lots * self._lot, fell, opening=phase == 0
        )

    def _open_candle(self) -> None:
        candles, place = self._candles, self._place
        ways = (candles.open, candles.low, candles.high, candles.close)
        self._points = [int(column[place]) for column in ways]
        self._high = self._low = self._points[0]

    def _reach(self, ticks: int) -> None:
        self._high, self._low = max(self._high, ticks), min(self._low, ticks)

    def _close_candle(self) -> None:
        """Let the candle be what was played: somebody may have set the price inside it."""
        candles, place = self._candles, self._place
        candles.high[place], candles.low[place] = self._high, self._low
        candles.close[place] = self._last
        self._place, self._phase = place + 1, 0

    def _share(self, column: kline_rules.Integers, phase: int) -> int:
        """What of a candle's volume one of its points gets."""
        total = int(column[self._place])
        part = total // len(self._offsets)
        return part if phase < 3 else total - 3 * part

    def seek(self, time: int) -> None:
        """Go, without trades, to just after `time`."""
        while self.next_time <= time and (self._phase or self.next_time <= self._calm_until):
            self.play()
        closes = self._candles.open_time + self._length - 1
        place = int(np.searchsorted(closes, time, "right"))
        if place > self._place:
            self._place = place
            self._last = int(self._candles.close[place - 1])
        while self.next_time <= time:
            self.play()

    @property
    def last_price(self) -> Decimal | None:
        """Price of the last trade, None before the first."""
        return self._last * self._tick if self._last else None

    def set_price(self, push: Push) -> MarketTrade:
        """Jump; what comes is moved by the same proportion and keeps near for a second."""
        self.pushes.append(push)
        last = self._last or int(self._candles.open[self._place])
        factor = push.ticks / last
        self._points = [_moved(ticks, factor) for ticks in self._points]
        if self._phase:
            self._reach(push.ticks)
        later = slice(self._place + (self._phase > 0), None)
        for column in (self._candles.open, self._candles.high, self._candles.low):
            column[later] = np.maximum(np.rint(column[later] * factor), 1)
        close = self._candles.close
        close[later] = np.maximum(np.rint(close[later] * factor), 1)
        self._last = push.ticks
        self._calm_until, self._calm = push.time + _CALM_MS, push.ticks
        return MarketTrade(
            self.symbol, push.time, push.ticks * self._tick, self._lot, factor < 1, opening=True
        )

    def ticks(self, price: Decimal) -> int:
        """Return a price as ticks."""
        return int(price / self._tick)

    def play_again(self, start: int, later: int) -> None:
        """Append the candles from `start` on once more, as the recording has them.

        Args:
            start: open time of the first one, in the first pass.
            later: milliseconds after the first pass.
        """
        first = int(np.searchsorted(self._recorded.open_time, start))
        again = kline_rules.part(self._recorded, first, len(self._recorded))
        again = replace(_copy(again), open_time=again.open_time + later)
        kept = kline_rules.part(
            self._candles, max(0, self._place - len(self._recorded)), self._place
        )
        self._place = len(kept)
        self._candles = Columns(
            *(np.concatenate([getattr(kept, name), getattr(again, name)]) for name in _NAMES)
        )
        self.pushes.clear()

    # ------------------------------------------------------------ klines

    def klines(
        self,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        until: int,
        zone: int = 0,
    ) -> Sequence[list[Any]]:
        """Return kline rows, of intervals below the recording's too, up to the time `until`."""
        piece = kline_rules.grain(interval, zone, self._length)
        longest = 31 * DAY if interval == MONTH else INTERVALS[interval]
        rows_needed = (limit + 1) * longest // self._length + 2
        candles, after = self._candles, self._place
        if end is not None:
            opened = kline_rules.open_of(interval, end, zone)
            beyond = kline_rules.next_open(interval, opened, zone)
            after = min(after, int(np.searchsorted(candles.open_time, beyond)))
        first = max(0, after - rows_needed)
        if start is not None:
            begin = kline_rules.span(interval, start, None, limit, start, zone)[0]
            first = int(np.searchsorted(candles.open_time, begin - self._length, "right"))
            after = min(after, first + rows_needed)
        chosen = kline_rules.part(candles, first, max(first, after))
        includes_forming = self._phase and after == self._place
        if piece < self._length:
            chosen = split(chosen, self._length, self._offsets, piece)
            if includes_forming:
                chosen = kline_rules.joined([chosen, self._forming_pieces(piece, until)])
        elif includes_forming:
            chosen = kline_rules.joined([chosen, self._forming()])
        larger = kline_rules.aggregate(chosen, interval, zone)
        picked = kline_rules.select(larger, start, end, limit)
        return kline_rules.rows(picked, interval, self._decimals, zone)

    def _forming(self) -> Columns:
        """The candle that is being played, as far as it went."""
        place, source = self._place, self._candles
        so_far = {
            name: shares(getattr(source, name)[place : place + 1])[:, : self._phase].sum(axis=1)
            for name in ("volume", "quote", "count", "taker", "taker_quote")
        }
        prices = (self._points[0], self._high, self._low, self._last)
        columns = (source.open_time[place], *prices)
        return Columns(*(np.array([value], np.int64) for value in columns), **so_far)

    def _forming_pieces(self, piece: int, until: int) -> Columns:
        """The smaller candles of the one that is being played."""
        place = self._place
        points = [*self._points[: self._phase - 1], *[self._last] * 4]
        names = ("open", "low", "high", "close")
        prices = {name: np.array([points[n]], np.int64) for n, name in enumerate(names)}
        whole = replace(kline_rules.part(self._candles, place, place + 1), **prices)
        pieces = split(whole, self._length, self._offsets[: self._phase], piece)
        return kline_rules.between(pieces, 0, until)


_NAMES = Columns.__slots__


def _copy(candles: Columns) -> Columns:
    return Columns(*(getattr(candles, name).copy() for name in _NAMES))


def _moved(ticks: int, factor: float) -> int:
    return max(round(ticks * factor), 1)
