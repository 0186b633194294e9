"""The fill rules once more, in a few lines of fractions, from the text of the design alone.

Nothing of the product's money, levels or matching is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

UNIT = Fraction(1, 10**8)


@dataclass(frozen=True)
class Told:
    """An opinion, in fractions."""

    buys: bool
    share: Fraction | None = None
    stop: Fraction | None = None
    target: Fraction | None = None


Row = tuple[int, Fraction, Fraction, Fraction, Fraction]  # time, open, high, low, close


@dataclass
class Terms:
    """Money and assumptions, in fractions."""

    amount: Fraction
    stop_loss: Fraction
    take_profit: Fraction
    fee: Fraction
    slippage: Fraction
    compound: bool
    trailing: Fraction = Fraction(0)
    break_even: Fraction = Fraction(0)
    cap: Fraction = Fraction(0)


class Purse:
    """Cash, at most one position, and the trades that came of it."""

    def __init__(self, terms: Terms) -> None:
        self.terms, self.cash = terms, terms.amount
        self.bought = self.paid = self.stop = self.target = Fraction(0)
        self.began = self.now = 0
        self.done: list[tuple[Any, ...]] = []

    def buy(self, opened: Fraction, said: Told) -> bool:
        t = self.terms
        price = opened * (1 + t.slippage)
        budget = self.cash * (1 if said.share is None else said.share)
        budget = budget if t.compound else min(budget, t.amount)
        below = t.stop_loss if said.stop is None else said.stop
        below = min(below or t.trailing, t.trailing or below)
        above = t.take_profit if said.target is None else said.target
        limit = opened * (1 + t.cap / 100)
        sized_at = limit if self.brings_exits(budget / limit, below, above) else price
        self.bought = floor(budget / sized_at / UNIT) * UNIT if price <= sized_at else Fraction(0)
        self.paid, self.began = price, self.now
        self.cash -= self.bought * price
        known = opened if sized_at == limit else price  # a stop by a tenth too far away is moved
        known = price if (price - known) * (1 - below / 100) >= price * below / 1000 > 0 else known
        self.stop = below and known * (1 - below / 100)
        self.target = above and known * (1 + above / 100)
        return self.bought > 0

    def brings_exits(self, coins: Fraction, below: Fraction, above: Fraction) -> bool:
        """Whether a limit buy of so many coins brings stop and target along."""
        cap, left = self.terms.cap, floor(coins / UNIT) * (1 - self.terms.fee)
        is_beyond = not above or above > cap
        return bool(cap and (below or above) and is_beyond and left >= 1)

    def sell(self, price: Fraction, why: str) -> None:
        fee = self.terms.fee
        kept = self.bought * (1 - fee)
        fees = self.bought * fee * self.paid + kept * price * fee
        profit = kept * price * (1 - fee) - self.bought * self.paid
        self.cash += kept * price * (1 - fee)
        ended = (self.now, price, kept, fees, profit, why)
        self.done.append((self.began, self.paid, *ended))
        self.bought = Fraction(0)

    def sell_worse(self, price: Fraction, why: str) -> None:
        self.sell(price * (1 - self.terms.slippage), why)

    def at_open(self, opened: Fraction) -> None:
        if self.stop and opened <= self.stop:
            self.sell_worse(opened, "stop_loss")
        elif self.target and opened >= self.target:
            self.sell(opened, "take_profit")

    def inside(self, high: Fraction, low: Fraction) -> None:
        if self.stop and low <= self.stop:
            self.sell_worse(self.stop, "stop_loss")
        elif self.target and high >= self.target:
            self.sell(self.target, "take_profit")

    def at_close(self, high: Fraction) -> None:
        """Raise the stop: by at least a tenth of its distance, or to where the costs are back."""
        t = self.terms
        behind = high * t.trailing / 100
        if behind and (not self.stop or high - behind - self.stop >= behind / 10):
            self.stop = high - behind
        if t.break_even and high >= self.paid * (1 + t.break_even / 100):
            even = ceil(self.paid / (1 - t.fee) ** 2 / UNIT) * UNIT
            if even < high:
                self.stop = max(self.stop, even)

    def through(self, rows: Sequence[Row], *, fresh: bool) -> None:
        """Play candles one after the other; of the first only high and low count if it is fresh."""
        for number, (_, opened, high, low, _) in enumerate(rows):
            if self.bought and not (fresh and number == 0):
                self.at_open(opened)
            if self.bought:
                self.inside(high, low)


class Bot:
    """One symbol's candles, opinions and purse, played in the three steps of a candle."""

    def __init__(
        self,
        rows: Sequence[Row],
        opinions: Mapping[int, Told],
        terms: Terms,
        finer: Mapping[int, Sequence[Row]] = {},
    ) -> None:
        self.rows, self.opinions, self.finer = rows, opinions, finer
        self.purse, self.fresh = Purse(terms), False

    def sells(self, index: int) -> None:
        purse, said = self.purse, self.opinions.get(index - 1)
        purse.now, self.fresh = self.rows[index][0], False
        if said and purse.bought and not said.buys:
            purse.sell_worse(self.rows[index][1], "signal")

    def buys(self, index: int) -> None:
        said = self.opinions.get(index - 1)
        if said and said.buys and not self.purse.bought:
            self.fresh = self.purse.buy(self.rows[index][1], said)

    def lives(self, index: int) -> None:
        purse, (_, opened, high, low, close) = self.purse, self.rows[index]
        if purse.bought and not self.fresh:
            purse.at_open(opened)
        if purse.bought and purse.stop and purse.target:
            both = low <= purse.stop and high >= purse.target
            purse.through(self.finer.get(index, ()) if both else (), fresh=self.fresh)
        if purse.bought:
            purse.inside(high, low)
        if purse.bought:
            purse.at_close(high)
        if purse.bought and index == len(self.rows) - 1:
            purse.sell_worse(close, "end")


def trades_of(
    rows: Sequence[Row],
    opinions: Mapping[int, Told],
    terms: Terms,
    finer: Mapping[int, Sequence[Row]] = {},
) -> list[tuple[Any, ...]]:
    """(entry time, entry price, exit time, exit price, quantity sold, fees, profit, reason)."""
    bot = Bot(rows, opinions, terms, finer)
    for index in range(len(rows)):
        for step in (bot.sells, bot.buys, bot.lives):
            step(index)
    return bot.purse.done


def trades_together(bots: Sequence[Bot], places: int) -> list[list[tuple[Any, ...]]]:
    """The same for each of several symbols that share a wallet of so many amounts."""
    terms = bots[0].purse.terms
    pool = terms.amount * places
    for now in sorted({row[0] for bot in bots for row in bot.rows}):
        there = [(b, i) for b in bots for i, row in enumerate(b.rows) if row[0] == now]
        for step in (Bot.sells, Bot.buys, Bot.lives):
            for bot, index in there:
                free = places - sum(bot.purse.bought > 0 for bot in bots)
                if step is Bot.buys and not free:
                    continue
                share = pool if free < 2 or not terms.compound else floor(pool / free / UNIT) * UNIT
                lent = bot.purse.cash = share if step is Bot.buys else Fraction(0)
                step(bot, index)
                pool += bot.purse.cash - lent
                assert pool >= 0
    return [bot.purse.done for bot in bots]
