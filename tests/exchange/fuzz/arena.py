"""An exchange under attack, and the laws that it must keep whatever it is asked."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.exchange.desk import Wires
from tests.exchange.fixed_market import BTCUSDT, FixedMarket
from tests.exchange.flow import remembered
from tests.exchange.fuzz.words import SYMBOLS
from tests.exchange.markets.test_recorded import recording, stepped
from tradefleet.domain.instrument import Instrument
from tradefleet.exchange.app import Beat, make_app
from tradefleet.exchange.books.accounts import Credential
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.log import MemoryLog
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rest.face import ENDPOINTS, Answer, Request, RestFace
from tradefleet.exchange.venue import Venue

_SECRET = "fuzz"
_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_PEM = _ED25519.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
KEYS = ("hmac", "hmac2", "ed25519")
MONEY = {"USDT": Decimal(100_000), "BTC": Decimal(100), "ETH": Decimal(100)}
_FORM = "application/x-www-form-urlencoded"
PATHS = sorted(ENDPOINTS)


def coins() -> list[Instrument]:
    """The symbols of the exchange; one has a name beyond ASCII."""
    return [
        replace(BTCUSDT, symbol=symbol, base=symbol.removesuffix("USDT"), max_stop_orders=50)
        for symbol in SYMBOLS
    ]


def market_of(kind: str) -> tuple[Market, ReplayClock | None]:
    """A market by its kind, and the clock that moves it, if it has none of its own."""
    if kind == "recorded":
        return stepped(recording(), recording(300, "ETHUSDT", interval="1m")), None
    if kind == "synthetic":
        clock = ReplayClock(1_790_000_000_000, speed=None)
        return SyntheticMarket(clock, 3, coins=COINS[:2]), clock
    return FixedMarket(continuous=kind == "candles", instruments=coins()), None


class Arena:
    """One exchange with three accounts; every answer is held to the law."""

    def __init__(self, kind: str) -> None:
        self.market, self.clock = market_of(kind)
        self.log = MemoryLog()
        self.venue = Venue(self.market, self.log)
        for key in KEYS:
            credential = (
                Credential(key, "Ed25519", _PEM.decode())
                if key == "ed25519"
                else Credential(key, "HMAC", _SECRET)
            )
            self.venue.engine.open_account(credential, ("SPOT",), MONEY)
        self.face = RestFace(self.venue)
        self.app = make_app(self.venue, Beat(self.venue), Wires(), pause=_no_pause)
        self.loop = asyncio.new_event_loop()
        self.seen: Counter[str] = Counter()
        self._visitors = 0

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def address(self) -> str:
        """Where a request comes from: few come so often that they are banned."""
        self._visitors += 1
        return f"10.0.{self._visitors // 40}.1"

    # ------------------------------------------------------------ REST

    def rest(self, name: str, query: bytes, body: bytes, random: Random, key: str | None) -> Answer:
        """Send a request as it stands."""
        odd = random.random() < 0.05
        kinds = ("application/json", "text/plain") if odd else ("", _FORM)
        units = ("FORTNIGHT", "MICROSECOND", "millisecond") if odd else (None,)
        request = Request(
            name=name,
            query=query,
            body=body,
            key=key,
            address=self.address(),
            arrived=self.venue.now(),
            content_type=random.choice(kinds) if body else "",
            time_unit=random.choice(units),
        )
        answer = self.face.answer(request)
        self.judge(answer.status, json.loads(answer.body), request)
        assert "X-MBX-USED-WEIGHT-1M" in answer.headers
        return answer

    def signed(self, chosen: dict[str, str], random: Random) -> tuple[str, str]:
        """Add time and signature, mostly right ones; return the parameters and the key."""
        key = random.choice(KEYS)
        stamped = {**chosen, "timestamp": str(self._stamp(random))}
        text = urlencode(stamped, quote_via=quote)
        if random.random() < 0.05:
            text = urlencode(chosen)  # without a time
        signature = sign(key, text.encode())
        fate = random.random()
        if fate < 0.03:
            signature = signature[::-1]
        elif fate < 0.05:
            return text, key
        elif fate < 0.07:
            key = random.choice(("", "nobody", "ключ", "x" * 200))
        return f"{text}&signature={quote(signature, safe='')}", key

    def _stamp(self, random: Random) -> int:
        fate, now = random.random(), self.venue.now()
        if fate < 0.9:
            return now
        return random.choice((now * 1_000, now + 5_000, now - 10_000, 0, 2**63, now + 999))

    def judge(self, status: int, document: Any, what: object) -> None:
        """Hold an answer to the law: right, or refused in Binance's form; never a failure."""
        assert self.venue.failure is None, what
        if status == 200:
            self.seen["taken"] += 1
            return
        assert 400 <= status < 500, (what, status, document)
        assert set(document) - {"data"} == {"code", "msg"}, (what, document)
        assert ("data" in document) <= (document["code"] in (-2021, -2022, -1003)), document
        code = document["code"]
        assert type(code) is int, (what, document)
        assert code < -1000, (what, document)
        assert isinstance(document["msg"], str), (what, document)
        assert document["msg"], what
        self.seen[str(code)] += 1

    # ------------------------------------------------------------ sockets and the control face

    def talk(self, path: str, query: str, texts: list[str]) -> list[Any]:
        """Say some messages on a WebSocket; return what was said back."""
        waiting = [{"type": "websocket.connect"}]
        waiting += [{"type": "websocket.receive", "text": text} for text in texts]
        waiting.append({"type": "websocket.disconnect", "code": 1000})
        heard: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return waiting.pop(0)

        async def send(message: Any) -> None:
            if message["type"] == "websocket.send":
                heard.append(json.loads(message["text"]))

        scope = self._scope("websocket", path, query) | {"client": (self.address(), 50_000)}
        self.loop.run_until_complete(self.app(scope, receive, send))
        return heard

    def control(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Any]:
        """Ask the control face."""
        said: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        scope = self._scope("http", path, query) | {"method": method}
        self.loop.run_until_complete(self.app(scope, receive, send))
        content = b"".join(message.get("body", b"") for message in said)
        return said[0]["status"], content

    def _scope(self, kind: str, path: str, query: str) -> dict[str, Any]:
        return {
            "type": kind,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1:5002")],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 5002),
            "scheme": "http" if kind == "http" else "ws",
            "subprotocols": [],
            "http_version": "1.1",
        }

    # ------------------------------------------------------------ the books

    def check_books(self) -> None:
        """Hold the books to what must be true between two requests, and to their log."""
        engine, books = self.venue.engine, self.venue.books
        for account in books.accounts:
            locked: Counter[str] = Counter()
            for order in books.orders(account.uid).open():
                locked[engine.funds.spent_asset(order)] += order.locked
            for one in books.lists(account.uid).open():
                (leg, *_) = engine.orders_of(one)
                locked[engine.funds.spent_asset(leg)] += one.locked
            for asset, balance in account.balances.items():
                assert balance.free >= 0
                assert balance.locked == locked[asset], (account.uid, asset)
        again = Books()
        for record in self.log.replay():
            again.apply(record)
        assert remembered(again) == remembered(books)


async def _no_pause(_: float) -> None:
    """Waits that faults ask for take no time."""


def sign(key: str, payload: bytes) -> str:
    """The signature of an account."""
    if key == "ed25519":
        return base64.b64encode(_ED25519.sign(payload)).decode()
    return hmac.new(_SECRET.encode(), payload, hashlib.sha256).hexdigest()
