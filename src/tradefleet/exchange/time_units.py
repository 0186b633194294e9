"""Times in microseconds, for who asks for them; everywhere else they are milliseconds."""

from typing import Any

from tradefleet.exchange.errors import ApiError

_FIELDS = frozenset(
    {
        "serverTime", "time", "updateTime", "transactTime", "transactionTime", "workingTime",
        "trailingTime", "openTime", "closeTime", "timestamp", "authorizedSince", "connectedSince",
        "retryAfter", "E", "T", "W", "O", "C", "D",
    }
)  # fmt: skip
# An account's last change; elsewhere this letter is a number of a book.
_POSITION, _POSITION_FIELDS = "outboundAccountPosition", _FIELDS | {"u"}
_KLINE_LENGTH, _OPEN, _CLOSE = 12, 0, 6
_KLINE, _STREAM_OPEN, _STREAM_CLOSE = "k", "t", "T"


def wants_microseconds(unit: str | None) -> bool:
    """Return what a header or parameter asks for, in either case of letters; None is not said.

    Raises:
        ApiError: -1194, it is neither unit.
    """
    if unit in (None, "MILLISECOND", "millisecond"):
        return False
    if unit in ("MICROSECOND", "microsecond"):
        return True
    raise ApiError(
        -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
    )


def in_microseconds(value: Any) -> Any:
    """Return an answer or event with all its times in microseconds; it is a JSON value."""
    if isinstance(value, dict):
        fields = _POSITION_FIELDS if value.get("e") == _POSITION else _FIELDS
        return {
            name: _candle(part, _STREAM_OPEN, _STREAM_CLOSE)
            if name == _KLINE
            else part * 1_000
            if name in fields and type(part) is int and part > 0
            else in_microseconds(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        if len(value) == _KLINE_LENGTH and type(value[0]) is int:
            return list(_candle(dict(enumerate(value)), _OPEN, _CLOSE).values())
        return [in_microseconds(part) for part in value]
    return value


def _candle(parts: dict[Any, Any], opened: Any, closed: Any) -> dict[Any, Any]:
    """Return a candle that ends with the last microsecond before the next one."""
    return parts | {opened: parts[opened] * 1_000, closed: parts[closed] * 1_000 + 999}
