"""The rules of a symbol from a file: an exchangeInfo that was kept, as JSON or gzipped JSON."""

import gzip
import json
from pathlib import Path

from tradefleet.adapters.binance.parse import instrument
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.strategy import unknown_name

_GZIP = b"\x1f\x8b"


def read_rules(path: Path, symbol: str) -> Instrument:
    """Return the rules of one symbol.

    Raises:
        InputError: the file does not exist, or does not know the symbol.
        DataError: it is no exchangeInfo.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", field="rules") from error
    try:
        document = json.loads(gzip.decompress(raw) if raw.startswith(_GZIP) else raw)
        entries = {entry["symbol"]: entry for entry in document["symbols"]}
        if symbol in entries:
            return instrument(entries[symbol])
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        OSError,
        EOFError,
    ) as e:
        raise DataError(
            f"{path.name}: expected Binance's exchangeInfo (JSON, or gzipped), was something else"
        ) from e
    raise InputError(f"{path.name}: {unknown_name('symbol', symbol, list(entries))}", field="rules")
