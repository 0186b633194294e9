"""The document of a backtest that the engine has really played, on candles made up."""

from decimal import Decimal
from functools import cache
from typing import Any

from tests.markets import random_market
from tradefleet.application.backtest.drawing import drawn, drawn_together
from tradefleet.application.backtest.report import document
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.together import run_together
from tradefleet.application.backtest.wallet_report import wallet_document
from tradefleet.domain.bot import BotSettings
from tradefleet.strategies import BUILT_IN

QUICK = {"rsi_length": 2, "macd_fast": 2, "macd_slow": 3, "macd_signal": 2, "band_length": 5}


@cache
def played_together() -> dict[str, Any]:
    """Return the document of three symbols with one wallet, in which two have a place."""
    symbols = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    setups = [
        Setup(
            BotSettings(
                "", symbol, "volatile", Decimal(100), price_cap=Decimal(0), parameters=QUICK
            ),
            random_market(seed, 900),
        )
        for seed, symbol in enumerate(symbols, 3)
    ]
    together = run_together(setups, [BUILT_IN["volatile"](**QUICK) for _ in symbols], 2)
    asked = {
        "strategy": "volatile",
        "parameters": QUICK,
        "symbols": list(symbols),
        "interval": "5m",
        "amount": "100",
        "max_open": 2,
    }
    found = wallet_document(together, asked, with_decisions=False)
    return found | {"drawn": drawn_together(together)}


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
