"""An exchange without a socket, and a client that signs."""

import asyncio
import hashlib
import hmac
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from starlette.testclient import TestClient
from starlette.types import Scope

from tests.exchange.fixed_market import FixedMarket
from tradefleet.exchange.app import Beat, make_app
from tradefleet.exchange.books.accounts import Credential
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.venue import Venue

KEY, SECRET = "key1", "secret1"


def sign(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class ConnectionCutError(Exception):
    """What a client meets where a server would have cut the connection."""


class Wires:
    """Connections without a server: one that is cut or silent is noted.

    A request of REST ends there, a connection of WebSockets goes on.
    """

    def __init__(self) -> None:
        self.cuts: list[str] = []
        self.silent: list[str] = []

    def cut(self, scope: Scope) -> None:
        self.cuts.append(scope["path"])
        if scope["type"] == "http":
            raise ConnectionCutError

    def mute(self, scope: Scope, *, silent: bool) -> None:
        (self.silent.append if silent else self.silent.remove)(scope["path"])


class Desk:
    """One exchange on a fixed market and one account with 10,000 USDT and 10 BTC."""

    def __init__(self, market: FixedMarket | None = None, credential: Credential | None = None):
        self.market = market or FixedMarket()
        self.log = MemoryLog()
        self.venue = Venue(self.market, self.log)
        self.beat = Beat(self.venue)
        self.account = self.venue.engine.open_account(
            credential or Credential(KEY, "HMAC", SECRET),
            ("SPOT",),
            {"USDT": Decimal(10_000), "BTC": Decimal(10)},
        )
        self.key, self.secret = KEY, SECRET
        self.pauses: list[float] = []
        self.wires = Wires()
        self.app = make_app(self.venue, self.beat, self.wires, pause=self._pause)
        self.client = TestClient(
            self.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000)
        )

    async def _pause(self, seconds: float) -> None:
        """Note a wait that a fault asks for, instead of waiting."""
        self.pauses.append(seconds)

    def bring(self, *faults: dict[str, Any], seed: int = 1) -> None:
        """Put faults in force."""
        answer = self.client.post("/sim/faults", json={"seed": seed, "faults": faults})
        assert answer.status_code == 200, answer.text

    def pass_time(self, ms: int) -> None:
        """Let the exchange's time pass."""
        assert self.client.post(f"/sim/advance?ms={ms}").status_code == 200

    def query(self, params: dict[str, Any], *, stamp: bool = True) -> str:
        """Parameters with timestamp and signature."""
        if stamp:
            params = {"timestamp": self.market.now(), **params}
        text = urlencode(params)
        return f"{text}&signature={sign(text, self.secret)}"

    def beat_once(self) -> None:
        """Let the market move on."""
        asyncio.run(self.beat.once())

    def send(self, method: str, path: str, **params: Any) -> Any:
        """A signed request; POST sends a form, as ccxt does."""
        headers = {"X-MBX-APIKEY": self.key}
        query = self.query(params)
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return self.client.post(f"/api/v3{path}", content=query, headers=headers)
        return self.client.request(method, f"/api/v3{path}?{query}", headers=headers)

    def get(self, path: str, **params: Any) -> Any:
        """A public request."""
        return self.client.get(f"/api/v3{path}", params=params)

    def ws_params(self, **params: Any) -> dict[str, Any]:
        """Signed parameters of the WebSocket API."""
        params = {"apiKey": KEY, "timestamp": self.market.now(), **params}
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        return {**params, "signature": sign(text)}


BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "1",
    "price": "90",
}
OCO = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "105",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "98",
}
