"""Each way a request can go wrong, and whether money may have moved."""

import httpx2
import pytest

from tradefleet.adapters.binance.failures import lost, refused
from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeError,
    ExchangeUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
)

UNAVAILABLE, DENIED = ExchangeUnavailableError, AccessDeniedError
REFUSED, UNKNOWN = OrderRefusedError, OutcomeUnknownError

# HTTP status, code, what it means for an order, what it means for a read
TABLE: list[tuple[int, int | None, type[ExchangeError], type[ExchangeError]]] = [
    (500, -1000, UNKNOWN, UNAVAILABLE),
    (400, -1000, UNKNOWN, UNAVAILABLE),
    (500, -1001, UNKNOWN, UNAVAILABLE),
    (401, -1002, DENIED, DENIED),
    (429, -1003, UNAVAILABLE, UNAVAILABLE),
    (418, -1003, UNAVAILABLE, UNAVAILABLE),
    (500, -1006, UNKNOWN, UNAVAILABLE),
    (504, -1007, UNKNOWN, UNAVAILABLE),
    (503, -1008, UNKNOWN, UNAVAILABLE),
    (400, -1013, REFUSED, REFUSED),
    (429, -1015, UNAVAILABLE, UNAVAILABLE),
    (400, -1020, REFUSED, REFUSED),
    (400, -1021, REFUSED, UNAVAILABLE),
    (400, -1022, DENIED, DENIED),
    *((400, code, REFUSED, REFUSED) for code in (-1100, -1101, -1102, -1104, -1105, -1106, -1108)),
    *((400, code, REFUSED, REFUSED) for code in (-1111, -1115, -1116, -1117, -1120, -1121)),
    *((400, code, REFUSED, REFUSED) for code in (-1127, -1128, -1130, -1131, -1145, -1158)),
    *((400, code, REFUSED, REFUSED) for code in (-1165, -1166, -1167, -1168, -1196, -1197)),
    *((400, code, REFUSED, REFUSED) for code in (-1198, -1199, -1220)),
    *((400, code, REFUSED, REFUSED) for code in (-2010, -2011, -2013, -2022, -2026, -2038)),
    *((400, code, REFUSED, REFUSED) for code in (-2039, -2043)),
    (409, -2021, REFUSED, REFUSED),
    (401, -2014, DENIED, DENIED),
    (401, -2015, DENIED, DENIED),
    (400, -2015, DENIED, DENIED),
    (451, None, DENIED, DENIED),
    (403, None, REFUSED, UNAVAILABLE),
    (404, None, UNKNOWN, UNAVAILABLE),
    (500, None, UNKNOWN, UNAVAILABLE),
    (502, None, UNKNOWN, UNAVAILABLE),
    (503, None, UNKNOWN, UNAVAILABLE),
    (503, -9999, UNKNOWN, UNAVAILABLE),
    (429, None, UNAVAILABLE, UNAVAILABLE),
    (400, -9999, REFUSED, REFUSED),
]


@pytest.mark.parametrize(("status", "code", "order", "read"), TABLE)
def test_every_documented_refusal_has_one_meaning(
    status: int, code: int | None, order: type[ExchangeError], read: type[ExchangeError]
) -> None:
    assert type(refused(status, code, "text", "tfp-1")) is order
    assert type(refused(status, code, "text", "")) is read


@pytest.mark.parametrize(
    ("error", "order"),
    [
        (httpx2.ConnectError("refused"), UNAVAILABLE),
        (httpx2.ConnectTimeout("slow"), UNAVAILABLE),
        (httpx2.PoolTimeout("busy"), UNAVAILABLE),
        (httpx2.ProxyError("refused"), UNAVAILABLE),
        (httpx2.ReadTimeout("slow"), UNKNOWN),
        (httpx2.ReadError("reset"), UNKNOWN),
        (httpx2.WriteError("reset"), UNKNOWN),
        (httpx2.WriteTimeout("slow"), UNKNOWN),
        (httpx2.RemoteProtocolError("closed"), UNKNOWN),
        (httpx2.DecodingError("gzip"), UNKNOWN),
        (ValueError("not JSON"), UNKNOWN),
    ],
)
def test_N9_N12_a_lost_request_is_unknown_once_it_may_have_left(
    error: Exception, order: type[ExchangeError]
) -> None:
    assert type(lost(error, "tfp-1")) is order
    assert type(lost(error, "")) is UNAVAILABLE


def test_the_exchanges_number_and_pause_are_kept() -> None:
    error = refused(429, -1003, "slow down", "", 30_000)

    assert isinstance(error, ExchangeUnavailableError)
    assert (error.code, error.retry_after_ms) == (-1003, 30_000)
    assert "slow down" in str(error)
