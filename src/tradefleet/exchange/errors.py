"""Refusals, with the codes and texts of Binance (spot docs, errors.md).

Codes are stable and clients branch on them; under -2010, -2011 and -1013 they read the text too, so
texts are spelled as Binance spells them, mistakes included.
"""

from typing import Any

ORDER_REFUSED, CANCEL_REFUSED = -2010, -2011


class ApiError(Exception):
    """A request was refused; nothing was changed, unless `data` says what was.

    Attributes:
        status: of the HTTP answer.
        data: what became of each part of the request, where it has parts.
        retry_after: seconds to wait, for 429 and 418; 0 = not said.
        retry_at: the same as a time, UTC milliseconds, as the WebSocket API says it.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        status: int = 400,
        retry_after: int = 0,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.data = data
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.retry_at = 0

    def until(self, time: int, now: int) -> "ApiError":
        """Say when to come back: at a time, both in UTC milliseconds; return the refusal."""
        self.retry_at = time
        self.retry_after = -(-(time - now) // 1_000)
        return self

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        body: dict[str, Any] = {"code": self.code, "msg": self.message}
        return body if self.data is None else body | {"data": self.data}


def internal() -> ApiError:
    """Something failed that should not; the outcome is unknown to the caller."""
    return ApiError(-1000, "An unknown error occurred while processing the request.", status=500)


def illegal(name: str, pattern: str) -> ApiError:
    """A parameter holds characters it may not."""
    return ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
    )


def too_many_parameters(expected: int, received: int) -> ApiError:
    """An endpoint without parameters was given some."""
    return ApiError(-1101, f"Too many parameters; expected '{expected}' and received '{received}'.")


def duplicate_parameter() -> ApiError:
    """A name was sent twice."""
    return ApiError(-1101, "Duplicate values for a parameter detected.")


def missing(name: str) -> ApiError:
    """A mandatory parameter is absent."""
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def missing_both(first: str, second: str) -> ApiError:
    """One of two parameters is needed."""
    return ApiError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def unread(read: int, sent: int) -> ApiError:
    """There were parameters that the endpoint does not know."""
    return ApiError(
        -1104,
        f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.",
    )


def empty(name: str) -> ApiError:
    """An optional parameter was sent without a value."""
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    """A parameter does not go with the others."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def too_precise(name: str) -> ApiError:
    """More decimals than the asset has."""
    return ApiError(-1111, f"Parameter '{name}' has too much precision.")


def overflowed(name: str) -> ApiError:
    """A number beyond what the exchange can hold."""
    return ApiError(-1108, f"Parameter '{name}' overflowed.")


def bad_symbol() -> ApiError:
    """There is no such symbol here."""
    return ApiError(-1121, "Invalid symbol.")


def invalid_data(name: str) -> ApiError:
    """A value outside of what the parameter may be."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_combination() -> ApiError:
    """Optional parameters that do not go together."""
    return ApiError(-1128, "Combination of optional parameters invalid.")


def no_reference_price() -> ApiError:
    """Nothing is known by which orders would be held to a price."""
    return ApiError(-2043, "This symbol doesn't have a reference price.")


def filter_failure(name: str) -> ApiError:
    """A rule of the symbol is broken."""
    return ApiError(-1013, f"Filter failure: {name}")


def stp_not_allowed() -> ApiError:
    """The symbol does not have this mode of self-trade prevention."""
    return ApiError(-1013, "This symbol does not allow the specified self-trade prevention mode.")


def order_refused(text: str) -> ApiError:
    """The engine said no to an order."""
    return ApiError(ORDER_REFUSED, text)


def cancel_refused(text: str = "Unknown order sent.") -> ApiError:
    """There is nothing (left) to cancel."""
    return ApiError(CANCEL_REFUSED, text)


def unknown_order() -> ApiError:
    """A query found nothing."""
    return ApiError(-2013, "Order does not exist.")


def amend_refused(text: str) -> ApiError:
    """An order stays as it is."""
    return ApiError(-2038, text)


def archived_order() -> ApiError:
    """A query found what is too old to be told of."""
    return ApiError(
        -2026,
        "Order was canceled or expired with no executed qty over 90 days ago and has been"
        " archived.",
    )


def unknown_list() -> ApiError:
    """A query of a list found nothing."""
    return ApiError(-2013, "Order list does not exist.")


def ids_disagree() -> ApiError:
    """Both ids were sent and no order has both."""
    return ApiError(-2039, "Client order ID is not correct for this order ID.")


INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."
DUPLICATE = "Duplicate order sent."
MARKET_CLOSED = "Market is closed."
TRIGGERS_NOW = "Order would trigger immediately."
MATCHES_NOW = "Order would immediately match and take."
PRICES_WRONG = "The relationship of the prices for the orders is not correct."
NOT_PERMITTED = "This symbol is not permitted for this account."
CHANGES_NOTHING = "The requested action would change no state; rejecting"
WORTH_NOTHING = "Price * QTY is zero or less."
NO_TRADING = "This account may not place or cancel orders."
BAD_COMBINATION = "Unsupported order combination"
NO_ORDERS = "Order book liquidity is less than symbol minimum quantity."
NO_LIQUIDITY = "Order book liquidity is less than `LOT_SIZE` filter minimum quantity."
