"""How the value of an answer is written: as JSON, candles by what their rows remember."""

import json
from typing import Any

from tradefleet.exchange.markets.klines import Row

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def as_json(value: Any) -> bytes:
    """Return a value in JSON."""
    if isinstance(value, list) and value and isinstance(value[-1], Row):
        texts = [row.text for row in value if isinstance(row, Row)]
        if len(texts) == len(value):
            return f"[{','.join(texts)}]".encode()
    return _encode(value).encode()
