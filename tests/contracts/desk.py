"""Our Binance adapter before an exchange."""

from dataclasses import dataclass

import httpx2

from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock


@dataclass
class Desk:
    """Our adapter before an exchange."""

    rest: Rest
    clock: ExchangeClock
    market: BinanceMarketData
    broker: BinanceBroker


def desk_before(client: httpx2.Client, key: str, secret: str, url: str = "http://test") -> Desk:
    clock = ExchangeClock()
    rest = Rest(url, clock, Budget(clock), Credentials(key, secret), client)
    rest.measure_clock()
    market = BinanceMarketData(rest, clock)
    return Desk(rest, clock, market, BinanceBroker(rest, market.instrument, lambda _: None))
