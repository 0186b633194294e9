"""The demonstration: three bots, three strategies, fast candles, pretend money."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tradefleet.application.fleet import Fleet
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.errors import InputError

# Looser than the defaults, so that a rule fires within a minute, yet slow to sell: a position that
# is held for a while is pleasanter to watch, and pays fewer fees. Shown on each bot's page.
LOOSER: Mapping[str, Mapping[str, Any]] = {
    "volatile": {"rsi_buy": 50.0, "rsi_sell": 80.0},
    "simple_profitable": {
        "trend_length": 60,
        "slope_length": 3,
        "rsi_length": 5,
        "pullback": 50.0,
        "patience": 15,
        "overbought": 98.0,
        "break_percent": 0.4,
        "least_move": 0.0,
    },
    "enhanced": {
        "adx_length": 25,
        "trend_length": 400,
        "channel_length": 200,
        "band_length": 200,
        "band_width": 1.2,
        "oversold": 60.0,
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
# What one-second candles may reach within the hour.
STOP_LOSS, TAKE_PROFIT = Decimal("0.5"), Decimal("0.8")


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
            stop_loss=STOP_LOSS,
            take_profit=TAKE_PROFIT,
            parameters=LOOSER[strategy],
        )
        bot = known.get(name) or fleet.create(settings, actor)
        started.append(fleet.start(bot.id, actor))
    return tuple(started)
