"""The errors that faults answer with: status and text of each code (Binance spot docs)."""

from collections.abc import Mapping

from tradefleet.domain.errors import InputError
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.table import Fault

_KNOWN: Mapping[int, tuple[int, str]] = {
    -1000: (500, "An unknown error occurred while processing the request."),
    -1001: (500, "Internal error; unable to process your request. Please try again."),
    -1003: (
        429,
        "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please"
        " use WebSocket Streams for live updates to avoid polling the API.",
    ),
    -1006: (
        500,
        "An unexpected response was received from the message bus. Execution status unknown.",
    ),
    -1007: (
        503,
        "Timeout waiting for response from backend server. Send status unknown; execution status"
        " unknown.",
    ),
    -1008: (
        503,
        "Server is currently overloaded with other requests. Please try again in a few minutes.",
    ),
    -1015: (429, "Too many new orders; current limit is 100 orders per 10 SECOND."),
    -1016: (503, "This service is no longer available."),
    -1021: (400, "Timestamp for this request is outside of the recvWindow."),
    -1022: (400, "Signature for this request is not valid."),
    -2010: (400, "Account has insufficient balance for requested action."),
    -2011: (400, "Unknown order sent."),
    -2013: (400, "Order does not exist."),
    -2015: (401, "Invalid API-key, IP, or permissions for action."),
}
_BANNED = (
    "Way too much request weight used; IP banned until {until}. Please use WebSocket Streams for"
    " live updates to avoid bans."
)


def error_of(fault: Fault) -> ApiError:
    """Return the error that a fault with a `code` answers.

    Raises:
        InputError: the code is not known here and nothing is said about it.
    """
    code = fault["code"]
    status, message = _KNOWN.get(code, (400, ""))
    if not (message or fault["message"]):
        known = ", ".join(str(number) for number in _KNOWN)
        raise InputError(
            f"expected a message with the code {code}, or one of {known}", field="code"
        )
    return ApiError(
        code,
        fault["message"] or message,
        status=fault["status"] or status,
        retry_after=fault["retry_after"],
    )


def known_error(code: int, *, retry_after: int = 0) -> ApiError:
    """Return the error of a code as Binance words it."""
    status, message = _KNOWN[code]
    return ApiError(code, message, status=status, retry_after=retry_after)


def ban(now: int, seconds: int) -> ApiError:
    """Return the refusal of an address that is banned for so long."""
    text = _BANNED.format(until=now + seconds * 1_000)
    return ApiError(-1003, text, status=418, retry_after=seconds)
