"""A thin client of Binance's REST interface.

Encodes once, signs those bytes, sends those bytes. Nothing is ever sent twice, with one exception:
a request refused with -1021 (its time stamp was too old or too new) was provably not admitted; it
is signed anew after the clock was measured. Signed queries and keys appear in no log and no error.
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
from tradefleet.adapters.binance.budget import Governor
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.domain.errors import AccessDeniedError, ExchangeError
from tradefleet.domain.instrument import plain

API = "/api/v3"
RECV_WINDOW_MS = 5_000
# As long as Binance itself waits for its engine; an order's fate is rarely known sooner.
DEADLINE_S = 10.0
CONNECT_S = 5.0
# Shorter than any server keeps an idle connection: a request must not meet one that is closing.
KEEP_ALIVE_S = 3.0
# Settling an order counts from its first sending: later than this it is not signed anew.
RESIGN_WITHIN_S = 2.0
FIREWALL_PAUSE_MS = 60_000

Params = Mapping[str, object]
_T = TypeVar("_T")

# What a parser raises where the answer is not what it should be.
_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError)

# It logs every address at INFO, signed queries included.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        weight: what it costs of the address's budget.
        order_id: client order id of what is sent; empty for a read.
        urgent: may use the part of the budget kept for protection and exits.
    """

    method: str
    path: str
    params: Params = field(default_factory=dict)
    weight: int = 1
    signed: bool = False
    order_id: str = ""
    urgent: bool = False


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
        self._deadline_s = deadline_s
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
    ) -> _T:
        """Send an order or a cancel, once; arguments as `read`.

        Raises:
            OutcomeUnknownError: it may have happened.
            ExchangeUnavailableError: it did not happen; nothing was accepted.
            OrderRefusedError: it did not happen; `code` says why.
            AccessDeniedError: it did not happen; the key is not accepted.
        """
        call = Call(method, path, params, signed=True, order_id=order_id, urgent=urgent)
        return self._carry_out(call, into)

    def server_time(self) -> int:
        """Return the exchange's time, UTC milliseconds."""
        return self.read("/time", {}, lambda a: int(a["serverTime"]), weight=1, urgent=True)

    def measure_clock(self) -> None:
        """Bring the clock in line with the exchange's."""
        self._clock.measure(self.server_time)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _carry_out(self, call: Call, into: Callable[[Any], _T]) -> _T:
        began = self._clock.monotonic()
        try:
            return self._attempt(call, into)
        except ExchangeError as error:
            late = self._clock.monotonic() - began > RESIGN_WITHIN_S
            if error.code != failures.TIMESTAMP_REFUSED or late:
                raise
        self.measure_clock()
        return self._attempt(call, into)

    def _attempt(self, call: Call, into: Callable[[Any], _T]) -> _T:
        self._governor.admit(call.weight, call.urgent)
        payload, headers = self._prepare(call)
        try:
            status, answer_headers, body = self._transmit(call, payload, headers)
        except httpx2.HTTPError as error:
            raise failures.lost(error, call.order_id) from None
        self._note(status, answer_headers)
        answer = _judge(call, status, answer_headers, body)
        try:
            return into(answer)
        except _UNREADABLE as error:
            raise failures.lost(error, call.order_id) from None

    def _prepare(self, call: Call) -> tuple[str, dict[str, str]]:
        if not call.signed:
            return encode(call.params), {}
        if self._credentials is None:
            raise AccessDeniedError("no API key: set BINANCE_API_KEY and BINANCE_API_SECRET")
        stamps = {"recvWindow": RECV_WINDOW_MS, "timestamp": self._clock.now()}
        payload = encode({**call.params, **stamps})
        signature = quote(self._credentials.sign(payload.encode()), safe="")
        return f"{payload}&signature={signature}", {"X-MBX-APIKEY": self._credentials.key}

    def _transmit(
        self, call: Call, payload: str, headers: dict[str, str]
    ) -> tuple[int, httpx2.Headers, bytes]:
        root = "" if call.path.startswith("/sapi/") else API
        url, content = f"{self._url}{root}{call.path}", None
        if call.method == "POST":
            content = payload.encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif payload:
            url = f"{url}?{payload}"
        self.sent += 1
        ends_at = self._clock.monotonic() + self._deadline_s
        chunks = []
        with self._http.stream(call.method, url, content=content, headers=headers) as response:
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                if self._clock.monotonic() > ends_at:
                    raise httpx2.ReadTimeout(f"the answer took over {self._deadline_s:.0f} s")
            return response.status_code, response.headers, b"".join(chunks)

    def _note(self, status: int, headers: httpx2.Headers) -> None:
        used = headers.get("X-MBX-USED-WEIGHT-1M", "")
        if used.isdigit():
            self._governor.observed(int(used))
        if status in (418, 429):
            self._governor.silence(_retry_after_ms(headers) or 1_000)
        elif status == 403:
            self._governor.silence(FIREWALL_PAUSE_MS)


def http_client(url: str, deadline_s: float = DEADLINE_S) -> httpx2.Client:
    """Return what carries requests to `url`, without retries of its own.

    Over plain HTTP no TLS context is made, which would cost a bot 2 MB and 20 ms: with None the
    pool makes its (verifying) default only when it meets TLS.
    """
    secure = url.startswith("https:")
    verify: Any = True if secure else None
    return httpx2.Client(
        verify=verify,
        trust_env=secure,
        timeout=httpx2.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
        limits=httpx2.Limits(max_connections=16, keepalive_expiry=KEEP_ALIVE_S),
        headers={"Accept": "application/json"},
    )


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


def _judge(call: Call, status: int, headers: httpx2.Headers, body: bytes) -> Any:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if 200 <= status < 300:
        if parsed is None:
            raise failures.lost(ValueError("the answer is not JSON"), call.order_id)
        return parsed
    said = parsed if isinstance(parsed, dict) else {}
    code = said.get("code")
    raise failures.refused(
        status,
        code if isinstance(code, int) else None,
        str(said.get("msg", "")),
        call.order_id,
        _retry_after_ms(headers),
    )


def _retry_after_ms(headers: httpx2.Headers) -> int:
    seconds = headers.get("Retry-After", "")
    return int(seconds) * 1_000 if seconds.isdigit() else 0
