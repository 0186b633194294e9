"""Words of the command line that several commands read."""

import json
from datetime import UTC, datetime
from typing import Any

from tradefleet.domain.errors import InputError


def read_parameter(word: str, option: str = "--param") -> tuple[str, Any]:
    """Return name and value of `name=value`; the value as JSON where it is, else as text."""
    name, equals, text = word.partition("=")
    if not equals:
        raise InputError(f"{option}: expected name=value, was {word!r}")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def read_moment(text: str | None, option: str) -> int | None:
    """Return a moment in ISO 8601 as UTC milliseconds; without a zone it is UTC."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option}: expected a moment such as 2023-01-01T00:00, was {text!r}"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp() * 1000)
