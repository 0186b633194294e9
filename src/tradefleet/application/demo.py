"""The demonstration: three bots, three strategies, fast candles, pretend money."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tradefleet.application.fleet import Fleet
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.errors import InputError

# Looser than the defaults, so that a rule fires within a minute; shown on each bot's page.
LOOSER: Mapping[str, Mapping[str, Any]] = {
    "volatile": {
        "rsi_length": 7,
        "rsi_buy": 45.0,
        "rsi_sell": 60.0,
        "macd_fast": 5,
        "macd_slow": 13,
        "macd_signal": 4,
        "band_width": 1.0,
    },
    "simple_profitable": {
        "trend_length": 30,
        "slope_length": 3,
        "rsi_length": 5,
        "pullback": 45.0,
        "patience": 10,
        "overbought": 80.0,
        "least_move": 0.0,
    },
    "enhanced": {
        "adx_length": 7,
        "trend_length": 40,
        "channel_length": 10,
        "band_width": 1.0,
        "oversold": 50.0,
    },
}
FLEET = (
    ("Demo BTC", "BTCUSDT", "volatile"),
    ("Demo ETH", "ETHUSDT", "simple_profitable"),
    ("Demo SOL", "SOLUSDT", "enhanced"),
)
AMOUNT = Decimal(500)
INTERVAL = "1s"
EVERY = "1s"


def start_demo(fleet: Fleet, mode: str, actor: str) -> tuple[Bot, ...]:
    """Create and start the demonstration's bots; those that are there already are only started.

    Raises:
        InputError: not in paper mode (`paper_only`), or the wallet has not got the money.
        DataError: the exchange was never reached.
    """
    if mode != "paper":
        raise InputError(
            f"the demonstration trades pretend money only; this is {mode}", code="paper_only"
        )
    known = {bot.settings.name: bot for bot in fleet.bots.all()}
    started = []
    for name, symbol, strategy in FLEET:
        settings = BotSettings(
            name=name,
            symbol=symbol,
            strategy=strategy,
            trade_amount=AMOUNT,
            interval=INTERVAL,
            every=EVERY,
            parameters=LOOSER[strategy],
        )
        bot = known.get(name) or fleet.create(settings, actor)
        started.append(fleet.start(bot.id, actor))
    return tuple(started)
