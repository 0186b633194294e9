"""A thin client of Binance's REST interface.

Encodes once, signs those bytes, sends those bytes. Nothing is ever sent twice, with one exception:
a request refused (4xx) with -1021, because its time stamp was too old or too new, was provably not
admitted; it is signed anew, once, after the clock was measured. Signed queries and keys appear in
no log and no error.
"""

import encodings.ascii
import encodings.idna  # noqa: F401 - see httpcore2
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpcore2  # noqa: F401 - a client loads it late; the host must have it before it forks
import httpx2

from tradefleet.adapters.binance import failures
from tradefleet.adapters.binance.answers import (
    Answered,
    counts,
    judge,
    read_body,
    silence_ms,
)
from tradefleet.adapters.binance.budget import Governor
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.transport import DEADLINE_S, http_client
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeError,
    ExchangeUnavailableError,
    OutcomeUnknownError,
)
from tradefleet.domain.instrument import plain

API = "/api/v3"
RECV_WINDOW_MS = 5_000
# An order that waited longer for its turn, its symbol's rules or the clock is not sent any more.
SIGN_WITHIN_S = 5.0
# A signature needs a clock that was measured within this time.
CLOCK_AGE_S = 600.0

Params = Mapping[str, object]
_T = TypeVar("_T")

# What a parser raises where the answer is not what it should be.
_UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)

