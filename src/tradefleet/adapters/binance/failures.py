"""The one table from what went wrong at the exchange to what it means for us.

The question is always whether money may have moved, and that depends on *when* it went wrong:
before anything was sent nothing happened; once an order was sent, only a definite refusal (4xx with
a code outside `UNKNOWN_CODES`) proves that it did not happen. Reads never have an unknown outcome.
"""

import httpx2

from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeError,
    ExchangeUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
)

TIMESTAMP_REFUSED = -1021
UNKNOWN_ORDER = -2013
CANCEL_REFUSED = -2011
BAD_SYMBOL = -1121
ILLEGAL_CHARACTERS = -1100
TOO_MANY_ORDERS = -1015
FILTER_FAILURE = -1013
TOO_MUCH_PRECISION = -1111

# The engine may have executed the order although it answers so (binance-spot.md 4 and 14).
UNKNOWN_CODES = frozenset({-1000, -1001, -1006, -1007, -1008})
ACCESS_CODES = frozenset({-1002, -1022, -2014, -2015})
BUSY_CODES = frozenset({-1003, TOO_MANY_ORDERS})

# Raised before a byte of the request left this machine.
NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)


def refused(
    status: int, code: int | None, message: str, order_id: str, retry_after_ms: int = 0
) -> ExchangeError:
    """Return the error for an answer that is not a success.

    Args:
        status: HTTP status.
        code: the exchange's number, None if the body had none (HTML, truncated, empty).
        message: the exchange's text.
        order_id: client order id of what was sent; empty for a read.
        retry_after_ms: how long the exchange asked us to stay silent.
    """
    text = f"{message or 'no message'} (HTTP {status}{f', code {code}' if code else ''})"
    if status in (418, 429) or code in BUSY_CODES:
        return ExchangeUnavailableError(
            f"the exchange asks us to slow down: {text}", code=code, retry_after_ms=retry_after_ms
        )
    if status in (401, 451) or code in ACCESS_CODES:
        return AccessDeniedError(_access_text(status, text), code=code)
    if order_id:
        return _order_refused(status, code, text, order_id)
    if code is None or status >= 500 or code in UNKNOWN_CODES | {TIMESTAMP_REFUSED}:
        return ExchangeUnavailableError(f"the exchange cannot answer: {text}", code=code)
    return OrderRefusedError(f"the exchange refused the request: {text}", code=code)


def lost(error: Exception, order_id: str) -> ExchangeError:
    """Return the error for a request that got no complete answer.

    Args:
        error: what the transport raised.
        order_id: client order id of what was sent; empty for a read.
    """
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, NOT_SENT):
        return ExchangeUnavailableError(f"the exchange cannot be reached: {text}")
    if order_id:
        return OutcomeUnknownError(order_id, text)
    return ExchangeUnavailableError(f"the exchange did not answer: {text}")


def _order_refused(status: int, code: int | None, text: str, order_id: str) -> ExchangeError:
    if status == 403:  # the firewall in front of the exchange: the order never reached it
        return OrderRefusedError(f"the exchange's firewall refused the order: {text}", code=code)
    if code is None or status >= 500 or code in UNKNOWN_CODES:
        return OutcomeUnknownError(order_id, text, code=code)
    return OrderRefusedError(f"the exchange refused the order: {text}", code=code)


def _access_text(status: int, text: str) -> str:
    if status == 451:
        return f"Binance does not serve this country: {text}"
    return f"the exchange does not accept our key: {text}"
