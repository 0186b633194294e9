"""The document of a backtest that the engine has really played, on candles made up."""

from decimal import Decimal
from functools import cache
from typing import Any

from tests.markets import random_market
from tradefleet.application.backtest.drawing import drawn
from tradefleet.application.backtest.report import document
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import BotSettings
from tradefleet.strategies import BUILT_IN

QUICK = {"rsi_length": 2, "macd_fast": 2, "macd_slow": 3, "macd_signal": 2, "band_length": 5}


@cache
def played(stop_loss: str = "2") -> dict[str, Any]:
    """Return it, with what charts draw."""
    settings = BotSettings(
        "",
        "BTCUSDT",
        "volatile",
        Decimal(100),
        stop_loss=Decimal(stop_loss),
        price_cap=Decimal(0),
        parameters=QUICK,
    )
    result = run(Setup(settings, random_market(3, 900)), BUILT_IN["volatile"](**QUICK))
    asked = {
        "strategy": "volatile",
        "parameters": QUICK,
        "symbol": "BTCUSDT",
        "interval": "5m",
        "every": "15m",
        "stop_loss": stop_loss,
        "amount": "100",
        "start": None,
    }
    return document(result, asked, with_decisions=False) | {"drawn": drawn(result)}
