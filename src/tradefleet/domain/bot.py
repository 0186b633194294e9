"""What a bot is: one symbol, one strategy, its money and its rhythm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    sizing: Sizing = Sizing.COMPOUND
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot as the store knows it.

    Attributes:
        id: never used again, even after deletion.
        base, quote: of its symbol.
        wish: what the person wants.
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
