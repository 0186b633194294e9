"""Holds every answer to the models of Binance's own SDK, to the letter.

The SDK only warns where an answer does not fit its strict models and then hands out loose data;
here that is a failure, and so is a field that its models do not know.
"""

import logging
from typing import Any

from pydantic import BaseModel

# Fields that answers have under conditions and that some of the SDK's models leave out: those of
# orders (rest-api.md, "Conditional fields in Order Responses"), `fills` in reports under FULL, the
# mode in those of a cancelled list, limits where the docs show answers without them.
CONDITIONAL = {
    "expiryReason",
    "fills",
    "icebergQty",
    "preventedMatchId",
    "preventedQuantity",
    "rateLimits",
    "selfTradePreventionMode",
    "stopPrice",
    "strategyId",
    "strategyType",
    "trailingDelta",
    "trailingTime",
}


class Complaints(logging.Handler):
    """Keeps what the SDK complained about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a complaint."""
        self.heard.append(record.getMessage())

    def none(self) -> None:
        """Fail if there were complaints since the last time, and forget them."""
        heard, self.heard = self.heard, []
        assert not heard, "\n".join(heard)


def data_of(answer: Any) -> Any:
    """Return the data of an answer; each part of it is known to the SDK's models."""
    data = answer.data()
    check(data)
    return data


def check(data: Any) -> None:
    """Fail where a model holds a field that it does not declare."""
    strangers = sorted(set(_strangers(data, type(data).__name__)))
    assert not strangers, f"fields unknown to the SDK: {', '.join(strangers)}"


def _strangers(data: Any, where: str) -> list[str]:
    if isinstance(data, list):
        return [name for item in data for name in _strangers(item, where)]
    if not isinstance(data, BaseModel):
        return []
    more = set(getattr(data, "additional_properties", None) or {}) - CONDITIONAL
    found = [f"{where}.{name}" for name in more]
    for name in type(data).model_fields:
        if name not in {"additional_properties", "one_of_schemas", "any_of_schemas"}:
            found += _strangers(getattr(data, name), f"{where}.{name}")
    return found
