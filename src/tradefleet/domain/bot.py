"""What a bot is: one symbol, one strategy, its money and its rhythm."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Sizing(StrEnum):
    """How much a buy spends."""

    COMPOUND = "compound"
    FIXED = "fixed"


class Wish(StrEnum):
    """What the person wants a bot to do; the bot's process follows at once.

    A stop leaves the position protected at the exchange (`KEEP`) or sells it first (`SELL`).
    """

    RUN = "run"
    PAUSE = "pause"
    STOP_KEEP = "stop_keep"
    STOP_SELL = "stop_sell"

    @property
    def wants_process(self) -> bool:
        """Whether a process should live for this wish."""
        return self in (Wish.RUN, Wish.PAUSE)


class Halt(StrEnum):
    """A stop of the whole fleet; stands until somebody resets it.

    `PAUSE` ends entries only, `KEEP` also the processes, `SELL` also the positions.
    """

    PAUSE = "pause"
    KEEP = "keep"
    SELL = "sell"

    @property
    def wish(self) -> Wish:
        """What each bot is to do."""
        return {Halt.PAUSE: Wish.PAUSE, Halt.KEEP: Wish.STOP_KEEP}.get(self, Wish.STOP_SELL)

    def is_beyond(self, other: "Halt | None") -> bool:
        """Whether it stops more than the other."""
        return other is None or _STRICTER.index(self.wish) > _STRICTER.index(other.wish)


_STRICTER = (Wish.RUN, Wish.PAUSE, Wish.STOP_KEEP, Wish.STOP_SELL)


def heed(wish: Wish, halt: Halt | None) -> Wish:
    """Return what a bot is to do: what it was told, or what the whole fleet was told if stricter.

    A bot that was told to sell goes on selling under a halt that keeps.
    """
    return wish if halt is None else max(wish, halt.wish, key=_STRICTER.index)


class Status(StrEnum):
    """What a bot is doing, as shown to people and programs."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What a person sets about a bot.

    Attributes:
        trade_amount: quote the first buy may spend, fee included; > 0.
        interval: length of a candle, as `5m`.
        every: how often it evaluates, as `15m`; a whole multiple of `interval`.
        stop_loss, take_profit: percent from the average fill price; 0 = off.
        price_cap: percent above the newest price that an entry may pay, where stop and target
            come with it in one request; 0 = it buys at market and is protected right after.
        trailing_stop: percent below the highest price since the entry; 0 = off.
        break_even: percent of gain from which on the stop covers what the trade cost; 0 = off.
        bot_side_stop: whether to buy where no stop can rest at the exchange, so that only the
            bot itself watches the price.
        parameters: values of the strategy's parameters that differ from the defaults.
        rules: risk rules of this bot: name to its parameters; empty = none.
    """

    name: str
    symbol: str
    strategy: str
    trade_amount: Decimal
    interval: str = "5m"
    every: str = "15m"
    stop_loss: Decimal = Decimal(2)
    take_profit: Decimal = Decimal(5)
    price_cap: Decimal = Decimal("0.3")
    trailing_stop: Decimal = Decimal(0)
    break_even: Decimal = Decimal(0)
    bot_side_stop: bool = False
    sizing: Sizing = Sizing.COMPOUND
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def moves_stop(self) -> bool:
        """Whether its stop follows the price once the position is open."""
        return bool(self.trailing_stop or self.break_even)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot as the store knows it.

    Attributes:
        id: never used again, even after deletion.
        base, quote: of its symbol.
        wish: what the person wants of it, a halt of the whole fleet included.
        failure: why it cannot run, in plain words; empty if it can.
        version: counts up with each change; a change made against an older one is refused.
    """

    id: int
    settings: BotSettings
    base: str
    quote: str
    wish: Wish = Wish.STOP_KEEP
    failure: str = ""
    version: int = 1
    created_at: int = 0


def heeding(bot: Bot, halt: Halt) -> Bot:
    """Return the bot as it is to act under a halt; the very same one if that changes nothing."""
    wish = heed(bot.wish, halt)
    return bot if wish is bot.wish else replace(bot, wish=wish)
