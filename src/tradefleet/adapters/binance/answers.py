"""An answer of the exchange before it becomes words of ours: size, counts, waits, JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tradefleet.adapters.binance import failures
from tradefleet.adapters.binance.budget import told
from tradefleet.domain.candle import MINUTE

# A whole exchangeInfo is under 20 MB; whatever is larger than this is no answer.
LARGEST_BODY = 64 * 1024 * 1024
# How long to be silent where the exchange does not say.
BANNED_MS = 2 * MINUTE
FIREWALL_MS = MINUTE
_ORDER_COUNT = "x-mbx-order-count-"
_BANNED_UNTIL = re.compile(r"until\D{0,3}(\d{13})")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the exchange did what was asked."""
        return 200 <= self.status < 300


def read_body(response: httpx2.Response) -> bytes:
    """Return the body of an answer that is being read.

    Raises:
        httpx2.HTTPError: it broke off, or has no end.
    """
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise httpx2.DecodingError(f"the answer has more than {LARGEST_BODY} bytes")
    return b"".join(chunks)


def judge(answered: Answered, order_id: str, now: int) -> Any:
    """Return the parsed body of a success.

    Raises:
        ExchangeError: it is none; which one tells what that means for money.
    """
    parsed = _parsed(answered.body)
    if answered.is_success:
        if parsed is None:
            raise failures.lost(ValueError("the answer is not JSON"), order_id)
        return parsed
    said = _of_new_order(parsed) if isinstance(parsed, dict) else {}
    raise failures.refused(
        answered.status,
        _code(said),
        str(said.get("msg", "")),
        order_id,
        _told_to_wait_ms(answered, now),
    )


def counts(answered: Answered | None, now: int, placed: int, waived: int) -> dict[str, Any]:
    """Return what an answer told about our use of the limits, for `Governor.hear`.

    Args:
        answered: None where none came.
        now: by the exchange's clock.
        placed: orders that were reserved.
        waived: weight that was reserved and is not charged for a success.
    """
    if answered is None:
        return told(now, placed=placed)
    used = answered.headers.get("x-mbx-used-weight-1m", "")
    orders = {
        name.lower().removeprefix(_ORDER_COUNT).upper(): int(value)
        for name, value in answered.headers.items()
        if name.lower().startswith(_ORDER_COUNT) and value.isdecimal()
    }
    refused_for_orders = _refused_code(answered) == failures.TOO_MANY_ORDERS
    return told(
        now,
        weight=int(used) if used.isdecimal() else None,
        orders=orders,
        placed=placed,
        free=waived if answered.is_success else 0,
        hold_orders_ms=(_told_to_wait_ms(answered, now) or 1_000) if refused_for_orders else 0,
    )


def silence_ms(answered: Answered, now: int) -> int:
    """Return how long nothing at all may be sent after this answer; 0 = go on.

    Too many *orders* (-1015) leave everything else alone: protection is looked at all the same.
    """
    if answered.status not in (403, 418, 429):
        return 0
    if _refused_code(answered) == failures.TOO_MANY_ORDERS:
        return 0
    unsaid = {403: FIREWALL_MS, 418: BANNED_MS, 429: MINUTE - now % MINUTE}
    return _told_to_wait_ms(answered, now) or unsaid[answered.status]


def _of_new_order(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a refusal says of the new order: that of a cancelReplace tells of two.

    Nothing where one half was refused and the new order was taken: that is no refusal of it.
    """
    halves = said.get("data")
    if not isinstance(halves, dict) or "newOrderResult" not in halves:
        return said
    if halves["newOrderResult"] == "SUCCESS":
        return {}
    new = halves.get("newOrderResponse")
    return new if isinstance(new, dict) and "code" in new else said


def _refused_code(answered: Answered) -> int | None:
    parsed = None if answered.is_success else _parsed(answered.body)
    return _code(parsed) if isinstance(parsed, dict) else None


def _code(said: Mapping[str, Any]) -> int | None:
    code = said.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _told_to_wait_ms(answered: Answered, now: int) -> int:
    """Return how long the answer asks to wait: by its header, or by a ban's text."""
    seconds = answered.headers.get("retry-after", "")
    if seconds.isdecimal():
        return int(seconds) * 1_000
    until = _BANNED_UNTIL.search(answered.body[:1_000].decode("utf-8", "replace"))
    return max(0, int(until[1]) - now) if until else 0


def _parsed(body: bytes) -> Any:
    """Return a body's JSON, or None if it is none. Numbers with a point stay texts."""
    try:
        return json.loads(body, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(text: str) -> Any:
    raise ValueError(f"expected a number, was {text}")
