"""The network between one process and the exchange: a line that breaks in every known way.

It stands where the HTTP client stands, below the signed bytes and above the exchange's REST face.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tradefleet.exchange.rest.face import Answer, Request

if TYPE_CHECKING:
    from campaign.world import World

DEADLINE_MS = 10_000
ENGINE_MS = 10_000
BUSY = {"code": -1003, "msg": "Too much request weight used (campaign)."}
UNKNOWN = ({"code": -1006, "msg": "An unexpected response was received from the message bus."},
           {"code": -1007, "msg": "Timeout waiting for response from backend server."},
           {"code": -1000, "msg": "An unknown error occurred while processing the request."},
           {"code": -1001, "msg": "Internal error; unable to process your request."})  # fmt: skip
NOT_YET = {"code": -2013, "msg": "Order does not exist."}
LAGGING = ("/order", "/orderList", "/openOrders", "/myTrades", "/account", "/allOrders")


@dataclass(slots=True)
class Response:
    """What `Rest` reads of an answer."""

    status_code: int
    headers: httpx2.Headers
    body: bytes

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the body."""
        yield self.body


class Line:
    """One process's line; takes the place of its `httpx2.Client`."""

    def __init__(self, world: "World", random: Random, passing: Callable[[str], None]) -> None:
        self._world = world
        self._random = random
        self._passing = passing
        self._seen: dict[str, tuple[int, int, bytes]] = {}

    @contextmanager
    def stream(
        self, method: str, url: str, content: bytes | None = None, headers: Any = None
    ) -> Iterator[Response]:
        """Carry a request to the exchange, if the weather lets it."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/api/v3")
        request = Request(
            name=f"{method} {path}",
            query=parts.query.encode(),
            body=content or b"",
            key=(headers or {}).get("X-MBX-APIKEY"),
            address="127.0.0.1",
            arrived=0,
        )
        self._world.oracle.sending()
        self._passing(f"{request.name}.before")
        answer = self._carry(request)
        self._passing(f"{request.name}.answered")
        yield answer

    def close(self) -> None:
        """Hang up."""

    def _carry(self, request: Request) -> Response:
        world = self._world
        world.tally.requests += 1
        if (left := world.oracle.ban_left()) > 0:
            return _response(418, BUSY, retry_after=left // 1_000 + 1)
        fate = self._fate(request.name)
        if fate:
            world.tally.faults[fate] += 1
            world.tally.met[f"{_asked(request.name)} {fate}"] += 1
            world.trouble()
        if fate == "refused_connection":
            raise httpx2.ConnectError("connection refused (campaign)")
        world.pass_time(self._random.randint(10, 60))
        if fate == "slow":
            world.pass_time(self._random.randint(1_000, 9_000))
        if fate in _DOES_NOT_ARRIVE:
            return self._refused(fate, request)
        answer = self._answer(request)
        self._passing(f"{request.name}.executed")
        world.pass_time(self._random.randint(10, 60))
        if fate in _ANSWER_LOST:
            return self._lost(fate, answer)
        return self._lagging(request, answer)

    def _fate(self, name: str) -> str:
        chosen, send = self._world.next_send_meets, self._world.next_send
        if chosen and (name == send or not send and not name.startswith("GET")):
            self._world.next_send_meets = self._world.next_send = ""
            return chosen
        weather, roll = self._world.weather.fates, self._random.random()
        for fate, chance in weather.items():
            roll -= chance
            if roll < 0:
                return fate
        return ""

    def _answer(self, request: Request, arrived: int = 0) -> Answer:
        self._world.oracle.arriving(request)
        arrived = arrived or self._world.venue.now()
        answer = self._world.face.answer(request._replace(arrived=arrived))
        self._world.oracle.answered(request, answer)
        return answer

    # ------------------------------------------------------------ bad fates

    def _refused(self, fate: str, request: Request) -> Response:
        world, random = self._world, self._random
        if fate in ("late", "late_engine"):
            self._arrive_late(fate, request)
        if fate in ("lost_before", "late", "late_engine"):
            world.pass_time(DEADLINE_MS)
            raise httpx2.ReadTimeout("no answer (campaign)")
        if fate == "error_before":
            return _response(random.choice((500, 502, 503, 504)), random.choice(UNKNOWN))
        if fate == "busy":
            return _response(429, BUSY, retry_after=random.randint(1, 30))
        if fate == "banned":
            seconds = random.randint(120, 600)
            world.oracle.banned(world.clock.ms + seconds * 1_000)
            return _response(418, BUSY, retry_after=seconds)
        if fate == "firewall":
            return _response(403, None)
        return _response(400, {"code": -1021, "msg": "Timestamp for this request is outside of"
                               " the recvWindow."})  # fmt: skip

    def _arrive_late(self, fate: str, request: Request) -> None:
        """Let a request come to life after its caller gave up; inside its window, and only once."""
        sent = parse_qs((request.query + b"&" + request.body).decode())
        window = int(float(sent.get("recvWindow", ["5000"])[0]))
        delay = self._random.randint(100, window)
        if fate == "late":
            self._world.after(delay, partial(self._arrive, request, 0))
            return
        engine = self._random.randint(500, ENGINE_MS)
        arrived = self._world.venue.now() + delay  # admitted then, executed later
        self._world.after(delay + engine, partial(self._arrive, request, arrived))

    def _arrive(self, request: Request, arrived: int) -> None:
        self._answer(request, arrived)

    def _lost(self, fate: str, answer: Answer) -> Response:
        world, random = self._world, self._random
        if fate == "error_after":
            return _response(random.choice((500, 503, 504)), random.choice(UNKNOWN))
        if fate == "garbled":
            body = random.choice((answer.body[: len(answer.body) // 2], b"", b"<html>Bad</html>"))
            return Response(answer.status, httpx2.Headers(answer.headers), body)
        if random.random() < 0.5:
            raise httpx2.RemoteProtocolError("the connection was cut (campaign)")
        world.pass_time(DEADLINE_MS)
        raise httpx2.ReadTimeout("no answer (campaign)")

    def _lagging(self, request: Request, answer: Answer) -> Response:
        """Let queries see the exchange as it was some moments ago (Binance's replicas)."""
        world = self._world
        method, _, path = request.name.partition(" ")
        if method != "GET" or not world.weather.lag or path not in LAGGING:
            return Response(answer.status, httpx2.Headers(answer.headers), answer.body)
        key, now = _question(request), world.clock.ms
        then = now - world.weather.lag_ms  # a lagging replica shows the exchange as it was then
        known = self._seen.get(key)
        if world.oracle.touched_at > then and self._random.random() < world.weather.lag:
            is_as_then = known is not None and not any(
                known[0] < touch <= then for touch in world.oracle.touches
            )
            if known is not None and is_as_then and known[2] != answer.body:
                return self._stale(known[1], known[2])
            if known is None and _born(answer) > then:
                return self._stale(400, json.dumps(NOT_YET).encode())
        if len(self._seen) > 200:
            self._seen.clear()
        self._seen[key] = (now, answer.status, answer.body)
        return Response(answer.status, httpx2.Headers(answer.headers), answer.body)

    def _stale(self, status: int, body: bytes) -> Response:
        self._world.tally.faults["stale_answer"] += 1
        self._world.trouble()
        return Response(status, httpx2.Headers(), body)


_DOES_NOT_ARRIVE = frozenset(
    {"lost_before", "late", "late_engine", "error_before", "busy", "banned", "firewall",
     "wrong_time"}
)  # fmt: skip
_ANSWER_LOST = frozenset({"lost_after", "error_after", "garbled"})


def _asked(name: str) -> str:
    """Return what is asked of the exchange, all questions being one."""
    return "GET" if name.startswith("GET") else name


def _question(request: Request) -> str:
    """Return what is asked, without the stamp it is signed with."""
    sent = parse_qs(request.query.decode())
    stamps = ("timestamp", "signature", "recvWindow")
    return request.name + str(sorted((k, v) for k, v in sent.items() if k not in stamps))


def _born(answer: Answer) -> int:
    """Return when the order or list of an answer was made; 0 where it tells of none."""
    found = json.loads(answer.body)
    if not isinstance(found, dict):
        return 0
    told: dict[str, int] = found
    return told.get("time") or told.get("transactionTime") or 0


def _response(status: int, body: Any, retry_after: int = 0) -> Response:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    text = b"<html>Forbidden</html>" if body is None else json.dumps(body).encode()
    return Response(status, httpx2.Headers(headers), text)