# It logs every address at INFO, signed queries included.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        weight: what it costs of the address's budget.
        order_id: client order id of what is sent; empty for a read.
        urgent: may use the part of the budget kept for protection and exits.
        orders: how many orders it places.
    """

    method: str
    path: str
    params: Params = field(default_factory=dict)
    weight: int = 1
    signed: bool = False
    order_id: str = ""
    urgent: bool = False
    orders: int = 0


class Rest:
    """Requests to one exchange with one key.

    Attributes:
        sent: how many requests left this process.
    """

    def __init__(
        self,
        url: str,
        clock: ExchangeClock,
        governor: Governor,
        credentials: Credentials | None = None,
        http: httpx2.Client | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            url: root of the REST interface, such as `https://api.binance.com`.
            clock: is measured on demand.
            governor: asked before each request.
            credentials: needed for the account and for orders.
            http: what carries the requests; made here if not given.
            deadline_s: for one request altogether.
        """
        self._url = url.rstrip("/")
        self._clock = clock
        self._governor = governor
        self._credentials = credentials
        self._http = http or http_client(url, deadline_s)
        self.sent = 0

    def read(
        self,
        path: str,
        params: Params,
        into: Callable[[Any], _T],
        *,
        weight: int,
        signed: bool = False,
        urgent: bool = False,
    ) -> _T:
        """Ask for something; has no effect at the exchange.

        Args:
            path: below `/api/v3`, or a whole one of the wallet's interface, `/sapi/...`.
            params: unsigned and unencoded.
            into: makes our own words of the parsed body; may raise what parsers raise.
            weight: what it costs of the budget.
            signed: whether the account is asked about.
            urgent: whether it may use the reserve.

        Raises:
            ExchangeUnavailableError: no answer, or none that can be used.
            AccessDeniedError: the key is not accepted.
            OrderRefusedError: the exchange refused the request; `code` says why.
        """
        call = Call("GET", path, params, weight, signed=signed, urgent=urgent)
        return self._carry_out(call, into)

    def send(
        self,
        method: str,
        path: str,
        params: Params,
        into: Callable[[Any], _T],
        *,
        order_id: str,
        urgent: bool = False,
        orders: int = 0,
        since: float | None = None,
    ) -> _T:
        """Send an order or a cancel, once; arguments as `read`.

        Args:
            orders: how many orders it places; 0 for a cancel.
            since: `monotonic` of when sending it was decided; now if not given.

        Raises:
            OutcomeUnknownError: it may have happened.
            ExchangeUnavailableError: it did not happen; nothing was accepted.
            OrderRefusedError: it did not happen; `code` says why.
            AccessDeniedError: it did not happen; the key is not accepted.
        """
        call = Call(
            method, path, params, signed=True, order_id=order_id, urgent=urgent, orders=orders
        )
        return self._carry_out(call, into, self._clock.monotonic() if since is None else since)

    def monotonic(self) -> float:
        """Return seconds that never jump, as `send` takes them."""
        return self._clock.monotonic()

    def server_time(self) -> int:
        """Return the exchange's time, UTC milliseconds."""
        return self.read("/time", {}, lambda a: int(a["serverTime"]), weight=1, urgent=True)

    def measure_clock(self) -> None:
        """Bring the clock in line with the exchange's."""
        self._clock.measure(self.server_time)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _carry_out(self, call: Call, into: Callable[[Any], _T], since: float = float("inf")) -> _T:
        try:
            return self._attempt(call, into, since)
        except OutcomeUnknownError:
            raise
        except ExchangeError as error:
            if error.code != failures.TIMESTAMP_REFUSED or not call.signed:
                raise
        self.measure_clock()
        return self._attempt(call, into, since)

    def _attempt(self, call: Call, into: Callable[[Any], _T], since: float) -> _T:
        if call.signed and self._clock.age_s() > CLOCK_AGE_S:
            self.measure_clock()
        self._governor.admit(call.weight, call.urgent, call.orders)
        # The stamp is older than the look at the age: a process that freezes after it, wherever,
        # signs a time the exchange takes for too old.
        stamp = self._clock.now()
        if self._clock.monotonic() - since > SIGN_WITHIN_S:
            raise ExchangeUnavailableError("it waited too long for its turn and was not sent")
        payload, headers = self._prepare(call, stamp)
        answered = None
        try:
            answered = self._transmit(call, payload, headers)
        except httpx2.HTTPError as error:
            raise failures.lost(error, call.order_id) from None
        finally:
            self._note(call, answered)
        answer = judge(answered, call.order_id, self._clock.now())
        try:
            return into(answer)
        except _UNREADABLE as error:
            raise failures.lost(error, call.order_id) from None

    def _prepare(self, call: Call, stamp: int) -> tuple[str, dict[str, str]]:
        if not call.signed:
            return encode(call.params), {}
        if self._credentials is None:
            raise AccessDeniedError("no API key: set BINANCE_API_KEY and BINANCE_API_SECRET")
        stamps = {"recvWindow": RECV_WINDOW_MS, "timestamp": stamp}
        payload = encode({**call.params, **stamps})
        signature = quote(self._credentials.sign(payload.encode()), safe="")
        return f"{payload}&signature={signature}", {"X-MBX-APIKEY": self._credentials.key}

    def _transmit(self, call: Call, payload: str, headers: dict[str, str]) -> Answered:
        root = "" if call.path.startswith("/sapi/") else API
        url, content = f"{self._url}{root}{call.path}", None
        if call.method == "POST":
            content = payload.encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif payload:
            url = f"{url}?{payload}"
        self.sent += 1
        with self._http.stream(call.method, url, content=content, headers=headers) as response:
            return Answered(response.status_code, response.headers, read_body(response))

    def _note(self, call: Call, answered: Answered | None) -> None:
        """Tell the governor what the answer told, and be silent where that was asked for."""
        now = self._clock.now()
        # Orders, lists and cancels cost nothing when they succeed (Binance, 2026-04).
        waived = call.weight if call.order_id else 0
        self._governor.hear(counts(answered, now, call.orders, waived))
        if answered is not None and (ms := silence_ms(answered, now)):
            self._governor.silence(ms)


def encode(params: Params) -> str:
    """Return the parameters percent-encoded, numbers in plain notation."""
    return urlencode({k: _text(v) for k, v in params.items()}, quote_via=quote, safe="")


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)
