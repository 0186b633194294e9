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
# Letters that are times in one place only: a candle's opening, an account's last change.
_KLINE_FIELDS = _FIELDS | {"t"}
_POSITION, _POSITION_FIELDS = "outboundAccountPosition", _FIELDS | {"u"}
_KLINE_LENGTH, _KLINE_TIMES = 12, (0, 6)


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


def in_microseconds(value: Any, fields: frozenset[str] = _FIELDS) -> Any:
    """Return an answer or event with all its times in microseconds.

    Args:
        value: of JSON.
        fields: names of whole numbers that are times.
    """
    if isinstance(value, dict):
        if value.get("e") == _POSITION:
            fields = _POSITION_FIELDS
        return {
            name: part * 1_000
            if name in fields and type(part) is int and part > 0
            else in_microseconds(part, _KLINE_FIELDS if name == "k" else _FIELDS)
            for name, part in value.items()
        }
    if isinstance(value, list):
        if len(value) == _KLINE_LENGTH and type(value[0]) is int:
            return [
                part * 1_000 if place in _KLINE_TIMES else part for place, part in enumerate(value)
            ]
        return [in_microseconds(part) for part in value]
    return value
