"""What goes over the pipe between a bot and a strategy worker: one JSON document a line.

What comes back was made by somebody's code, so it is checked like anything from outside.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from tradefleet.domain.candle import Candles
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.domain.strategy import MAX_WARMUP, Headline, Parameter, Strategy
from tradefleet.ports.strategies import StrategyCard

LONGEST_TEXT = 500
LONGEST_DOC = 10_000
MOST_REASONS = 50
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


def candles_out(candles: Candles, known: Candles | None = None) -> dict[str, Any]:
    """Return a window as JSON values, prices as the source wrote them.

    Args:
        candles: the window.
        known: the window that was sent before; what is in both is not sent again.
    """
    kept = 0 if known is None else _overlap(known, candles)
    rows = candles.between(kept, len(candles)).klines()
    return {"interval": candles.interval, "kept": kept, "rows": rows}


def columns_out(candles: Candles) -> dict[str, Any]:
    """Return candles as JSON values, compact: each column's bytes in base64."""
    columns = {name: np.ascontiguousarray(getattr(candles, name)).tobytes() for name in COLUMNS}
    texts = {name: b64encode(column).decode() for name, column in columns.items()}
    return {"interval": candles.interval, **texts}


def columns_in(value: Mapping[str, Any]) -> Candles:
    """Return the candles; nobody can write into their arrays."""
    times, *prices = (b64decode(value[name]) for name in COLUMNS)
    columns = (np.frombuffer(column, np.float64) for column in prices)
    return Candles.from_arrays(value["interval"], np.frombuffer(times, np.int64), *columns)


def rows_in(value: Mapping[str, Any], known: Sequence[Any] = ()) -> list[Any]:
    """Return the rows of a window; `known` are those of the one that came before."""
    kept = value["kept"]
    if kept > len(known):
        raise ValueError(f"expected {kept} candles to be known, were {len(known)}")
    return [*known[len(known) - kept :], *value["rows"]]


def _overlap(known: Candles, candles: Candles) -> int:
    """Return how many of the first candles are the last known ones."""
    if known.interval != candles.interval or not len(candles):
        return 0
    before = int(np.searchsorted(known.open_time, candles.open_time[0]))
    count = len(known) - before
    if not 0 < count <= len(candles):
        return 0
    same = all(
        np.array_equal(getattr(known, name)[before:], getattr(candles, name)[:count])
        for name in COLUMNS
    )
    return count if same else 0


def news_out(news: Sequence[Headline] | None) -> list[list[Any]] | None:
    """Return headlines as JSON values."""
    if news is None:
        return None
    return [[h.published, h.title, h.source, list(h.symbols), h.score] for h in news]


def news_in(value: Sequence[Sequence[Any]] | None) -> list[Headline] | None:
    """Return the headlines."""
    if value is None:
        return None
    return [Headline(at, title, source, tuple(s), score) for at, title, source, s, score in value]


def signal_out(signal: Signal) -> dict[str, Any]:
    """Return a signal as JSON values."""
    return {
        "action": str(signal.action),
        "reasons": [
            [str(r.text)[:LONGEST_TEXT], r.met, r.value, r.needed]
            for r in signal.reasons[:MOST_REASONS]
        ],
        "waiting_for": str(signal.waiting_for)[:LONGEST_TEXT],
        "fraction": _text(signal.fraction),
        "stop_loss": _text(signal.stop_loss),
        "take_profit": _text(signal.take_profit),
        "values": {str(name): float(value) for name, value in signal.values.items()},
        "recommended_symbol": str(signal.recommended_symbol)[:20],
    }


def brief(signal: dict[str, Any]) -> dict[str, Any]:
    """Return of a signal's JSON values what moves money: neither reasons nor measured values.

    Raises:
        StrategyError: as `signal_in` does with the whole.
    """
    signal_in(signal)
    return signal | {"reasons": [], "waiting_for": "", "values": {}}


def signal_in(value: Mapping[str, Any]) -> Signal:
    """Return the signal.

    Raises:
        StrategyError: it is none, or carries a size or level that cannot be.
    """
    try:
        return Signal(
            Action(value["action"]),
            tuple(_reasons(value["reasons"])),
            str(value["waiting_for"])[:LONGEST_TEXT],
            _between("fraction", value["fraction"], Decimal(0), Decimal(1)),
            _between("stop_loss", value["stop_loss"], Decimal(0), Decimal(99)),
            _between("take_profit", value["take_profit"], Decimal(0), Decimal(1000)),
            {str(k)[:50]: float(v) for k, v in value["values"].items() if math.isfinite(float(v))},
            str(value["recommended_symbol"])[:20],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StrategyError(f"expected a signal, was something else: {error}") from error


def card_out(key: str, strategy: Strategy, *, native: bool) -> dict[str, Any]:
    """Return what people may know of a strategy, as JSON values."""
    doc = type(strategy).__doc__ or ""
    return {
        "key": key,
        "title": strategy.title or key.replace("_", " ").capitalize(),
        "doc": doc,
        "warmup": strategy.warmup,
        "needs_news": strategy.needs_news,
        "native": native,
        "parameters": [
            [name, p.default, p.minimum, p.maximum, list(p.choices), p.help]
            for name, p in strategy.parameters().items()
        ],
    }


def card_in(value: Mapping[str, Any], source: str) -> StrategyCard:
    """Return the card.

    Raises:
        StrategyError: it makes no sense, such as a warm-up out of range.
    """
    warmup = value["warmup"]
    if type(warmup) is not int or not 1 <= warmup <= MAX_WARMUP:
        raise StrategyError(f"warmup: expected 1 to {MAX_WARMUP} candles, was {warmup!r}")
    doc = str(value["doc"])[:LONGEST_DOC].strip()
    return StrategyCard(
        key=str(value["key"]),
        title=str(value["title"])[:64],
        summary=doc.partition("\n")[0][:LONGEST_TEXT],
        doc=doc,
        warmup=warmup,
        parameters=dict(_parameters(value["parameters"])),
        needs_news=bool(value["needs_news"]),
        source=source,
        native=bool(value["native"]),
    )


def _parameters(rows: Iterable[Sequence[Any]]) -> Iterable[tuple[str, Parameter[Any]]]:
    for name, default, minimum, maximum, choices, text in rows:
        parameter: Parameter[Any] = Parameter(
            default, minimum=minimum, maximum=maximum, choices=tuple(choices), help=str(text)
        )
        parameter.__set_name__(Strategy, str(name))
        yield str(name), parameter


def _reasons(rows: Sequence[Sequence[Any]]) -> Iterable[Reason]:
    for text, met, value, needed in rows[:MOST_REASONS]:
        yield Reason(str(text)[:LONGEST_TEXT], bool(met), _number(value), _number(needed))


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(float(value)) else float(value)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _between(name: str, text: str | None, low: Decimal, high: Decimal) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    legal = value.is_finite() and low <= value <= high and (value > 0 or name != "fraction")
    if not legal:
        raise StrategyError(f"{name}: expected a number from {low} to {high}, was {text[:50]!r}")
    return value
