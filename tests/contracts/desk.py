"""Our Binance adapter before an exchange."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx2
from starlette.testclient import TestClient

from tests.exchange.desk import Wires
from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.exchange.account_files import account_fields
from tradefleet.exchange.app import Beat, make_app
from tradefleet.exchange.books.log import FileLog
from tradefleet.exchange.clock import WallClock
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.venue import Venue


@dataclass
class Desk:
    """Our adapter before an exchange; `moves_to` lets bitcoin trade at a price."""

    rest: Rest
    clock: ExchangeClock
    market: BinanceMarketData
    broker: BinanceBroker
    moves_to: Callable[[str], object]


def desk_before(
    client: httpx2.Client,
    key: str,
    secret: str,
    moves_to: Callable[[str], object],
    url: str = "http://test",
) -> Desk:
    clock = ExchangeClock()
    rest = Rest(url, clock, Budget(clock), Credentials(key, secret), client)
    rest.measure_clock()
    market = BinanceMarketData(rest, clock)
    broker = BinanceBroker(rest, market, lambda _: None)
    return Desk(rest, clock, market, broker, moves_to)


class BuiltIn:
    """The built-in exchange, spoken to without a socket. Each desk has an account of its own."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._log = FileLog(Path(self._folder.name))
        self._venue = Venue(SyntheticMarket(WallClock(), 1), self._log)
        self._venue.catch_up()
        app = make_app(self._venue, Beat(self._venue), Wires())
        self.client = TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50_000))
        self._accounts = 0
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._log.close()
        self._folder.cleanup()

    def desk(self, **terms: object) -> Desk:
        """Return our adapter with a new account of 10,000 USDT; bitcoin costs 50,000.

        Args:
            terms: what else is special about the account, such as its balances and fees.
        """
        self._accounts += 1
        key, secret = f"key-{self._accounts:060}", f"secret-{self._accounts:057}"
        account = account_fields({"key": key, "secret": secret, **terms})
        self._venue.engine.open_account(*account)
        self._move("50000")
        return desk_before(self.client, key, secret, self._move, "http://127.0.0.1")

    def _move(self, price: str) -> None:
        answer = self.client.post("/sim/price", params={"symbol": "BTCUSDT", "price": price})
        answer.raise_for_status()
