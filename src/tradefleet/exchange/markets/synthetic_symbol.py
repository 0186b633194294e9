"""One symbol of the synthetic market: its price path, candles and book."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from tradefleet.domain.candle import DAY, HOUR, MINUTE, SECOND
from tradefleet.domain.order import Side
from tradefleet.exchange.markets import klines as kline_rules
from tradefleet.exchange.markets.book import Book, Offer
from tradefleet.exchange.markets.coins import Coin
from tradefleet.exchange.markets.klines import Columns, Decimals, Row
from tradefleet.exchange.markets.made_candles import of_minutes, of_seconds
from tradefleet.exchange.markets.minute_trades import Minutes, Trades, minutes, trades
from tradefleet.exchange.markets.newest_candles import NewestCandles
from tradefleet.exchange.markets.price_process import (
    LOG_UNIT,
    MINUTES_A_DAY,
    Integers,
    PriceProcess,
)
from tradefleet.exchange.markets.series import Series
from tradefleet.exchange.protocols import Level, MarketTrade

HISTORY_MINUTES = 63 * MINUTES_A_DAY
HISTORY_SECONDS = 2 * HOUR // SECOND
_CALM_MS = 1_100
_CALM_DISTANCE = 0.0004


@dataclass(frozen=True, slots=True)
class Push:
    """Somebody set the price.

    Attributes:
        time: when.
        ticks: where to.
        change: of the logarithm, in units of 1e-12.
    """

    time: int
    ticks: int
    change: int


class SyntheticSymbol:
    """Path, candles and book of one coin. Prices in ticks, quantities in lots."""

    def __init__(
        self,
        process: PriceProcess,
        number: int,
        coin: Coin,
        seed: int,
        anchor: int,
        state: dict[str, Any] | None,
    ) -> None:
        """Anchor the path.

        Args:
            process: makes the days.
            number: of the coin in it.
            coin: the coin.
            seed: of the market.
            anchor: day (since the epoch) at whose start the price is known.
            state: what `state` said; None begins at the coin's usual price.
        """
        self.coin = coin
        self._process = process
        self._number = number
        self._key = (seed, number + 1)
        beginning = round(float(np.log(float(coin.price))) / LOG_UNIT)
        self._levels = {anchor: int(state["level"]) if state is not None else beginning}
        self._base = int(state["pushed"]) if state is not None else 0
        self._pushes = [Push(*push) for push in state["pushes"]] if state is not None else []
        self._decimals = Decimals(
            coin.price_decimals,
            coin.quantity_decimals,
            coin.price_decimals + coin.quantity_decimals,
        )
        self._tick = Decimal(1).scaleb(-coin.price_decimals)
        self._lot = Decimal(1).scaleb(-coin.quantity_decimals)
        self._book = Book(coin, seed)
        self._seconds = Series(SECOND, HISTORY_SECONDS + 600)
        self._minutes = Series(MINUTE, HISTORY_MINUTES + 60)
        self._newest = NewestCandles(self._rows)
        self._last, self._sold = 0, False
        self._calm_until, self._calm = 0, 0
        self._trades: Trades
        self.times: list[int] = []

    # ------------------------------------------------------------ the path

    def _level(self, day: int) -> int:
        """Logarithm of the price at a day's start, without what people did to it."""
        known = min(self._levels, key=lambda other: abs(other - day))
        while known < day:
            self._levels[known + 1] = self._levels[known] + self._day_change(known)
            known += 1
        while known > day:
            self._levels[known - 1] = self._levels[known] - self._day_change(known - 1)
            known -= 1
        return self._levels[day]

    def _day_change(self, day: int) -> int:
        return int(self._process.day(self._number, day).path[-1])

    def _pushed(self, times: Integers) -> Integers:
        """How far people had moved the logarithm of the price before each time."""
        if not self._pushes:
            return np.full(len(times), self._base)
        moments = np.array([push.time for push in self._pushes])
        sums = np.r_[0, np.cumsum([push.change for push in self._pushes])]
        return np.asarray(self._base + sums[np.searchsorted(moments, times, "left")])

    def _day_minutes(self, day: int) -> Minutes:
        edges = np.arange(MINUTES_A_DAY + 1) * MINUTE + day * DAY
        shape = self._process.day(self._number, day)
        return minutes(self.coin, shape, self._level(day) + self._pushed(edges))

    def _candles(self, first: int, after: int) -> Iterator[Columns]:
        """Yield, day by day, the candles of the minutes `first <= m < after` since the epoch."""
        days = range(first // MINUTES_A_DAY, (after - 1) // MINUTES_A_DAY + 1)
        for day in days:
            begin = day * MINUTES_A_DAY
            candles = of_minutes(self._day_minutes(day), day)
            for minute in {push.time // MINUTE for push in self._pushes}:
                if begin <= minute < begin + MINUTES_A_DAY:
                    self._rebuild(candles, minute, minute - begin)
            yield kline_rules.part(candles, max(first - begin, 0), after - begin)

    def _rebuild(self, candles: Columns, minute: int, place: int) -> None:
        """Make the candle of a minute in which somebody set the price from its single trades."""
        made = self._minute_trades(minute)
        whole = kline_rules.aggregate(of_seconds(made, minute), "1m")
        for name in Columns.__slots__:
            getattr(candles, name)[place] = getattr(whole, name)[0]

    def _minute_trades(self, minute: int) -> Trades:
        """The single trades of a minute, moved by those pushes that fell into it."""
        day, place = divmod(minute, MINUTES_A_DAY)
        shape = self._process.day(self._number, day).minute(place)
        level = self._level(day) + int(self._pushed(np.array([minute * MINUTE]))[0])
        made = trades((*self._key, minute, 2), minutes(self.coin, shape, level))
        for push in self._pushes:
            if push.time // MINUTE == minute:
                _push(made, push, minute)
        return made

    # ------------------------------------------------------------ candles

    def begin(self, until: int) -> None:
        """Make the history before `until` and the minute it falls into."""
        minute = until // MINUTE
        for day in self._candles(minute - HISTORY_MINUTES, minute):
            self._minutes.fill(day)
        self._fill_seconds(minute)
        self.open_minute(minute)
        happened = [(time, 0, place) for place, time in enumerate(self.times)]
        happened += [(push.time, 1, place) for place, push in enumerate(self._pushes)]
        for time, was_pushed, place in sorted(happened):
            if minute * MINUTE <= time <= until:
                if was_pushed:
                    self._jump(self._pushes[place])
                else:
                    self._enter(place)
        self.roll(until)

    def _fill_seconds(self, after: int) -> None:
        """Make candles of a second for the minutes before `after` that have none yet."""
        first = after - HISTORY_SECONDS // 60
        if self._seconds.after:
            first = max(first, self._seconds.after * SECOND // MINUTE)
        for minute in range(first, after):
            made = self._minute_trades(minute)
            self._seconds.fill(of_seconds(made, minute))

    def open_minute(self, minute: int) -> None:
        """Make the trades of the minute that begins."""
        self._trades = self._minute_trades(minute)
        self.times = (self._trades.offset + minute * MINUTE).tolist()

    def miss(self, first: int, after: int, length: int) -> list[tuple[int, int]]:
        """Let minutes pass without single trades.

        Returns:
            Times and prices of the open, the extremes and the close of every `length` minutes.
        """
        for day in self._candles(first, after):
            self._minutes.fill(day)
        self._fill_seconds(after)
        self._newest.changed(0)
        candles = self._minutes.read(first * MINUTE, (after - 1) * MINUTE)
        played = []
        for start in range(0, len(candles), length):
            piece = kline_rules.part(candles, start, start + length)
            low, high = int(piece.low.argmin()), int(piece.high.argmax())
            turns = [(low, int(piece.low[low])), (high, int(piece.high[high]))]
            if low == high and not self._low_first(first + start + low) or high < low:
                turns.reverse()
            path = [(0, int(piece.open[0])), *turns, (len(piece) - 1, int(piece.close[-1]))]
            played += [
                (int(piece.open_time[place]) + (0, 20_000, 40_000, MINUTE - 1)[order], ticks)
                for order, (place, ticks) in enumerate(path)
            ]
        return played

    def _low_first(self, minute: int) -> bool:
        day, place = divmod(minute, MINUTES_A_DAY)
        return bool(self._day_minutes(day).low_first[place])

    def roll(self, time: int) -> None:
        """Open the candles that cover `time`."""
        self._seconds.roll(time)
        self._minutes.roll(time)

    def klines(
        self,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        now: int,
        zone: int = 0,
    ) -> Sequence[Row]:
        """Return kline rows by the rules of GET /klines."""
        if start is None and end is None:
            kept = self._seconds if interval == "1s" else self._minutes
            oldest = kept.first * kept.length
            if found := self._newest.rows(interval, limit, now, oldest, zone):
                return found
        first, last = kline_rules.span(interval, start, end, limit, now, zone)
        if start is not None:
            first = max(first, self._minutes.first * MINUTE)
            last = min(last, first + limit * kline_rules.next_open(interval, 0))
        chosen = kline_rules.select(self._read(interval, first, last, zone), start, end, limit)
        return kline_rules.rows(chosen, interval, self._decimals, zone)

    def _rows(self, interval: str, first: int, last: int, zone: int) -> list[Row]:
        """Make the rows that open between two times, both included."""
        candles = self._read(interval, first, last, zone)
        return kline_rules.rows(candles, interval, self._decimals, zone)

    def _read(self, interval: str, first: int, last: int, zone: int) -> Columns:
        """Return the candles between two times; the last one is whole even if it goes on later."""
        opened = kline_rules.open_of(interval, last, zone)
        covered = kline_rules.next_open(interval, opened, zone) - 1
        if interval == "1s":
            return self._read_seconds(first, covered)
        candles = self._minutes.read(first, covered)
        return candles if interval == "1m" else kline_rules.aggregate(candles, interval, zone)

    def _read_seconds(self, first: int, last: int) -> Columns:
        """Return candles of a second; those no longer kept are made again, without our trades."""
        first = max(first, self._minutes.first * MINUTE)
        kept_from = self._seconds.first * SECOND
        after = -(-min(last + 1, kept_from) // MINUTE)
        made = [
            of_seconds(self._minute_trades(minute), minute)
            for minute in range(first // MINUTE, after)
        ]
        older = kline_rules.between(kline_rules.joined(made), first, min(last, kept_from - 1))
        return kline_rules.joined([older, self._seconds.read(first, last)])

    # ------------------------------------------------------------ trades

    @property
    def tick(self) -> Decimal:
        """The smallest step of the price."""
        return self._tick

    @property
    def last_price(self) -> Decimal:
        """Price of the last trade."""
        return self._last * self._tick

    def play(self, place: int) -> MarketTrade:
        """Let a trade of the present minute happen."""
        ticks = self._enter(place)
        made = self._trades
        return MarketTrade(
            self.coin.symbol,
            self.times[place],
            ticks * self._tick,
            int(made.lots[place]) * self._lot,
            bool(made.maker[place]),
        )

    def _enter(self, place: int) -> int:
        made, time = self._trades, self.times[place]
        ticks = int(made.ticks[place])
        if time <= self._calm_until:
            reach = int(self._calm * _CALM_DISTANCE)
            ticks = min(max(ticks, self._calm - reach), self._calm + reach)
        self._record(time, ticks, int(made.lots[place]), sold=bool(made.maker[place]))
        return ticks

    def pass_by(self, time: int, ticks: int) -> MarketTrade:
        """Let the price pass a point of a missed candle, which holds its volume already."""
        self._sold = ticks < self._last
        self._last = ticks
        return MarketTrade(self.coin.symbol, time, ticks * self._tick, self._lot, self._sold)

    def traded(self, trade: MarketTrade) -> None:
        """Enter somebody's trade."""
        ticks, lots = int(trade.price / self._tick), int(trade.quantity / self._lot)
        self._record(trade.time, ticks, lots, sold=trade.buyer_is_maker)

    def _record(self, time: int, ticks: int, lots: int, *, sold: bool) -> None:
        self._last, self._sold = ticks, sold
        self._newest.changed(time)
        self._seconds.add(time, ticks, lots, taker_buys=not sold)
        self._minutes.add(time, ticks, lots, taker_buys=not sold)

    def set_price(self, price: Decimal, now: int) -> MarketTrade:
        """Trade one lot at `price` and let the path go on from there."""
        ticks = int(price / self._tick)
        rose = ticks > self._last
        change = round(float(np.log(ticks / self._last)) / LOG_UNIT)
        push = Push(now, ticks, change)
        self._pushes.append(push)
        _push(self._trades, push, now // MINUTE)
        self._jump(push)
        return MarketTrade(self.coin.symbol, now, price, self._lot, not rose)

    def _jump(self, push: Push) -> None:
        """Record the trade of a push; the price keeps near it for a second."""
        self._calm_until, self._calm = push.time + _CALM_MS, push.ticks
        self._record(push.time, push.ticks, 1, sold=push.change < 0)

    # ------------------------------------------------------------ the book

    def levels(self, side: Side, now: int, limit: int) -> list[Offer]:
        """Return what a taker of this side meets, best first."""
        return self._book.offers(self._best(side), now, limit, asks=side is Side.BUY)

    def level(self, offer: Offer) -> Level:
        """Return an offer as money."""
        return Level(offer.ticks * self._tick, offer.lots * self._lot)

    def walk(self, side: Side, now: int) -> Iterator[Offer]:
        """Yield what a taker of this side meets, best first, to the end of the book."""
        return self._book.walk(self._best(side), now, asks=side is Side.BUY)

    def offered(self, side: Side, price: Decimal, now: int) -> Decimal:
        """Return what a taker of this side meets at one price."""
        ticks = int(price / self._tick)
        lots = self._book.lots_at(ticks, self._best(side), now, asks=side is Side.BUY)
        return lots * self._lot

    def take(self, level: Level, now: int) -> None:
        """Remove what a taker got."""
        lots = int(level.quantity / self._lot)
        self._book.remove(Offer(int(level.price / self._tick), lots), now)

    def _best(self, side: Side) -> int:
        """Ticks of the best level a taker of this side meets."""
        bid, ask = self._book.best(self._last, sold=self._sold)
        return ask if side is Side.BUY else bid

    # ------------------------------------------------------------ memory

    def state(self, anchor: int) -> dict[str, Any]:
        """Return the path's level at a day's start and what people did to it."""
        oldest = self._minutes.first * MINUTE
        while self._pushes and self._pushes[0].time < oldest:
            self._base += self._pushes.pop(0).change
        return {
            "level": self._level(anchor),
            "pushed": self._base,
            "pushes": [[push.time, push.ticks, push.change] for push in self._pushes],
        }


def _push(made: Trades, push: Push, minute: int) -> None:
    """Move those trades of a minute that come after a push."""
    later = made.offset > push.time - minute * MINUTE
    moved = made.ticks[later] * np.exp(push.change * LOG_UNIT)
    made.ticks[later] = np.maximum(np.rint(moved), 1)
