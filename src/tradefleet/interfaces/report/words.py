"""How figures and times read in a report. What could not be measured is a dash, never 0."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

NOTHING = "—"
MINUS = "−"
LONG_ROW = 4  # symbols
EXITS = {
    "stop_loss": "Stop loss",
    "take_profit": "Take profit",
    "signal": "Strategy",
    "end": "End of data",
}


def percent(value: float | None, *, sign: bool = False) -> str:
    """Return a fraction in percent."""
    return NOTHING if value is None else f"{number(100 * value, 2, sign=sign)} %"


def points(value: float | None) -> str:
    """Return the difference of two fractions in points of a percent."""
    return NOTHING if value is None else f"{number(100 * value, 2, sign=True)} points"


def number(value: Any, places: int = 2, *, sign: bool = False) -> str:
    """Return a number with its thousands apart; a result carries its sign."""
    if value is None:
        return NOTHING
    text = f"{float(value):,.{places}f}"
    if not float(text.replace(",", "")):
        return text.lstrip("-")
    return text.replace("-", MINUS) if text.startswith("-") or not sign else f"+{text}"


def price(value: Any) -> str:
    """Return a price with as many places as its size needs."""
    size = abs(float(value))
    places = 2 if size >= 1000 else 4 if size >= 1 else 5 if size >= 0.01 else 8
    return number(value, places)


def moment(at: int | None, between: str = " ", zone: str = "") -> str:
    """Return a moment in UTC, to the second."""
    if at is None:
        return NOTHING
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d{between}%H:%M:%S}{zone}"


def span(milliseconds: int | None) -> str:
    """Return a length of time in its two largest units."""
    if milliseconds is None:
        return NOTHING
    minutes = round(milliseconds / 60_000)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def tone(value: Any) -> str:
    """Return `gain`, `loss` or nothing, as the stylesheet knows them."""
    if value is None or not float(value):
        return ""
    return "gain" if float(value) > 0 else "loss"


def several(names: Sequence[str]) -> str:
    """Return names in a row, or how many symbols they are where they would be too many."""
    return ", ".join(names) if len(names) < LONG_ROW else f"{len(names)} symbols"


def exit_reason(key: str) -> str:
    """Return why a trade ended."""
    return EXITS.get(key, key.replace("_", " "))
